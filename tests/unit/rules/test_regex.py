"""Regular expressions: rewriting for all scripts, and where they are found."""

import doctest

import pytest

import monitor.rules
from monitor.model import Article
from monitor.rules import regex
from monitor.text import field_text, tokens

FOUND = [
    (r"\bfoo\b", "foo foo,foofoo foo", ["foo", "foo", "foo"]),
    (r"\bfoo,", "foo,foo,xfoo,", ["foo,", "foo,"]),
    (r"\ba", "a,aa ba a", ["a", "a", "a"]),
    (r"é+\b", "éé éx é", ["éé", "é"]),
    (r"\bнет\b", "нет, нету нет", ["нет", "нет"]),
    (r"\w+", "один_2 три", ["один_2", "три"]),
    (r"[\w.]+", "a.б-c", ["a.б", "c"]),
    (r"[^\w]+", "a-- b", ["-- "]),
    (r"\W+", "a-- b", ["-- "]),
    (r"[]\]|]+", "a]|b", ["]|"]),
    (r"[^]]+", "a]b", ["a", "b"]),
    (r"a\|b", "a|b", ["a|b"]),
    (r"(a|b)\|c", "b|c", ["b|c"]),
    (r"\Qa|b\E", "a|b", ["a|b"]),
    (r"x|\by\b", "xy y x", ["x", "y", "x"]),
    (r"\p{Greek}+", "abc αβγ", ["αβγ"]),
    (r"\x{e9}", "é", ["é"]),
    ("^a", "a a", ["a"]),
    ("a?b", "😀ab b", ["ab", "b"]),
    ("😀", "é😀é😀", ["😀", "😀"]),
    ("(?i)ABC", "abc", ["abc"]),
]


@pytest.mark.parametrize(("source", "text", "expected"), FOUND)
def test_places(source: str, text: str, expected: list[str]) -> None:
    """What is found, left to right, with offsets in characters."""
    assert [text[start:end] for start, end in regex.read(source).finditer(text)] == expected


def test_surrogates_stand_for_themselves_in_offsets() -> None:
    """Lone surrogates neither fail nor shift what comes after."""
    assert list(regex.read("a").finditer("\ud800a")) == [(1, 2)]


def test_many_places_take_linear_time() -> None:
    """A million places are found in one pass."""
    assert sum(1 for _ in regex.read(r"\bé\b").finditer("é " * 200_000)) == 200_000


@pytest.mark.parametrize("module", [monitor.rules, tokens])
def test_examples_in_docstrings(module: object) -> None:
    """The examples in the documentation run."""
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


def test_field_text_of_an_unknown_field() -> None:
    """Asking for a field that articles do not have is an error of the caller."""
    with pytest.raises(KeyError):
        field_text(Article(id="1"), "colour")
