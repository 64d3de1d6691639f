"""Spelling: texts compared letter by letter with places of a scan."""

import random

import numpy as np

from monitor.rules.engine.letters import Letters, signs
from monitor.rules.engine.spelling import Spelling


def _of(texts: list[str], letters: Letters) -> Spelling:
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    return Spelling.of(texts, lengths, letters)


def test_texts_are_read_where_they_stand_and_nowhere_else() -> None:
    """Of texts of all lengths, over letters of all planes, those are read that stand at the place."""
    chance = random.Random(3)
    alphabet = "abж東\U00010330\U00010331"
    texts = sorted(
        {"".join(chance.choices(alphabet, k=chance.randrange(1, 8))) for _ in range(300)},
        key=len,
        reverse=True,
    )
    letters = Letters(1)
    joined = "".join(chance.choices(alphabet, k=400)) + " " * len(texts[0])
    spelled = letters.spell_words([joined])
    pairs = [(at, number) for at in range(400) for number in range(0, len(texts), 7)]
    at, numbers = np.array(pairs, dtype=np.int64).T
    found = _of(texts, letters).are_read(spelled, at, numbers).tolist()
    assert found == [joined.startswith(texts[number], place) for place, number in pairs]
    assert any(found)


def test_a_text_at_the_very_end_is_read() -> None:
    """Nothing needs to follow a text of an odd number of letters."""
    letters = Letters(1)
    spelled = letters.spell_words(["soil"])
    read = _of(["oil"], letters).are_read(spelled, np.array([1, 0]), np.array([0, 0]))
    assert read.tolist() == [True, False]


def test_no_texts_are_never_read() -> None:
    """A spelling of nothing is asked about nothing."""
    letters = Letters(1)
    none = np.empty(0, dtype=np.int64)
    assert _of([], letters).are_read(letters.spell_words(["oil"]), none, none).tolist() == []


def test_characters_that_fold_alike_have_one_sign() -> None:
    """Signs are equal when, and only when, characters fold to the same."""
    letters = Letters(1)
    codes = np.array([ord(c) for c in "aAáＡbжЖ"], dtype=np.uint32)
    letters.learn(codes, letters.numbers(codes))
    a, *others = signs(letters.numbers(codes)).tolist()
    assert others[:3] == [a, a, a]
    assert a != others[3] != others[4] == others[5]
