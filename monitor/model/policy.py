"""What rules and channels may say about when to tell, to whom, and in how many messages.

Clock times are local: those of a channel in its own time zone, those of a rule in the settings'.
Weekdays count from Monday, 0.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from monitor.model.ids import SilenceId

ALL_DAYS = frozenset(range(7))
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When a channel keeps still: from `begins` to the next `ends`, begun on one of `days`.

    Both the same means a whole day. What comes meanwhile is held and goes out at the end.
    """

    begins: time
    ends: time
    days: frozenset[int] = ALL_DAYS
    high_passes: bool = True  # alerts of high priority go out all the same


@dataclass(frozen=True, slots=True)
class Storm:
    """More than `limit` alerts `within` that time are collected in one message. None is dropped."""

    limit: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Digest:
    """When a channel tells what it collected: each `every` (in UTC), or `at` a time on `days`."""

    every: timedelta | None = None
    at: time | None = None
    days: frozenset[int] = ALL_DAYS
    empty: bool = False  # say also that there was nothing
    high_passes: bool = True  # alerts of high priority go out at once


@dataclass(frozen=True, slots=True)
class Active:
    """When a rule alerts: between two instants, on some weekdays, between two times of the day."""

    since: datetime | None = None
    until: datetime | None = None
    days: frozenset[int] = ALL_DAYS
    begins: time = MIDNIGHT
    ends: time = MIDNIGHT  # the same as `begins`: all day; before it: the next day


@dataclass(frozen=True, slots=True)
class Escalation:
    """Tell these channels as well when an alert of high priority is not acknowledged in time."""

    after: timedelta
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """Until then, alerts of a rule, or about articles that a query matches, are not told."""

    id: SilenceId
    created_at: datetime
    until_at: datetime
    rule: str = ""  # exactly one of the two is set
    query: str = ""
    reason: str = ""
    expired_at: datetime | None = None  # ended by hand

    @property
    def end_at(self) -> datetime:
        """When it ends, or ended."""
        return self.until_at if self.expired_at is None else min(self.expired_at, self.until_at)

    def is_active(self, now: datetime) -> bool:
        """Whether it holds. One from the future is of a clock that was ahead, and holds as well."""
        return now < self.end_at
