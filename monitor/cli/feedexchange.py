"""`newsmonitor feeds import|export`: subscription lists from and for feed readers."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from monitor.cli import common, feedaddress, feedfile, feedlook
from monitor.model import Feed

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # what the configuration takes


@click.command("import")
@click.argument("file", metavar="FILE.opml")
@click.option("--check", "check_first", is_flag=True, help="Leave out those that do not answer as feeds.")
@click.pass_context
def import_(context: click.Context, file: str, check_first: bool) -> None:
    """Add the feeds of an OPML file, as feed readers export them; folders become tags."""
    from monitor.formats import opml

    try:
        listed = opml.read(feedlook.read_file(file))
    except ValueError as error:
        raise click.UsageError(f"{file}: {error}") from None
    config = feedlook.load_part(context.obj)
    known = {feed.url for feed in config.feeds}
    usable = [_usable(feed) for feed in listed if feed.url not in known]
    wanted, refused = [feed for feed in usable if feed], usable.count(None)
    left_out: list[dict[str, Any]] = []
    with feedlook.progress(len(wanted), "Importing") as advance:
        if check_first:
            found = feedlook.look_at(wanted, config, progress=lambda _: advance())
            left_out = [verdict for verdict in map(feedlook.verdict, found) if verdict["reason"]]
            wanted = [reading.feed for reading in found if not feedlook.verdict(reading)["reason"]]
            refused += len(left_out)
        if wanted:
            feedfile.append(Path(context.obj), wanted, verify=lambda: feedlook.load_part(context.obj))
    for verdict in left_out:
        _say_left_out(f"{verdict['reason']}: {verdict['detail']}", verdict["url"])
    click.echo(
        f"{len(wanted)} added to {Path(context.obj) / feedfile.NAME}, "
        f"{len(listed) - len(usable)} known before, {refused} left out"
    )
    context.exit(1 if refused else 0)


def _usable(feed: Feed) -> Feed | None:
    """The feed as the configuration takes it; None, and a word why, for an address it does not take."""
    if feed.source:
        _say_left_out(f"another reader's {feed.source}, which is not read here; see `select:`", feed.url)
        return None
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", feed.url, re.IGNORECASE):
        _say_left_out(feedaddress.fault_in(feed.url) or "not a web address", feed.url)
        return None
    return feed if _LANGUAGE.fullmatch(feed.language) else replace(feed, language="")


def _say_left_out(reason: str, url: str) -> None:
    click.echo(f"left out: {common.shorten(url, 100)}: {common.shorten(reason, 200)}", err=True)


@click.command()
@click.pass_obj
def export(config_dir: str) -> None:
    """The configured feeds as OPML, for any feed reader."""
    from monitor.formats import opml

    config = common.load_config(config_dir)
    if any(config.hide_secrets(feed.url) != feed.url or urlsplit(feed.url).username for feed in config.feeds):
        click.echo("the list holds addresses with credentials in them", err=True)
    readable = [feed for feed in config.feeds if not feed.options and feed.source in ("", "feed")]
    if len(readable) < len(config.feeds):
        number = len(config.feeds) - len(readable)
        click.echo(f"{number} left out: pages, sitemaps and the like, which are no feeds", err=True)
    click.echo(opml.write(readable), nl=False)
