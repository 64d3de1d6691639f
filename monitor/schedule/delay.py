"""How long articles waited from their publication to our seeing them: a digest of a few counts. Pure.

The buckets grow by 1.4: from half a minute to a day and a half.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

BUCKETS = 26
_FIRST, _GROWTH = 0.5, 1.4  # minutes
_BOUNDS = tuple(_FIRST * _GROWTH**number for number in range(BUCKETS))


class Delay(NamedTuple):
    """The delays of a feed's articles, those of the last weeks counting most."""

    articles: float
    mean: timedelta
    p95: timedelta


def count(delays: Sequence[float], minutes: Sequence[float]) -> tuple[float, ...]:
    """The counts with these delays added."""
    counts = list(delays)
    for delay in minutes:
        counts[next((n for n, bound in enumerate(_BOUNDS) if delay <= bound), BUCKETS - 1)] += 1
    return tuple(counts)


def summarise(delays: Sequence[float], total: float) -> Delay | None:
    """Mean and 95th percentile (within its bucket, evenly); None while nothing was measured."""
    articles = sum(delays)
    if articles < 0.5:
        return None
    return Delay(articles, timedelta(minutes=total / articles), timedelta(minutes=_quantile(delays, 0.95)))


def merge(several: Sequence[tuple[Sequence[float], float]]) -> Delay | None:
    """The delays of several feeds together."""
    counts = [sum(column) for column in zip(*(delays for delays, _ in several), strict=True)]
    return summarise(counts, sum(total for _, total in several)) if counts else None


def _quantile(delays: Sequence[float], share: float) -> float:
    left = share * sum(delays)
    for number, within in enumerate(delays):
        if left <= within and within > 0:
            low = _BOUNDS[number - 1] if number else 0.0
            return low + (_BOUNDS[number] - low) * left / within
        left -= within
    return _BOUNDS[-1]
