"""Nearness: all NEAR and ONEAR of a rule set over a batch, joined on sorted places.

Sides are alternatives of words, beginnings and phrases; other shapes are left to the matcher.
"""

import numpy as np

from monitor.rules.engine.alternatives import Alternatives, Places
from monitor.rules.engine.arrays import I32, I64, Bool, bits
from monitor.rules.engine.features import NearKey
from monitor.rules.engine.postings import Masks, Met, Postings


class Nearness:
    """All NEARs, by the numbers of their features."""

    def __init__(self, nears: dict[NearKey, int]) -> None:
        self._features: I64 = np.fromiter(nears.values(), dtype=np.int64, count=len(nears))
        self._left = Alternatives([key[0] for key in nears])
        self._right = Alternatives([key[1] for key in nears])
        self._distances: I64 = np.array([key[2] for key in nears], dtype=np.int64)
        self._is_ordered = np.array([key[3] for key in nears], dtype=np.bool_)

    def find(self, masks: Masks, hits: Postings, blocks: I32) -> Met | None:
        """The places that meet; `blocks`: that of each word."""
        if not len(self._features):
            return None
        rows = self._left.with_one_of(masks.present)
        which, articles = bits(self._left.masks(rows, masks) & self._right.masks(rows, masks))
        rows = rows[which]
        if not len(rows):
            return None
        left = self._left.places(rows, articles, masks, hits)
        right = self._right.places(rows, articles, masks, hits)
        met_left = np.zeros(len(left.pairs), dtype=np.bool_)
        met_right = np.zeros(len(right.pairs), dtype=np.bool_)
        distances = self._distances[rows]
        _meet(left, right, distances, blocks, met_left, met_right)
        unordered = ~self._is_ordered[rows]
        _meet(right, left, np.where(unordered, distances, -1), blocks, met_right, met_left)
        pairs, firsts, lasts = (
            np.concatenate((a[met_left], b[met_right])) for a, b in zip(left, right, strict=True)
        )
        return Met(self._features[rows[pairs]], firsts, lasts)


def _meet(
    earlier: Places, later: Places, distances: I64, blocks: I32, met_earlier: Bool, met_later: Bool
) -> None:
    """Mark the places of which one follows the other; a distance of -1 allows none."""
    keys = later.keys(later.firsts)
    block_ends = np.searchsorted(blocks, blocks[earlier.lasts], side="right") - 1
    reach = np.minimum(earlier.lasts + distances[earlier.pairs] + 1, block_ends)
    begin = np.searchsorted(keys, earlier.keys(earlier.lasts), side="right")
    end = np.maximum(np.searchsorted(keys, earlier.keys(reach), side="right"), begin)
    met_earlier |= end > begin
    # How many ranges each later place lies in: more begin before it than end.
    size = len(keys) + 1
    open_ranges = np.cumsum(np.bincount(begin, minlength=size) - np.bincount(end, minlength=size))
    met_later |= open_ranges[:-1] > 0
