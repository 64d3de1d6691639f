"""Shingles of a text, the few of them that find its near-copies, and how far two texts overlap.

A shingle is four neighbouring words, as a hash. An index enters each text under its sixteen smallest
(the *probes*) and looks for earlier ones with its 64 smallest: the smallest hashes of two texts agree
about as often as the texts do, and looking with more than is entered finds also the piece that an
earlier text is of this one. The overlap of what was found is then counted in full, because an
estimate from a few dozen hashes errs most where the decision is close.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.dedup.words import Hashes, distinct, spread

SHINGLE = 4
PROBES = 16
SOUGHT = 64

Marks = NDArray[np.uint32]  # hashes for comparing two texts: half of 64 bits is enough, in half the memory

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Overlap(NamedTuple):
    """How far two sets agree, as shares between 0 and 1."""

    containment: float  # of the smaller in the larger
    jaccard: float


def shingle(words: Hashes) -> Hashes:
    """The distinct shingles of hashed words in ascending order. A text below four words has none."""
    count = len(words) - SHINGLE + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    joined = words[:count].copy()
    for offset in range(1, SHINGLE):
        joined *= _MULTIPLIER
        joined += words[offset : count + offset]
    return distinct(np.sort(spread(joined)))


def marks(ascending: Hashes) -> Marks:
    """The distinct marks of ascending hashes, in the same order: their upper halves."""
    return distinct((ascending >> _HALF).astype(np.uint32))


def overlap(ours: Marks, theirs: Marks) -> Overlap:
    """The overlap of two ascending sets. Nothing overlaps with an empty one."""
    smaller, larger = (ours, theirs) if len(ours) <= len(theirs) else (theirs, ours)
    if not len(smaller):
        return Overlap(0.0, 0.0)
    common = int(np.count_nonzero(are_in(smaller, larger)))
    return Overlap(common / len(smaller), common / (len(smaller) + len(larger) - common))


def are_in(wanted: Marks, ascending: Marks) -> NDArray[np.bool_]:
    """Which of `wanted` are among the `ascending`."""
    if not len(ascending):
        return np.zeros(len(wanted), dtype=np.bool_)
    places = np.searchsorted(ascending, wanted)
    places[places == len(ascending)] = 0
    found: NDArray[np.bool_] = ascending[places] == wanted
    return found
