"""Articles with the text of their own pages, polled by a whole station from a real server."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.config import load
from monitor.pipeline.ingest import PollReport
from monitor.pipeline.station import Station
from monitor.store import alerts, articles, open_store
from tests.support import feeds
from tests.support.articlepage import COUNCIL, page
from tests.support.feedserver import Answer, FeedServer

NOW = datetime.now(UTC).replace(microsecond=0)
HTML = "text/html; charset=utf-8"


class Room:
    """A station over one feed, opened anew for each poll: nothing is kept but the database."""

    def __init__(self, directory: Path, server: FeedServer, full_text: str) -> None:
        self.server = server
        self.directory = directory
        self.now = NOW
        (directory / "c.yaml").write_text(
            f"settings: {{database: 'sqlite:///{directory}/news.db', poll: {{host_gap: 0s}}}}\n"
            f"feeds: [{{url: '{server.url('/feed')}', allow_private: true, every: 1s, "
            f"full_text: {full_text}}}]\n"
            "channels: {desk: 'console://'}\ndefaults: {channels: [desk]}\n"
            "rules: {R: tankers AND strait}\n"
        )

    def feed(self, *items: str) -> None:
        self.server.serve("/feed", Answer(feeds.rss(*items)))

    def item(self, name: str, title: str, *, hours: float = 1, text: str = "") -> str:
        at = (NOW - timedelta(hours=hours)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        link = self.server.url(f"/{name}")
        return f"<guid>{name}</guid><title>{title}</title><link>{link}</link><pubDate>{at}</pubDate>{text}"

    def page(self, name: str, *answers: Answer) -> None:
        self.server.serve(f"/{name}", *answers)

    def poll(self) -> PollReport:
        async def main() -> PollReport:
            station = await Station.open(load(self.directory), now=lambda: self.now, random=lambda: 0.5)
            try:
                (state,) = await station.claim(None)
                return await station.poll(state)
            finally:
                await station.close(drain=timedelta(seconds=5))

        return asyncio.run(main())

    def asked(self, name: str) -> int:
        return len(self.server.requests_for(f"/{name}"))

    def told(self) -> list[str]:
        with open_store(f"sqlite:///{self.directory}/news.db", upgrade=False) as store:
            found = store.read(lambda conn: alerts.recent(conn, limit=99))
        return [alert.article.title for alert in reversed(found) if alert.article]


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


def html(subject: str, **parts: Any) -> Answer:
    return Answer(page(subject, **parts), content_type=HTML)


def test_a_rule_reads_the_text_of_the_page(tmp_path, server):
    """What the feed does not say alerts by the page; and no page is fetched twice."""
    room = Room(tmp_path, server, "true")
    room.feed(room.item("a", "News from the sea"))
    room.page("a", html("Tankers"))
    first, second = room.poll(), room.poll()
    assert (first.new, first.alerts) == (1, 1)
    assert (second.new, second.updated, second.alerts) == (0, 0, 0)
    assert room.asked("a") == 1


def test_a_known_article_keeps_its_text_when_others_come(tmp_path, server):
    """The feed's short version of it is no change."""
    room = Room(tmp_path, server, "true")
    room.page("a", html("Tankers"))
    room.page("b", html("Ferries", text=COUNCIL))
    room.feed(room.item("a", "News from the sea"))
    room.poll()
    room.feed(room.item("b", "Other news"), room.item("a", "News from the sea"))
    report = room.poll()
    assert (report.new, report.updated) == (1, 0)
    assert (room.asked("a"), room.asked("b")) == (1, 1)


def test_an_article_that_its_feed_changed_is_read_again(tmp_path, server):
    """Its page may say more by now."""
    room = Room(tmp_path, server, "true")
    room.page("a", html("Ferries"), html("Tankers"))
    room.feed(room.item("a", "News from the sea"))
    assert room.poll().alerts == 0
    room.feed(room.item("a", "News from the sea: update"))
    report = room.poll()
    assert (report.updated, report.alerts, room.asked("a")) == (1, 1, 2)


def test_match_fetches_only_what_a_rule_may_match(tmp_path, server):
    """A part of what a rule wants is enough, nothing of it is not."""
    room = Room(tmp_path, server, "match")
    for name in ("part", "none"):
        room.page(name, html("Tankers"))
    room.feed(room.item("part", "Tankers sail"), room.item("none", "Football"))
    assert room.poll().alerts == 1
    assert (room.asked("part"), room.asked("none")) == (1, 0)


