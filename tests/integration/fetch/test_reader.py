"""Plain feeds are read at once, others in worker processes, and some are compared."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from monitor.fetch.outcome import Failed
from monitor.fetch.parse import parse_document
from monitor.fetch.reader import Reader
from monitor.fetch.workers import ParserPool
from monitor.model import Document
from tests.support import feeds

URL = "https://feeds.example/feed"
PLAIN = feeds.simple()
ODD = b'<?xml version="1.0" encoding="iso-8859-1"?>' + PLAIN[PLAIN.index(b"<rss") :]


class Workers(ParserPool):
    """Reads here and now, counts, and may get a title wrong."""

    def __init__(self, *, wrong: bool = False) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.wrong = wrong

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
        self.asked.append(source)
        read = parse_document(body, url=url, content_type=content_type, feed_language=feed_language)
        if self.wrong and isinstance(read, Document):
            return replace(read, title="?", articles=(replace(read.articles[0], id="?"), *read.articles[1:]))
        return read


async def read(workers: Workers, body: bytes, *, random: float = 0.5, source: str = "") -> Reader:
    reader = Reader(workers, random=lambda: random)
    found = await reader.parse(body, url=URL, source=source)
    assert found == parse_document(body, url=URL)
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))  # the comparison
    await reader.close()
    return reader


def test_a_plain_feed_takes_no_worker() -> None:
    """It is read in the caller's process, and comes out the same."""
    workers = Workers()
    reader = asyncio.run(read(workers, PLAIN))
    assert (workers.asked, reader.plain, reader.compared) == ([], 1, 0)


@pytest.mark.parametrize(("body", "source"), [(ODD, ""), (PLAIN, "other"), (b"<html></html>", "")])
def test_all_else_goes_to_a_worker(body: bytes, source: str) -> None:
    """An odd feed, a page, and whatever a source of its own reads."""
    workers = Workers()
    reader = asyncio.run(read(workers, body, source=source))
    assert (workers.asked, reader.plain) == ([source], 0)


def test_one_in_five_hundred_is_compared() -> None:
    """Both readings are made, and found equal."""
    workers = Workers()
    with capture_logs() as logged:
        reader = asyncio.run(read(workers, PLAIN, random=0.0019))
    assert (len(workers.asked), reader.compared, reader.differing, logged) == (1, 1, 0, [])
    assert asyncio.run(read(Workers(), PLAIN, random=0.002)).compared == 0


def test_a_difference_is_logged_and_counted() -> None:
    """The log says of which feed and in which fields."""
    with capture_logs() as logged:
        reader = asyncio.run(read(Workers(wrong=True), PLAIN, random=0.0))
    assert reader.differing == 1
    (line,) = logged
    assert (line["event"], line["feed"]) == ("plain_reader_differs", URL)
    assert line["fields"] == ["articles.id", "title"]


def test_a_feed_that_was_read_otherwise_goes_to_the_workers() -> None:
    """From the next document on, without a further comparison; other feeds are still read at once."""

    async def scenario() -> tuple[list[str], Reader]:
        workers = Workers(wrong=True)
        reader = Reader(workers, random=lambda: 0.0)
        await reader.parse(PLAIN, url=URL)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        asked = len(workers.asked)
        again = await reader.parse(PLAIN, url=URL)
        assert isinstance(again, Document)
        assert again.title == "?"  # the worker's word
        assert len(workers.asked) == asked + 1
        assert (reader.trusts(URL), reader.trusts(URL + "2")) == (False, True)
        await reader.close()
        return workers.asked, reader

    with capture_logs():
        asked, reader = asyncio.run(scenario())
    assert (len(asked), reader.plain, reader.compared, reader.differing) == (2, 1, 1, 1)
