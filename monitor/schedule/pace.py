"""How much a minute of waiting may cost, so that all feeds together keep to the budget of requests. Pure.

The price follows from the feeds' rates (feed-forward): with constant rates, polling each feed when
its waiting costs μ = (Σ√(weight·rate))² / (2·R²) makes R requests a minute. What that leaves out
(floors, servers' wishes, hours of the day) is corrected by a factor, moved slowly by what was spent
over the last days, and bounded, so that no disturbance winds it up. The budget is kept in the mean of
the week: on working days more is spent than at the weekend.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.schedule.intensity import FLAT_WEEK
from monitor.schedule.rhythm import HOURS

VERSION = 1
DEFAULT_PER_FEED = 24.0  # requests a day
LEAST_TRIM, MOST_TRIM = 0.2, 5.0
_MEMORY = timedelta(days=3)
_LONGEST_STEP = timedelta(hours=1)  # what is longer was a pause of the program, and no thrift
_POOL_PRIOR = 500.0  # articles until the week of all feeds is theirs
_POOL_FADE = 0.5 ** (1 / (30 * 24))  # an hour


@dataclass(frozen=True, slots=True)
class Pace:
    """What the feeds that share the budget ask for, and what they have been given."""

    at: datetime
    pull: float = 0.0  # Σ√(weight·rate), rates a minute
    feeds: int = 0
    per_day: float | None = None  # requests; None: 24 for each feed
    trim: float = 1.0
    spent: float = 0.0  # requests, faded over three days
    expected: float = 0.0  # those the budget had, faded likewise
    week: tuple[float, ...] = (0.0,) * HOURS  # articles of all feeds by the hour
    alerted: float = 0.0  # how many of these made an alert

    @property
    def rate(self) -> float:
        """Requests a minute."""
        return (self.per_day or DEFAULT_PER_FEED * self.feeds) / 1440

    @property
    def price(self) -> float:
        """Article minutes of waiting that are worth a request; 0 while no feed is known."""
        return self.trim * self.pull**2 / (2 * self.rate**2) if self.rate > 0 else 0.0

    @property
    def share(self) -> float:
        """Of all articles, how many make an alert."""
        articles = sum(self.week)
        return min(1.0, self.alerted / articles) if articles > 0 else 0.0

    @property
    def pooled(self) -> tuple[float, ...]:
        """For each hour of a weekday and of a day of the weekend: its share of that day's articles,
        times how much of the week's come on such days (1: as on any other)."""
        total = sum(self.week) + _POOL_PRIOR
        shares = [
            7 * (count + _POOL_PRIOR * days / 7 / 24) / total / days
            for count, days in zip(self.week, [5] * 24 + [2] * 24, strict=True)
        ]
        return tuple(shares) if any(self.week) else FLAT_WEEK


def advance(
    pace: Pace,
    *,
    now: datetime,
    requests: int,
    pull: float,
    feeds: int,
    per_day: float | None,
    hours: Sequence[float] = (),
    alerted: float = 0.0,
) -> Pace:
    """After some time in which so many requests were made and articles came at these hours."""
    passed = min(max(timedelta(), now - pace.at), _LONGEST_STEP)
    fade = math.exp(-passed / _MEMORY)
    minutes = passed.total_seconds() / 60
    spent = pace.spent * fade + requests
    expected = pace.expected * fade + pace.rate * minutes
    trim = pace.trim
    if spent > 0 and expected > 0:
        # A guess of an hour's worth keeps the first minutes from counting for more than they say.
        over = (spent + 60 * pace.rate) / (expected + 60 * pace.rate)
        trim *= over ** (2 * (passed / _MEMORY))
    cooling = _POOL_FADE ** (minutes / 60)
    week = tuple([old * cooling + new for old, new in zip(pace.week, hours or (0.0,) * HOURS, strict=True)])
    return Pace(
        at=max(now, pace.at),
        pull=pull,
        feeds=feeds,
        per_day=per_day,
        trim=min(max(trim, LEAST_TRIM), MOST_TRIM),
        spent=spent,
        expected=expected,
        week=week,
        alerted=pace.alerted * cooling + alerted,
    )


def joined(pace: Pace, pull: float) -> Pace:
    """With one more feed, that was not yet counted."""
    return replace(pace, pull=pace.pull + pull, feeds=pace.feeds + 1)


def to_json(pace: Pace) -> dict[str, Any]:
    """As JSON values, with a version."""
    return {
        "v": VERSION,
        "at": pace.at.timestamp(),
        "pull": pace.pull,
        "feeds": pace.feeds,
        "per_day": pace.per_day,
        "trim": pace.trim,
        "spent": pace.spent,
        "expected": pace.expected,
        "alerted": pace.alerted,
        "week": [round(count, 3) for count in pace.week],
    }


def from_json(facts: Mapping[str, Any] | None, *, now: datetime) -> Pace:
    """What was kept; a beginner's pace when there is nothing that this version can read."""
    if not facts or facts.get("v") != VERSION or len(facts.get("week", ())) != HOURS:
        return Pace(now)
    return Pace(
        at=min(datetime.fromtimestamp(facts["at"], UTC), now),
        pull=facts["pull"],
        feeds=facts["feeds"],
        per_day=facts["per_day"],
        trim=facts["trim"],
        spent=facts["spent"],
        expected=facts["expected"],
        week=tuple(facts["week"]),
        alerted=facts["alerted"],
    )
