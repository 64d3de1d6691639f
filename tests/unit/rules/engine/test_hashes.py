"""The table of hashes finds those it was given, and no others."""

import numpy as np
import pytest

from monitor.rules.engine.hashes import Hashes


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 1_000, 70_000])
def test_hashes_are_found_by_number(count: int) -> None:
    """Each hash has the number of its rank; hashes that were not given are not there."""
    chance = np.random.default_rng(count)
    hashes = np.unique(chance.integers(0, 2**64, size=2 * count + 2, dtype=np.uint64))
    chance.shuffle(hashes)
    given = np.sort(hashes[:count])
    table = Hashes(given)
    assert len(table) == count
    assert table.numbers.tolist() == list(range(count))
    places, numbers = table.find(hashes)
    assert places.tolist() == list(range(count))
    assert given[numbers].tolist() == hashes[:count].tolist()


def test_hashes_that_want_one_slot_are_all_found() -> None:
    """Neighbours, zero among them, and the ends of the range do not hide each other."""
    given = np.array([*(number << 20 for number in range(200)), 2**63, 2**64 - 1], dtype=np.uint64)
    places, numbers = Hashes(given).find(given[::-1])
    assert places.tolist() == list(range(len(given)))
    assert numbers.tolist() == list(range(len(given)))[::-1]


def test_hashes_that_are_alike_have_one_number() -> None:
    """They differ only in bits that the table has no room for."""
    given = np.array([5 << 40, (5 << 40) + 1, 7 << 40], dtype=np.uint64)
    table = Hashes(given)
    assert table.numbers.tolist() == [0, 0, 1]
    assert table.find(given)[1].tolist() == [0, 0, 1]
