"""What the commands of `newsmonitor feeds` share: the configuration as far as it is, a look at feeds."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from monitor.cli import common
from monitor.model import Feed

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.fetch.outcome import Failed
    from monitor.fetch.reading import Reading
    from monitor.fetch.settings import FetchSettings
    from monitor.model import Document


def load_part(config_dir: str) -> "Config":
    """The configuration, be it without feeds, rules or channels yet."""
    from monitor.config import load, load_rules

    directory = Path(config_dir)
    return load_rules(directory) if directory.is_dir() else load(directory)


def look_at(
    wanted: Sequence[Feed],
    config: "Config | None",
    *,
    progress: "Callable[[Reading], None]" = lambda _: None,
) -> "list[Reading]":
    from monitor.fetch import reading

    processes = config.settings.poll.parser_processes if config else 1
    return reading.read_feeds(wanted, fetch_settings(config), processes=processes, progress=progress)


def fetch_settings(config: "Config | None") -> "FetchSettings":
    """The bounds of fetching, as configured."""
    from monitor.fetch import settings

    if config is None:
        return settings.FetchSettings()
    return settings.from_polling(config.settings.poll, contact=config.settings.contact)


def document(result: "Document | Failed", source: str) -> "Document":
    """The document; a failure is told and ends the command with 1."""
    from monitor.model import Document

    if not isinstance(result, Document):
        give_up(result, source)
    return result


def give_up(failed: "Failed", source: str) -> NoReturn:
    """Tell a failure and end the command with 1."""
    click.echo(f"{common.printable(source)}: {failed.reason}: {common.printable(failed.detail)}", err=True)
    raise click.exceptions.Exit(1)


def read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{name}: {error.strerror}") from None


@contextmanager
def progress(length: int, label: str) -> "Iterator[Callable[..., None]]":
    """A bar on stderr while somebody watches it; each step may say that there are more than was known."""
    hidden = not common.is_interactive()
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden) as bar:

        def advance(known: int = length) -> None:
            bar.length = known
            bar.update(1)

        yield advance


def articles(count: int) -> str:
    """So many articles, in words."""
    return f"{count} article{'' if count == 1 else 's'}"


def verdict(reading: "Reading") -> dict[str, Any]:
    """What a look at a feed found, as a row."""
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
