"""A reader of feeds on a clock of its own, and the scripted site that it visits.

    with Site(store, directory) as site:
        site.serve("/feed", Answer(...))
        site.run(days=2)            # polls whatever is due, whenever it is due
        site.visits                 # when which path was asked for, with which headers

Everything is real but the clock, the chance, and where names lead: the fetcher dials the site under
whatever name it asks for.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import httpcore
import pytest

from monitor.config import load
from monitor.fetch.http import Fetcher, FetchSettings
from monitor.fetch.outcome import Failed
from monitor.fetch.parse import parse_document
from monitor.model import Document, Event, FeedState
from monitor.pipeline.ingest import Ingest, PollReport
from monitor.store import Store, events, feeds
from tests.support.feedserver import Answer, FeedServer, Request, Script

START = datetime(2026, 11, 23, 12, 7, 30, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FEED = "http://feeds.example/feed"
PUBLIC = "93.184.215.14"
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Visit:
    """One request, and when it was made by the reader's clock."""

    at: datetime
    request: Request

    @property
    def path(self) -> str:
        return self.request.path

    def header(self, name: str) -> str | None:
        return self.request.headers.get(name)


class _Dial(httpcore.AsyncNetworkBackend):
    """Whatever address is dialled, the site answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.ports: dict[int, int] = {}  # where else the site answers, by the port dialled
        self.dialled: list[str] = []
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        return await self._network.connect_tcp("127.0.0.1", self.ports.get(port, self.port), *rest, **more)


class _Parser:
    """Reads documents here and now; counts them."""

    def __init__(self) -> None:
        self.read = 0

    async def parse(
        self, body: bytes, *, url: str, content_type: str = "", feed_language: str = "", **_: Any
    ) -> Document | Failed:
        self.read += 1
        return parse_document(body, url=url, content_type=content_type, feed_language=feed_language)


class Site:
    """The scripted site and its one reader."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.store = store
        self.directory = directory
        self.time = START
        self.visits: list[Visit] = []
        self.reports: list[PollReport] = []
        self.names: dict[str, Sequence[Sequence[str]]] = {}  # of a name: the answers of its look-ups
        self.looked_up: list[str] = []
        self.chance = 0.5

    def __enter__(self) -> Self:
        self.server = FeedServer().__enter__()
        self.runner = asyncio.Runner()
        self.dial = _Dial(self.server.port)
        self.configure()
        return self

    def __exit__(self, *exc: object) -> None:
        self.runner.run(self.fetcher.close())
        self.runner.close()
        self.server.__exit__(*exc)

    def configure(self, *urls: str, poll: str = "{}", contact: str = "", more: str = "") -> None:
        """Start anew with these feeds (each an address, or a mapping in YAML)."""
        entries = "".join(f"  - {url}\n" for url in urls or ["http://feeds.example/feed"])
        (self.directory / "c.yaml").write_text(
            f"settings: {{contact: '{contact}', poll: {poll}}}\nfeeds:\n{entries}"
            f"rules: {{R: whales}}\nchannels: {{out: 'console://'}}\n{more}"
        )
        self.config = load(self.directory)
        self.restart()
        self.store.write(lambda conn: feeds.sync(conn, self.config.feeds, now=self.time))

    def restart(self, settings: FetchSettings | None = None) -> None:
        """A new process: nothing is known but what the database says."""
        bounds = settings or FetchSettings(
            host_gap=timedelta(),
            deadline=timedelta(seconds=20),
            user_agent=f"newsmonitor/test{self.config.settings.contact and ' (+x)'}",
        )
        self.fetcher = Fetcher(bounds, resolve=self._resolve, dial=self.dial, now=lambda: self.time)
        self.parser = _Parser()
        self.ingest = Ingest(
            self.store,
            self.fetcher,
            self.parser,  # type: ignore[arg-type]
            self.config,
            {},
            "me",
            "here",
            now=lambda: self.time,
            random=lambda: self.chance,
        )
        self.store.write(lambda conn: self.ingest.pacer.load(conn, self.config, now=self.time))

    async def _resolve(self, host: str, _port: int) -> Sequence[str]:
        if host.replace(".", "").isdigit():
            return [host]
        self.looked_up.append(host)
        answers = self.names.get(host, [[PUBLIC]])
        found = answers[min(self.looked_up.count(host), len(answers)) - 1]
        if not found:
            raise OSError("no such name")
        return found

    def serve(self, path: str, *answers: Answer | Script) -> None:
        self.server.serve(path, *answers)

    def poll(self, url: str = "http://feeds.example/feed") -> PollReport:
        """Poll one feed now, due or not."""
        (state,) = self.store.write(
            lambda conn: feeds.claim(conn, [url], now=self.time, owner="me", lease=LEASE)
        )
        return self._poll(state)

    def _poll(self, state: FeedState) -> PollReport:
        before = len(self.server.requests)
        report = self.runner.run(self.ingest.poll(state))
        self.visits += [Visit(self.time, request) for request in self.server.requests[before:]]
        self.reports.append(report)
        return report

    def run(self, *, days: float = 0, polls: int = 10_000) -> None:
        """Let so much time pass, and poll what is due when it is due; or stop after so many polls."""
        until = self.time + timedelta(days=days) if days else datetime.max.replace(tzinfo=UTC)
        while polls > 0:
            due_at = self.store.read(feeds.next_due_at)
            if due_at is None or due_at > until or due_at.year > 3000:
                break
            self.time = max(self.time, due_at)
            for state in self.store.write(
                lambda conn: feeds.claim_due(
                    conn, now=self.time, limit=1, per_host=99, owner="me", lease=LEASE
                )
            ):
                self._poll(state)
                polls -= 1
        if days:
            self.time = until

    def at(self, path: str = "/feed") -> list[Visit]:
        """The visits to one path."""
        return [visit for visit in self.visits if visit.path == path]

    def gaps(self, path: str = "/feed") -> list[timedelta]:
        """The times between them."""
        moments = [visit.at for visit in self.at(path)]
        return [after - before for before, after in pairwise(moments)]

    def state(self, url: str = "http://feeds.example/feed") -> FeedState:
        return next(state for state in self.store.read(feeds.states) if state.feed.url == url)

    def wait(self, url: str = "http://feeds.example/feed") -> timedelta:
        """How long until the feed is polled again."""
        state = self.state(url)
        return max(state.next_poll_at, state.not_before or state.next_poll_at) - self.time

    def events(self) -> list[Event]:
        return self.store.read(events.recent)

    def kinds(self) -> list[str]:
        return [str(event.kind) for event in self.events()]


