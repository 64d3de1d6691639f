"""Sitemaps and pages, polled by a whole station from a real server."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import load
from monitor.errors import PollReason
from monitor.pipeline.ingest import PollReport
from monitor.pipeline.station import Station
from tests.support.feedserver import Answer, FeedServer


class Room:
    """Polls one feed of one server by a station of its own each time."""

    def __init__(self, directory: Path, server: FeedServer, path: str, settings: str) -> None:
        self.server = server
        self.directory = directory
        (directory / "c.yaml").write_text(
            f"settings: {{database: 'sqlite:///{directory}/news.db', poll: {{host_gap: 0s}}}}\n"
            f"feeds: [{{url: '{server.url(path)}', allow_private: true, every: 1s{settings}}}]\n"
            "channels: {desk: 'console://'}\nrules: {R: whales}\n"
        )

    def poll(self) -> PollReport:
        async def main() -> PollReport:
            now = datetime.now(UTC)
            station = await Station.open(load(self.directory), now=lambda: now, random=lambda: 0.5)
            try:
                (state,) = await station.claim(None)
                return await station.poll(state)
            finally:
                await station.close(drain=timedelta(seconds=5))

        return asyncio.run(main())


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


def page(*names: str) -> Answer:
    links = "".join(f"<li class=news><a href='/{name}'>About {name}</a></li>" for name in names)
    return Answer(f"<html><ul>{links}</ul></html>".encode(), content_type="text/html; charset=utf-8")


def urlset(*names: str) -> Answer:
    return Answer(f"<urlset>{''.join(f'<url><loc>/{name}</loc></url>' for name in names)}</urlset>".encode())


def test_a_page_brings_what_is_new_on_it(tmp_path, server):
    """Links that were there before are nothing new, in whatever order they stand."""
    server.serve("/press", page("a", "b"), page("c", "b", "a"))
    room = Room(tmp_path, server, "/press", ", select: li.news")
    first, second = room.poll(), room.poll()
    assert (first.new, second.new) == (2, 1)


def test_a_page_that_was_rebuilt_fails_and_says_so(tmp_path, server):
    """Its selector finds nothing any more: a failure with a reason, and not a quiet day."""
    server.serve("/press", page("a"), Answer(b"<html><div class=new-design></div></html>"))
    room = Room(tmp_path, server, "/press", ", select: li.news")
    room.poll()
    report = room.poll()
    assert report.reason is PollReason.NO_ARTICLES
    assert "`li.news` selects nothing; has the page changed?" in report.detail


def test_a_sitemap_needs_no_word_in_the_configuration(tmp_path, server):
    """It is recognised by what it is."""
    server.serve("/sitemap.xml", urlset("a", "b"))
    assert Room(tmp_path, server, "/sitemap.xml", "").poll().new == 2


def test_the_sitemaps_of_an_index_are_read_with_it(tmp_path, server):
    """Those of other sites are left alone, and one that fails is counted."""
    inside = "".join(
        f"<sitemap><loc>{url}</loc></sitemap>"
        for url in (
            server.url("/1.xml"),
            server.url("/2.xml"),
            server.url("/gone.xml"),
            "http://10.0.0.1/x.xml",
        )
    )
    server.serve("/index.xml", Answer(f"<sitemapindex>{inside}</sitemapindex>".encode(), etag='"same"'))
    server.serve("/1.xml", urlset("a"), urlset("a", "c"))
    server.serve("/2.xml", urlset("b", "a"))
    room = Room(tmp_path, server, "/index.xml", "")
    first, second = room.poll(), room.poll()
    assert (first.new, first.skipped, first.reason) == (2, 1, None)
    assert second.new == 1  # though the index itself has not changed
    assert "if-none-match" not in server.requests_for("/index.xml")[1].headers


def test_an_index_none_of_whose_sitemaps_answers_has_failed(tmp_path, server):
    """With the reason of the first."""
    loc = server.url("/gone.xml")
    server.serve(
        "/index.xml", Answer(f"<sitemapindex><sitemap><loc>{loc}</loc></sitemap></sitemapindex>".encode())
    )
    report = Room(tmp_path, server, "/index.xml", "").poll()
    assert (report.reason, loc in report.detail) == (PollReason.NOT_FOUND, True)


def test_a_source_that_is_gone_is_told(tmp_path, server):
    """A plugin that was removed after the configuration was read fails its feeds, and no others."""
    from monitor.fetch.workers import ParserPool

    async def read() -> object:
        pool = ParserPool()
        try:
            return await pool.parse(b"x", url="https://a.example/", source="no-such-plugin")
        finally:
            await pool.close()

    failed = asyncio.run(read())
    assert failed.reason is PollReason.BROKEN
    assert "there is no source `no-such-plugin`; there are feed, page, sitemap" in failed.detail
