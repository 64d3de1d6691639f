"""Fetches and reads feeds at once, outside of any schedule: to look at them, not to poll them.

Sends no validators and remembers nothing. The daemon's way is `monitor.pipeline`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.errors import PollReason
from monitor.fetch import completion
from monitor.fetch.http import Fetcher, FetchRequest
from monitor.fetch.outcome import Failed, Fresh, Unchanged
from monitor.fetch.settings import FetchSettings
from monitor.fetch.workers import ParserPool
from monitor.model import Document, Feed


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a feed brought. `permanent_url` is where it has moved for good."""

    feed: Feed
    result: Document | Failed
    permanent_url: str | None = None


def read_feeds(
    feeds: Sequence[Feed],
    settings: FetchSettings,
    *,
    processes: int = 1,
    progress: Callable[[Reading], None] = lambda _: None,
) -> list[Reading]:
    """Look at all these feeds at once, within the settings' bounds; the readings are in the feeds' order.

    `progress` is called with each reading as it comes. Blocks; not for threads with an event loop.
    """
    return asyncio.run(_read_all(feeds, settings, processes, progress))


def read_body(body: bytes, *, url: str = "", language: str = "") -> Document | Failed:
    """Read a document that is at hand, in a worker process all the same: it may come from anywhere."""

    async def read() -> Document | Failed:
        pool = ParserPool()
        try:
            return await pool.parse(body, url=url, feed_language=language)
        finally:
            await pool.close()

    return asyncio.run(read())


async def _read_all(
    feeds: Sequence[Feed], settings: FetchSettings, processes: int, progress: Callable[[Reading], None]
) -> list[Reading]:
    pool = ParserPool(processes)

    async def read(fetcher: Fetcher, feed: Feed) -> Reading:
        reading = await _read_one(fetcher, pool, feed)
        progress(reading)
        return reading

    try:
        async with Fetcher(settings) as fetcher:
            return await asyncio.gather(*(read(fetcher, feed) for feed in feeds))
    finally:
        await pool.close()


async def _read_one(fetcher: Fetcher, pool: ParserPool, feed: Feed) -> Reading:
    fetched = await fetcher.fetch(FetchRequest(feed.url, allow_private=feed.allow_private))
    if not isinstance(fetched, Fresh):
        return Reading(feed, not_asked(fetched))
    document = await read_fetched(fetcher, pool, feed, fetched)
    return Reading(feed, document, fetched.permanent_url)


def not_asked(answer: Unchanged | Failed) -> Failed:
    """The failure; "not modified" is one where nothing was asked that could be answered so."""
    return answer if isinstance(answer, Failed) else Failed(PollReason.PROTOCOL, "HTTP 304 Not Modified")


async def read_fetched(fetcher: Fetcher, pool: ParserPool, feed: Feed, fetched: Fresh) -> Document | Failed:
    """The document with all that belongs to it."""
    document = await _parse(pool, feed, fetched)
    if isinstance(document, Document) and document.further:
        return await completion.complete(
            document, feed, fetcher=fetcher, read=lambda further: _parse(pool, feed, further)
        )
    return document


async def _parse(pool: ParserPool, feed: Feed, fetched: Fresh) -> Document | Failed:
    return await pool.parse(
        fetched.body,
        url=fetched.url,
        content_type=fetched.content_type,
        feed_language=feed.language,
        source=feed.source,
        options=dict(feed.options),
    )
