"""Times as they are written: `07:30`, `22:00-07:00`, `mon-fri`, `2026-06-01`. Local; others know where.

Every reader raises ValueError with a sentence for people; none repeats the text that it was given.
"""

import re
from datetime import datetime, time

from monitor.model import ALL_DAYS

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_WORDS = {"daily": ALL_DAYS, "weekdays": frozenset(range(5)), "weekend": frozenset({5, 6})}

Hours = tuple[time, time]


def read_clock(text: str) -> time:
    """A time of the day; `24:00` is midnight."""
    found = _CLOCK.fullmatch(text.strip())
    if not found or (int(found[1]) == 24 and found[2] != "00"):
        raise ValueError("not a time of the day: write hours and minutes, such as 07:30")
    return time(int(found[1]) % 24, int(found[2]))


def read_hours(text: str) -> Hours:
    """From a time to a time, perhaps over midnight."""
    begins, dash, ends = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError("not a period of the day: write it as 22:00-07:00")
    return read_clock(begins), read_clock(ends)


def read_days(text: str) -> frozenset[int]:
    """Days of the week: one, a range, or a word such as `weekdays`."""
    text = text.strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        return frozenset({_day(first)})
    begin, end = _day(first), _day(last)
    return frozenset((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def _day(text: str) -> int:
    if text[:3] not in DAYS or not text.isalpha():
        raise ValueError("not a day of the week: write mon, tue, wed, thu, fri, sat or sun")
    return DAYS.index(text[:3])


def read_moment(text: str) -> datetime:
    """A date, or a date and a time; without a zone, since it is local."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("not a date: write it as 2026-06-01 or 2026-06-01 08:00") from None
    if moment.tzinfo is not None:
        raise ValueError("a date is local here: leave out the time zone")
    return moment


def write_clock(clock: time) -> str:
    """Hours and minutes."""
    return f"{clock:%H:%M}"


def write_days(days: frozenset[int]) -> list[str]:
    """The names of the days, in order."""
    return [DAYS[day] for day in sorted(days)]
