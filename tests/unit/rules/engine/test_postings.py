"""Masks and postings."""

import numpy as np

from monitor.rules.engine.postings import Masks, Postings


def test_masks_are_forgotten_after_the_batch() -> None:
    """Of each feature and of its absence there is a mask; clearing leaves nobody having anything."""
    masks = Masks(4)
    masks.set(np.array([1, 3]), np.array([5, 2], dtype=np.uint64))
    assert masks.of.tolist() == [0, 5, 0, 2]
    assert masks.both[len(masks.of) + 1] == ~np.uint64(5)
    assert masks.present.tolist() == [1, 3]
    masks.clear()
    assert masks.of.tolist() == [0, 0, 0, 0]
    assert set(masks.both[len(masks.of) :].tolist()) == {2**64 - 1}
    assert masks.present.tolist() == []


def test_hits_are_found_by_feature_and_article() -> None:
    """Places in reading order, the last word of each from what the feature spans or from the hit."""
    article_of = np.array([0, 0, 0, 2, 2])
    features, firsts = np.array([7, 1, 7, 7, 1]), np.array([0, 1, 2, 3, 4])
    spans = np.array([0, 1, 0, 0, 0, 0, 0, 0])
    masks, groups = Masks(8), np.zeros(8, dtype=np.int64)
    hits = Postings(features, firsts, None, spans)
    hits.file(article_of, masks, groups)
    assert masks.of.tolist() == [0, 5, 0, 0, 0, 0, 0, 5]
    pairs, found = hits.of_pairs(np.array([7, 7, 1]), np.array([0, 2, 2]))
    assert pairs.tolist() == [0, 0, 1, 2]
    assert hits.firsts[found].tolist() == [0, 2, 3, 4]
    assert hits.lasts(found).tolist() == [0, 2, 3, 5]
    joined = Postings(np.array([2, 2]), np.array([3, 0]), np.array([4, 2]), spans)
    assert joined.firsts.tolist() == [0, 3]
    assert joined.lasts(np.array([0, 1])).tolist() == [2, 4]


def test_no_hits() -> None:
    """A batch without any hit has no features."""
    nothing = np.empty(0, dtype=np.int64)
    masks = Masks(3)
    Postings(nothing, nothing, None, np.zeros(3, dtype=np.int64)).file(
        nothing, masks, np.zeros(3, dtype=np.int64)
    )
    assert masks.of.tolist() == [0, 0, 0]
