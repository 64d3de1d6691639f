"""How alike are two leads, as vectors of weighted terms? From 0 (nothing in common) to 1.

The cosine, less what speaks against one event: names that one of the two has and the other has not
(another company, another town), the time between them, and the brevity of a headline, whose few words
agree by chance more easily.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.dedup.sketch import Marks

_NAMES = 0.1  # times the share of the vectors' squares that are names of one alone
_DAY = 24 * 3600.0
_GAP = 0.07  # for each day
_BREVITY = 0.12  # where either is a headline alone
_HEADLINE_TERMS, _FULL_TERMS = 8, 16  # of a headline alone, and of one with sentences


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """The terms of one lead, ascending, with their weights: as a vector of length 1."""

    terms: Marks
    weights: NDArray[np.float32]
    are_names: NDArray[np.bool_]
    at: float | None  # seconds
    names: float = field(init=False)  # the share of names in it; looked at for each comparison

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", float(np.square(self.weights[self.are_names]).sum()))


def fullness(terms: int) -> float:
    """Between 0 for a headline alone and 1 for a headline with sentences."""
    return min(1.0, max(0.0, (terms - _HEADLINE_TERMS) / (_FULL_TERMS - _HEADLINE_TERMS)))


def likenesses(ours: Vector, others: Sequence[Vector]) -> list[float]:
    """Of one with each of the others; in one sweep, since there are dozens."""
    if not others or not len(ours.terms):
        return [0.0] * len(others)
    lengths = [len(other.terms) for other in others]
    terms = np.concatenate([other.terms for other in others])
    places = ours.terms.searchsorted(terms)
    places[places == len(ours.terms)] = 0
    common = np.flatnonzero(ours.terms[places] == terms)
    places, owners = places[common], np.repeat(np.arange(len(others)), lengths)[common]
    theirs = np.concatenate([other.weights for other in others])[common]
    their_names = np.concatenate([other.are_names for other in others])[common]
    weights = ours.weights[places]

    def sums(values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.bincount(owners, values, len(others)).astype(np.float64, copy=False)

    shared_names = sums(np.square(theirs) * their_names + np.square(weights) * ours.are_names[places])
    own_names = ours.names + np.array([other.names for other in others]) - shared_names
    against = _NAMES * own_names + [_distance(ours, other) for other in others]
    found: list[float] = (sums(theirs * weights) - against).tolist()
    return found


def _distance(one: Vector, other: Vector) -> float:
    """What their times and lengths take off."""
    gap = 0.0 if one.at is None or other.at is None else abs(one.at - other.at) / _DAY
    return _GAP * gap + _BREVITY * (1 - fullness(min(len(one.terms), len(other.terms))))
