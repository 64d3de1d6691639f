"""Fetches the further documents of one that is spread over several, such as the sitemaps of an index.

One after the other and few: they are part of one poll, and lie on the same site.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from monitor.dedup import aliases, urls
from monitor.errors import PollReason
from monitor.fetch.outcome import Failed, FetchRequest, Fresh, Unchanged
from monitor.model import Article, Document, Feed

MOST = 10
MOST_ARTICLES = 5_000


class Visits(Protocol):
    """What fetches."""

    async def fetch(self, request: FetchRequest) -> Fresh | Unchanged | Failed: ...


async def complete(
    document: Document,
    feed: Feed,
    *,
    fetcher: Visits,
    read: Callable[[Fresh], Awaitable[Document | Failed]],
) -> Document | Failed:
    """The document with the articles of its further ones; at most ten, of the feed's own site.

    One that fails counts as skipped, unless none can be had: then its failure is the answer.
    """
    wanted = [url for url in document.further if _is_ours(url, feed)][:MOST]
    if not wanted:
        return document
    articles: dict[str, Article] = {article.id: article for article in document.articles}
    failures: list[Failed] = []
    skipped = document.skipped
    for url in wanted:
        found = await _visit(url, feed, fetcher, read)
        if isinstance(found, Failed):
            failures.append(found)
            continue
        skipped += found.skipped
        for article in found.articles[: MOST_ARTICLES - len(articles)]:
            articles.setdefault(article.id, article)
    if len(failures) == len(wanted) and not articles:
        return replace(failures[0], detail=f"{wanted[0]}: {failures[0].detail}"[:300])
    return replace(document, articles=tuple(articles.values()), skipped=skipped + len(failures))


async def _visit(
    url: str, feed: Feed, fetcher: Visits, read: Callable[[Fresh], Awaitable[Document | Failed]]
) -> Document | Failed:
    # A document may not lead us to another host of our own network.
    allow_private = feed.allow_private and is_same_host(url, feed.url)
    fetched = await fetcher.fetch(FetchRequest(url, allow_private=allow_private))
    if isinstance(fetched, Unchanged):  # nothing was asked that could be answered so
        return Failed(PollReason.PROTOCOL, "HTTP 304 Not Modified")
    return fetched if isinstance(fetched, Failed) else await read(fetched)


def is_same_host(one: str, other: str) -> bool:
    """Whether two addresses lie at one host and port."""
    return urls.host(one) == urls.host(other) != ""


def _is_ours(url: str, feed: Feed) -> bool:
    return aliases.is_same_site(urls.host(feed.url), urls.host(url))
