"""How often, and when in the week and in the hour, a feed brings articles: learnt poll by poll. Pure.

All counts fade with a half-life of five weeks. Hours and days are UTC. The first document's dates
seed everything, so that a new feed is known from its first poll on. Dates that cannot be true (older
than the poll before, in the future, midnight sharp) count as somewhen between the two polls.

What the rates mean for polling is `monitor.schedule.intensity`'s to say.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from monitor.schedule import delay, sharpness
from monitor.schedule.delay import BUCKETS

VERSION = 1
HALF_LIFE = timedelta(days=35)
SEED_SPAN = timedelta(days=70)  # older items of the first document say nothing about today
BURST_WINDOW = timedelta(minutes=30)
MOST_DELAY = timedelta(hours=24)  # an article dated earlier was not late, but dated so
_LAG = timedelta(minutes=2)  # how far an item may be dated before a poll that did not show it yet
_FADE = math.log(2) / (HALF_LIFE.total_seconds() / 60)  # per minute
_FAKE_SPAN = timedelta(minutes=10)  # items all dated so close together were dated when asked for
_MOST_BURST = 4.0
_MOST_COUNTED = 1e6

HOURS = 48  # of a weekday, then of a day of the weekend
DAYS = 7
SLOTS = 12  # five minutes each


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is known of a feed's rates. Counts are of articles, faded to `known_at`."""

    known_at: datetime
    articles: float = 0.0
    exposure: float = 0.0  # minutes watched, faded likewise
    hours: tuple[float, ...] = (0.0,) * HOURS
    days: tuple[float, ...] = (0.0,) * DAYS
    slots: tuple[float, ...] = (0.0,) * SLOTS
    sharpness: tuple[float, ...] = sharpness.EQUAL  # of `hours`, see `monitor.schedule.sharpness`
    burst: float = 0.0  # articles within the half hour before `burst_at`
    burst_at: datetime | None = None
    alerted: float = 0.0  # those of `articles` that made an alert
    latest_at: datetime | None = None  # when the last article came
    longest: timedelta = timedelta()  # the longest time between two articles
    delays: tuple[float, ...] = (0.0,) * BUCKETS  # see `monitor.schedule.delay`
    delayed: float = 0.0  # the sum of those delays, in minutes


def seed(published: Sequence[datetime | None], *, now: datetime, period: timedelta | None = None) -> Rhythm:
    """From the first document's dates. `period` is what the document says of itself: a weak prior."""
    usable = sorted(p for p in published if p is not None and now - SEED_SPAN <= p <= now)
    if len(usable) < 2 or usable[-1] - usable[0] < _FAKE_SPAN:
        prior = 0.5 if period else 0.0
        return Rhythm(
            now,
            articles=prior,
            exposure=prior * _minutes(period or timedelta()),
            latest_at=usable[-1] if usable else now,
        )
    counts = _Counts()
    for moment in usable[1:]:  # the oldest one opens the window
        counts.add(moment, _faded(now - moment), exact=not _is_midnight(moment))
    span = _minutes(now - usable[0])
    gaps = [after - before for before, after in pairwise(usable)]
    return Rhythm(
        now,
        articles=sum(_faded(now - moment) for moment in usable[1:]),
        exposure=-math.expm1(-_FADE * span) / _FADE,
        hours=tuple(counts.hours),
        days=tuple(counts.days),
        slots=tuple(counts.slots),
        sharpness=sharpness.learn(counts.hours),
        latest_at=usable[-1],
        longest=max(gaps),
    )


def observe(
    rhythm: Rhythm,
    *,
    now: datetime,
    since: datetime,
    published: Sequence[datetime | None] = (),
    alerted: int = 0,
) -> Rhythm:
    """After a poll that found articles with these dates (None: undated) in the time from `since` to now.

    Cost: a few microseconds, and some dozen more when there are articles.
    """
    faded = _faded(now - rhythm.known_at)
    gap = max(timedelta(), now - since)
    after = replace(
        rhythm,
        known_at=max(now, rhythm.known_at),
        articles=min(_MOST_COUNTED, rhythm.articles * faded + len(published)),
        exposure=rhythm.exposure * faded + _minutes(gap),
        alerted=min(_MOST_COUNTED, rhythm.alerted * faded + alerted),
        hours=tuple([count * faded for count in rhythm.hours]) if published else rhythm.hours,
        days=tuple([count * faded for count in rhythm.days]) if published else rhythm.days,
        slots=tuple([count * faded for count in rhythm.slots]) if published else rhythm.slots,
        delays=tuple([count * faded for count in rhythm.delays]) if published else rhythm.delays,
        delayed=rhythm.delayed * faded if published else rhythm.delayed,
    )
    return _with_articles(after, now=now, since=since, published=published) if published else after


def _with_articles(
    rhythm: Rhythm, *, now: datetime, since: datetime, published: Sequence[datetime | None]
) -> Rhythm:
    counts = _Counts(rhythm.hours, rhythm.days, rhythm.slots)
    dated = [moment for moment in published if moment is not None]
    exact = [moment for moment in dated if is_exact(moment, since=since, now=now)]
    for moment in exact:
        counts.add(moment, 1.0)
    vague = len(published) - len(exact)
    if vague:
        counts.spread(since, now, float(vague))
    gap = max(_minutes(now - since), 1.0)
    fresh = sum(now - moment <= BURST_WINDOW for moment in exact)
    burst = fresh + vague * min(1.0, _minutes(BURST_WINDOW) / gap)
    late = [_minutes(now - moment) for moment in dated if is_measurable(moment, now=now)]
    first, last = min(exact, default=now), max(exact, default=now)
    waited = first - rhythm.latest_at if rhythm.latest_at else timedelta()
    return replace(
        rhythm,
        hours=tuple(counts.hours),
        days=tuple(counts.days),
        slots=tuple(counts.slots),
        sharpness=sharpness.learn(counts.hours),
        burst=min(_MOST_BURST, burst),
        burst_at=now,
        latest_at=last if rhythm.latest_at is None else max(last, rhythm.latest_at),
        longest=max(rhythm.longest, waited),
        delays=delay.count(rhythm.delays, late),
        delayed=rhythm.delayed + sum(late),
    )


