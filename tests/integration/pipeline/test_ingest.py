"""From a poll to the outbox, on both databases: what is kept, told and suppressed, and why."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from monitor.config import Config, load
from monitor.errors import DecisionReason as Why
from monitor.errors import PollReason
from monitor.fetch.outcome import Failed, Fresh, Unchanged
from monitor.model import AlertKind, Article, Document, Match
from monitor.pipeline.ingest import Ingest, PollReport
from monitor.rules import ReferenceEngine, RuleSet
from monitor.store import Store, alerts, articles, feeds, open_store, outbox
from tests.support.fakes import FakeFetcher, FakeParser

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
A, B = "https://a.example/rss", "https://b.example/rss"
ARTICLE = Article(
    id="1",
    title="Kremlin watches Venezuela from Russia",
    url="https://a.example/1",
    source="Outlet A",
    published_at=START - timedelta(minutes=5),
)


class Room:
    """An ingest over a store, with a clock and two feeds to script."""

    def __init__(self, store: Store, config: Config) -> None:
        self.store = store
        self.time = START
        self.fetcher = FakeFetcher()
        self.parser = FakeParser()
        self.ingest = Ingest(
            store,
            self.fetcher,  # type: ignore[arg-type]
            self.parser,  # type: ignore[arg-type]
            config,
            {"desk": ("x@news.example", "y@news.example"), "chat": ("",)},
            "me",
            "here",
            now=lambda: self.time,
            random=lambda: 0.5,
        )
        store.write(lambda conn: feeds.sync(conn, config.feeds, now=self.time))

    def poll(
        self, url: str, *articles: Article, answer: Fresh | Unchanged | Failed | None = None
    ) -> PollReport:
        """Poll one feed that carries these articles now."""
        body = repr(articles).encode()
        self.parser.documents[body] = Document(title="Outlet", articles=articles)
        self.fetcher.answers[url] = answer or Fresh(body, url, wire_hash=str(hash(body)), etag='"e"')
        lease = timedelta(minutes=5)
        (state,) = self.store.write(
            lambda conn: feeds.claim(conn, [url], now=self.time, owner="me", lease=lease)
        )
        return asyncio.run(self.ingest.poll(state))

    def told(self) -> list[tuple[str, AlertKind, Why | None]]:
        """All alerts, the earliest first."""
        found = self.store.read(lambda conn: alerts.recent(conn, limit=99))
        return [(alert.rule, alert.kind, alert.reason) for alert in reversed(found)]


@pytest.fixture
def room(store: Store, tmp_path: Path) -> Callable[[str], Room]:
    """A room with the given rules."""

    def make(rules: str) -> Room:
        (tmp_path / "c.yaml").write_text(
            f"feeds: [{{url: '{A}', name: A}}, {{url: '{B}', name: B, tags: [agency]}}]\n"
            "channels: {desk: 'console://', chat: 'console://'}\n"
            f"defaults: {{channels: [desk, chat]}}\nrules:\n  {rules}\n"
        )
        return Room(store, load(tmp_path))

    return make


RULE = "R: {match: Venezuela AND Russia}"
Make = Callable[[str], Room]


def test_a_match_becomes_one_alert_and_a_delivery_per_recipient(room: Make) -> None:
    """Two recipients of one channel and one of the other: three deliveries with three keys."""
    it = room(RULE)
    report = it.poll(A, ARTICLE)
    assert (report.new, len(report.decisions), report.alerts) == (1, 1, 1)
    assert it.told() == [("R", AlertKind.STORY, Why.NEW_STORY)]
    deliveries = it.store.read(lambda conn: outbox.recent(conn, limit=9))
    assert {(d.channel, d.recipient) for d in deliveries} == {
        ("desk", "x@news.example"),
        ("desk", "y@news.example"),
        ("chat", ""),
    }
    assert len({d.key for d in deliveries}) == 3


def test_a_feeds_name_is_the_outlet_of_its_articles(room: Make) -> None:
    """What the operator calls the feed stands in messages, unless an article names its own source."""
    it = room(RULE)
    own = replace(
        ARTICLE, id="2", url="https://a.example/2", title="Oil of Venezuela, gas of Russia", source="Wire"
    )
    it.poll(A, replace(ARTICLE, source="Outlet"), own)
    found = it.store.read(lambda conn: alerts.recent(conn, limit=9))
    assert [alert.article.source for alert in reversed(found) if alert.article] == ["A", "Wire"]


def test_the_feed_remembers_its_validators_and_is_asked_with_them(room: Make) -> None:
    """The ETag is kept with the articles, and a 304 changes nothing but the due time."""
    it = room(RULE)
    it.poll(A, ARTICLE)
    report = it.poll(A, answer=Unchanged())
    assert it.fetcher.requests[-1].etag == '"e"'
    assert report.unchanged
    it.poll(A, answer=Unchanged(etag='"f"'))
    it.poll(A, answer=Unchanged())
    assert it.fetcher.requests[-1].etag == '"f"'
    assert len(it.told()) == 1


def test_an_unchanged_body_is_not_read_again(room: Make) -> None:
    """The same bytes under a 200 count as unchanged."""
    it = room(RULE)
    it.poll(A, ARTICLE)
    it.parser.documents.clear()
    same = it.fetcher.answers[A]
    lease = timedelta(minutes=5)
    (state,) = it.store.write(lambda conn: feeds.claim(conn, [A], now=it.time, owner="me", lease=lease))
    it.fetcher.answers[A] = same
    assert asyncio.run(it.ingest.poll(state)).unchanged


def test_a_failed_poll_keeps_validators_and_says_why(room: Make) -> None:
    """The reason is kept, the next poll is later, the ETag stays."""
    it = room(RULE)
    it.poll(A, ARTICLE)
    report = it.poll(A, answer=Failed(PollReason.TIMEOUT, "too slow"))
    assert (report.reason, report.detail) == (PollReason.TIMEOUT, "too slow")
    state = next(s for s in it.store.read(feeds.states) if s.feed.url == A)
    assert (state.reason, state.failures, state.etag) == (PollReason.TIMEOUT, 1, '"e"')
    assert state.next_poll_at > it.time


def test_a_copy_elsewhere_is_suppressed_with_the_reason(room: Make) -> None:
    """The second feed's copy is kept, counted and not told."""
    it = room(RULE)
    it.poll(A, ARTICLE)
    copy = replace(ARTICLE, id="b1", url="https://b.example/9", source="Outlet B")
    report = it.poll(B, copy)
    assert (report.copies, report.alerts) == (1, 0)
    assert [d.reason for d in report.decisions] == [Why.STORY_ALREADY_TOLD]
    again = it.poll(
        B, copy, replace(copy, id="x", url="https://b.example/x", title="Other matters of the day")
    )
    assert (again.new, again.copies) == (1, 0)


