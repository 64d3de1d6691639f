"""One open story: how many articles tell it, what they have in common, and which stories it must not join.

What they have in common is the *middle*: the sum of their vectors of weighted terms, cut to the
heaviest. Grouping itself is done in `stories`.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.dedup.sketch import Marks

_MIDDLE_TERMS = 256


@dataclass(slots=True, eq=False)
class Member:
    """One article of a story."""

    story: int
    terms: Marks
    weights: NDArray[np.float32]  # of length 1 as a vector
    at: float | None  # seconds
    language: str


@dataclass(slots=True, eq=False)
class Story:
    """`apart`: stories that this one must never be merged with."""

    begun_at: float | None  # seconds
    members: int = 0
    apart: frozenset[int] = frozenset()
    _only: tuple[Marks, NDArray[np.float32]] | None = None  # the middle of one member: most stories have one
    _middle: dict[int, float] = field(default_factory=dict)  # term → weight
    _square: float = 0.0  # of the length of the middle, as a vector

    @property
    def is_single(self) -> bool:
        """Whether there has been one article only; then that is the middle."""
        return self._only is not None

    def add(self, terms: Marks, weights: NDArray[np.float32]) -> None:
        """Another member."""
        if not self.members:
            self._only = terms, weights
        else:
            self._spread()
            self._sum(dict(zip(terms.tolist(), weights.tolist(), strict=True)))
        self.members += 1

    def absorb(self, other: "Story") -> None:
        """Take over all of another story."""
        self._spread()
        self._sum(other.terms())
        self.members += other.members
        self.apart |= other.apart
        if self.begun_at is not None and other.begun_at is not None:
            self.begun_at = min(self.begun_at, other.begun_at)

    def likeness(self, terms: list[int], weights: list[float]) -> float:
        """The cosine of the middle and a vector of length 1."""
        self._spread()
        if not self._square:
            return 0.0
        get = self._middle.get
        common = sum(weight * get(term, 0.0) for term, weight in zip(terms, weights, strict=True))
        return common / math.sqrt(self._square)

    def likeness_to(self, other: "Story") -> float:
        """The cosine of two middles."""
        fewer, more = sorted((self.terms(), other.terms()), key=len)
        common = sum(weight * more[term] for term, weight in fewer.items() if term in more)
        lengths = math.hypot(*fewer.values()) * math.hypot(*more.values())
        return common / lengths if lengths else 0.0

    def terms(self) -> dict[int, float]:
        """The middle: term → weight."""
        if self._only is None:
            return self._middle
        terms, weights = self._only
        return dict(zip(terms.tolist(), weights.tolist(), strict=True))

    def _spread(self) -> None:
        if self._only is not None:
            only, self._only = self.terms(), None
            self._sum(only)

    def _sum(self, added: dict[int, float]) -> None:
        middle, square = self._middle, self._square
        for term, weight in added.items():
            before = middle.get(term, 0.0)
            middle[term] = before + weight
            square += weight * (2 * before + weight)
        if len(middle) > 2 * _MIDDLE_TERMS:
            self._middle = dict(sorted(middle.items(), key=lambda item: -item[1])[:_MIDDLE_TERMS])
            square = sum(weight * weight for weight in self._middle.values())
        self._square = square