def is_exact(moment: datetime, *, since: datetime, now: datetime) -> bool:
    """Whether an article's date may be when it came: between the poll before and this one."""
    return since - _LAG < moment <= now and not _is_midnight(moment)


def is_measurable(moment: datetime, *, now: datetime) -> bool:
    """Whether the time since then says how late an article was seen. Its server may have been late, too."""
    return timedelta() <= now - moment < MOST_DELAY and not _is_midnight(moment)


def rate(rhythm: Rhythm, *, now: datetime) -> float:
    """Articles a minute in the mean; a feed of which nothing is known brings one in eight hours."""
    faded = _faded(now - rhythm.known_at)
    idle = _minutes(max(timedelta(), now - rhythm.known_at))
    return (rhythm.articles * faded + 0.5) / (rhythm.exposure * faded + idle + 240.0)


class _Counts:
    """Counts by the hour, the day and the five minutes, being added to."""

    def __init__(
        self,
        hours: Sequence[float] = (0.0,) * HOURS,
        days: Sequence[float] = (0.0,) * DAYS,
        slots: Sequence[float] = (0.0,) * SLOTS,
    ) -> None:
        self.hours, self.days, self.slots = list(hours), list(days), list(slots)

    def add(self, moment: datetime, count: float, *, exact: bool = True) -> None:
        day = moment.weekday()
        self.days[day] += count
        if exact:
            self.hours[moment.hour + (24 if day >= 5 else 0)] += count
            self.slots[moment.minute // 5] += count

    def spread(self, since: datetime, until: datetime, count: float) -> None:
        """Count evenly over the time between two moments; not by the five minutes."""
        steps = min(48, max(1, round(_minutes(until - since) / 30)))
        step = (until - since) / steps
        for number in range(steps):
            moment = until - step * (number + 0.5)
            day = moment.weekday()
            self.days[day] += count / steps
            self.hours[moment.hour + (24 if day >= 5 else 0)] += count / steps


def _faded(age: timedelta) -> float:
    return math.exp(-_FADE * max(0.0, _minutes(age)))


def _minutes(duration: timedelta) -> float:
    return duration.total_seconds() / 60


def _is_midnight(moment: datetime) -> bool:
    """A date without a time of day, most likely."""
    return moment.hour == moment.minute == moment.second == moment.microsecond == 0


_FIELDS = tuple(it.name for it in fields(Rhythm))


def to_json(rhythm: Rhythm, *, like: tuple[Rhythm, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """As JSON values, with a version; some 400 bytes.

    `like` is an earlier rhythm as both: counts that it shares with this one are not written anew.
    """
    facts: dict[str, Any] = {"v": VERSION}
    earlier, written = like or (None, {})
    for name in _FIELDS:
        value = getattr(rhythm, name)
        if isinstance(value, tuple) and name in written and value is getattr(earlier, name):
            facts[name] = written[name]
        elif isinstance(value, datetime):
            facts[name] = value.timestamp()
        elif isinstance(value, timedelta):
            facts[name] = value.total_seconds()
        elif isinstance(value, tuple):
            facts[name] = [_short(count) for count in value]
        else:
            facts[name] = value if value is None else _short(value)
    return facts


def _short(value: float) -> float:
    return float(f"{value:.5g}") or 0.0


def from_json(facts: Mapping[str, Any] | None) -> Rhythm | None:
    """The rhythm; None when there is none, or one that this version cannot read: it is learnt anew."""
    if not facts or facts.get("v") != VERSION:
        return None
    try:
        return Rhythm(
            known_at=_instant(facts["known_at"]),
            articles=_count(facts["articles"]),
            exposure=_count(facts["exposure"]),
            hours=_counts(facts["hours"], HOURS),
            days=_counts(facts["days"], DAYS),
            slots=_counts(facts["slots"], SLOTS),
            sharpness=_counts(facts.get("sharpness", sharpness.EQUAL), len(sharpness.EQUAL)),
            burst=_count(facts["burst"]),
            burst_at=None if facts["burst_at"] is None else _instant(facts["burst_at"]),
            alerted=_count(facts["alerted"]),
            latest_at=None if facts["latest_at"] is None else _instant(facts["latest_at"]),
            longest=timedelta(seconds=_count(facts["longest"])),
            delays=_counts(facts["delays"], BUCKETS),
            delayed=_count(facts["delayed"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _instant(value: Any) -> datetime:
    return datetime.fromtimestamp(float(value), UTC)


def _count(value: Any) -> float:
    number = float(value)
    if not 0 <= number < math.inf:
        raise ValueError("not a count")
    return number


def _counts(values: Any, length: int) -> tuple[float, ...]:
    counts = tuple(map(float, values))
    if len(counts) != length or min(counts) < 0 or not sum(counts) < math.inf:  # nor is NaN
        raise ValueError("not so many counts")
    return counts
