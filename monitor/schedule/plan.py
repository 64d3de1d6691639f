"""When a feed that answers is polled next, and why then. Pure.

A feed with an `every` (its own, or that of the settings) keeps that interval, ±10 %. Any other shares
the budget: it is polled when waiting longer would cost more than a request is worth (`pace.price`),
articles of feeds that often alert counting for more. Around that stand, in this order:

| bound         | what it does                                                                   |
|---------------|--------------------------------------------------------------------------------|
| ceiling       | at least once a day                                                            |
| learning      | at most once an hour while fewer than two dated articles are known             |
| unconditional | at most once an hour, or once an article, from servers without "not modified"; |
|               | once a day when nothing has come for two weeks                                 |
| ttl           | the document's, up to a day, unless the feed is known to bring more than that  |
| skip          | the document's hours and days, except those in which articles have come        |
| floor         | five minutes, or one second for private feeds with an interval of their own    |
| not before    | what the server asks for: freshness, Retry-After                               |
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.model import Feed, Hints, Why
from monitor.schedule.intensity import FLAT_WEEK, Intensity
from monitor.schedule.rhythm import Rhythm, rate

PUBLIC_FLOOR = timedelta(minutes=5)
PRIVATE_FLOOR = timedelta(seconds=1)
CEILING = timedelta(hours=24)
LONGEST_TTL = timedelta(hours=24)
LEARNING = timedelta(hours=1)
UNCONDITIONAL = timedelta(hours=1)
DORMANT = timedelta(days=14)
REPLAN = timedelta(hours=3)
"""A plan is made anew when it is older than this: the price may have changed."""

_SHARE_PRIOR = 2.0  # alerts that must be expected of a feed until its own share is believed
_LEAST_WEIGHT, _MOST_WEIGHT = 0.25, 4.0
_KNOWN = 2.0  # articles
_JITTER = timedelta(minutes=3)
_SEEN_THEN = 0.25  # articles, faded: a skipped hour in which they came is not skipped


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for all feeds: the interval of the settings, if any, else the price of waiting."""

    every: timedelta | None = None
    price: float = 0.0  # article minutes
    pooled: Sequence[float] = FLAT_WEEK
    share: float = 0.0  # of all feeds' articles, how many make an alert


@dataclass(frozen=True, slots=True)
class Plan:
    """The next poll."""

    at: datetime
    why: Why


def shares_budget(feed: Feed, policy: Policy) -> bool:
    """Whether the feed is polled by its rhythm."""
    return feed.every is None and policy.every is None


def floor(feed: Feed) -> timedelta:
    """The least time between two polls."""
    return PRIVATE_FLOOR if feed.allow_private else PUBLIC_FLOOR


def interval(feed: Feed, every: timedelta | None) -> timedelta:
    """The time between two polls at a fixed interval, before chance: no shorter than the floor."""
    return max(floor(feed), feed.every or every or USUAL_INTERVAL)


USUAL_INTERVAL = timedelta(minutes=30)
"""What failures count in for a feed that has no interval."""


def weight(rhythm: Rhythm, share: float) -> float:
    """How much an article of this feed counts: by how many make an alert beside the usual share; ¼ to 4."""
    expected = rhythm.articles * share
    return min(max((rhythm.alerted + _SHARE_PRIOR) / (expected + _SHARE_PRIOR), _LEAST_WEIGHT), _MOST_WEIGHT)


def pull(rhythm: Rhythm, *, now: datetime, share: float) -> float:
    """The feed's part of the budget, before division: √(weight · articles a minute)."""
    return math.sqrt(weight(rhythm, share) * rate(rhythm, now=now))


