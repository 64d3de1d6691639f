"""Spelling: which common word a misspelt one may mean."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules import parse, spelling
from monitor.rules.spelling import Vocabulary, slips, wanted_words


def test_the_example_holds() -> None:
    """What the module's docstring shows."""
    assert doctest.testmod(spelling).failed == 0


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("venezula", "Venezuela"),  # one missing
        ("venezuelaa", "Venezuela"),  # one more
        ("venezeula", "Venezuela"),  # two swapped
        ("venezuala", "Venezuela"),  # one other
        ("venezuela", ""),  # itself
        ("enezuela", ""),  # the first letter is right
        ("vnzuela", ""),  # two slips in a short word
        ("parliment", "parliament"),
        ("parlimemt", "parliament"),  # two slips in a long word
        ("росия", "Россия"),
        ("rarely", ""),  # its near spelling is not common
    ],
)
def test_suggestions(word: str, expected: str) -> None:
    """One slip in a short word, two in a long one; only what many texts have."""
    words = Vocabulary()
    for _ in range(5):
        words.add("Venezuela's parliament", "Россия: Venezuela")
    words.add("rareli")
    assert words.suggest(word, least=5) == expected


def test_the_commonest_of_the_closest_is_suggested() -> None:
    """Closer comes first, then what more texts have."""
    words = Vocabulary()
    for count, word in ((6, "angola"), (9, "angora"), (20, "angkora")):
        for _ in range(count):
            words.add(word)
    assert words.suggest("angoka", least=5) == "angora"
    assert words["angora"] == 9


def _recursive(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    best = min(
        _recursive(one[1:], other) + 1,
        _recursive(one, other[1:]) + 1,
        _recursive(one[1:], other[1:]) + (one[0] != other[0]),
    )
    if len(one) > 1 and len(other) > 1 and one[:2] == other[1::-1]:
        best = min(best, _recursive(one[2:], other[2:]) + 1)
    return best


@given(st.text("ab", max_size=5), st.text("abc", max_size=5), st.integers(0, 3))
def test_slips_agree_with_trying_everything(one: str, other: str, most: int) -> None:
    """The table gives what the definition does, cut off above `most`."""
    assert slips(one, other, most) == min(_recursive(one, other), most + 1)


def test_which_words_are_judged() -> None:
    """Whole words that are asked for: in any clause, in lists; not excluded, not short, not cut."""
    query = parse(
        'Venezula AND ("central bankk" OR tankre*) AND title:Kremlni '
        "-Moskow $who oil anti-warr 東京都庁舎 lang:en",
        lists={"who": ["Maduroo", "White Houze"]},
    )
    found = [(wanted.word, wanted.in_list) for wanted in wanted_words(query.root)]
    assert found == [
        ("venezula", ""),
        ("central", ""),
        ("bankk", ""),
        ("kremlni", ""),
        ("maduroo", "who"),
        ("white", "who"),
        ("houze", "who"),
    ]
