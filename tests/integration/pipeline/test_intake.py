"""Polls that end at the same moment: matched together, kept together, each as if it were alone."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from monitor.errors import StoreError
from monitor.fetch.outcome import Fresh
from monitor.model import Article, Document
from monitor.pipeline.ingest import PollReport
from monitor.store import Store, feeds, tables
from tests.support.newsroom import DAY, MINUTE, Newsroom

WIRE = (
    "A freighter carrying grain ran aground near the harbour of Varna early on Monday after its engine "
    "failed in heavy seas, the coast guard said. All nineteen sailors were taken off by helicopter, two of "
    "them "
    "were treated for cold. Tugs wait for the storm to pass before they try to pull the ship free, and booms "
    "were laid out because some forty tonnes of fuel are on board, the port authority told reporters."
)
RULE = "R: {match: freighter}"


@pytest.fixture
def it(store: Store, tmp_path: Path) -> Newsroom:
    """Outlets whose rule is about a freighter."""
    return Newsroom(store, tmp_path, RULE)


def publish(
    it: Newsroom, news: Mapping[str, Sequence[Article]], *, stolen: str = ""
) -> dict[str, PollReport | BaseException]:
    """All these outlets' feeds are polled at once; the lease of the stolen one goes to somebody else."""
    urls = {name: f"https://{name.lower()}.example/rss" for name in news}
    for name, articles in news.items():
        body = repr(articles).encode() + str(it.time).encode()
        it.parser.documents[body] = Document(title=name, articles=tuple(articles))
        it.fetcher.answers[urls[name]] = Fresh(body, urls[name], wire_hash=str(hash(body)), etag='"e"')
    states = it.store.write(
        lambda conn: feeds.claim(conn, list(urls.values()), now=it.time, owner="me", lease=5 * MINUTE)
    )
    if stolen:
        theirs = update(tables.feed).where(tables.feed.c.url == urls[stolen]).values(owner="other")
        it.store.write(lambda conn: conn.execute(theirs))

    async def poll() -> list[PollReport | BaseException]:
        return await asyncio.gather(*map(it.ingest.poll, states), return_exceptions=True)

    found = {state.feed.url: report for state, report in zip(states, asyncio.run(poll()), strict=True)}
    return {name: found[url] for name, url in urls.items()}


def by_outlet(it: Newsroom, title: str, content: str, outlets: str) -> dict[str, list[Article]]:
    """The same text by each outlet."""
    return {name: [it.article(name, 1, title, content)] for name in outlets}


def test_copies_that_come_together_are_told_once(it: Newsroom) -> None:
    """By their wording, though none of them was in the database when the others were looked at."""
    titles = ["Freighter aground", "Ship stuck off Varna", "Sailors saved", "Storm strands grain", "Varna"]
    news = {
        name: [it.article(name, 1, title, f"{WIRE} {name} reports more tomorrow.")]
        for name, title in zip("ABCDE", titles, strict=True)
    }
    reports = publish(it, news)
    counts = [(report.new, report.copies) for report in reports.values() if isinstance(report, PollReport)]
    assert sorted(counts) == [(0, 1)] * 4 + [(1, 0)]
    assert it.told() == ["new_story"]


def test_one_address_in_several_feeds_is_one_article(it: Newsroom) -> None:
    """Also where all of them bring it at the same moment."""
    article = it.article("A", 1, "Freighter aground near Varna", url="https://wire.example/7")
    reports = publish(it, {"A": [article], "B": [article], "C": [article]})
    kinds = [(report.new, report.copies) for report in reports.values() if isinstance(report, PollReport)]
    assert sorted(kinds) == [(0, 1), (0, 1), (1, 0)]
    assert it.told() == ["new_story"]


def test_a_lost_lease_keeps_that_poll_alone_from_being_kept(it: Newsroom) -> None:
    """Whoever has the lease now brings the article; the others' are kept and told."""
    news = {name: [it.article(name, 1, f"Freighter {number}")] for number, name in enumerate("ABC")}
    reports = publish(it, news, stolen="B")
    kept = {name: report.kept for name, report in reports.items() if isinstance(report, PollReport)}
    assert kept == {"A": True, "B": False, "C": True}
    assert [alert.article.source for alert in it.alerts() if alert.article] == ["A", "C"]


def test_one_that_cannot_be_stored_hurts_no_other(it: Newsroom) -> None:
    """Its poll fails and its feed stays as it was; the articles that came with it are kept and told once."""
    naive = datetime(2026, 11, 23, 11)  # noqa: DTZ001
    bad = Article(id="bad", title="Freighter of no time zone", published_at=None, updated_at=naive)
    news = {
        "A": [it.article("A", 1, "Freighter in Varna", WIRE)],
        "B": [it.article("B", 1, "Freighter again"), bad],
        "C": [it.article("C", 1, "Ship aground", WIRE + " Storm ahead.")],
    }
    reports = publish(it, news)
    assert isinstance(reports["B"], StoreError)
    assert [report.kept for report in reports.values() if isinstance(report, PollReport)] == [True, True]
    assert it.told() == ["new_story"]
    it.time += DAY
    news["B"] = news["B"][:1]
    again = publish(it, news)
    assert [report.new for report in again.values() if isinstance(report, PollReport)] == [0, 1, 0]


def test_a_long_poll_goes_in_pieces_with_others(it: Newsroom) -> None:
    """Each article is kept once, and the feed's state comes with the last."""
    news = {
        "A": [it.article("A", number, f"Item {number} of many") for number in range(130)],
        "B": [it.article("B", 1, "Freighter aground")],
        "C": [it.article("C", number, f"Note {number} of some") for number in range(60)],
    }
    reports = publish(it, news)
    assert [report.new for report in reports.values() if isinstance(report, PollReport)] == [130, 1, 60]
    assert it.told() == ["new_story"]
    states = it.store.read(feeds.states)
    assert [state.items_seen for state in states][:3] == [130, 1, 60]
    assert all(state.wire_hash for state in states[:3])
