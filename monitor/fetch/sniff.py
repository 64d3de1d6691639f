"""A cheap first look at a body: what is it, before a parser spends seconds on it? Linear and pure.

A web page of a megabyte would hold the feed parser for five seconds, two hundred thousand items for
half a minute.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from urllib.parse import urljoin, urlsplit

from monitor.errors import PollReason
from monitor.fetch.outcome import Failed
from monitor.formats import leads

MOST_ITEMS = 5_000
_HEAD_BYTES = 256 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_PREAMBLE = re.compile(rb"\s+|<\?[^>]{0,2000}\?>|<!--.{0,20000}?-->", re.DOTALL)
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel|item|entry)[\s>/]", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_LINK = re.compile(rb"<link\s([^<>]{1,2000})>", re.IGNORECASE)


def refuse(body: bytes, *, url: str) -> Failed | None:
    """The reason not to parse this body; None when it may be a feed."""
    data = in_ascii_superset(body)
    start = data.strip(b" \t\r\n\0")[:1]
    if not start:
        return Failed(PollReason.EMPTY, "the document is empty")
    if start == b"{":
        return None
    if _is_page(data):
        return Failed(PollReason.NOT_A_FEED, "this is a web page" + _hint(data, url))
    if not _ROOT.search(data):
        return Failed(PollReason.NOT_A_FEED, "neither RSS nor Atom nor JSON Feed")
    items = sum(1 for _ in _ITEM.finditer(data))
    if items > MOST_ITEMS:
        return Failed(PollReason.TOO_LARGE, f"{items:,} items; at most {MOST_ITEMS:,} are read")
    return None


def is_json(body: bytes) -> bool:
    """Whether this can only be JSON: it begins with a brace."""
    return in_ascii_superset(body[:4096]).lstrip(b" \t\r\n\0").startswith(b"{")


def in_ascii_superset(body: bytes) -> bytes:
    """The body such that ASCII markup can be searched for in bytes; unchanged unless it is UTF-16."""
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            rest = body[len(bom) :]
            return rest if encoding == "utf-8" else _transcode(rest, encoding)
    for mark, encoding in _UNMARKED:
        if body.startswith(mark):
            return _transcode(body, encoding)
    return body


def _transcode(body: bytes, encoding: str) -> bytes:
    return body.decode(encoding, "replace").encode("utf-8", "replace")


def _is_page(data: bytes) -> bool:
    """Whether the first thing after declarations and comments is that of a web page."""
    at = 0
    while (found := _PREAMBLE.match(data, at)) and found.end() > at:
        at = found.end()
    return _HTML.match(data, at) is not None


def _hint(data: bytes, url: str) -> str:
    """Where the page says its feed is."""
    for attributes in _links(data[:_HEAD_BYTES]):
        if leads.is_feed_link(attributes):
            try:
                address = urljoin(url, unescape(attributes.get("href", "")).strip())
                usable = urlsplit(address).scheme in ("http", "https")
            except ValueError:
                continue
            if usable and address.isprintable():
                return f"; it says that its feed is {address[:500]}"
    return ""


def _links(data: bytes) -> Iterator[dict[str, str]]:
    for found in islice(_LINK.finditer(data), 200):
        yield leads.attributes_of(found[1])
