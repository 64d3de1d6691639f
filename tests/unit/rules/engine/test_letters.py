"""Letters: numbers of characters, and hashes that fold."""

import random
import sys
import unicodedata

import numpy as np
import pytest

from monitor.rules.engine.letters import (
    ALONE,
    BREAK,
    HARD,
    LETTER,
    SEPARATOR,
    Letters,
    classify,
    code_points,
    spell_out,
)
from monitor.text.fold import fold
from monitor.text.tokens import tokenize


@pytest.mark.parametrize(
    ("character", "kind", "folded"),
    [
        ("A", LETTER, "a"),
        ("é", LETTER, "e"),
        ("Ё", LETTER, "е"),
        ("й", LETTER, "й"),
        ("ς", LETTER, "σ"),
        ("Ｒ", LETTER, "r"),
        ("²", LETTER, "2"),
        ("東", ALONE, "東"),
        ("½", ALONE, "½"),
        (" ", SEPARATOR, " "),
        ("_", SEPARATOR, "_"),
        ("\n", BREAK, "\n"),
        ("\u2029", BREAK, "\u2029"),
        ("’", SEPARATOR, "’"),
        ("\ud800", SEPARATOR, "\ud800"),
        ("ß", HARD, "ß"),
        ("\u0301", HARD, "\u0301"),
        ("\xad", HARD, "\xad"),
        ("\u1161", HARD, "\u1161"),
    ],
)
def test_each_character_has_a_kind(character: str, kind: int, folded: str) -> None:
    """Letters fold to one letter; what folds to several, or joins its neighbours, is hard."""
    assert classify(character) == (kind, ord(folded))


def test_simple_characters_fold_apart_from_their_neighbours() -> None:
    """A word of simple letters folds letter by letter, whatever the letters are."""
    # All but the large blocks of Han and Hangul, whose characters stand alone.
    codes = [*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, sys.maxunicode + 1)]
    candidates = [chr(code) for code in codes if unicodedata.category(chr(code))[0] in "LN"]
    letters = [character for character in candidates if classify(character)[0] == LETTER]
    assert len(letters) > 10_000
    chance = random.Random(7)
    for _ in range(5_000):
        word = "".join(chance.choices(letters, k=chance.randrange(1, 6)))
        assert fold(word) == "".join(chr(classify(c)[1]) for c in word), ascii(word)
        assert [token.folded for token in tokenize(word)] == [fold(word)]


def test_words_that_fold_alike_hash_alike() -> None:
    """The hash of a folded word does not depend on where among others it stands."""
    letters = Letters(1)
    first = letters.hash_words(["iran", "oil", "россия", ""])
    second = letters.hash_words(["oil", "", "iran", "россия"])
    assert first.tolist() == [second[2], second[0], second[3], second[1]]
    assert len(set(first.tolist())) == 4


def test_a_seed_decides_the_hashes() -> None:
    """The same seed gives the same hashes, another seed others."""
    words = ["iran", "oil"]
    once, again, other = (Letters(seed).hash_words(words).tolist() for seed in (1, 1, 2))
    assert once == again
    assert once != other


def test_a_letter_that_would_fold_further_keeps_its_own_hash() -> None:
    """What is no folded word is another word than its folding, and folded words are left as they are."""
    assert spell_out("ещё") != "ещё"
    assert spell_out("еще") == "еще"
    hashes = Letters(1).hash_words(["еще", "ещё", fold("еще\u0301\u0308")])
    assert hashes[0] == hashes[2] != hashes[1]


def test_room_grows_with_the_text() -> None:
    """A text longer than any before it is hashed like a short one."""
    letters = Letters(3)
    words = ["w" + str(number) for number in range(50_000)]
    hashes = letters.hash_words(words)
    assert hashes[-1] == letters.hash_words(words[-1:])[0]
    assert len(np.unique(hashes)) == len(words)


def test_numbers_put_behind_others_leave_them_as_they_are() -> None:
    """More characters may follow those read before, even when the room must grow for them."""
    letters = Letters(3)
    codes, more = code_points("abc"), code_points("d" * 100_000)
    letters.learn(code_points("abcd"), letters.numbers(code_points("abcd")))
    before = letters.numbers(codes).copy()
    together = letters.numbers(more, behind=3)
    assert together[:3].tolist() == before.tolist()
    assert len(set(together[3:].tolist())) == 1
