"""`newsmonitor stories`: the stories of the archive, and what given articles are to one another.

Without a command, articles are taken from a file, in its order. Those that cannot be read are told as
`file:line: error: …` on stderr; the others are worked on, and the command ends with 2.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common
from monitor.cli.common import json_option, printable
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.dedup import Finding
    from monitor.store.articles import StoredArticle
    from monitor.store.merges import Merge
    from monitor.store.stories import Summary, Teller

_MOST_TELLERS = 500


@click.group(invoke_without_command=True)
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
@click.pass_context
def stories(ctx: click.Context, articles_file: str, capacity: int, *, as_json: bool) -> None:
    """List, show and split stories; without a command, find them among given articles.

    Then it prints a line for each article, in the order of the file, once all are read: later
    articles may show that two stories are one. With --json: {"article": id,
    "kind": "new|duplicate|update|copy|series|roundup", "of": id or null, "story": id, "reason": {…}},
    where "of" is the earlier article that it repeats and "story" the article that began its story.
    """
    if ctx.invoked_subcommand is None:
        _among_given(articles_file, capacity, as_json=as_json)


def _among_given(articles_file: str, capacity: int, *, as_json: bool) -> None:
    from monitor.cli.articlefile import Articles
    from monitor.dedup import Deduplicator

    deduplicator = Deduplicator(capacity=capacity)
    articles = Articles(articles_file)
    for finding in [deduplicator.add(article) for article in articles]:
        finding = replace(finding, story=deduplicator.story_now(finding.story))
        _print(json.dumps(_as_json(finding), ensure_ascii=False) if as_json else _as_text(finding))
    if articles.errors:
        sys.exit(2)


def _as_json(finding: "Finding") -> Mapping[str, Any]:
    from monitor.dedup.explain import as_data

    return {
        "article": finding.article,
        "kind": finding.kind.value,
        "of": finding.of,
        "story": finding.story,
        "reason": as_data(finding),
    }


def _as_text(finding: "Finding") -> str:
    from monitor.dedup.explain import explain

    return printable(f"{finding.article}: {finding.kind.value}, story {finding.story}: {explain(finding)}")


def _print(line: str) -> None:
    # A lone surrogate of the input is no UTF-8; as an escape it is still JSON.
    click.echo(line.encode(errors="backslashreplace").decode())


# --- of the archive ---------------------------------------------------------------------------


@stories.command("list")
@click.option("--since", default="24h", show_default=True, metavar="24h|DATE", help="How far back.")
@click.option(
    "--least", default=2, show_default=True, type=click.IntRange(1), help="Only those of so many articles."
)
@common.limit_option
@json_option
@click.pass_obj
def list_(config_dir: str, since: str, least: int, limit: int, *, as_json: bool) -> None:
    """The stories that something came to, the latest first."""
    from zoneinfo import ZoneInfo

    from monitor.cli import period
    from monitor.store import stories as table

    config = common.look_config(config_dir)
    zone = config.settings.time_zone
    begin = period.read_since(since, now=common.utc_now(), zone=ZoneInfo(zone))
    with common.open_existing(config) as store:
        found = store.read(lambda conn: table.recent(conn, since=begin, least=least, limit=limit))
    common.print_rows(
        [_row(story) if as_json else _line(story, zone) for story in found],
        as_json=as_json,
        columns=("id", "latest", "outlets", "reports", "copies", "headline"),
        empty="no such stories",
    )


@stories.command()
@click.argument("story_id", metavar="ID", type=int)
@json_option
@click.pass_obj
def show(config_dir: str, story_id: int, *, as_json: bool) -> None:
    """One story: its articles in the order of sight, and why each is taken to belong to it."""
    from monitor.model import StoryId
    from monitor.store import stories as table

    config = common.look_config(config_dir)
    with common.open_existing(config) as store:
        story = store.read(lambda conn: table.get(conn, StoryId(story_id)))
        tellers = store.read(lambda conn: table.tellers(conn, StoryId(story_id), limit=_MOST_TELLERS))
    if story is None:
        raise MonitorError(f"there is no story {story_id}; `newsmonitor stories list` shows the latest")
    if as_json:
        row = _row(story) | {
            "merged": [merge_row(merge) for merge in story.merges],
            "articles": [teller_row(teller, tellers) for teller in tellers],
        }
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    click.echo(f"story {story.id}: {common.shorten(story.first.article.title, 100)}")
    if story.id != story_id:
        click.echo(f"  story {story_id} was found to be the same, and is part of it")
    click.echo(f"  {_spread(story)}")
    for merge in story.merges:
        click.echo(f"  {merge_line(merge, config.settings.time_zone)}")
    for line in teller_lines(tellers, config.settings.time_zone):
        click.echo(line)


@stories.command()
@click.argument("story_id", metavar="STORY", type=int)
@click.argument("article_ids", metavar="ARTICLE…", nargs=-1, type=int, required=True)
@json_option
@click.pass_obj
def split(config_dir: str, story_id: int, article_ids: tuple[int, ...], *, as_json: bool) -> None:
    """Take articles, and their copies, out of a story: they tell another one.

    They never go back, and what comes later joins the story that it is most like. Nothing is told anew.
    """
    from monitor.model import ArticleId, StoryId
    from monitor.store import articles, merges, splits

    config = common.look_config(config_dir)
    ids = [ArticleId(id_) for id_ in dict.fromkeys(article_ids)]
    with common.open_existing(config) as store:
        found = {stored.id: stored for stored in store.read(lambda conn: articles.get_many(conn, ids))}
        current = store.read(lambda conn: merges.resolve(conn, StoryId(story_id)))
        for id_ in ids:
            if id_ not in found or found[id_].story_id != current:
                raise MonitorError(
                    f"article {id_} does not tell story {story_id}; `newsmonitor stories show {story_id}` "
                    "lists those that do"
                )
        now = common.utc_now()
        to = store.write(lambda conn: splits.split(conn, ids, now=now))
    if as_json:
        click.echo(json.dumps({"story": StoryId(story_id), "articles": ids, "new_story": to}))
    else:
        click.echo(f"split: {', '.join(map(str, ids))} and their copies tell story {to} from now on")


def _line(story: "Summary", zone: str) -> dict[str, Any]:
    row = _row(story)
    row["latest"] = common.local(story.latest_at, zone)
    row["headline"] = common.shorten(story.first.article.title, 90)
    return row


def _row(story: "Summary") -> dict[str, Any]:
    return {
        "id": story.id,
        "started": story.started_at.isoformat(),
        "latest": story.latest_at.isoformat(),
        "outlets": story.coverage.outlets,
        "reports": story.coverage.reports,
        "copies": story.coverage.copies,
        "headline": story.first.article.title,
        "first": story.first.id,
    }


def _spread(story: "Summary") -> str:
    spread = story.coverage
    counts = {"outlet": spread.outlets, "report": spread.reports}
    told = [f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items()]
    return ", ".join([*told, f"{spread.copies} cop{'y' if spread.copies == 1 else 'ies'}"])


def merge_line(merge: "Merge", zone: str) -> str:
    """How one story came to be part of another."""
    return (
        f"took story {merge.absorbed_id} in at {common.local(merge.merged_at, zone)}: article "
        f"{merge.article_id} showed that they are one (likeness {merge.likeness:.2f})"
    )


def merge_row(merge: "Merge") -> dict[str, Any]:
    """The same as data."""
    return {
        "story": merge.absorbed_id,
        "into": merge.kept_id,
        "article": merge.article_id,
        "likeness": round(merge.likeness, 4),
        "at": merge.merged_at.isoformat(),
    }


def _outlet(stored: "StoredArticle") -> str:
    return common.shorten(stored.article.source or f"feed {stored.feed_id}", 40)


def teller_lines(tellers: list["Teller"], zone: str) -> Iterator[str]:
    """Articles that tell a story, and why each belongs to it."""
    for teller in tellers:
        stored = teller.stored
        title = common.shorten(stored.article.title, 80)
        yield (
            f"{stored.id}  {common.local(stored.seen_at, zone)}  {stored.kind}  {_outlet(stored)}: {title}"
        )
        if why := explanation(teller, tellers):
            yield f"    {printable(why)}"


def teller_row(teller: "Teller", others: list["Teller"]) -> dict[str, Any]:
    """The same as data."""
    stored, why = teller.stored, teller.why
    like = why.likeness if why else None
    return {
        "article": stored.id,
        "kind": str(stored.kind),
        "of": stored.of,
        "outlet": stored.article.source,
        "headline": stored.article.title,
        "url": stored.article.url,
        "seen": stored.seen_at.isoformat(),
        "by": why.by if why else None,
        "score": why.score if why else None,
        "rule": like.rule if like else None,
        "containment": like.containment if like else None,
        "jaccard": like.jaccard if like else None,
        "why": explanation(teller, others),
    }


def explanation(teller: "Teller", others: list["Teller"]) -> str:
    """Why an article is taken for what it is, with its scores."""
    from monitor.dedup import account

    stored, why = teller.stored, teller.why
    if why is None:
        return ""
    earlier = next((one.stored for one in others if one.stored.id in (stored.of, why.nearest)), None)
    return account.in_full(
        stored.kind,
        why.by,
        why.likeness,
        why.score,
        ours=stored.article,
        earlier=earlier.article if earlier else None,
        gap=stored.seen_at - earlier.seen_at if earlier else None,
    )
