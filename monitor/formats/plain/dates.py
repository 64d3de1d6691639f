"""Dates in the forms that the standards ask for, RFC 822 and W3C; all others are odd. Pure."""

import re
from datetime import UTC, datetime, timedelta, timezone

from monitor.formats import entry
from monitor.formats.plain.odd import Odd

_MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_ZONES = {
    "GMT": 0,
    "UTC": 0,
    "UT": 0,
    "Z": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
}
_ZONES |= {"PST": -8, "PDT": -7}
_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r" (?:([+-])(\d\d)(\d\d)|([A-Z]{1,3}))",
    re.ASCII,
)
_W3C = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:([+-])(\d\d):(\d\d)|Z)", re.ASCII
)


def instant(value: str) -> datetime | None:
    """The instant of a date in the form that its standard asks for, in whole seconds. Raises Odd."""
    try:
        if found := _RFC822.fullmatch(value):
            day, month, year, hour, minute, second, sign, hours, minutes, name = found.groups()
            zone = timezone(timedelta(hours=_ZONES[name])) if name else _offset(sign, hours, minutes)
            return _moment(int(year), _MONTHS[month], int(day), hour, minute, second, zone)
        if found := _W3C.fullmatch(value):
            year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
            zone = _offset(sign, hours, minutes) if sign else UTC
            return _moment(int(year), int(month), int(day), hour, minute, second, zone)
    except (KeyError, ValueError, OverflowError):
        pass
    raise Odd(f"the date {value[:50]}")


def _offset(sign: str, hours: str, minutes: str) -> timezone:
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(east if sign == "+" else -east)


def _moment(
    year: int, month: int, day: int, hour: str, minute: str, second: str, zone: timezone
) -> datetime | None:
    return entry.instant(datetime(year, month, day, int(hour), int(minute), int(second), tzinfo=zone))
