"""Outlets with a feed each, polled through the whole pipeline into a database, on a clock of its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.config import load
from monitor.fetch.outcome import Fresh
from monitor.model import Alert, Article, Document
from monitor.pipeline.ingest import Ingest, PollReport
from monitor.store import Store, alerts, feeds, stories
from monitor.store.stories import Teller
from tests.support.fakes import FakeFetcher, FakeParser

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Newsroom:
    """`rules` is YAML: names and what they say. Outlets are A, B, C …; each has polled before."""

    def __init__(self, store: Store, directory: Path, rules: str, *, outlets: int = 8) -> None:
        self.store = store
        self.time = START
        self.names = [chr(ord("A") + number) for number in range(outlets)]
        listed = "".join(f"  - {{url: '{_url(name)}', name: {name}}}\n" for name in self.names)
        (directory / "c.yaml").write_text(
            f"feeds:\n{listed}channels: {{desk: 'console://'}}\ndefaults: {{channels: [desk]}}\n"
            f"rules:\n  {rules}\n"
        )
        self.config = load(directory)
        store.write(lambda conn: feeds.sync(conn, self.config.feeds, now=self.time))
        self.restart()
        for name in self.names:
            self.publish(name)
        self.time += HOUR

    def restart(self) -> None:
        """Forget all that is in memory."""
        self.fetcher, self.parser = FakeFetcher(), FakeParser()
        self.ingest = Ingest(
            self.store,
            self.fetcher,  # type: ignore[arg-type]
            self.parser,  # type: ignore[arg-type]
            self.config,
            {"desk": ("x@news.example",)},
            "me",
            "here",
            now=lambda: self.time,
            random=lambda: 0.5,
        )

    def publish(self, outlet: str, *articles: Article) -> PollReport:
        """The outlet's feed carries these now, and is polled."""
        url = _url(outlet)
        body = repr(articles).encode() + str(self.time).encode()
        self.parser.documents[body] = Document(title=outlet, articles=articles)
        self.fetcher.answers[url] = Fresh(body, url, wire_hash=str(hash(body)), etag='"e"')
        (state,) = self.store.write(
            lambda conn: feeds.claim(conn, [url], now=self.time, owner="me", lease=5 * MINUTE)
        )
        return asyncio.run(self.ingest.poll(state))

    def article(self, outlet: str, number: int, title: str, content: str = "", **rest: str) -> Article:
        """An article of the outlet, published a minute ago."""
        return Article(
            id=rest.pop("id", f"{outlet}{number}"),
            url=rest.pop("url", f"https://{outlet.lower()}.example/{number}"),
            title=title,
            content=content,
            source=outlet,
            published_at=self.time - MINUTE,
            **rest,
        )

    def run(self, outlet: str, number: int, title: str, content: str = "", **rest: str) -> PollReport:
        """The outlet publishes one article."""
        return self.publish(outlet, self.article(outlet, number, title, content, **rest))

    def alerts(self) -> list[Alert]:
        """All alerts, the earliest first."""
        return self.store.read(lambda conn: alerts.recent(conn, limit=1000))[::-1]

    def told(self) -> list[str]:
        """The reasons of all alerts, the earliest first."""
        return [str(alert.reason) for alert in self.alerts()]

    def tellers(self, alert: Alert) -> Sequence[Teller]:
        """Who tells the story of an alert."""
        story = alert.story_id
        assert story is not None
        return self.store.read(lambda conn: stories.tellers(conn, story, limit=99))


def later(article: Article, **changes: object) -> Article:
    """The next version of an article."""
    return replace(article, **changes)  # type: ignore[arg-type]


def _url(outlet: str) -> str:
    return f"https://{outlet.lower()}.example/rss"
