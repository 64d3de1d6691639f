"""The hash table finds the keys it was given, and no others."""

import numpy as np
import pytest

from monitor.rules.engine.table import Table


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 1_000, 70_000])
def test_keys_are_found_by_number(count: int) -> None:
    """Each key has the number of its place; keys that were not given are not there."""
    chance = np.random.default_rng(count)
    keys = np.unique(chance.integers(0, 2**62, size=2 * count, dtype=np.uint64) * np.uint64(2))
    chance.shuffle(keys)
    table = Table(keys[:count])
    places, numbers = table.find(keys)
    assert places.tolist() == list(range(min(count, len(keys))))
    assert numbers.tolist() == places.tolist()
    assert len(table) == min(count, len(keys))


def test_keys_that_want_one_slot_are_all_found() -> None:
    """Neighbouring small numbers, zero among them, and the ends of the range do not hide each other."""
    keys = np.array([*range(0, 400, 2), 2**64 - 2, 2**63], dtype=np.uint64)
    places, numbers = Table(keys).find(keys[::-1])
    assert places.tolist() == list(range(len(keys)))
    assert numbers.tolist() == list(range(len(keys)))[::-1]
