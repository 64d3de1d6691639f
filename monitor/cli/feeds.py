"""`newsmonitor feeds`: what is polled, how it fares, and adding to it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import (
    common,
    feedaddress,
    feeddiscover,
    feedexchange,
    feedfile,
    feedlook,
    feedpreview,
    feedrhythm,
    feedsearch,
)
from monitor.errors import SchemaOutdated
from monitor.model import Feed, FeedState

if TYPE_CHECKING:
    from monitor.config import Config


@click.group()
def feeds() -> None:
    """List, show, find, add, preview, check, import and export feeds."""


feeds.add_command(feedpreview.preview)
feeds.add_command(feeddiscover.discover)
feeds.add_command(feedsearch.search_)
feeds.add_command(feedexchange.import_)
feeds.add_command(feedexchange.export)


@feeds.command("list")
@common.json_option
@click.pass_obj
def list_(config_dir: str, as_json: bool) -> None:
    """The configured feeds: articles a day, delays, the next poll and why then, and how polls went.

    DELAY is how long an article is expected to wait for the next poll, MEASURED how long articles took
    from their date to our seeing them.
    """
    config = common.load_config(config_dir)
    states = _states(config)
    rows = [_row(feed, states.get(feed.url)) for feed in config.feeds]
    rows = [{**row, "url": config.hide_secrets(row["url"])} for row in rows]
    if not as_json:
        rows = [_in_words(row, config.settings.time_zone) for row in rows]
    common.print_rows(
        rows,
        as_json=as_json,
        columns=(
            "feed", "per_day", "delay", "measured", "last_poll", "next_poll", "why", "failures", "state",
        ),
        empty="no feeds",
    )  # fmt: skip
    if not as_json and (delays := feedrhythm.together(list(states.values()))):
        click.echo(delays, err=True)


def _states(config: "Config") -> Mapping[str, FeedState]:
    """What the database knows, by address; nothing while there is none."""
    from monitor.store import feeds as table

    try:
        store = common.open_existing(config)
    except SchemaOutdated as reason:
        click.echo(f"no polls yet: {reason}", err=True)
        return {}
    try:
        return {state.feed.url: state for state in store.read(table.states)}
    finally:
        store.close()


def _row(feed: Feed, state: FeedState | None) -> dict[str, Any]:
    return {
        "url": feed.url,
        "name": feed.name or (state.title if state else ""),
        "tags": list(feed.tags),
        "language": feed.language,
        "every": feed.every.total_seconds() if feed.every else None,
        "allow_private": feed.allow_private,
        "last_poll": state.last_polled_at if state else None,
        "last_success": state.last_success_at if state else None,
        "next_poll": state.due_at if state else None,
        "failures": state.failures if state else 0,
        "reason": str(state.reason) if state and state.reason else None,
        "detail": state.detail if state else "",
        "articles": state.items_seen if state else 0,
        **feedrhythm.facts(state),
    }


def _in_words(row: Mapping[str, Any], time_zone: str) -> dict[str, Any]:
    if row["reason"]:
        state = f"{row['reason']}: {row['detail']}" if row["detail"] else row["reason"]
    else:
        state = feedlook.articles(row["articles"]) if row["last_success"] else "not polled yet"
    return {
        "feed": common.shorten(row["name"] or row["url"], 50),
        "last_poll": common.local(row["last_poll"], time_zone),
        "next_poll": feedrhythm.next_poll(row["next_poll"], row["why"], time_zone),
        **feedrhythm.in_words(row),
        "failures": row["failures"] or "",
        "state": common.shorten(state, 80),
    }


feeds.add_command(feedrhythm.show(_states))


@feeds.command()
@click.argument("url")
@click.option("--name", help="What to call it; the feed's own title when not given.")
@click.option("--tag", "tags", multiple=True, help="A word to choose feeds by; may be repeated.")
@click.option("--language", default="", help="The language of its articles, where it names none.")
@click.option("--allow-private", is_flag=True, help="Its address may be on this machine or network.")
@click.pass_obj
def add(
    config_dir: str, url: str, name: str | None, tags: tuple[str, ...], language: str, allow_private: bool
) -> None:
    """Add a feed to the configuration, after a look that it is one."""
    config = feedlook.load_part(config_dir)
    feedaddress.refuse(url)
    _refuse_known(config, url)
    feed = Feed(url, tags=tags, language=language, allow_private=allow_private)
    (reading,) = feedlook.look_at([feed], config)
    document = feedlook.document(feedaddress.with_option(reading.result), url)
    if reading.permanent_url and reading.permanent_url != url:
        click.echo(f"it has moved to {reading.permanent_url} for good and is added there", err=True)
        _refuse_known(config, reading.permanent_url)
        feed = replace(feed, url=reading.permanent_url)
    feed = replace(feed, name=document.title if name is None else name)
    path = feedfile.append(Path(config_dir), [feed], verify=lambda: feedlook.load_part(config_dir))
    click.echo(
        f"added to {path}: {common.printable(feed.label)}, {feedlook.articles(len(document.articles))} now"
    )


def _refuse_known(config: "Config", url: str) -> None:
    if any(feed.url == url for feed in config.feeds):
        click.echo(f"{url} is already configured", err=True)
        click.get_current_context().exit(1)


@feeds.command()
@common.json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Fetch every configured feed once and tell which answer; 1 when some do not."""
    config = common.load_config(context.obj)
    with feedlook.progress(len(config.feeds), "Fetching") as advance:
        found = feedlook.look_at(config.feeds, config, progress=lambda _: advance())
    rows = [feedlook.verdict(reading) for reading in found]
    common.print_rows(
        rows if as_json else [{**row, "feed": row["name"] or row["url"]} for row in rows],
        as_json=as_json,
        columns=("state", "articles", "feed", "detail"),
    )
    context.exit(1 if any(row["reason"] for row in rows) else 0)
