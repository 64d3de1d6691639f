"""Cutting a short message so that its link survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.deliver import sizing

TAIL = "https://news.example/ferry #7"
SHORT = "[ports] " + "Ferry runs aground " * 20 + "\nThe Baltic Post\n" + TAIL


def test_what_fits_is_left_alone():
    """Nothing is touched below the limit."""
    assert sizing.fit(SHORT, 1000) == SHORT


def test_the_headline_gives_way_to_the_link():
    """The last line stays whole."""
    cut = sizing.fit(SHORT, 160)
    assert len(cut) <= 160
    assert cut.startswith("[ports] Ferry runs aground")
    assert cut.endswith("…\n" + TAIL)


def test_without_room_the_id_goes_before_the_link():
    """A link is worth more than a number."""
    limit = 20 + len("\nhttps://news.example/ferry")
    assert sizing.fit(SHORT, limit).endswith("…\nhttps://news.example/ferry")


def test_a_link_too_long_for_the_service_leaves_the_id():
    """An SMS then names the alert, which can be looked up."""
    cut = sizing.fit(
        "[ports] Ferry runs aground off Trelleborg\nhttps://news.example/" + "a" * 300 + " #7", 60
    )
    assert cut.endswith("\n#7")
    assert cut.startswith("[ports] Ferry")


@given(st.text(min_size=1), st.integers(1, 400), st.booleans())
def test_the_limit_holds_whatever_comes(text, limit, in_bytes):
    """In characters or in bytes."""
    cut = sizing.fit(text + "\n" + TAIL, limit, in_bytes=in_bytes)
    assert (len(cut.encode("utf-8", "replace")) if in_bytes else len(cut)) <= max(limit, 3)


@pytest.mark.parametrize("limit", range(40, 90))
def test_bytes_are_counted_where_a_service_counts_them(limit):
    """A Cyrillic headline has half as much room; no letter is torn apart."""
    cut = sizing.fit("Паром сел на мель у Треллеборга\n" + TAIL, limit, in_bytes=True)
    assert len(cut.encode()) <= limit
    assert "\N{REPLACEMENT CHARACTER}" not in cut
