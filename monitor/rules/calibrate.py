"""Calibration of a weighted rule: what each term earned, and what other thresholds would let through.

Pure: is told which terms each article has, and counts.

>>> from monitor.model import Score
>>> calibration = Calibration(Score(30, {"cholera*": 20, "outbreak": 15}))
>>> [calibration.add(found) for found in ({0}, {0, 1}, {1})]
[20, 35, 15]
>>> [(term.term, term.found, term.in_matches, term.decisive) for term in calibration.terms()]
[('cholera*', 2, 1, 1), ('outbreak', 2, 1, 1)]
>>> [(step.threshold, step.matches) for step in calibration.steps()]
[(15, 3), (20, 2), (30, 1), (35, 1)]
"""

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from monitor.model import Score


class Term(NamedTuple):
    """What one term did over all articles counted."""

    term: str
    weight: float
    found: int  # articles that have it
    in_matches: int  # of these, those that reach the threshold
    decisive: int  # of these, those that would not without it
    prevented: int  # articles that only this term keeps below the threshold, its weight being negative


class Step(NamedTuple):
    """A threshold, and how many articles reach it."""

    threshold: float
    matches: int


class Calibration:
    """Counts articles by the terms that they have."""

    def __init__(self, score: Score) -> None:
        self.score = score
        self._weights = tuple(score.terms.values())
        self._found: Counter[frozenset[int]] = Counter()

    def total(self, found: Collection[int]) -> float:
        """The sum of an article that has the terms of these numbers."""
        return sum(self._weights[number] for number in found)

    def add(self, found: Collection[int]) -> float:
        """Count an article; returns its total. One without any term is not counted."""
        if found:
            self._found[frozenset(found)] += 1
        return self.total(found)

    def terms(self) -> tuple[Term, ...]:
        """Each term, in the rule's order."""
        return tuple(self._term(number) for number in range(len(self._weights)))

    def _term(self, number: int) -> Term:
        having = [(found, count) for found, count in self._found.items() if number in found]
        matches = [(found, count) for found, count in having if self._is_match(found)]
        misses = [(found, count) for found, count in having if not self._is_match(found)]
        return Term(
            term=tuple(self.score.terms)[number],
            weight=self._weights[number],
            found=sum(count for _, count in having),
            in_matches=sum(count for _, count in matches),
            decisive=sum(count for found, count in matches if not self._is_match(found - {number})),
            prevented=sum(count for found, count in misses if self._is_match(found - {number})),
        )

    def _is_match(self, found: frozenset[int]) -> bool:
        return bool(found) and self.total(found) >= self.score.threshold

    def matches(self, threshold: float) -> int:
        """How many articles reach a threshold."""
        return sum(count for found, count in self._found.items() if self.total(found) >= threshold)

    def steps(self, most: int = 15) -> tuple[Step, ...]:
        """The thresholds at which something changes, ascending, and the rule's own: the nearest to it."""
        totals = {self.total(found) for found in self._found} - {self.score.threshold}
        nearest = sorted(totals, key=lambda total: (abs(total - self.score.threshold), total))[: most - 1]
        return tuple(Step(step, self.matches(step)) for step in sorted([*nearest, self.score.threshold]))
