"""How far an article speaks for the hours beside its own: learnt from the feed's hours themselves. Pure.

A digest comes in one hour and says nothing of the next; a blog's evening is a hill. So the counts by
the hour are smoothed by several kernels, and each counts by how well it would have foretold every
article from all the others (leave one out): a mean of models, weighted by their likelihood.
"""

import math
from collections.abc import Sequence

HALF_WIDTHS = (0, 1, 2, 4)  # hours, of triangles
REACH = max(HALF_WIDTHS)
EQUAL = (1 / len(HALF_WIDTHS),) * len(HALF_WIDTHS)
FLAT = 10.0  # articles that are taken for granted, evenly or as all feeds have them
SIDE = 20.0  # articles of weekdays, or of the weekend, until these count for more than both together

_DAY = 24


def _triangle(half: int) -> tuple[float, ...]:
    """Weights of the hours around, from `REACH` before to `REACH` after."""
    return tuple(max(0, half + 1 - abs(offset)) / (half + 1) ** 2 for offset in range(-REACH, REACH + 1))


_TRIANGLES = tuple(_triangle(half) for half in HALF_WIDTHS)


def kernel(weights: Sequence[float]) -> tuple[float, ...]:
    """The kernels together: what each of the hours from `REACH` before to `REACH` after counts."""
    mixed = [0.0] * (2 * REACH + 1)
    for weight, triangle in zip(weights, _TRIANGLES, strict=True):
        mixed = [sum_ + weight * share for sum_, share in zip(mixed, triangle, strict=True)]
    return tuple(mixed)


def learn(hours: Sequence[float]) -> tuple[float, ...]:
    """The weights of the kernels, from counts by the hour of a weekday, then of a day of the weekend.

    Cost: some 150 µs; only articles change the answer.
    """
    scores = [_score(hours, triangle) for triangle in _TRIANGLES]
    best = max(scores)
    likely = [math.exp(score - best) for score in scores]
    return tuple(one / sum(likely) for one in likely)


def _score(hours: Sequence[float], triangle: Sequence[float]) -> float:
    """The logarithm of the likelihood of each article, given all the others."""
    sides = (smooth(hours[:_DAY], triangle), smooth(hours[_DAY:], triangle))
    totals = (sum(hours[:_DAY]), sum(hours[_DAY:]))
    both, own = sum(totals), triangle[REACH]
    score = 0.0
    for side, total in enumerate(totals):
        for hour in range(_DAY):
            count = hours[side * _DAY + hour]
            if count > 0:
                less = min(1.0, count)
                either = sides[0][hour] + sides[1][hour] - own * less
                expected = (either + FLAT / _DAY) / (both - less + FLAT)
                likely = (sides[side][hour] - own * less + SIDE * expected) / (total - less + SIDE)
                score += count * math.log(likely)
    return score


def smooth(day: Sequence[float], by: Sequence[float]) -> list[float]:
    """The counts of a day's hours, each spread over those beside it; midnight is no border."""
    around = [*day[-REACH:], *day, *day[:REACH]]
    weights = [(offset, weight) for offset, weight in enumerate(by) if weight]
    return [sum(weight * around[hour + offset] for offset, weight in weights) for hour in range(_DAY)]
