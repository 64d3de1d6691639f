"""What polling learns of feeds, and what happened to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Why(StrEnum):
    """Why a feed is polled next when it is."""

    NEW = "new"  # never polled, or added a moment ago
    FIXED = "fixed"  # its `every`, or the one of the settings
    PUSHED = "pushed"  # its hub brings what is new; this is for safety
    RHYTHM = "rhythm"  # the budget is best spent on it then
    FLOOR = "floor"  # its rhythm asks for less than the least gap
    LEARNING = "learning"  # too little is known: once an hour
    CEILING = "ceiling"  # quiet: looked at once a day all the same
    FRESH = "fresh"  # its server says how long the answer stays good
    TTL = "ttl"  # the document says so
    SKIP = "skip"  # the document names hours or days in which it does not change
    UNCONDITIONAL = "unconditional"  # its server cannot say "not modified"
    BACKOFF = "backoff"  # it failed
    RETRY_AFTER = "retry_after"  # its server, or another feed's there, asked for it
    GONE = "gone"  # 410, twice: not polled until somebody asks for it


@dataclass(frozen=True, slots=True)
class Hints:
    """What a feed's document says about when to read it. Hours and days (0: Monday) are UTC."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    update_period: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """What polling has learnt of a feed beyond its last answer."""

    rhythm: Mapping[str, Any] | None = None  # see `monitor.schedule.rhythm`
    pull: float = 0.0  # its part of the budget, before division
    planned_at: datetime | None = None
    why: Why | None = None
    hints: Hints = Hints()
    soft_hash: str | None = None  # of the body without what changes at every visit
    failing_since: datetime | None = None
    silent_since: datetime | None = None  # told as silent; since its last article
    gone_at: datetime | None = None
    probed_at: datetime | None = None  # last asked without validators
    distrusted_at: datetime | None = None  # its validators were found to lie
    address: str | None = None  # where it is polled since it moved for good
    moving_to: str | None = None  # a permanent redirect, not yet believed
    moving_since: datetime | None = None
    moving_seen: int = 0


class EventKind(StrEnum):
    """What is worth knowing about a feed, beyond one poll."""

    FEED_FAILING = "feed_failing"  # failing for long
    FEED_RECOVERED = "feed_recovered"  # answers again, or has articles again, after being told of
    FEED_GONE = "feed_gone"  # 410, confirmed: no longer polled
    FEED_MOVED = "feed_moved"  # polled at its new address from now on
    FEED_SILENT = "feed_silent"  # answers, but has had nothing new for longer than is its habit
    FEED_ROLLED_OVER = "feed_rolled_over"  # articles may have come and gone between two polls
    FEED_DISTRUSTED = "feed_distrusted"  # its server says "not modified" although it is


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a feed. `facts` are JSON values, such as `{"unseen": 12}`."""

    kind: EventKind
    subject: str  # the feed's address, as configured
    happened_at: datetime
    detail: str = ""  # a sentence for people
    facts: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0  # given by the store; grows
