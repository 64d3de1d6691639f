"""Which source reads a document: the one that its feed names, else a feed reader, or a sitemap's.

Sources of others come from entry points `newsmonitor.sources`, each a function `create(options)`; see
`monitor.formats.source`. They are loaded in the worker process, when first used.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from monitor.errors import PollReason
from monitor.fetch import fulltext, parse
from monitor.fetch.outcome import Failed
from monitor.formats import sitemap, webpage
from monitor.formats.source import GROUP, Create, Page, Source, Unreadable
from monitor.model import Document, Feed

BUILT_IN: Mapping[str, Create] = {"sitemap": sitemap.create, "page": webpage.create}
FEED = "feed"  # RSS, Atom and JSON Feed


def names() -> tuple[str, ...]:
    """What may be written as `source:`; loads nothing."""
    return tuple(sorted({FEED, *BUILT_IN, *_plugins()}))


@cache
def _plugins() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def validate(feed: Feed) -> str | None:
    """What is wrong with the feed's source or its options, or None. Reads nothing."""
    if feed.source in ("", FEED):
        return "the source `feed` takes no options" if feed.options else None
    try:
        create(feed.source, dict(feed.options))
    except ValueError as error:
        return str(error)
    return None


def create(name: str, options: Mapping[str, str]) -> Source:
    """The source of that name. Raises ValueError saying what is wrong with the name or the options."""
    if name in BUILT_IN:
        return BUILT_IN[name](options)
    if name not in _plugins():
        raise ValueError(f"there is no source `{name}`; there are {', '.join(names())}")
    try:
        made: Source = _plugins()[name].load()(options)
    except ValueError:
        raise
    except Exception as error:  # a plugin may raise anything
        raise ValueError(f"the source `{name}` cannot be used: {type(error).__name__}: {error}") from None
    return made


def read_document(
    body: bytes,
    *,
    url: str,
    now: datetime,
    content_type: str = "",
    feed_language: str = "",
    source: str = "",
    options: Mapping[str, str] | None = None,
) -> Document | Failed:
    """Read a document by the source of that name.

    Never raises for what is in the body, but may take long and much memory: bodies from the network
    go through a pool.
    """
    if source == "" and sitemap.looks_like_one(body):
        source = "sitemap"
    if source in ("", FEED):
        return parse.parse_document(body, url=url, content_type=content_type, feed_language=feed_language)
    page = Page(body, url, now, content_type, feed_language)
    try:
        if source == fulltext.NAME:
            return fulltext.read(page)
        return _checked(create(source, options or {})(page))
    except Unreadable as error:
        return Failed(error.reason, error.detail[:300])
    except ValueError as error:
        return Failed(PollReason.BROKEN, str(error)[:300])


def _checked(result: Any) -> Document:
    if not isinstance(result, Document):
        raise TypeError(f"the source returned a {type(result).__name__}, not a Document")
    return result
