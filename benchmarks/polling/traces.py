"""Synthetic feeds: when they publish, over some weeks. The same seed gives the same feeds.

Six kinds (an office's working hours, a newspaper, a blog, a wire, one that publishes on the hour and
half hour, a daily digest) in eight time zones, with log-normal rates (median 3 articles a day, mean
12), bursts around single articles and surges of breaking news over all newspapers and wires. One feed
in seven gives dates that cannot be used.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
ZONES = (-8, -5, 0, 1, 2, 5, 8, 9)
KINDS = ("office", "paper", "blog", "wire", "scheduled", "digest")
SHARES = (25, 25, 20, 12, 10, 8)
BACKLOG_DAYS = 60  # of articles before the first poll, for the first document
_MOST_A_DAY = 400.0


@dataclass(frozen=True, slots=True)
class Trace:
    """One feed: sorted publication times in minutes from `START`, and the rates they were drawn from."""

    kind: str
    rate: float  # a minute, in the mean
    week: tuple[float, ...]  # by the hour of the week in UTC, relative to the mean
    slots: tuple[float, ...]  # by the five minutes of the hour, likewise
    times: Sequence[float]
    dated: bool

    def between(self, after: float, until: float) -> Sequence[float]:
        """The articles published in (after, until]."""
        return self.times[bisect_right(self.times, after) : bisect_right(self.times, until)]


def moment(minutes: float) -> datetime:
    """The instant of a trace's time."""
    return START + timedelta(minutes=minutes)


def make(count: int, *, days: int, seed: int = 1) -> list[Trace]:
    """So many feeds over so many days, and the weeks before."""
    chance = random.Random(seed)
    surges = [
        (chance.uniform(-BACKLOG_DAYS, days) * 1440, chance.uniform(2, 6))
        for _ in range((days + BACKLOG_DAYS) // 4)
    ]
    return [_trace(chance, days, surges) for _ in range(count)]


def _trace(chance: random.Random, days: int, surges: Sequence[tuple[float, float]]) -> Trace:
    (kind,) = chance.choices(KINDS, SHARES)
    per_day = min(_MOST_A_DAY, math.exp(chance.gauss(math.log(2.8), 1.6)))
    if kind == "wire":
        per_day = min(_MOST_A_DAY, per_day * 3)
    if kind == "digest":
        per_day = min(per_day, 2.0)
    week = _week(kind, chance.choice(ZONES), chance)
    slots = _slots(kind, chance)
    # Bursts add about a fifth to what is drawn here.
    base = per_day / 1440 / 1.2
    times = _draw(chance, base, week, slots, days)
    times = [t for time in times for t in _burst(chance, time, days)]
    if kind in ("paper", "wire"):
        times += [t for at, size in surges for t in _surge(chance, at, size * per_day / 24, days)]
    times.sort()
    span = (days + BACKLOG_DAYS) * 1440
    return Trace(kind, max(len(times), 0.5) / span, week, slots, times, chance.random() >= 0.15)


def _week(kind: str, zone: int, chance: random.Random) -> tuple[float, ...]:
    peak = chance.uniform(8, 11)
    day = [_level(kind, hour, peak) for hour in range(24)]
    weekend = {"office": 0.05, "paper": 0.6, "blog": 0.9, "wire": 0.7, "scheduled": 0.8, "digest": 0.5}[kind]
    local = [day[hour] * (weekend if of_week >= 5 else 1.0) for of_week in range(7) for hour in range(24)]
    mean = sum(local) / 168
    return tuple(local[(hour + zone) % 168] / mean for hour in range(168))


def _level(kind: str, hour: int, peak: float) -> float:
    if kind == "office":
        return 1.0 if 8 <= hour < 18 else 0.03
    if kind == "paper":
        return 0.1 + math.exp(-(((hour - peak - 3) / 4.5) ** 2)) + 0.5 * math.exp(-(((hour - 5) / 1.5) ** 2))
    if kind == "blog":
        return 0.15 + math.exp(-(((hour - peak - 8) / 4) ** 2))
    if kind == "wire":
        return 0.6 + 0.4 * math.sin((hour - 6) / 24 * 2 * math.pi)
    if kind == "scheduled":
        return 1.0 if 6 <= hour < 22 else 0.05
    return 1.0 if hour == int(peak) - 2 else 0.01  # a digest


def _slots(kind: str, chance: random.Random) -> tuple[float, ...]:
    if kind == "scheduled":
        return tuple(5.4 if slot in (0, 6) else 0.12 for slot in range(12))
    if kind == "digest":
        at = chance.randrange(12)
        return tuple(9.9 if slot == at else 2.1 / 11 for slot in range(12))
    return (1.0,) * 12


def _draw(
    chance: random.Random, base: float, week: Sequence[float], slots: Sequence[float], days: int
) -> list[float]:
    """A Poisson process with this rate, hour by hour."""
    times = []
    start = -BACKLOG_DAYS * 24
    for hour in range(start, days * 24):
        mean = base * week[hour % 168] * 60
        for _ in range(_poisson(chance, mean)):
            (slot,) = chance.choices(range(12), slots)
            times.append(hour * 60 + slot * 5 + chance.random() * 5)
    return times


def _poisson(chance: random.Random, mean: float) -> int:
    if mean > 30:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def _burst(chance: random.Random, time: float, days: int) -> list[float]:
    found = [time]
    while chance.random() < 0.17:
        found.append(found[-1] + chance.expovariate(1 / 20))
    return [at for at in found if at < days * 1440]


def _surge(chance: random.Random, at: float, size: float, days: int) -> list[float]:
    times = [at + chance.expovariate(1 / 120) for _ in range(_poisson(chance, size))]
    return [time for time in times if time < days * 1440]
