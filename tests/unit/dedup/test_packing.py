"""Leads as bytes and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.dedup import packing
from monitor.dedup.lead import asked_for, lead


@given(
    st.text(max_size=200),
    st.text(max_size=400),
    st.sampled_from(["", "en", "de", "ja"]),
    st.lists(st.text(max_size=20), max_size=4),
)
def test_what_is_packed_comes_back(title: str, body: str, language: str, asked: list[str]) -> None:
    """Terms, styles, what rules asked for, and language."""
    before = asked_for(lead(title, body, language), [*asked, title[:9]])
    after = packing.unpack(packing.pack(before))
    assert after is not None
    assert (after.language, after.vocabulary) == (before.language, before.vocabulary)
    for name in ("terms", "numerals", "asked"):
        assert np.array_equal(getattr(after, name), getattr(before, name))
    for name in ("capitals", "smalls"):
        assert set(getattr(after, name).tolist()) == set(getattr(before, name).tolist())


@given(st.binary(max_size=60))
def test_what_cannot_be_read_is_none(data: bytes) -> None:
    """Bytes of another version, or damaged ones, never raise."""
    found = packing.unpack(data)
    assert found is None or len(found.terms) == len(found.numerals)
