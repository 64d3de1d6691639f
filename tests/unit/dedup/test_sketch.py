"""Shingles, samples of them, and overlaps."""

import numpy as np
import pytest

from monitor.dedup import sketch
from monitor.dedup.wording import Wording, numerals, wording
from monitor.dedup.words import hash_words


def read(text: str) -> Wording:
    """The wording of a plain text."""
    return wording(text.split(), [text])


def test_a_text_below_four_words_has_no_shingles() -> None:
    """Nothing can be said about it."""
    for text in ("", "one", "one two three"):
        assert len(sketch.shingle(hash_words(text.split()))) == 0
    assert len(sketch.shingle(hash_words("one two three four".split()))) == 1


def test_shingles_depend_on_the_order_of_words() -> None:
    """The same words in another order are another text."""
    ours, theirs = read("a b c d e"), read("e d c b a")
    assert sketch.overlap(ours.shingles, theirs.shingles) == (0.0, 0.0)


def test_a_piece_is_contained_in_the_whole() -> None:
    """Containment is 1, however small the piece."""
    whole = " ".join(f"w{n}" for n in range(400))
    piece = " ".join(f"w{n}" for n in range(100, 150))
    overlap = sketch.overlap(read(whole).shingles, read(piece).shingles)
    assert overlap.containment == 1.0
    assert overlap.jaccard == pytest.approx(47 / 397)


def test_overlap_is_symmetric_and_nothing_overlaps_with_the_empty_text() -> None:
    """Which text came first does not matter."""
    ours, theirs, empty = read("a b c d e f g"), read("c d e f g h i j"), read("")
    assert sketch.overlap(ours.shingles, theirs.shingles) == sketch.overlap(theirs.shingles, ours.shingles)
    assert sketch.overlap(ours.shingles, empty.shingles) == (0.0, 0.0)


def test_probes_are_the_smallest_shingles() -> None:
    """So that two texts that agree share them."""
    text = read(" ".join(f"w{n}" for n in range(400)))
    every = sketch.shingle(hash_words([f"w{n}" for n in range(400)]))
    assert text.probes.tolist() == every[: sketch.PROBES].tolist()
    assert text.sought.tolist() == every[: sketch.SOUGHT].tolist()


def test_are_in_an_empty_set_is_false() -> None:
    """No index error where there is nothing to look in."""
    empty = np.empty(0, dtype=np.uint32)
    assert sketch.are_in(np.array([1, 2], dtype=np.uint32), empty).tolist() == [False, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,000 and 1.000 and 1 000", {"1000", "1", "000"}),
        ("2,5 is 2.5", {"2.5"}),
        ("1,234,567.89", {"1234567.89"}),
        ("no numbers", set()),
        ("5-3, F-16 and 7/8", {"5", "3", "16", "7", "8"}),
    ],
)
def test_numerals_have_one_spelling(text: str, expected: set[str]) -> None:
    """Outlets group and point their numbers differently."""
    assert numerals([text]) == expected