def test_a_copy_that_hits_a_rule_its_original_missed_is_told(room: Make) -> None:
    """Folding acts on alerts, not on matching: the fuller copy of a stub may match."""
    it = room(RULE)
    stub = replace(ARTICLE, title="Kremlin watches developments abroad closely")
    it.poll(A, stub)
    fuller = replace(stub, id="b1", url="https://b.example/9", summary="Russia looks at Venezuela.")
    report = it.poll(B, fuller)
    assert (report.copies, report.alerts) == (1, 1)


def test_an_edit_is_told_once_when_it_comes_to_match(room: Make) -> None:
    """First version: no match. Second: told. Third: already told."""
    it = room(RULE)
    it.poll(A, replace(ARTICLE, title="Kremlin watches developments abroad closely"))
    it.time += timedelta(hours=30)  # an old article: its edit is news all the same
    assert it.poll(A, ARTICLE).alerts == 1
    assert it.poll(A, replace(ARTICLE, summary="More on it.")).updated == 1
    assert it.told() == [("R", AlertKind.STORY, Why.UPDATED_INTO_RULE)]


def test_a_rule_reads_only_its_feeds_and_languages(room: Make) -> None:
    """What is out of a rule's scope is no match of it."""
    it = room("R: {match: Venezuela, feeds: {tags: [agency]}}\n  S: {match: Venezuela, language: [de]}")
    assert it.poll(A, replace(ARTICLE, language="en")).decisions == ()
    german = replace(
        ARTICLE, id="2", url="https://b.example/2", title="Kreml blickt nach Venezuela heute", language="de"
    )
    assert [d.rule for d in it.poll(B, german).decisions] == ["R", "S"]


def test_follow_ups_go_into_the_thread_at_each_step_once(room: Make) -> None:
    """`follow_up: [2]` tells again when a second outlet carries the story, and not at the third."""
    it = room("R: {match: Venezuela AND Russia, follow_up: [2]}")
    it.poll(A, ARTICLE)
    copies = [
        replace(ARTICLE, id=f"b{n}", url=f"https://b.example/{n}", source=f"Outlet {n}") for n in range(3)
    ]
    it.poll(B, copies[0])
    it.poll(B, *copies)
    assert it.told() == [
        ("R", AlertKind.STORY, Why.NEW_STORY),
        ("R", AlertKind.FOLLOW_UP, Why.FOLLOW_UP),
    ]
    follow_up = it.store.read(lambda conn: alerts.recent(conn, limit=1))[0]
    assert not follow_up.first_of_thread


