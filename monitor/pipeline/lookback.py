"""When a document shows nothing that is known: reads the pages before it until something is."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import Connection

from monitor import dedup
from monitor.dedup import exact
from monitor.fetch.http import Fetcher
from monitor.fetch.outcome import Failed, FetchRequest, Fresh
from monitor.model import Article, Document, FeedState
from monitor.pipeline.aftermath import Brought
from monitor.schedule import loss, moves
from monitor.store import Store, articles

Parse = Callable[[Fresh], Awaitable[Document | Failed]]

MOST_PAGES = 5
_SAMPLE = 5  # of a page's last articles: those most likely known


def is_worthwhile(state: FeedState, brought: Brought) -> bool:
    """Whether articles may be missing: not at the first poll, nor from a document that shows only news."""
    is_delta = isinstance(brought.fetched, Fresh) and brought.fetched.is_delta
    seen_before = state.first_polled_at is not None and state.items_seen > 0
    return seen_before and loss.may_have_rolled_over(brought.listed, 0, is_delta=is_delta)


async def go(store: Store, fetcher: Fetcher, parse: Parse, state: FeedState, brought: Brought) -> Brought:
    """What was brought, with the articles of at most five older pages (RFC 5005), as far as needed.

    The pages are fetched like any feed: vetted, bounded, and spaced at their host.
    """
    if await asyncio.to_thread(_overlaps, store, state, brought.document.articles):
        return brought
    document, seen = brought.document, {moves.address(state)}
    found, older = list(document.articles), document.older
    for _ in range(MOST_PAGES):
        if not older or older in seen:
            break
        seen.add(older)
        page = await _read_page(fetcher, parse, state, older)
        if page is None:
            break
        found += page.articles
        if await asyncio.to_thread(_overlaps, store, state, page.articles):
            return replace(brought, document=replace(document, articles=_distinct(found)))
        older = page.older
    return replace(brought, document=replace(document, articles=_distinct(found)), overlaps=False)


async def _read_page(fetcher: Fetcher, parse: Parse, state: FeedState, url: str) -> Document | None:
    # A document may name any address: none of them is let into the private network.
    fetched = await fetcher.fetch(FetchRequest(url, allow_private=_is_own_host(state, url)))
    if not isinstance(fetched, Fresh):
        return None
    read = await parse(fetched)
    return read if isinstance(read, Document) else None


def _is_own_host(state: FeedState, url: str) -> bool:
    try:
        same = urlsplit(url).netloc == urlsplit(state.feed.url).netloc
    except ValueError:
        return False
    return state.feed.allow_private and same


def _overlaps(store: Store, state: FeedState, read: Sequence[Article]) -> bool:
    """Whether one of these articles was seen in this feed before. The last ones are looked at first."""
    parts = [part for part in (read[-_SAMPLE:], read[:-_SAMPLE]) if part]
    return any(store.read(partial(_knows, state=state, read=part)) for part in parts)


def _knows(conn: Connection, state: FeedState, read: Sequence[Article]) -> bool:
    keys = exact.tell_apart([dedup.keys(article) for article in read])
    now = state.next_poll_at
    known = articles.find(conn, state.id, keys, since=now - timedelta(days=30))
    verdicts = (dedup.identify(own, feed_id=state.id, now=now, known=known) for own in keys)
    return any(verdict.of is not None and verdict.of.feed_id == state.id for verdict in verdicts)


def _distinct(found: Sequence[Article]) -> tuple[Article, ...]:
    """Each article once, the first one's text: pages overlap."""
    return tuple({article.id: article for article in reversed(found)}.values())[::-1]
