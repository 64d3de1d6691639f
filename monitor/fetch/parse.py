"""From the bytes of a feed to a `Document`. The only importer of feedparser.

`parse_document` does it here and now: for the worker process, and for text that is one's own;
`workers.ParserPool` does it in processes that can be killed. feedparser is imported when the first
XML comes.

It is used for structure, dates and character sets alone. Markup stays as given (what is shown is
made safe where it is shown), and links are resolved here: by the document's own xml:base a feed
could send them anywhere.
"""

import functools
import io
from typing import Any

from monitor.errors import PollReason
from monitor.fetch import articles, charset, mend, sniff
from monitor.fetch.outcome import Failed
from monitor.formats import entry, hints, jsonfeed
from monitor.model import Document

__all__ = ["Failed", "parse_document"]


def parse_document(
    body: bytes, *, url: str, content_type: str = "", feed_language: str = ""
) -> Document | Failed:
    """Read a feed of any format, found at `url`. `feed_language` is for one that names no language.

    Never raises for what is in the body, but may take long and much memory: bodies from the network
    go through a pool.
    """
    refused = sniff.refuse(body, url=url)
    if refused is not None:
        return refused
    if sniff.is_json(body):
        return _parse_json(body, url, feed_language)
    return _parse_xml(body, url, content_type, feed_language)


def _parse_json(body: bytes, url: str, feed_language: str) -> Document | Failed:
    try:
        return jsonfeed.read(body, url=url, language=feed_language)
    except jsonfeed.NotAFeed as error:
        return Failed(PollReason.NOT_A_FEED, str(error))
    except ValueError as error:
        return Failed(PollReason.BROKEN, str(error)[:300])


def _parse_xml(body: bytes, url: str, content_type: str, feed_language: str) -> Document | Failed:
    body = mend.mend(body)
    try:
        # A stream, never the bytes: feedparser would open a file of that name.
        parsed = _reader()(
            io.BytesIO(body),
            response_headers={"content-type": charset.media_type(content_type, body)},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError) as error:
        return Failed(PollReason.BROKEN, f"not readable: {error!r}"[:300])
    feed, version = parsed["feed"], parsed.get("version") or ""
    source = entry.Source(
        url=url,
        title=entry.line(feed.get("title")),
        language=entry.language(feed.get("language"), feed_language),
    )
    said = hints.read(
        sniff.in_ascii_superset(body),
        ttl=feed.get("ttl"),
        period=feed.get("sy_updateperiod"),
        frequency=feed.get("sy_updatefrequency"),
    )
    document = articles.read(feed, parsed["entries"], version=version, source=source, hints=said)
    if document.articles:
        return document
    failed = _explain_nothing(parsed, version, added_lines=0 if body.startswith(b"<?xml") else 1)
    return failed or document


def _explain_nothing(parsed: Any, version: str, *, added_lines: int) -> Failed | None:
    """Why a document has no entries; None when it is simply a feed without any.

    feedparser puts a declaration before a document that has none, which moves its lines.
    """
    fault = parsed.get("bozo_exception")
    if parsed.get("bozo") and _is_fatal(fault):
        return Failed(PollReason.BROKEN, _describe(fault, added_lines))
    if not version:
        return Failed(PollReason.NOT_A_FEED, "neither RSS nor Atom nor JSON Feed")
    return None


def _is_fatal(fault: Any) -> bool:
    """Whether feedparser's complaint is about the document and not about what its server said of it."""
    return type(fault).__name__ not in ("CharacterEncodingOverride", "NonXMLContentType")


def _describe(fault: Any, added_lines: int) -> str:
    if hasattr(fault, "getLineNumber"):
        line = max(1, (fault.getLineNumber() or 1) - added_lines)
        where = f"line {line}, column {(fault.getColumnNumber() or 0) + 1}"
        return f"not well-formed at {where}: {fault.getMessage()}"[:300]
    return f"not readable: {fault}"[:300]


@functools.cache
def _reader() -> Any:
    """feedparser's `parse`, told to hand links on as they stand."""
    import feedparser

    for kind in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
        kind.resolve_uri = staticmethod(lambda uri: uri)
    return feedparser.parse