def test_a_rule_for_each_article_tells_each_but_not_one_address_twice(room: Make) -> None:
    """`alert: article` turns folding off, save for the very same article; all in one thread."""
    it = room("R: {match: Venezuela AND Russia, alert: article}")
    it.poll(A, ARTICLE)
    it.poll(B, replace(ARTICLE, id="b1", url="https://www.a.example/1?utm_source=b"))
    it.poll(B, replace(ARTICLE, id="b2", url="https://b.example/2"))
    found = it.store.read(lambda conn: alerts.recent(conn, limit=9))
    assert [(alert.kind, alert.first_of_thread) for alert in reversed(found)] == [
        (AlertKind.ARTICLE, True),
        (AlertKind.ARTICLE, False),
    ]


def test_a_held_alert_is_due_later(room: Make) -> None:
    """`hold` delays the deliveries, not the decision."""
    it = room("R: {match: Venezuela, hold: 2m}")
    it.poll(A, ARTICLE)
    assert {d.due_at for d in it.store.read(lambda conn: outbox.recent(conn, limit=9))} == {
        START + timedelta(minutes=2)
    }


def test_a_throttled_rule_keeps_still_and_says_so(room: Make) -> None:
    """The second story within the throttle is suppressed, the one after it is told."""
    it = room("R: {match: Venezuela, throttle: 30m}")
    stories = [
        replace(ARTICLE, id=str(n), url=f"https://a.example/{n}", title=f"Venezuela story number {n} of many")
        for n in range(3)
    ]
    it.poll(A, stories[0])
    it.time += timedelta(minutes=10)
    assert [d.reason for d in it.poll(A, stories[1]).decisions] == [Why.THROTTLED]
    it.time += timedelta(minutes=20)
    assert it.poll(A, stories[2]).alerts == 1


class _Faulty(ReferenceEngine):
    """An engine that gives up on the rule R at the first article."""

    def match_many(self, found: Sequence[Article]) -> list[list[Match]]:
        self._disabled["R"] = "ValueError on article 1"
        return [[] for _ in found]


def test_a_rule_that_fails_is_told_once_on_its_channels(room: Make) -> None:
    """Silence must not look like "nothing happened": a notice names the rule and the reason."""
    it = room(RULE)
    it.ingest.config = replace(it.ingest.config, ruleset=RuleSet({}, _Faulty({})))
    it.poll(A, ARTICLE)
    it.poll(A, ARTICLE, replace(ARTICLE, id="2", url="https://a.example/2", title="Another story of the day"))
    (notice,) = it.store.read(lambda conn: alerts.recent(conn, limit=9))
    assert notice.kind is AlertKind.NOTICE
    assert "'R'" in notice.headline
    assert "ValueError" in notice.detail
    queued = it.store.read(lambda conn: outbox.of_alert(conn, notice.id))
    assert [delivery.channel for delivery in queued] == ["desk", "desk", "chat"]


def test_a_feed_that_is_removed_while_polled_leaves_nothing(room: Make) -> None:
    """Its result is dropped whole: no article, no alert."""
    it = room(RULE)
    body = b"x"
    it.parser.documents[body] = Document(articles=(ARTICLE,))
    it.fetcher.answers[A] = Fresh(body, A, wire_hash="w")
    lease = timedelta(minutes=5)
    (state,) = it.store.write(lambda conn: feeds.claim(conn, [A], now=it.time, owner="me", lease=lease))
    it.store.write(lambda conn: feeds.sync(conn, [], now=it.time))
    report = asyncio.run(it.ingest.poll(state))
    assert report.outcome == "dropped"
    assert it.told() == []


def test_two_feeds_polled_at_once_tell_a_story_once(room: Make) -> None:
    """The identification that counts is the one inside the transaction."""
    it = room(RULE)
    lease = timedelta(minutes=5)
    states = it.store.write(lambda conn: feeds.claim(conn, None, now=it.time, owner="me", lease=lease))
    for state, guid in zip(states, ("1", "2"), strict=True):
        url = state.feed.url
        body = url.encode()
        it.parser.documents[body] = Document(articles=(replace(ARTICLE, id=guid, url=f"{url}/article"),))
        it.fetcher.answers[url] = Fresh(body, url, wire_hash=url)

    async def both() -> list[PollReport]:
        return list(await asyncio.gather(*(it.ingest.poll(state) for state in states)))

    reports = asyncio.run(both())
    assert sorted(report.alerts for report in reports) == [0, 1]
    assert len(it.told()) == 1


