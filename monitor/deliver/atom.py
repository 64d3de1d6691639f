"""Writes a JSON Feed's items as an Atom feed (RFC 4287). Reads nothing."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


def write(feed: Mapping[str, Any], *, address: str, identity: str, updated: datetime) -> bytes:
    """The document. `address` is where it can be read, "" when unknown."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{_text(identity)}</id>",
        f"<title>{_text(feed['title'])}</title>",
        f"<updated>{updated.isoformat()}</updated>",
        "<author><name>newsmonitor</name></author>",
    ]
    if address:
        lines.append(f'<link rel="self" type="application/atom+xml" href={_attribute(address)}/>')
    for item in feed["items"]:
        lines += _entry(item)
    return "\n".join([*lines, "</feed>", ""]).encode("utf-8", "replace")


def _entry(item: Mapping[str, Any]) -> Iterator[str]:
    language = f" xml:lang={_attribute(item['language'])}" if item.get("language") else ""
    yield f"<entry{language}>"
    yield f"<id>{_text(item['id'])}</id>"
    yield f"<title>{_text(item.get('title', ''))}</title>"
    yield f"<updated>{_text(item.get('date_published', ''))}</updated>"
    if item.get("url"):
        yield f'<link rel="alternate" href={_attribute(item["url"])}/>'
    for author in item.get("authors") or ():
        yield f"<author><name>{_text(author.get('name', ''))}</name></author>"
    for tag in item.get("tags") or ():
        yield f"<category term={_attribute(tag)}/>"
    yield f'<content type="html">{_text(item.get("content_html", ""))}</content>'
    yield "</entry>"


def _text(value: object) -> str:
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(value)))


def _attribute(value: object) -> str:
    return quoteattr(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(value)))