def test_what_is_too_old_to_alert_is_not_fetched(tmp_path, server):
    """A new feed brings months of articles; and of those without a date nobody knows."""
    room = Room(tmp_path, server, "true")
    undated = f"<guid>u</guid><title>Undated</title><link>{server.url('/u')}</link>"
    room.feed(room.item("old", "Old", hours=30), room.item("new", "New"), undated)
    for name in ("old", "new", "u"):
        room.page(name, html("Ferries"))
    room.poll()
    assert [room.asked(name) for name in ("old", "new", "u")] == [0, 1, 0]


def test_a_page_that_cannot_be_had_leaves_the_feeds_text(tmp_path, server, capsys):
    """And the log says why; what is gone for good is not asked for again, what failed for now is, later."""
    room = Room(tmp_path, server, "true")
    room.feed(room.item("gone", "Tankers in the strait"), room.item("down", "Tankers near the strait"))
    room.page("gone", Answer(status=404))
    room.page("down", Answer(status=503), html("Tankers"))
    assert len(room.poll().decisions) == 2
    logged = capsys.readouterr()
    assert "full_text_failed" in logged.out + logged.err
    assert "HTTP 404 Not Found" in logged.out + logged.err
    room.now += timedelta(minutes=5)
    room.poll()
    assert (room.asked("gone"), room.asked("down")) == (1, 1)
    room.now += timedelta(minutes=15)
    report = room.poll()
    assert (room.asked("gone"), room.asked("down"), report.updated) == (1, 2, 1)


def test_pages_beyond_the_limit_have_their_turn_later(tmp_path, server):
    """Twenty in one poll, the latest first, though the feed stays the same meanwhile."""
    room = Room(tmp_path, server, "true")
    names = [f"p{number:02}" for number in range(23)]
    for name in names:
        room.page(name, html(f"Ferry {name}", more=f"This is the story of {name} and nothing else."))
    room.feed(*(room.item(name, f"About {name}", hours=1 + n / 10) for n, name in enumerate(names)))
    room.poll()
    assert [room.asked(name) for name in names] == [1] * 20 + [0] * 3
    room.poll()
    assert [room.asked(name) for name in names] == [1] * 23


def test_the_feeds_own_text_stays_when_it_is_longer(tmp_path, server):
    """A page behind a wall shows less than the feed."""
    room = Room(tmp_path, server, "true")
    text = "<description>" + "The feed tells all of it. " * 200 + "</description>"
    room.feed(room.item("a", "Tankers in the strait", text=text))
    room.page("a", html("Ferries"))
    room.poll()
    with open_store(f"sqlite:///{tmp_path}/news.db", upgrade=False) as store:
        (stored,) = store.read(lambda conn: articles.get_many(conn, [1]))
    assert "The feed tells all of it." in stored.article.summary


def test_the_addresses_of_a_page_tell_what_is_known(tmp_path, server):
    """An item that redirects to a page whose canonical address is a known article's is no new one."""
    room = Room(tmp_path, server, "true")
    canonical = f"<link rel=canonical href='{server.url('/story/1')}'>"
    room.page("r", Answer(status=302, headers={"Location": "/landing?from=r"}))
    room.page("landing?from=r", html("Tankers", head=canonical))
    room.page("story/1", html("Ferries", more="Quite another text stands at this address by now, it seems."))
    room.feed(room.item("story/1", "The first headline of all"))
    room.poll()
    room.feed(room.item("r", "A second headline, unlike the other"))
    report = room.poll()
    assert (report.new, report.updated) == (0, 1)


def test_the_archive_has_the_whole_text(tmp_path, server):
    """Searches and backtests see what the rules saw."""
    room = Room(tmp_path, server, "true")
    room.feed(room.item("a", "News from the sea"))
    room.page("a", html("Tankers"))
    room.poll()
    with open_store(f"sqlite:///{tmp_path}/news.db", upgrade=False) as store:
        (stored,) = store.read(lambda conn: articles.get_many(conn, [1]))
    assert "insurers spoke of losses" in stored.article.content