def test_items_with_one_address_for_all_are_told_one_by_one(room: Make) -> None:
    """A status page links every item to itself; each has a guid, and none takes the place of another."""
    it = room("R: {match: outage}")
    items = [
        replace(ARTICLE, id=f"g{n}", url="https://status.example/history", title=f"Outage number {n} of {n}")
        for n in range(3)
    ]
    assert it.poll(A, items[0]).alerts == 1
    assert it.poll(A, items[1], items[0]).alerts == 1
    report = it.poll(A, *reversed(items))
    assert (report.new, report.updated, report.alerts) == (1, 0, 1)


@pytest.mark.parametrize("published_at", [None, START - timedelta(days=30)])
def test_an_edit_of_the_backlog_that_matched_before_is_no_news(
    room: Make, published_at: datetime | None
) -> None:
    """A count of comments in the summary changes daily: what was too old or undated then stays so."""
    it = room("R: {match: outage}")
    old = replace(ARTICLE, title="Outage of the century", summary="3 comments", published_at=published_at)
    first = it.poll(A, old)
    again = it.poll(A, replace(old, summary="4 comments"))
    assert again.updated == 1
    assert [d.reason for d in again.decisions] == [d.reason for d in first.decisions]
    assert it.told() == []


def test_an_edited_copy_of_an_article_that_was_told_is_not_told(room: Make) -> None:
    """With `alert: article`, the same address in a second feed stays told when that feed edits it."""
    it = room("R: {match: Venezuela AND Russia, alert: article}")
    it.poll(A, ARTICLE)
    it.poll(B, replace(ARTICLE, id="b1"))
    report = it.poll(B, replace(ARTICLE, id="b1", summary="More on it."))
    assert [d.reason for d in report.decisions] == [Why.STORY_ALREADY_TOLD]
    assert len(it.told()) == 1


def test_a_story_told_late_has_reached_its_first_steps(room: Make) -> None:
    """The copy that first matches makes one alert, not an alert and a follow-up; the next step is told."""
    it = room("R: {match: whales, follow_up: [2, 4]}")
    quiet = replace(ARTICLE, title="Kremlin watches developments abroad closely")
    it.poll(A, quiet)
    copies = [
        replace(quiet, id=f"b{n}", url=f"https://b.example/{n}", source=f"B{n}", summary="Whales there.")
        for n in range(3)
    ]
    it.poll(B, copies[0])
    it.poll(B, *copies[:2])
    assert [kind for _, kind, _ in it.told()] == [AlertKind.STORY]
    it.poll(B, *copies)
    assert [kind for _, kind, _ in it.told()] == [AlertKind.STORY, AlertKind.FOLLOW_UP]


def test_a_throttle_outlives_no_clock_that_ran_ahead(room: Make) -> None:
    """An alert of "next year" silences a throttled rule no longer once the clock is right again."""
    it = room("R: {match: Venezuela, throttle: 30m}")
    it.poll(A)
    stories = [
        replace(ARTICLE, id=str(n), url=f"https://a.example/{n}", title=f"Venezuela story number {n} of many")
        for n in range(2)
    ]
    it.time += timedelta(days=365)
    assert it.poll(A, replace(stories[0], published_at=None)).alerts == 1
    it.time = START + timedelta(hours=1)
    assert it.poll(A, stories[1]).alerts == 1


def test_two_daemons_that_find_a_story_at_once_tell_it_once(postgres_url: str, tmp_path: Path) -> None:
    """The second waits until the first has stored what it found, and then sees it."""
    with open_store(postgres_url) as store, open_store(postgres_url) as elsewhere:
        (tmp_path / "c.yaml").write_text(
            f"feeds: ['{A}', '{B}']\nchannels: {{desk: 'console://'}}\n"
            f"defaults: {{channels: [desk]}}\nrules:\n  {RULE}\n"
        )
        config = load(tmp_path)
        one, other = Room(store, config), Room(elsewhere, config)
        in_turn, go_on = threading.Event(), threading.Event()

        def hold(conn: Connection) -> None:
            articles.take_turn(conn)
            in_turn.set()
            assert go_on.wait(20)

        held = store.submit(hold)  # committed together with what the poll below stores
        assert in_turn.wait(10)
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(one.poll, A, ARTICLE)
            second = threads.submit(other.poll, B, replace(ARTICLE, id="b1"))
            with pytest.raises(TimeoutError):
                second.result(timeout=1)
            go_on.set()
            held.result(timeout=10)
            assert first.result(timeout=10).alerts + second.result(timeout=10).alerts == 1
        assert len(one.told()) == 1
