"""The array idioms."""

import numpy as np
import pytest

from monitor.rules.engine.arrays import and_groups, bit, bits, or_groups, pointers, spread, stable_order


def test_spread_lists_ranges() -> None:
    """Ranges one after the other; empty ones vanish."""
    assert spread(np.array([5, 1, 9]), np.array([2, 0, 1])).tolist() == [5, 6, 9]
    assert spread(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist() == []


def test_pointers_count_from_zero() -> None:
    """One more than there are lists."""
    assert pointers([2, 0, 3]).tolist() == [0, 2, 2, 5]


def test_masks_are_joined_by_group() -> None:
    """OR and AND of neighbours; nothing from nothing."""
    values = np.array([1, 2, 6, 3], dtype=np.uint64)
    assert or_groups(values, np.array([0, 2])).tolist() == [3, 7]
    assert and_groups(values, np.array([0, 2])).tolist() == [0, 2]
    assert or_groups(values[:0], np.array([], dtype=np.int64)).tolist() == []
    assert and_groups(values[:0], np.array([], dtype=np.int64)).tolist() == []


def test_bits_are_numbered() -> None:
    """Every set bit with its mask, the highest included."""
    rows, numbers = bits(np.array([0, 5, 1 << 63], dtype=np.uint64))
    assert rows.tolist() == [1, 1, 2]
    assert numbers.tolist() == [0, 2, 63]
    assert bit(np.array([0, 63])).tolist() == [1, 1 << 63]


@pytest.mark.parametrize("limit", [10, 1 << 16, 1 << 20, 1 << 31])
def test_stable_order_sorts(limit: int) -> None:
    """Ascending, equal numbers in the order given."""
    numbers = np.random.default_rng(1).integers(0, limit, size=3_000)
    assert stable_order(numbers, limit).tolist() == np.argsort(numbers, kind="stable").tolist()
