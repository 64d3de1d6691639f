"""What a feed's document says about when to read it: from its elements to `Hints`, and as JSON. Pure."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from monitor.model import Hints

LONGEST_TTL = timedelta(days=7)
_LONGEST_PERIOD = timedelta(days=366)
_ITEM = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_HOURS = re.compile(rb"<skipHours\b[^>]{0,200}>(.{0,4000}?)</skipHours", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(rb"<hour\b[^>]{0,200}>\s*(\d{1,2})\s*</hour", re.IGNORECASE)
_SKIPPED_DAYS = re.compile(rb"<skipDays\b[^>]{0,200}>(.{0,4000}?)</skipDays", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(rb"<day\b[^>]{0,200}>\s*([A-Za-z]{6,9})\s*</day", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 1 / 24, "daily": 1, "weekly": 7, "monthly": 30, "yearly": 365}


def read(body: bytes, *, ttl: Any = None, period: Any = None, frequency: Any = None) -> Hints:
    """From a document in an ASCII-compatible encoding, and the texts of `ttl` (RSS 2.0, minutes),
    `sy:updatePeriod` and `sy:updateFrequency`. What cannot be read is left out."""
    head = body[:32768]
    start = _ITEM.search(head)
    head = head[: start.start()] if start else head
    tail = body[-8192:]  # a channel may name them after its items
    hours = _HOURS.search(head) or _HOURS.search(tail)
    days = _SKIPPED_DAYS.search(head) or _SKIPPED_DAYS.search(tail)
    return Hints(
        ttl=_ttl(ttl),
        skip_hours=frozenset(int(hour) % 24 for hour in _HOUR.findall(hours[1]) if int(hour) <= 24)
        if hours
        else frozenset(),
        skip_days=_read_days(days[1]) if days else frozenset(),
        update_period=_period(period, frequency),
    )


def _read_days(inside: bytes) -> frozenset[int]:
    names = (name.decode("ascii").lower() for name in _DAY.findall(inside))
    return frozenset(_DAYS.index(name) for name in names if name in _DAYS)


def _ttl(value: Any) -> timedelta | None:
    """RSS gives minutes."""
    minutes = value.strip() if isinstance(value, str) else ""
    if not minutes.isascii() or not minutes.isdigit() or len(minutes) > 9:
        return None
    return min(timedelta(minutes=int(minutes)), LONGEST_TTL) or None


def _period(period: Any, frequency: Any) -> timedelta | None:
    days = _PERIODS.get(period.strip().lower()) if isinstance(period, str) else None
    if days is None:
        return None
    times = frequency.strip() if isinstance(frequency, str) else "1"
    number = int(times) if times.isascii() and times.isdigit() and len(times) < 5 else 1
    return min(timedelta(days=days) / max(1, number), _LONGEST_PERIOD)


def to_json(hints: Hints) -> dict[str, Any]:
    """As JSON values; nothing for nothing."""
    facts = {
        "ttl": hints.ttl and hints.ttl.total_seconds(),
        "hours": sorted(hints.skip_hours),
        "days": sorted(hints.skip_days),
        "period": hints.update_period and hints.update_period.total_seconds(),
    }
    return {name: value for name, value in facts.items() if value}


def from_json(facts: Mapping[str, Any]) -> Hints:
    """The inverse of `to_json`. Raises TypeError or ValueError for anything else."""
    return Hints(
        ttl=_seconds(facts.get("ttl")),
        skip_hours=frozenset(int(hour) for hour in facts.get("hours", ())),
        skip_days=frozenset(int(day) for day in facts.get("days", ())),
        update_period=_seconds(facts.get("period")),
    )


def _seconds(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=float(value))
