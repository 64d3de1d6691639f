"""`newsmonitor feeds`: what is polled, how it fares, and adding to it."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from monitor.cli import common, feedaddress, feedfile
from monitor.errors import ConfigError, SchemaOutdated
from monitor.model import Article, Feed, FeedState

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.fetch.outcome import Failed
    from monitor.fetch.reading import Reading
    from monitor.fetch.settings import FetchSettings
    from monitor.model import Document

_PREVIEW_KEYS = (
    "id", "url", "title", "author", "published", "updated", "summary", "content", "tags", "language",
)  # fmt: skip
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # what the configuration takes


@click.group()
def feeds() -> None:
    """List, add, preview, check, import and export feeds."""


@feeds.command("list")
@common.json_option
@click.pass_obj
def list_(config_dir: str, as_json: bool) -> None:
    """The configured feeds, and how their polls went."""
    config = common.load_config(config_dir)
    states = _states(config)
    rows = [_row(feed, states.get(feed.url)) for feed in config.feeds]
    rows = [{**row, "url": config.hide_secrets(row["url"])} for row in rows]
    if not as_json:
        rows = [_in_words(row, config.settings.time_zone) for row in rows]
    common.print_rows(
        rows,
        as_json=as_json,
        columns=("feed", "last_poll", "next_poll", "failures", "state"),
        empty="no feeds",
    )


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
        "next_poll": state.next_poll_at if state else None,
        "failures": state.failures if state else 0,
        "reason": str(state.reason) if state and state.reason else None,
        "detail": state.detail if state else "",
        "articles": state.items_seen if state else 0,
    }


def _articles(count: int) -> str:
    return f"{count} article{'' if count == 1 else 's'}"


def _in_words(row: Mapping[str, Any], time_zone: str) -> dict[str, Any]:
    if row["reason"]:
        state = f"{row['reason']}: {row['detail']}" if row["detail"] else row["reason"]
    else:
        state = _articles(row["articles"]) if row["last_success"] else "not polled yet"
    return {
        "feed": common.shorten(row["name"] or row["url"], 50),
        "last_poll": common.local(row["last_poll"], time_zone),
        "next_poll": common.local(row["next_poll"], time_zone),
        "failures": row["failures"] or "",
        "state": common.shorten(state, 80),
    }


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
    config = _load_part(config_dir)
    feedaddress.refuse(url)
    _refuse_known(config, url)
    feed = Feed(url, tags=tags, language=language, allow_private=allow_private)
    (reading,) = _look_at([feed], config)
    document = _document(feedaddress.with_option(reading.result), url)
    if reading.permanent_url and reading.permanent_url != url:
        click.echo(f"it has moved to {reading.permanent_url} for good and is added there", err=True)
        _refuse_known(config, reading.permanent_url)
        feed = replace(feed, url=reading.permanent_url)
    feed = replace(feed, name=document.title if name is None else name)
    path = feedfile.append(Path(config_dir), [feed], verify=lambda: _load_part(config_dir))
    click.echo(f"added to {path}: {common.printable(feed.label)}, {_articles(len(document.articles))} now")


def _refuse_known(config: "Config", url: str) -> None:
    if any(feed.url == url for feed in config.feeds):
        click.echo(f"{url} is already configured", err=True)
        click.get_current_context().exit(1)


@feeds.command()
@click.argument("source", metavar="URL|FILE")
@click.option("--language", default="", help="The language of its articles, where it names none.")
@common.json_option
@click.pass_obj
def preview(config_dir: str, source: str, language: str, as_json: bool) -> None:
    """The articles of a feed or of a file as they are read; nothing is kept.

    An address that you give here may be a private one.
    """
    if source.lower().startswith(("http://", "https://")):
        try:
            config = _load_part(config_dir)
        except ConfigError:
            config = None  # a look at a feed needs no configuration
        known = next((feed for feed in config.feeds if feed.url == source), None) if config else None
        feed = replace(known or Feed(source), allow_private=True)
        (reading,) = _look_at([replace(feed, language=language or feed.language)], config)
        result = reading.result
    else:
        from monitor.fetch import reading as readings

        if not Path(source).exists() and (source.lower().startswith("www.") or "://" in source):
            feedaddress.refuse(source)
        result = readings.read_body(_read_file(source), language=language)
    document = _document(result, source)
    for article in document.articles:
        click.echo(_as_json(article) if as_json else _as_text(article))
    if not document.articles:
        click.echo(f"{common.printable(source)}: a feed, with no articles in it", err=True)
    if document.skipped:
        noun = "entry" if document.skipped == 1 else "entries"
        click.echo(f"{document.skipped} {noun} could not be read", err=True)


def _as_json(article: Article) -> str:
    whole = article.to_dict()
    return json.dumps({key: whole[key] for key in _PREVIEW_KEYS}, ensure_ascii=False)


def _as_text(article: Article) -> str:
    from monitor.text import visible_text

    moment = article.published_at or article.updated_at
    facts = (moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "", article.author, article.language)
    lines = (
        common.shorten(visible_text(article.title), 100) or "(no title)",
        "  ".join(common.printable(fact) for fact in (*facts, ", ".join(article.tags)) if fact),
        common.printable(article.url),
        common.shorten(visible_text(article.summary or article.content), 200),
    )
    return "\n  ".join(line for line in lines if line) + "\n"


@feeds.command()
@common.json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Fetch every configured feed once and tell which answer; 1 when some do not."""
    config = common.load_config(context.obj)
    with _progress(len(config.feeds), "Fetching") as advance:
        found = _look_at(config.feeds, config, progress=lambda _: advance())
    rows = [_verdict(reading) for reading in found]
    common.print_rows(
        rows if as_json else [{**row, "feed": row["name"] or row["url"]} for row in rows],
        as_json=as_json,
        columns=("state", "articles", "feed", "detail"),
    )
    context.exit(1 if any(row["reason"] for row in rows) else 0)


