"""Quiet hours: until when a channel keeps still. What comes meanwhile is held till the end. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo

from monitor.alerting import localtime
from monitor.model import QuietHours

_MOST_PERIODS = 60  # that follow each other without a pause; a channel that is always quiet never speaks


def quiet_until(
    hours: Iterable[QuietHours], *, now: datetime, zone: tzinfo, urgent: bool = False
) -> datetime | None:
    """When the quiet that holds at `now` ends; None when there is none.

    `urgent`: for an alert of high priority, which passes where the hours let it. Periods that touch
    or overlap count as one.
    """
    held_by = [one for one in hours if not (urgent and one.high_passes)]
    until = now
    for _ in range(_MOST_PERIODS):
        ends = [end for one in held_by if (end := _end(one, until, zone)) is not None]
        if not ends:
            break
        until = max(ends)
    return until if until > now else None


def is_always(hours: Iterable[QuietHours]) -> bool:
    """Whether the hours leave no time at all: a mistake, for nothing would ever be told."""
    return all(any(_covers(one, day, minute) for one in hours) for day in range(7) for minute in range(1440))


def _end(hours: QuietHours, now: datetime, zone: tzinfo) -> datetime | None:
    for begin, end in _periods(hours, now, zone):
        if begin <= now < end:
            return end
    return None


def _periods(hours: QuietHours, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Those that may hold now: begun yesterday or today."""
    today = localtime.day_of(now, zone)
    overnight = timedelta(days=1 if hours.ends <= hours.begins else 0)
    for begun_on in (today - timedelta(days=1), today):
        if begun_on.weekday() in hours.days:
            begin = localtime.instant(begun_on, hours.begins, zone)
            yield begin, localtime.instant(begun_on + overnight, hours.ends, zone)


def _covers(hours: QuietHours, day: int, minute: int) -> bool:
    """Whether the hours hold in that minute of that weekday, where no clock is changed."""
    begins, ends = (60 * clock.hour + clock.minute for clock in (hours.begins, hours.ends))
    if begins < ends:
        return day in hours.days and begins <= minute < ends
    return (day in hours.days and minute >= begins) or ((day - 1) % 7 in hours.days and minute < ends)
