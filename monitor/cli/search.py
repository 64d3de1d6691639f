"""`newsmonitor search`: the archive, in the language of the rules."""

from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from monitor.cli import common, marks, period, terminal

if TYPE_CHECKING:
    from monitor.pipeline.search import Hit

_WIDTH = 160
_INDENT = 6  # and the ellipses of an excerpt


@click.command()
@click.argument("query")
@period.since_option(None)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1), help="How many articles at most."
)
@common.json_option
@click.pass_obj
def search(config_dir: str, query: str, since: str | None, limit: int, as_json: bool) -> None:
    """Find archived articles that QUERY matches, the newest first.

    The language is that of rules: Venezuela AND Russia*, title:(oil NEAR/3 price), $list …
    """
    from monitor.pipeline import search as searching
    from monitor.rules import RuleSet, faults

    config = common.load_config(config_dir)
    faults.read(query, lists=config.lists)  # so that an error speaks of the query alone, not of a rule
    ruleset = RuleSet.compile({query: query}, lists=config.lists)
    zone = config.settings.time_zone
    earliest = None
    if since is not None:
        earliest = period.read_since(since, now=common.utc_now(), zone=ZoneInfo(zone))
    store = common.open_existing(config)
    try:
        with period.progress("reading") as bar:
            found = searching.search(store, ruleset, since=earliest, on_plan=bar.plan, on_read=bar.read)
            hits = list(islice(found, limit))
    finally:
        store.close()
    if as_json:
        common.print_rows([as_data(hit) for hit in hits], as_json=True, columns=())
    elif not hits:
        click.echo("nothing in the archive matches", err=True)
    for hit in () if as_json else hits:
        _print(hit, zone)


def _print(hit: "Hit", zone: str) -> None:
    article = hit.stored.article
    source = f"  {common.shorten(article.source, 30)}" if article.source else ""
    click.echo(f"{hit.stored.id}  {common.local(hit.stored.seen_at, zone)}{source}")
    titles = [span for span in hit.match.spans if span.field == "title"]
    width = terminal.columns(_WIDTH, beside=_INDENT)
    click.echo(f"    {marks.excerpt_of(article, 'title', titles, width)}")
    for line in marks.body_lines(article, hit.match.spans, width):
        click.echo(f"    {line}")
    if article.url:
        click.echo(f"    {common.printable(article.url)}")


def as_data(hit: "Hit") -> dict[str, Any]:
    """A hit as JSON values. `spans` count characters of the visible text."""
    article = hit.stored.article
    return {
        "id": hit.stored.id,
        "article": article.id,
        "seen": hit.stored.seen_at.isoformat(),
        "published": article.published_at.isoformat() if article.published_at else None,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "language": article.language,
        "kind": str(hit.stored.kind),
        "story": hit.stored.story_id,
        "spans": [list(span) for span in hit.match.spans],
        "notes": list(hit.match.notes),
    }
