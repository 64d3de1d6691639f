"""The first look at a body."""

import pytest

from monitor.errors import PollReason
from monitor.fetch import sniff
from tests.support.growth import assert_linear

URL = "https://example.org/dir/page"


def reason(body: bytes) -> PollReason | None:
    failed = sniff.refuse(body, url=URL)
    return failed.reason if failed else None


@pytest.mark.parametrize("body", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\xff\xfe \0", b"\0\0\0"])
def test_nothing_is_empty(body):
    """White space, NULs and a lone byte order mark are nothing."""
    assert reason(body) is PollReason.EMPTY


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html><body><p>the rss of it</p>",
        b"\n<!-- hi -->\n<?xml version='1.0'?><!doctype HTML PUBLIC '-//W3C'><html>",
        b"<HTML lang=en><rss>",
        "<!DOCTYPE html><html>".encode("utf-16"),
        b"just text",
        b"<svg><rect/></svg>",
        b"GIF89a\x01\x00<\x00",
    ],
)
def test_pages_and_texts_are_no_feeds(body):
    """What begins as a web page, or has no element of a feed at all, is not parsed."""
    assert reason(body) is PollReason.NOT_A_FEED


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel/></rss>",
        b"<?xml version='1.0'?><!-- c --><feed xmlns='http://www.w3.org/2005/Atom'/>",
        b"<atom:feed>",
        b"<rdf:RDF>",
        "<rss/>".encode("utf-16"),
        "<rss/>".encode("utf-16-le"),
        "<rss/>".encode("utf-16-be"),
        b"<br />\n<b>Warning</b>: line 3<?xml version='1.0'?><rss><channel></channel></rss>",
        b' {"version": "https://jsonfeed.org/version/1.1"}',
    ],
)
def test_what_may_be_a_feed_is_let_through(body):
    """Feeds pass in any dress, even after a warning that their server wrote before them."""
    assert reason(body) is None


def test_a_page_tells_where_its_feed_is():
    """The hint is the address to configure instead, resolved against the page's."""
    page = (
        b"<!DOCTYPE html><link rel=stylesheet href=x.css><link rel=alternate type=text/html href=y>"
        b"<link href='feed.xml?a=1&amp;b=2' type=\"application/rss+xml\" rel='alternate home'>"
    )
    failed = sniff.refuse(page, url=URL)
    assert failed is not None
    assert failed.detail.endswith("https://example.org/dir/feed.xml?a=1&b=2")


@pytest.mark.parametrize("href", ["javascript:alert(1)", "http://[broken", "data:x", "a\x1b[31m"])
def test_a_page_cannot_hint_at_anything_but_a_web_address(href):
    """Odd and unprintable addresses are not repeated to people."""
    page = f"<!DOCTYPE html><link rel=alternate type=application/rss+xml href='{href}'>".encode()
    failed = sniff.refuse(page, url=URL)
    assert failed is not None
    assert failed.detail == "this is a web page"


def test_too_many_items_are_refused_before_they_are_parsed():
    """The count is of opening tags, and the limit is told."""
    body = b"<rss><channel>" + b"<item/>" * (sniff.MOST_ITEMS + 1)
    failed = sniff.refuse(body, url=URL)
    assert failed is not None
    assert failed.reason is PollReason.TOO_LARGE
    assert "5,001 items" in failed.detail
    assert reason(b"<rss>" + b"<item/>" * sniff.MOST_ITEMS) is None


@pytest.mark.parametrize(
    ("begin", "unit", "end"),
    [
        (b"", b"<", b""),
        (b"", b"<link ", b""),
        (b"<!DOCTYPE html>", b"<link a=", b""),
        (b"", b"<!-- ", b""),
        (b"", b"<?", b""),
        (b"<", b"a", b""),
        (b"", b" ", b"x"),
        (b"<!DOCTYPE html><link ", b"rel ", b">"),
    ],
)
def test_hostile_bodies_are_looked_at_in_linear_time(begin, unit, end):
    """Bodies made to confuse a regular expression take as long as they are large."""
    assert_linear(lambda size: sniff.refuse(begin + unit * (size // len(unit)) + end, url=URL), 400_000)


@pytest.mark.parametrize(
    ("body", "expected"), [(b"\xef\xbb\xbf {}", True), (b"[]", False), (b"<rss>", False)]
)
def test_json_is_known_by_its_brace(body, expected):
    """A feed in JSON is an object."""
    assert sniff.is_json(body) is expected
