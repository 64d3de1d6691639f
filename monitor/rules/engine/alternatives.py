"""Alternatives: sets of features of which any will do, and where in an article they stand.

What sequences and NEAR are joined from.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from monitor.rules.engine.arrays import I64, ONES, U64, or_groups, pointers, spread
from monitor.rules.engine.postings import Masks, Postings

_PAIR_BITS = np.uint64(32)


class Places(NamedTuple):
    """Places in order of pair (of a row and an article) and first word."""

    pairs: I64
    firsts: I64
    lasts: I64

    def keys(self, words: I64) -> U64:
        """Numbers in the order of pair and word."""
        return self.pairs.astype(np.uint64) << _PAIR_BITS | words.astype(np.uint64)


class Alternatives:
    """Rows of features. A row without any stands for every word."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._pointers = pointers([len(row) for row in rows])
        self._features: I64 = np.array([item for row in rows for item in row], dtype=np.int64)
        self.is_any = np.diff(self._pointers) == 0
        self._starts = self._pointers[:-1][~self.is_any]

    def masks(self, masks: Masks) -> U64:
        """For each row the articles that have one of its features."""
        found = np.full(len(self.is_any), ONES, dtype=np.uint64)
        found[~self.is_any] = or_groups(masks.of[self._features], self._starts)
        return found

    def places(self, rows: I64, articles: I64, masks: Masks, hits: Postings) -> Places:
        """Where the alternatives of each row stand in its article."""
        starts = self._pointers[rows]
        counts = self._pointers[rows + 1] - starts
        features = self._features[spread(starts, counts)]
        pairs = np.repeat(np.arange(len(rows), dtype=np.int64), counts)
        is_there = (masks.of[features] >> articles[pairs].astype(np.uint64) & np.uint64(1)) != 0
        features, pairs = features[is_there], pairs[is_there]
        which, found = hits.of_pairs(features, articles[pairs])
        firsts = hits.firsts[found]
        places = Places(pairs[which], firsts, hits.lasts(found))
        keys = places.keys(firsts)
        if (keys[1:] >= keys[:-1]).all():
            return places
        order = np.argsort(keys, kind="stable")
        return Places(*(item[order] for item in places))
