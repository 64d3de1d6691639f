"""`newsmonitor feeds discover`: what a site has to read, found from any of its pages."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from monitor.cli import common, feedaddress, feedfile, feedlook
from monitor.model import Feed

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.fetch.discover import Found


@click.command()
@click.argument("url")
@click.option("--add", "add_them", is_flag=True, help="Add the feeds found, or else the sitemaps.")
@click.option("--tag", "tags", multiple=True, help="With --add: a word to choose feeds by; may be repeated.")
@click.option("--allow-private", is_flag=True, help="The site may be on this machine or network.")
@common.json_option
@click.pass_context
def discover(
    context: click.Context,
    url: str,
    *,
    add_them: bool,
    tags: tuple[str, ...],
    allow_private: bool,
    as_json: bool,
) -> None:
    """Find the feeds and sitemaps of a site, beginning at any page of it.

    Looks at what the page declares and links to, at the sitemaps that robots.txt names, and where
    these bring nothing at the usual addresses. Everything found was read. 1 when there is nothing.
    """
    feedaddress.refuse(url)
    config_dir: str = context.obj
    config = feedlook.load_part(config_dir) if add_them or Path(config_dir).is_dir() else None
    found = _search(url, config, allow_private=allow_private)
    rows = [_row(item) for item in found]
    zone = config.settings.time_zone if config else "UTC"
    common.print_rows(
        rows if as_json else [{**row, "latest": common.local(row["latest"], zone)} for row in rows],
        as_json=as_json,
        columns=("kind", "articles", "latest", "title", "url", "found"),
        empty=f"{common.printable(url)}: no feed or sitemap found; `select:` reads pages without one",
    )
    if add_them and config is not None:
        _add(Path(config_dir), config, found, tags, allow_private=allow_private)
    context.exit(0 if found else 1)


def _search(url: str, config: "Config | None", *, allow_private: bool) -> "list[Found]":
    from monitor.fetch import discover as searching
    from monitor.fetch.outcome import Failed

    with feedlook.progress(1, "Looking") as advance:

        def tell(_done: int, known: int) -> None:
            advance(known)

        found = searching.discover(
            url, feedlook.fetch_settings(config), allow_private=allow_private, progress=tell
        )
    if isinstance(found, Failed):
        feedlook.give_up(feedaddress.permitting(found), url)
    return found


def _row(item: "Found") -> dict[str, Any]:
    return {
        "kind": item.kind,
        "articles": item.articles,
        "latest": item.latest_at,
        "title": item.title,
        "url": item.url,
        "found": item.how,
    }


def _add(
    directory: Path, config: "Config", found: "list[Found]", tags: tuple[str, ...], *, allow_private: bool
) -> None:
    """Add the feeds, or else the sitemaps, that are not configured yet; feeds of comments are no news."""
    feeds = [item for item in found if item.kind != "sitemap" and "comments" not in urlsplit(item.url).path]
    known = {feed.url for feed in config.feeds}
    wanted = [
        Feed(item.url, name=item.title, tags=tags, allow_private=allow_private)
        for item in feeds or [item for item in found if item.kind == "sitemap"]
        if item.url not in known
    ]
    if wanted:
        feedfile.append(directory, wanted, verify=lambda: feedlook.load_part(str(directory)))
    click.echo(f"{len(wanted)} added to {directory / feedfile.NAME}", err=True)
