"""Addresses that look plain come out as the long way would have them."""

from urllib.parse import urljoin, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from monitor.formats import entry

BASE = "https://news.example/feeds/all.xml?x=1"


@given(st.from_regex(entry._PLAIN_LINK, fullmatch=True))
def test_a_plain_address_is_what_joining_makes_of_it(address: str) -> None:
    """Neither the base nor taking apart and putting together changes it."""
    expected = address if len(address) <= entry.LONGEST_URL else ""
    assert entry.link(address, BASE) == expected
    assert urljoin(BASE, address) == address
    assert urlsplit(address).hostname
