"""Reads the documents of feeds: the plain ones here and now, all others in a worker process.

Now and then a plain one is read both ways and compared, so that a difference to the patient reader
would be seen: it is logged and counted, and from then on that feed goes to the workers.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import fields

from monitor.fetch import sniff
from monitor.fetch.outcome import Failed
from monitor.fetch.workers import ParserPool
from monitor.formats import plain
from monitor.model import Article, Document
from monitor.telemetry import logs

log = logs.get(__name__)

COMPARED = 1 / 500  # of the plain documents
_MOST_DISTRUSTED = 10_000  # addresses; beyond that something is wrong with more than a few feeds


class Reader:
    """Reads documents in one event loop, with a pool for those that are not plain.

    `random` gives numbers from 0 up to 1. `compared` and `differing` count documents.
    """

    def __init__(self, pool: ParserPool, *, random: Callable[[], float], share: float = COMPARED) -> None:
        self._pool = pool
        self._random = random
        self._share = share
        self._comparing: set[asyncio.Task[None]] = set()
        self._distrusted: set[str] = set()  # feeds that were once read otherwise than by the workers
        self.plain = self.compared = self.differing = 0

    async def parse(
        self,
        body: bytes,
        *,
        url: str,
        content_type: str = "",
        feed_language: str = "",
        source: str = "",
        options: Mapping[str, str] | None = None,
    ) -> Document | Failed:
        """Read one document; see `monitor.fetch.sources.read_document`. A plain one takes no worker."""

        def ask() -> "asyncio.Future[Document | Failed]":
            return asyncio.ensure_future(
                self._pool.parse(
                    body,
                    url=url,
                    content_type=content_type,
                    feed_language=feed_language,
                    source=source,
                    options=options,
                )
            )

        found = None
        if self.trusts(url):
            found = read_plain(
                body, url=url, content_type=content_type, language=feed_language, source=source
            )
        if found is None:
            return await ask()
        self.plain += 1
        if self._random() < self._share and not self._comparing:
            task = asyncio.create_task(self._compare(found, ask(), url))
            self._comparing.add(task)
            task.add_done_callback(self._comparing.discard)
        return found

    def trusts(self, url: str) -> bool:
        """Whether the plain reader may read what is found there: until the two differed, or too often."""
        return url not in self._distrusted and len(self._distrusted) < _MOST_DISTRUSTED

    async def _compare(self, found: Document, asked: "asyncio.Future[Document | Failed]", url: str) -> None:
        meant = await asked
        self.compared += 1
        differences = differing(found, meant)
        if differences:
            self.differing += 1
            self._distrusted.add(url)
            log.warning(
                "plain_reader_differs",
                feed=url,
                fields=differences,
                compared=self.compared,
                differing=self.differing,
            )

    async def close(self) -> None:
        """End the comparison under way, and the workers."""
        for task in self._comparing:
            task.cancel()
        await asyncio.gather(*self._comparing, return_exceptions=True)
        await self._pool.close()


def read_plain(
    body: bytes, *, url: str, content_type: str = "", language: str = "", source: str = ""
) -> Document | None:
    """The document, if it is a feed plain enough to be read without a worker process.

    It holds the caller up for no more than some 20 ms: longer documents are not plain.
    """
    if source not in ("", "feed") or len(body) > plain.MOST_BYTES:
        return None
    if body.count(b"<item") + body.count(b"entry") // 2 > sniff.MOST_ITEMS:
        return None
    try:
        return plain.read(body, url=url, content_type=content_type, language=language)
    except plain.Odd:
        return None


def differing(found: Document, meant: Document | Failed) -> list[str]:
    """The names of the fields in which two readings of one document differ."""
    if isinstance(meant, Failed):
        return ["reason"]
    names = {it.name for it in fields(Document)} - {"articles"}
    differences = {name for name in names if getattr(found, name) != getattr(meant, name)}
    if len(found.articles) != len(meant.articles):
        return sorted({*differences, "articles"})
    for one, other in zip(found.articles, meant.articles, strict=True):
        if one != other:
            differences |= {
                f"articles.{it.name}"
                for it in fields(Article)
                if getattr(one, it.name) != getattr(other, it.name)
            }
    return sorted(differences)
