"""Whether a count is far from its own past: a day with too many matches, or days without any. Pure.

Days are taken as draws of a negative binomial distribution, which is Poisson's with a rate that varies
(news come in bursts). Its mean and its spread are those of the past days, both widened by what so few
days leave uncertain, so that the stated rate of false alarms holds as an upper bound. See Hilbe,
"Negative Binomial Regression", on the distribution; the widening is ours, and checked by simulation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_DAYS = 14  # of a past, before anything is said
LEAST_MATCHES = 10  # in it, before their absence says anything
LEAST_BURST = 8  # matches; fewer are no burst, however rare the rule's matches are
_MOST_TERMS = 20_000


@dataclass(frozen=True, slots=True)
class Habit:
    """What a day brings as a rule: `mean`, and `size`, the smaller the more days differ (inf: Poisson)."""

    mean: float
    size: float

    def at_least(self, count: int) -> float:
        """How probable so many or more are in one day."""
        if count <= 0:
            return 1.0
        below = sum(self._probability(number) for number in range(min(count, _MOST_TERMS)))
        return max(0.0, 1.0 - below)

    def none(self) -> float:
        """How probable a day without any is."""
        return self._probability(0)

    def _probability(self, number: int) -> float:
        if self.mean == 0:
            return float(number == 0)
        if math.isinf(self.size):
            return math.exp(number * math.log(self.mean) - self.mean - math.lgamma(number + 1))
        part = self.size / (self.size + self.mean)
        return math.exp(
            math.lgamma(number + self.size)
            - math.lgamma(self.size)
            - math.lgamma(number + 1)
            + self.size * math.log(part)
            + number * math.log1p(-part)
        )


def habit(days: Sequence[int]) -> Habit:
    """What past days say of the next one."""
    count, total = len(days), sum(days)
    mean = (total + 0.5) / count
    variance = sum((day - total / count) ** 2 for day in days) / max(1, count - 1)
    widened = variance * (1 + 2 * math.sqrt(2 / max(1, count - 1)))
    spread = max(0.0, (widened - mean) / mean**2) + 1 / (total + 0.5)
    return Habit(mean, 1 / spread)


def is_burst(today: int, past: Sequence[int], *, false_alarms: float) -> bool:
    """Whether today's count, so far, is more than the past explains.

    Of ordinary days at most the part `false_alarms` is called one: the count of a day only grows, so
    that looking often adds no chance.
    """
    if len(past) < LEAST_DAYS or today < LEAST_BURST or today <= max(past):
        return False
    return habit(past).at_least(today) < false_alarms


def is_lull(silent_days: int, past: Sequence[int], *, false_alarms: float) -> bool:
    """Whether so many whole days without a match are more than the days before them explain."""
    if len(past) < LEAST_DAYS or sum(past) < LEAST_MATCHES or silent_days < 1:
        return False
    return habit(past).none() ** silent_days < false_alarms
