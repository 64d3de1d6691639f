"""Alternatives: sets of features of which any will do, and where in an article they stand.

What sequences and NEAR are joined from.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from monitor.rules.engine.arrays import I64, ONES, U64, Bool, or_groups, pointers, spread, where
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
        self.is_any: Bool = np.diff(self._pointers) == 0
        # The same by feature: the rows that each is in.
        owners = np.repeat(np.arange(len(rows), dtype=np.int64), np.diff(self._pointers))
        self._rows: I64 = owners[np.argsort(self._features, kind="stable")]
        self._of_feature = pointers(np.bincount(self._features))

    def with_one_of(self, features: I64) -> I64:
        """The rows that have one of the features, ascending."""
        known = features[features < len(self._of_feature) - 1]
        starts = self._of_feature[known]
        is_chosen = np.zeros(len(self.is_any), dtype=np.bool_)
        is_chosen[self._rows[spread(starts, self._of_feature[known + 1] - starts)]] = True
        return where(is_chosen)

    def masks(self, rows: I64, masks: Masks) -> U64:
        """For each of the rows the articles that have one of its features."""
        found = np.full(len(rows), ONES, dtype=np.uint64)
        some = where(~self.is_any[rows])
        starts = self._pointers[rows[some]]
        counts = self._pointers[rows[some] + 1] - starts
        features = self._features[spread(starts, counts)]
        found[some] = or_groups(masks.of[features], pointers(counts)[:-1])
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