def _verdict(reading: "Reading") -> dict[str, Any]:
    from monitor.fetch.outcome import Failed

    feed, result = reading.feed, reading.result
    failed = result if isinstance(result, Failed) else None
    moved = f"moved to {reading.permanent_url} for good" if reading.permanent_url else ""
    return {
        "url": feed.url,
        "name": feed.name,
        "state": "failed" if failed else "ok",
        "reason": str(failed.reason) if failed else None,
        "detail": failed.detail if failed else moved,
        "articles": 0 if isinstance(result, Failed) else len(result.articles),
    }


@feeds.command("import")
@click.argument("file", metavar="FILE.opml")
@click.option("--check", "check_first", is_flag=True, help="Leave out those that do not answer as feeds.")
@click.pass_context
def import_(context: click.Context, file: str, check_first: bool) -> None:
    """Add the feeds of an OPML file, as feed readers export them; folders become tags."""
    from monitor.formats import opml

    try:
        listed = opml.read(_read_file(file))
    except ValueError as error:
        raise click.UsageError(f"{file}: {error}") from None
    config = _load_part(context.obj)
    known = {feed.url for feed in config.feeds}
    usable = [_usable(feed) for feed in listed if feed.url not in known]
    wanted, refused = [feed for feed in usable if feed], usable.count(None)
    left_out: list[dict[str, Any]] = []
    with _progress(len(wanted), "Importing") as advance:
        if check_first:
            found = _look_at(wanted, config, progress=lambda _: advance())
            left_out = [verdict for verdict in map(_verdict, found) if verdict["reason"]]
            wanted = [reading.feed for reading in found if not _verdict(reading)["reason"]]
            refused += len(left_out)
        if wanted:
            feedfile.append(Path(context.obj), wanted, verify=lambda: _load_part(context.obj))
    for verdict in left_out:
        _say_left_out(f"{verdict['reason']}: {verdict['detail']}", verdict["url"])
    click.echo(
        f"{len(wanted)} added to {Path(context.obj) / feedfile.NAME}, "
        f"{len(listed) - len(usable)} known before, {refused} left out"
    )
    context.exit(1 if refused else 0)


def _usable(feed: Feed) -> Feed | None:
    """The feed as the configuration takes it; None, and a word why, for an address it does not take."""
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", feed.url, re.IGNORECASE):
        _say_left_out(feedaddress.fault_in(feed.url) or "not a web address", feed.url)
        return None
    return feed if _LANGUAGE.fullmatch(feed.language) else replace(feed, language="")


def _say_left_out(reason: str, url: str) -> None:
    click.echo(f"left out: {common.shorten(url, 100)}: {common.shorten(reason, 200)}", err=True)


@feeds.command()
@click.pass_obj
def export(config_dir: str) -> None:
    """The configured feeds as OPML, for any feed reader."""
    from monitor.formats import opml

    config = common.load_config(config_dir)
    if any(config.hide_secrets(feed.url) != feed.url or urlsplit(feed.url).username for feed in config.feeds):
        click.echo("the list holds addresses with credentials in them", err=True)
    click.echo(opml.write(config.feeds), nl=False)


# --- shared by the commands -------------------------------------------------------------------


def _load_part(config_dir: str) -> "Config":
    """The configuration, be it without feeds, rules or channels yet."""
    from monitor.config import load, load_rules

    directory = Path(config_dir)
    return load_rules(directory) if directory.is_dir() else load(directory)


def _look_at(
    wanted: Sequence[Feed],
    config: "Config | None",
    *,
    progress: "Callable[[Reading], None]" = lambda _: None,
) -> "list[Reading]":
    from monitor.fetch import reading

    processes = config.settings.poll.parser_processes if config else 1
    return reading.read_feeds(wanted, _settings(config), processes=processes, progress=progress)


def _settings(config: "Config | None") -> "FetchSettings":
    from monitor.fetch import settings

    if config is None:
        return settings.FetchSettings()
    return settings.from_polling(config.settings.poll, contact=config.settings.contact)


def _document(result: "Document | Failed", source: str) -> "Document":
    """The document; a failure is told and ends the command with 1."""
    from monitor.model import Document

    if isinstance(result, Document):
        return result
    click.echo(f"{common.printable(source)}: {result.reason}: {common.printable(result.detail)}", err=True)
    raise click.exceptions.Exit(1)


def _read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{name}: {error.strerror}") from None


@contextmanager
def _progress(length: int, label: str) -> "Iterator[Callable[[], None]]":
    """A bar on stderr while somebody watches it."""
    hidden = not common.is_interactive()
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda: bar.update(1)
