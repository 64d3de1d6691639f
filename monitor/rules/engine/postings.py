"""Postings: the hits of one batch sorted by feature and place, and a mask of articles per feature.

Masks are kept for all features in one array, of which only what a batch touched is cleared after it.
"""

from typing import NamedTuple

import numpy as np

from monitor.rules.engine.arrays import I64, ONES, U64, bit, or_groups, spread, stable_order, where


class Masks:
    """For each feature the articles of the batch that have it. Feature 0: all of them."""

    def __init__(self, count: int) -> None:
        # First the articles that have each feature, then those that have not.
        self.both: U64 = np.repeat(np.array([0, ONES], dtype=np.uint64), count)
        self.of, self._without = self.both[:count], self.both[count:]
        self._touched: list[I64] = []

    def set(self, features: I64, masks: U64) -> None:
        """Set masks of features that were not set in this batch."""
        self.of[features] = masks
        self._without[features] = ~masks
        self._touched.append(features)

    @property
    def present(self) -> I64:
        """The features that some article of the batch has."""
        return np.concatenate(self._touched) if self._touched else np.empty(0, dtype=np.int64)

    def clear(self) -> None:
        """Forget the batch."""
        for features in self._touched:
            self.of[features] = 0
            self._without[features] = ONES
        self._touched.clear()


class Met(NamedTuple):
    """Places that were joined from others: feature, first and last word."""

    features: I64
    firsts: I64
    lasts: I64


class Postings:
    """Hits in order of feature and place. `lasts`: the word that each ends with."""

    def __init__(self, features: I64, firsts: I64, lasts: I64 | None, spans: I64) -> None:
        """Sort hits. Without `lasts`, all of one feature span the same number of further words,
        and come in the order of their places already."""
        if lasts is None:
            order = stable_order(features, len(spans))
        else:
            order = np.lexsort((firsts, features))
            lasts = lasts[order]
        self.features: I64 = features[order]
        self.firsts: I64 = firsts[order]
        self._lasts = lasts
        self._spans = spans

    def file(self, article_of: I64, masks: Masks, groups: I64) -> None:
        """Set the masks. `groups` has an element for each feature, to be used here."""
        self._of = masks.of
        self._group_of = groups
        features, articles = self.features, article_of[self.firsts]
        is_new = np.ones(len(features), dtype=np.bool_)
        np.not_equal(features[1:], features[:-1], out=is_new[1:])
        starts = where(is_new)
        np.logical_or(is_new[1:], articles[1:] != articles[:-1], out=is_new[1:])
        group_starts = where(is_new)
        self._bounds: I64 = np.append(group_starts, len(features))
        first_groups = np.searchsorted(group_starts, starts)
        found = features[starts]
        groups[found] = first_groups
        masks.set(found, or_groups(bit(articles[group_starts]), first_groups))

    def lasts(self, hits: I64) -> I64:
        """The last word of each of the hits."""
        if self._lasts is not None:
            return self._lasts[hits]
        return self.firsts[hits] + self._spans[self.features[hits]]

    def ranges(self, features: I64, articles: I64) -> tuple[I64, I64]:
        """For each feature and article that has it: where its hits begin, and how many there are."""
        below = bit(articles) - np.uint64(1)
        groups = self._group_of[features] + np.bitwise_count(self._of[features] & below).astype(np.int64)
        starts = self._bounds[groups]
        return starts, self._bounds[groups + 1] - starts

    def of_pairs(self, features: I64, articles: I64) -> tuple[I64, I64]:
        """All hits of each feature in its article: the index of the pair, the index of the hit."""
        starts, counts = self.ranges(features, articles)
        return np.repeat(np.arange(len(counts), dtype=np.int64), counts), spread(starts, counts)
