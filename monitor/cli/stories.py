"""`newsmonitor stories`: what each of given articles is to those before it, and which story it tells.

Articles are taken in the order of the file. Those that cannot be read are told as `file:line: error: …`
on stderr; the others are worked on, and the command ends with 2.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from monitor.cli.articlefile import Articles
from monitor.cli.common import json_option, printable
from monitor.dedup import Deduplicator, Finding
from monitor.dedup.explain import as_data, explain


@click.command()
@click.option(
    "--articles",
    "articles_file",
    metavar="FILE.jsonl",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    default="-",
    help="Articles, one JSON object a line; `-` (the default) is the standard input.",
)
@click.option(
    "--capacity",
    default=100_000,
    show_default=True,
    type=click.IntRange(1),
    help="How many articles to remember, at some 6 KB each.",
)
@json_option
def stories(articles_file: str, capacity: int, *, as_json: bool) -> None:
    """Find duplicates, updates, copies and stories among given articles.

    Prints a line for each article, in the order of the file. With --json: {"article": id, "kind":
    "new|duplicate|update|copy|series|roundup", "of": id or null, "story": id, "reason": {…}}, where
    "of" is the earlier article that it repeats and "story" the article that began its story.
    """
    deduplicator = Deduplicator(capacity=capacity)
    articles = Articles(articles_file)
    for article in articles:
        finding = deduplicator.add(article)
        _print(json.dumps(_as_json(finding), ensure_ascii=False) if as_json else _as_text(finding))
    if articles.errors:
        sys.exit(2)


def _as_json(finding: Finding) -> Mapping[str, Any]:
    return {
        "article": finding.article,
        "kind": finding.kind.value,
        "of": finding.of,
        "story": finding.story,
        "reason": as_data(finding),
    }


def _as_text(finding: Finding) -> str:
    return printable(f"{finding.article}: {finding.kind.value}, story {finding.story}: {explain(finding)}")


def _print(line: str) -> None:
    # A lone surrogate of the input is no UTF-8; as an escape it is still JSON.
    click.echo(line.encode(errors="backslashreplace").decode())
