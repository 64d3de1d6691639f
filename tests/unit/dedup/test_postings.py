"""The index finds by hash, also after its entries were sorted away, and forgets what it is told to."""

import random

import numpy as np

from monitor.dedup.postings import Postings


def hashes(*values: int) -> np.ndarray:
    """Hashes for looking up."""
    return np.array(values, dtype=np.uint64)


def test_counts_how_many_hashes_each_text_shares() -> None:
    """Texts with more in common come first in the count."""
    postings = Postings()
    postings.add(1, hashes(10, 11, 12))
    postings.add(2, hashes(12, 13))
    assert postings.find(hashes(10, 12, 99)) == {1: 2, 2: 1}
    assert postings.find(hashes()) == {}


def test_agrees_with_a_plain_dictionary_over_many_merges() -> None:
    """Merging runs loses nothing and invents nothing."""
    dice = random.Random(5)
    postings, plain = Postings(longest=1000), dict[int, list[int]]()
    for number in range(6000):
        chosen = [dice.randrange(50_000) * 2**40 for _ in range(8)]
        postings.add(number, hashes(*chosen))
        for value in chosen:
            plain.setdefault(value, []).append(number)
    assert len(postings) == 48_000
    for value in (*dice.sample(sorted(plain), 300), 7):
        assert sorted(postings.find(hashes(value)).elements()) == sorted(plain.get(value, []))


def test_of_a_hash_that_all_texts_have_the_newest_are_found() -> None:
    """Boilerplate costs a bounded look-up, and a text copied a thousand times is still found."""
    postings = Postings(longest=5)
    for number in range(20_000):
        postings.add(number, hashes(7, 2**63 + number))
    found = postings.find(hashes(7))
    assert 19_999 in found
    assert len(found) <= 60


def test_memory_stays_bounded_when_old_texts_are_given_up() -> None:
    """What lies below the floor goes with the next merges."""
    postings = Postings()
    for number in range(100_000):
        postings.floor = number - 1000
        postings.add(number, hashes(number, number + 2**50))
    assert len(postings) < 60_000
