"""The rate at which a feed is expected to bring articles, minute by minute, and what waiting costs. Pure.

    rate(t) = r · s(hour of the week) · p(five minutes of the hour) + burst · e^(−age / 20 min)

where s mixes the feed's own week with that of all feeds, and p is flat until much is known. From it
follow, for a poll at `start` and the next at `end`: how many articles are expected (N), and how long
all of them together will have waited (A = ∫ rate(s)·(end − s) ds, in article minutes). Times are
minutes since 1970, as floats: this is the inner loop.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.schedule import sharpness
from monitor.schedule.rhythm import HOURS, SLOTS, Rhythm, rate

_WEEK = 168
_MONDAY = 72  # hours: 1970 began on a Thursday
_POOLED = 10.0  # articles of its own until a feed's week counts as much as everybody's
_FLAT = 40.0  # likewise for the five minutes
_DAY_PRIOR = 30.0  # articles until a day is known apart from the other weekdays
_BURST_MINUTES = 20.0
_BURST_ARTICLES = 0.35  # expected after one fresh article

FLAT_WEEK = (1.0 / 24,) * HOURS
"""The week of all feeds while nothing is known: the share of a day's articles in each of its hours."""


class Waiting(NamedTuple):
    """What is expected between two polls."""

    articles: float
    minutes: float  # that they wait, all together

    @property
    def mean(self) -> float:
        """Minutes that an article waits."""
        return self.minutes / self.articles if self.articles > 0 else 0.0


class Intensity:
    """One feed's rate. Cheap to make; hours are worked out when they are asked for."""

    def __init__(self, rhythm: Rhythm, *, now: datetime, pooled: Sequence[float] = FLAT_WEEK) -> None:
        self._rate = rate(rhythm, now=now)
        self._hours, self._days = rhythm.hours, rhythm.days
        self._kernel = sharpness.kernel(rhythm.sharpness)
        self._pooled = pooled
        self._total = sum(rhythm.days)
        self._pooled_sides = (sum(pooled[:24]), sum(pooled[24:]))
        self._sides = (sum(rhythm.hours[:24]), sum(rhythm.hours[24:]))
        slots = sum(rhythm.slots) + _FLAT
        self._slots = [SLOTS * (count + _FLAT / SLOTS) / slots for count in rhythm.slots]
        # What the articles of a whole hour have waited at its end: ∫ p(m)·(60 − m) dm.
        self._whole = sum(5 * p * (57.5 - 5 * i) for i, p in enumerate(self._slots))
        self._known: dict[int, float] = {}
        self._burst = rhythm.burst * _BURST_ARTICLES / _BURST_MINUTES
        self._burst_at = rhythm.burst_at.timestamp() / 60 if rhythm.burst_at else 0.0

    @property
    def mean_rate(self) -> float:
        """Articles a minute, over the whole week."""
        return self._rate

    def hour(self, hour: int) -> float:
        """Articles a minute in an hour, counted from 1970."""
        of_week = (hour + _MONDAY) % _WEEK
        if of_week not in self._known:
            self._known[of_week] = self._rate * self._share(of_week)
        return self._known[of_week]

    def _share(self, of_week: int) -> float:
        """The hour's rate over the mean rate."""
        day, hour = divmod(of_week, 24)
        side = 24 if day >= 5 else 0
        own = self._own_day(day) * self._own_hour(side, hour)
        pooled = self._pooled[side + hour] / 7
        return _WEEK * (self._total * own + _POOLED * pooled) / (self._total + _POOLED)

    def _own_day(self, day: int) -> float:
        """The part of the week's articles that come on this day."""
        weekend = sum(self._days[5:])
        alike = weekend / 2 if day >= 5 else (self._total - weekend) / 5
        prior = (alike + 1.0) / (self._total + 7.0)
        return (self._days[day] + _DAY_PRIOR * prior) / (self._total + _DAY_PRIOR)

    def _own_hour(self, side: int, hour: int) -> float:
        """The part of such a day's articles that come in this hour."""
        counts = [0.0, 0.0]
        for offset, weight in enumerate(self._kernel, hour - sharpness.REACH):
            counts[0] += weight * self._hours[offset % 24]
            counts[1] += weight * self._hours[24 + offset % 24]
        usual = sharpness.FLAT * self._pooled[side + hour] / self._pooled_sides[side > 0]
        either = (sum(counts) + usual) / (sum(self._sides) + sharpness.FLAT)
        own = counts[side > 0] + sharpness.SIDE * either
        return own / (self._sides[side > 0] + sharpness.SIDE)

    def waiting(self, start: float, end: float) -> Waiting:
        """What is expected from one poll to the next."""
        return self._go(start, end, math.inf)[1]

    def reach(self, start: float, *, price: float, limit: float) -> float:
        """The first moment at which waiting since `start` costs `price` article minutes, at most `limit`."""
        return self._go(start, limit, price)[0]

    def _go(self, start: float, limit: float, price: float) -> tuple[float, Waiting]:
        now, seen = start, Waiting(0.0, 0.0)
        while now < limit:
            hour = int(now // 60)
            level = self.hour(hour)
            if now == hour * 60.0 and now + 60.0 <= limit:
                after = _move(seen, 60.0, 60.0 * level, level * self._whole)
                if self._cost(after, start, now + 60.0) < price:
                    now, seen = now + 60.0, after
                    continue
            slot = min(int((now - hour * 60.0) // 5), SLOTS - 1)
            end = min(hour * 60.0 + 5.0 * (slot + 1), limit)
            flow = level * self._slots[slot]
            after = _step(seen, flow, end - now)
            if self._cost(after, start, end) >= price:
                return self._solve(seen, flow, now, end, start, price), after
            now, seen = end, after
        return limit, self._with_burst(seen, start, limit)

    def _solve(
        self, seen: Waiting, flow: float, low: float, high: float, start: float, price: float
    ) -> float:
        """Within five minutes, to the second."""
        begin = low
        while high - low > 1 / 60:
            middle = (low + high) / 2
            if self._cost(_step(seen, flow, middle - begin), start, middle) >= price:
                high = middle
            else:
                low = middle
        return high

    def _cost(self, seen: Waiting, start: float, end: float) -> float:
        return self._with_burst(seen, start, end).minutes if self._burst else seen.minutes

    def _with_burst(self, seen: Waiting, start: float, end: float) -> Waiting:
        if not self._burst or end <= start:
            return seen
        length = end - start
        flow = self._burst * math.exp(-min(50.0, max(0.0, start - self._burst_at) / _BURST_MINUTES))
        articles = -flow * _BURST_MINUTES * math.expm1(-length / _BURST_MINUTES)
        minutes = _BURST_MINUTES * (flow * length - articles)
        return Waiting(seen.articles + articles, seen.minutes + minutes)


def _step(seen: Waiting, flow: float, length: float) -> Waiting:
    """Waiting goes on for some minutes at a constant rate."""
    return _move(seen, length, flow * length, flow * length**2 / 2)


def _move(seen: Waiting, length: float, articles: float, minutes: float) -> Waiting:
    return Waiting(seen.articles + articles, seen.minutes + seen.articles * length + minutes)
