"""Since when, and how far: the option that searches and backtests share, and their progress on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from monitor.cli import common

F = TypeVar("F", bound=Callable[..., Any])


def since_option(default: str | None) -> Callable[[F], F]:
    """`--since`: a duration back from now, or a date."""
    return click.option(
        "--since",
        default=default,
        show_default=default is not None,
        metavar="30d|DATE",
        help="How far back: 12h, 30d, or a date such as 2026-03-01."
        + ("" if default else " Everything unless given."),
    )


def read_since(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant that `--since` names. Raises UsageError."""
    from monitor.config.quantities import read_duration

    try:
        return now - read_duration(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"--since {text}: neither a duration such as 30d nor a date such as 2026-03-01"
        raise click.UsageError(message) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


class Progress:
    """A bar on stderr while somebody watches it; silent otherwise."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: Any = None

    def plan(self, length: int) -> None:
        """So many articles will be read; said again, when more of them are known."""
        if self._bar is not None:
            self._bar.length = length
        elif common.is_interactive():
            self._bar = click.progressbar(length=length, label=self._label, file=sys.stderr, show_pos=True)
            self._bar.__enter__()

    def read(self, count: int) -> None:
        """So many more were."""
        if self._bar is not None:
            self._bar.update(count)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A bar that is taken away in the end."""
    shown = Progress(label)
    try:
        yield shown
    finally:
        shown.close()
