"""Clock times of a place as instants, through both changes of the clocks. Pure.

Where the clock is set forward, a time that it skips counts as so much later; where it is set back, a
time that comes twice counts when it comes first. So every day has each time exactly once.
"""

from collections.abc import Iterator, Set
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
MIDNIGHT = time(0)


def instant(day: date, clock: time, zone: tzinfo) -> datetime:
    """When it is that time of that day there, in UTC."""
    return datetime.combine(day, clock.replace(fold=0), tzinfo=zone).astimezone(UTC)


def day_of(now: datetime, zone: tzinfo) -> date:
    """The day there."""
    return now.astimezone(zone).date()


def at_or_before(now: datetime, clock: time, days: Set[int], zone: tzinfo) -> datetime:
    """The last time that it was `clock` there on one of `days`, at `now` or before."""
    return next(at for at in _times(now, clock, days, zone, step=-1) if at <= now)


def after(now: datetime, clock: time, days: Set[int], zone: tzinfo) -> datetime:
    """The next time that it will be `clock` there on one of `days`."""
    return next(at for at in _times(now, clock, days, zone, step=1) if at > now)


def _times(now: datetime, clock: time, days: Set[int], zone: tzinfo, *, step: int) -> Iterator[datetime]:
    """Day by day from the one beyond `now`'s, since the order of days is that of times, not of skips."""
    if not days:
        raise ValueError("a time on no day never comes")
    day = day_of(now, zone) - step * _DAY
    while True:
        if day.weekday() in days:
            yield instant(day, clock, zone)
        day += step * _DAY
