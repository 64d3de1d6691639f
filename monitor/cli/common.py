"""What the commands share: the options, the clock, and how rows are printed."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from monitor.cli import terminal

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
limit_option = click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1), help="How many at most."
)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def load_config(directory: str, *, warn: bool = False) -> "Config":
    """The configuration. Raises ConfigError, which ends the command with 2.

    `warn`: its warnings go to stderr; for commands that act by it rather than look at what is there.
    """
    from monitor.config import load

    config = load(directory)
    if warn:
        for warning in config.warnings:
            click.echo(str(warning), err=True)
    return config


def look_config(directory: str) -> "Config":
    """The configuration for a command that only looks at what is there.

    When it has errors outside of its settings, the settings alone will do: whoever mends a rule must
    still be able to see what became of the alerts.
    """
    from monitor.config import load_settings
    from monitor.errors import ConfigError

    try:
        return load_config(directory)
    except ConfigError as error:
        try:
            settings = load_settings(directory)
        except ConfigError:
            raise error from None
        click.echo(
            "the configuration has errors, `newsmonitor check` shows them; going on without it", err=True
        )
        return settings


def configure_logs(config: "Config") -> None:
    """Logs on stderr as the configuration wants them."""
    from monitor.telemetry import logs

    logs.configure(level=config.settings.log_level, secrets=config.secrets)


def open_existing(config: "Config") -> "Store":
    """The database, for reading beside a daemon; it is neither made nor upgraded here."""
    from monitor.store import open_store

    return open_store(config.settings.database, upgrade=False)


def print_rows(
    rows: Iterable[Mapping[str, Any]], *, as_json: bool, columns: Sequence[str], empty: str = "nothing"
) -> None:
    """Print rows as JSON lines, or as a table of `columns` that a person reads."""
    rows = list(rows)
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False, default=_plain))
        return
    if not rows:
        click.echo(empty, err=True)
        return
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [
        max(len(column), *(terminal.width(line[number]) for line in cells))
        for number, column in enumerate(columns)
    ]
    for line in ([column.upper() for column in columns], *cells):
        click.echo(
            "  ".join(terminal.pad(text, width) for text, width in zip(line, widths, strict=True)).rstrip()
        )


def local(moment: datetime | None, time_zone: str) -> str:
    """An instant on the reader's clock."""
    return "" if moment is None else moment.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S")


def printable(text: str) -> str:
    """The text on one line, without what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def shorten(text: str, width: int) -> str:
    """At most `width` characters of a text on one line."""
    text = " ".join(printable(text).split())
    return text if len(text) <= width else text[: width - 1] + "…"


def is_interactive() -> bool:
    """Whether somebody watches stderr, so that a progress bar makes sense."""
    return sys.stderr.isatty()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return printable(str(_plain(value)))


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