def document(*dates: datetime | None, channel: str = "", first: int = 0, link: str = "") -> bytes:
    """An RSS document with an item for each date (None: undated), the numbers running from `first`."""
    items = "".join(
        f"<item><guid>item-{number}</guid><title>Title number {number} of many</title>"
        f"<link>https://news.example/{number}</link>{_pub_date(date)}</item>"
        for number, date in enumerate(dates, first)
    )
    head = f'<atom:link rel="prev-archive" href="{link}"/>' if link else ""
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>Test</title>'
        f"{head}{channel}{items}</channel></rss>"
    ).encode()


def _pub_date(date: datetime | None) -> str:
    return f"<pubDate>{format_datetime(date)}</pubDate>" if date else ""


def daily(count: int = 10, *, now: datetime = START) -> list[datetime]:
    """Dates of a feed that brings three articles a day."""
    return [now - 8 * HOUR * number - 17 * MINUTE for number in range(count)]


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


BODY = document(*daily())
Row = Callable[[Site], None]


def twice(site: Site, *answers: Answer) -> None:
    """Serve these and poll twice, an hour apart."""
    site.serve("/feed", *answers)
    site.poll()
    site.time += HOUR
    site.poll()


class Rows:
    """Rows of the checklist, by their numbers."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}

    def enter(self, number: int) -> Callable[[Row], Row]:
        """Enter a check as this row."""

        def enter(check: Row) -> Row:
            assert number not in self._rows
            self._rows[number] = check
            return check

        return enter

    def params(self) -> list[Any]:
        """For a parametrised test: number and name are the id."""
        return [
            pytest.param(check, id=f"{number:02} {check.__name__}")
            for number, check in sorted(self._rows.items())
        ]
