"""Reads the response headers that say when to come back and what to send then. Pure.

Every value is hostile until read: long ones are ignored, absurd ones clamped.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.formats import entry

LONGEST_FRESHNESS = timedelta(hours=24)
LONGEST_RETRY_AFTER = timedelta(days=7)
LONGEST_VALIDATOR = 1024
_CLOCK_ERROR = timedelta(minutes=10)
_LONGEST_HEADER = 4096
_MAX_AGE = re.compile(r'(?:^|[,\s])max-age\s*=\s*"?(\d{1,12})', re.IGNORECASE)
_NEVER_FRESH = re.compile(r"(?:^|[,\s])(?:no-cache|no-store)(?:$|[,\s=])", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;[^,<>]{0,500})*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_SECONDS = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,9})?")


def freshness(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long the answer stays fresh (RFC 9111): max-age less Age, else Expires less Date.

    None when the server says nothing usable, or that the answer must always be checked.
    """
    control = headers.get("cache-control", "")[:_LONGEST_HEADER]
    if _NEVER_FRESH.search(control):
        return None
    if found := _MAX_AGE.search(control):
        return _positive(timedelta(seconds=int(found[1]) - _age(headers)))
    expires = _date(headers.get("expires", ""))
    if expires is None:
        return None
    return _positive(expires - _sent_at(headers, now))


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long to stay away: seconds or a date, from nothing up to a week; None when unreadable."""
    value = headers.get("retry-after", "").strip()[:_LONGEST_HEADER]
    if _SECONDS.fullmatch(value):
        seconds = min(max(float(value), 0.0), LONGEST_RETRY_AFTER.total_seconds())
        return timedelta(seconds=seconds)
    date = _date(value)
    if date is None:
        return None
    return min(max(date - _sent_at(headers, now), timedelta()), LONGEST_RETRY_AFTER)


def validator(value: str | None) -> str | None:
    """A validator worth keeping, verbatim. A huge one would cost more than it saves."""
    return value if value and len(value) <= LONGEST_VALIDATOR else None


def last_modified(headers: Mapping[str, str], *, now: datetime) -> str | None:
    """Last-Modified verbatim, readable or not; but not one from the future, which would hold for ever."""
    value = validator(headers.get("last-modified"))
    moment = _date(value or "")
    return None if moment is not None and moment > max(now, _sent_at(headers, now)) + _CLOCK_ERROR else value


def is_sendable(value: str) -> bool:
    """Whether a stored validator can stand in a header: Latin-1, as it came, without line ends."""
    return (
        len(value) <= LONGEST_VALIDATOR
        and not re.search("[\0\r\n]|[^\0-\xff]", value)
        and value.strip() == value
    )


def _positive(duration: timedelta) -> timedelta | None:
    return min(duration, LONGEST_FRESHNESS) if duration > timedelta() else None


def _age(headers: Mapping[str, str]) -> int:
    value = headers.get("age", "").strip()
    return int(value) if re.fullmatch(r"\d{1,12}", value) else 0


def _sent_at(headers: Mapping[str, str], now: datetime) -> datetime:
    return _date(headers.get("date", "")) or now


def _date(value: str) -> datetime | None:
    if not value or len(value) > 100:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def links(value: str, base: str) -> dict[str, str]:
    """The first address of each relation in Link headers (RFC 8288), joined by commas."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(value[:_LONGEST_HEADER]):
        relation = _REL.search(parameters)
        for name in (relation[1] or relation[2]).lower().split() if relation else ():
            found.setdefault(name, entry.link(target.strip(), base))
    return {name: url for name, url in found.items() if url}
