"""Spelling: texts compared letter by letter with places of a scan."""

import random

import numpy as np
import pytest

from monitor.rules.engine.letters import Letters, code_points, letter_bytes, signs
from monitor.rules.engine.spelling import Spelling, Written


def _written(text: str, letters: Letters) -> Written:
    return Written(letters, letter_bytes(letters.spell_words([text])), code_points(text))


@pytest.mark.parametrize("alphabet", ["abж0", "abж東\U00010330\U00010331ß"])
def test_texts_are_read_where_they_stand_and_nowhere_else(alphabet: str) -> None:
    """Of texts of all lengths, over common letters and those of all planes, those that stand there."""
    chance = random.Random(3)
    made = ["".join(chance.choices(alphabet, k=chance.choice((1, 2, 3, 7, 8, 9, 17)))) for _ in range(300)]
    letters = Letters(1)
    joined = "".join(chance.choices(alphabet, k=400)) + " " * 30
    texts = list(dict.fromkeys([*made, *(joined[at : at + 8 + at % 13] for at in range(0, 380, 9))]))
    pairs = [(at, number) for at in range(400) for number in range(0, len(texts), 7)]
    at, numbers = np.array(pairs, dtype=np.int64).T
    found = Spelling(texts, letters).are_read(_written(joined, letters), at, numbers).tolist()
    assert found == [joined.startswith(texts[number], place) for place, number in pairs]
    assert any(found)
    assert any(len(texts[number]) > 8 for (_, number), is_so in zip(pairs, found, strict=True) if is_so)


def test_a_text_at_the_very_end_is_read() -> None:
    """Nothing needs to follow it."""
    letters = Letters(1)
    read = Spelling(["oil"], letters).are_read(_written("soil", letters), np.array([1, 0]), np.array([0, 0]))
    assert read.tolist() == [True, False]


def test_no_texts_are_never_read() -> None:
    """A spelling of nothing is asked about nothing."""
    letters = Letters(1)
    none = np.empty(0, dtype=np.int64)
    assert Spelling([], letters).are_read(_written("oil", letters), none, none).tolist() == []


def test_characters_that_fold_alike_have_one_sign() -> None:
    """Signs are equal when, and only when, characters fold to the same."""
    letters = Letters(1)
    codes = np.array([ord(c) for c in "aAáＡbжЖ"], dtype=np.uint32)
    letters.learn(codes, letters.numbers(codes))
    a, *others = signs(letters.numbers(codes)).tolist()
    assert others[:3] == [a, a, a]
    assert a != others[3] != others[4] == others[5]
