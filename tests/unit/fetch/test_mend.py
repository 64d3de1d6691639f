"""Mending what no parser forgives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.mend import mend


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\n \t<?xml?><rss/>", b"<?xml?><rss/>"),
        (b"<a>\x00b\x0bc\x1f</a>", b"<a>bc</a>"),
        (b"&#xD800;&#0;&#x110000;&#xFFFE;&#99999999999999999999;", b"&#65533;" * 5),
        (b"&#x41;&#9;&#128;&#X1F600;&#0000000000065;", b"&#x41;&#9;&#128;&#X1F600;&#0000000000065;"),
        (b"&#xD800 x", b"&#65533; x"),
        (b"a & b &amp; &# c", b"a & b &amp; &# c"),
        ("日本\x1b".encode("iso-2022-jp"), "日本\x1b".encode("iso-2022-jp")),
        ("<rss>\x0b</rss>".encode("utf-16"), "<rss>\x0b</rss>".encode("utf-16")),
        (b"", b""),
    ],
)
def test_faults_are_mended_and_the_rest_left_alone(body, expected):
    """Controls and impossible references go; good references and other encodings stay."""
    assert mend(body) == expected


@given(st.text())
def test_mending_twice_changes_nothing_more(text):
    """What was mended is whole."""
    once = mend(text.encode("utf-8", "surrogatepass"))
    assert mend(once) == once
