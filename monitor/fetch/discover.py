"""Looks for the feeds and sitemaps of a site, beginning at any page of it.

First what the page declares and links to, and what robots.txt names; then, where that brought
nothing, the usual addresses. Each is fetched and read, so that what is found is known to work.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard
from urllib.parse import urljoin

from monitor.fetch import completion, reading, sniff
from monitor.fetch.http import Fetcher, FetchRequest
from monitor.fetch.outcome import Failed, Fresh
from monitor.fetch.settings import FetchSettings
from monitor.fetch.workers import ParserPool
from monitor.formats import leads, sitemap
from monitor.formats.leads import Lead
from monitor.model import Document, Feed

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A feed or sitemap that was read. `how` says what led there."""

    url: str
    kind: str  # "feed", "json feed" or "sitemap"
    how: str
    title: str
    articles: int
    latest_at: datetime | None
    wire_hash: str  # of what came


def discover(
    url: str,
    settings: FetchSettings,
    *,
    allow_private: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _known: None,
) -> list[Found] | Failed:
    """What there is to read at a site; Failed when the page itself cannot be had.

    `progress` hears how many addresses were looked at, of how many. Blocks; not for threads with an
    event loop.
    """

    async def main() -> list[Found] | Failed:
        pool = ParserPool()
        try:
            async with Fetcher(settings) as fetcher:
                return await _Search(url, fetcher, pool, allow_private, progress).run()
        finally:
            await pool.close()

    return asyncio.run(main())


class _Search:
    def __init__(
        self,
        url: str,
        fetcher: Fetcher,
        pool: ParserPool,
        allow_private: bool,
        progress: Callable[[int, int], None],
    ) -> None:
        self._url = url
        self._fetcher = fetcher
        self._pool = pool
        self._allow_private = allow_private
        self._progress = progress
        self._seen: set[str] = set()  # addresses, and hashes of what was there
        self._done = self._known = 0
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> list[Found] | Failed:
        page = await self._fetch(self._url)
        if isinstance(page, Failed):
            return page
        if itself := await self._read(Lead(page.url, "the address itself"), page):
            return [itself]
        robots = await self._fetch(urljoin(page.url, "/robots.txt"))
        named = leads.in_robots(robots.body, robots.url) if isinstance(robots, Fresh) else []
        found = await self._look([*leads.in_page(page.body, page.url), *named])
        usual: list[Lead] = []
        if not any(item.kind != "sitemap" for item in found):
            usual += leads.usual(page.url, leads.USUAL_FEEDS)
        if not named:
            usual += leads.usual(page.url, leads.USUAL_SITEMAPS)
        return [*found, *await self._look(usual)]

    async def _look(self, wanted: Iterable[Lead]) -> list[Found]:
        """Visit these; what is new and can be read, in their order."""
        fresh = [lead for lead in wanted if lead.url not in self._seen]
        self._seen |= {lead.url for lead in fresh}
        self._known += len(fresh)
        return [found for found in await asyncio.gather(*map(self._visit, fresh)) if self._is_new(found)]

    def _is_new(self, found: Found | None) -> TypeGuard[Found]:
        """Whether something was found that has not been found at another address before."""
        if found is None or found.wire_hash in self._seen:
            return False
        self._seen.add(found.wire_hash)
        return True

    async def _visit(self, lead: Lead) -> Found | None:
        async with self._places:
            fetched = await self._fetch(lead.url)
            self._done += 1
            self._progress(self._done, self._known)
            return None if isinstance(fetched, Failed) else await self._read(lead, fetched)

    async def _fetch(self, url: str) -> Fresh | Failed:
        fetched = await self._fetcher.fetch(FetchRequest(url, allow_private=self._is_permitted(url)))
        return fetched if isinstance(fetched, Fresh) else reading.not_asked(fetched)

    def _is_permitted(self, url: str) -> bool:
        """A page may not lead us to another host of our own network."""
        return self._allow_private and completion.is_same_host(url, self._url)

    async def _read(self, lead: Lead, fetched: Fresh) -> Found | None:
        """What is there, unless it is neither feed nor sitemap."""
        feed = Feed(fetched.url, allow_private=self._is_permitted(fetched.url))
        document = await reading.read_fetched(self._fetcher, self._pool, feed, fetched)
        if isinstance(document, Failed):
            return None
        dates = (article.published_at or article.updated_at for article in document.articles)
        return Found(
            url=fetched.permanent_url or lead.url,
            kind=_kind(fetched.body),
            how=lead.how,
            title=document.title or lead.title or _outlet(document),
            articles=len(document.articles),
            latest_at=max((date for date in dates if date), default=None),
            wire_hash=fetched.wire_hash,
        )


def _kind(body: bytes) -> str:
    if sitemap.looks_like_one(body):
        return "sitemap"
    return "json feed" if sniff.is_json(body) else "feed"


def _outlet(document: Document) -> str:
    """What a sitemap's articles say of their publisher."""
    with suppress(StopIteration):
        return next(article.source for article in document.articles if article.source)
    return ""
