"""`newsmonitor match`: the engine over given articles, one line for each match.

A successful run exits with 0 whether or not something matched. Articles that cannot be read are told
as `file:line: error: …` on stderr; the others are matched, and the command ends with 2.
"""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from monitor.cli.common import json_option, printable
from monitor.errors import QueryError
from monitor.model import Article, Match
from monitor.rules import RuleSet, faults
from monitor.rules.lint import lint
from monitor.text import excerpt

_BATCH = 64


@click.command()
@click.argument("query", required=False)
@click.option(
    "--rules",
    "rules_file",
    metavar="FILE.yaml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rules (and lists) instead of one query.",
)
@click.option(
    "--articles",
    "articles_file",
    metavar="FILE.jsonl",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    default="-",
    help="Articles, one JSON object a line; `-` (the default) is the standard input.",
)
@json_option
def match(query: str | None, rules_file: Path | None, articles_file: str, *, as_json: bool) -> None:
    """Match QUERY, or the rules of a file, against given articles.

    Prints a line for each match: the article, the rule (QUERY itself when there is no file), and what
    matched. With --json: {"article": id, "rule": name, "spans": [[field, start, end], …]}, where the
    spans count characters of the visible text.
    """
    if (query is None) == (rules_file is None):
        raise click.UsageError("give either a QUERY or --rules FILE.yaml")
    rules = _load(rules_file) if query is None else _of_query(query)
    articles = _Articles(articles_file)
    count = matched = 0
    while batch := list(islice(articles, _BATCH)):
        for article, found in zip(batch, rules.match_many(batch), strict=True):
            count, matched = count + 1, matched + bool(found)
            for item in found:
                _print(_as_json(article, item) if as_json else _as_text(article, item))
    for name, reason in rules.disabled.items():
        click.echo(f"rule {name}: disabled: {reason}", err=True)
    if not as_json:
        noun = "article" if count == 1 else "articles"
        click.echo(f"{matched} of {count} {noun} matched", err=True)
    if articles.errors or rules.disabled:
        sys.exit(2)


def _of_query(query: str) -> RuleSet:
    read = faults.read(query)  # so that an error speaks of the query alone, not of a rule
    for finding in lint(read):
        told = QueryError(finding.message, text=query, span=finding.span, hint=finding.hint)
        click.echo(str(told.problem("warning")), err=True)
    return RuleSet.compile({query: query})


def _load(path: Path | None) -> RuleSet:
    from monitor.config import load_rules

    config = load_rules(path or "")
    for warning in config.warnings:
        click.echo(str(warning), err=True)
    return config.ruleset


class _Articles:
    """The articles of a file, read as they are asked for. Bad lines are told and counted."""

    def __init__(self, name: str) -> None:
        self._name = "<stdin>" if name == "-" else name
        self._lines = self._open(name)
        self._is_first = True
        self.errors = 0

    def _open(self, name: str) -> Iterator[tuple[int, bytes]]:
        if name == "-":
            if sys.stdin.isatty():
                click.echo("reading articles (JSON lines) from standard input; Ctrl-D ends", err=True)
            yield from enumerate(sys.stdin.buffer, 1)
            return
        with Path(name).open("rb") as stream:
            yield from enumerate(stream, 1)

    def __iter__(self) -> Iterator[Article]:
        return self

    def __next__(self) -> Article:
        for number, line in self._lines:
            if not line.strip():
                continue
            if self._is_first and line.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
                self._refuse_xml(number)
                break
            self._is_first = False
            try:
                return _read(line)
            except (ValueError, RecursionError) as error:
                self.errors += 1
                click.echo(f"{self._name}:{number}: error: {_explain(error)}", err=True)
        raise StopIteration

    def _refuse_xml(self, number: int) -> None:
        """Told once, not for each line; nothing after it is read."""
        self.errors += 1
        self._lines = iter(())
        file = "FILE" if self._name == "<stdin>" else printable(self._name)
        click.echo(
            f"{self._name}:{number}: error: XML, and not one JSON object a line\n"
            f"  hint: of a feed, `newsmonitor feeds preview {file} --json` makes such lines",
            err=True,
        )


def _read(line: bytes) -> Article:
    value = json.loads(line.decode("utf-8-sig"))
    if not isinstance(value, dict):
        raise ValueError(f"an article is a JSON object, not {type(value).__name__}")
    return Article.from_dict(value)


def _explain(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start + 1}"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON at column {error.colno}: {error.msg}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)


def _as_json(article: Article, found: Match) -> str:
    spans = [list(span) for span in found.spans]
    return json.dumps({"article": article.id, "rule": found.rule, "spans": spans}, ensure_ascii=False)


def _as_text(article: Article, found: Match) -> str:
    words = "".join(f"[{text}]" if is_marked else text for text, is_marked in excerpt(article, found.spans))
    return printable(f"{article.id}: {found.rule}: {words}")


def _print(line: str) -> None:
    # A lone surrogate of the input is no UTF-8; as an escape it is still JSON.
    click.echo(line.encode(errors="backslashreplace").decode())