def make(
    feed: Feed,
    rhythm: Rhythm,
    policy: Policy,
    *,
    polled_at: datetime,
    now: datetime,
    jitter: float,
    hints: Hints = Hints(),  # noqa: B008  (frozen)
    conditional: bool = True,
    first: bool = False,
) -> Plan:
    """The plan for a feed polled at `polled_at` with success. `jitter` is from [0, 1).

    `first` marks the plan after the first poll, which is spread over the whole interval, so that feeds
    added together part. `conditional`: its server can say "not modified". Cost: some 30 µs.
    """
    intensity = Intensity(rhythm, now=now, pooled=policy.pooled)
    if not shares_budget(feed, policy):
        wait, why = _fixed(feed, policy, hints, jitter)
    else:
        wait, why = _by_rhythm(rhythm, intensity, policy, polled_at, jitter, first=first)
        wait, why = _later(wait, why, PUBLIC_FLOOR, Why.FLOOR)
        if not conditional:
            wait, why = _later(wait, why, _unconditional(rhythm, intensity, now), Why.UNCONDITIONAL)
        if hints.ttl and not _is_wrong(hints.ttl, rhythm, intensity):
            wait, why = _later(wait, why, min(hints.ttl, LONGEST_TTL), Why.TTL)
        open_at = after_skipped(polled_at + wait, hints, rhythm)
        wait, why = _later(wait, why, open_at - polled_at, Why.SKIP)
    return Plan(polled_at + wait, why)


def _fixed(feed: Feed, policy: Policy, hints: Hints, jitter: float) -> tuple[timedelta, Why]:
    every = interval(feed, policy.every)
    if hints.ttl and feed.every is None and min(hints.ttl, LONGEST_TTL) > every:
        return min(hints.ttl, LONGEST_TTL) * (0.9 + 0.2 * jitter), Why.TTL
    return max(every * (0.9 + 0.2 * jitter), floor(feed)), Why.FIXED


def _by_rhythm(
    rhythm: Rhythm, intensity: Intensity, policy: Policy, polled_at: datetime, jitter: float, *, first: bool
) -> tuple[timedelta, Why]:
    start = _minutes(polled_at)
    limit = start + CEILING.total_seconds() / 60
    reached = intensity.reach(start, price=policy.price / weight(rhythm, policy.share), limit=limit)
    wait = timedelta(minutes=reached - start)
    why = Why.CEILING if wait >= CEILING else Why.RHYTHM
    if first:
        wait *= 0.1 + 0.9 * jitter
    else:
        wait += min(_JITTER, wait * 0.1) * (jitter - 0.5)
    if rhythm.articles < _KNOWN:
        return _later(wait, why, LEARNING * (0.9 + 0.2 * jitter), Why.LEARNING)
    return min(wait, CEILING), why


def _later(wait: timedelta, why: Why, least: timedelta, reason: Why) -> tuple[timedelta, Why]:
    return (least, reason) if least > wait else (wait, why)


def _unconditional(rhythm: Rhythm, intensity: Intensity, now: datetime) -> timedelta:
    if rhythm.latest_at is not None and now - rhythm.latest_at > DORMANT:
        return CEILING
    return min(UNCONDITIONAL, timedelta(minutes=1 / intensity.mean_rate))


def _is_wrong(ttl: timedelta, rhythm: Rhythm, intensity: Intensity) -> bool:
    """Whether several articles are known to come in the time that the document says nothing changes in."""
    expected = intensity.mean_rate * min(ttl, LONGEST_TTL).total_seconds() / 60
    return rhythm.articles >= 20 and expected >= 3


def after_skipped(at: datetime, hints: Hints, rhythm: Rhythm) -> datetime:
    """The moment itself, or the end of the hours and days to be skipped that it lies in."""
    hours = frozenset(
        hour for hour in hints.skip_hours if rhythm.hours[hour] + rhythm.hours[24 + hour] < _SEEN_THEN
    )
    days = frozenset(day for day in hints.skip_days if rhythm.days[day] < _SEEN_THEN)
    if len(hours) >= 24 or len(days) >= 7 or not (hours or days):
        return at
    moment = at
    while moment.hour in hours or moment.weekday() in days:
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    # Not on the stroke of the hour, where everybody is.
    return moment if moment == at else moment + timedelta(minutes=at.minute, seconds=at.second)


def _minutes(moment: datetime) -> float:
    return moment.astimezone(UTC).timestamp() / 60
