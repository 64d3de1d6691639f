"""Backtests: the decisions of the live policy, without a trace in the database."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import dedup
from monitor.errors import MonitorError
from monitor.model import AlertKind, AlertScope, Article, ArticleKind, Feed, FeedSelector, Rule, Storm
from monitor.pipeline.backtest import Backtest, Trial, backtest
from monitor.pipeline.tell import Arrival, Teller
from monitor.rules import RuleSet
from monitor.store import Store, additions, alerts, articles, feeds, open_store
from monitor.store.tables import alert, article, delivery, match
from tests.support import archived
from tests.support.archived import FEED, NOW, OTHER, run
from tests.support.newsroom import DAY, START, Newsroom

OIL = Rule("oil", query="oil", channels=("screen",))
HOUR = timedelta(hours=1)


def trial(rule: Rule) -> Trial:
    return Trial(rule, RuleSet.compile({rule.name: rule.query}))


def rehearsed(store: Store, rule: Rule, old: Rule | None = None, **options: object) -> Backtest:
    """A backtest over the ten days around NOW."""
    period = {"since": NOW - timedelta(days=5), "until": NOW + timedelta(days=5)}
    given_ = {"feeds": [FEED, OTHER], "zone": UTC} | period | options
    return backtest(store, trial(rule), trial(old) if old else None, **given_)  # type: ignore[arg-type]


def test_copies_are_told_once(store: Store) -> None:
    """Live deduplication folded them into one story; the second match is suppressed with its reason."""
    archived.open_feeds(store)
    body = " ".join(["oil", *(f"word{number}" for number in range(50))])
    archived.keep(store, Article(id="1", title="Oil one", content=body))
    archived.keep(store, Article(id="2", title="Oil two", content=body), feed=OTHER, now=NOW + HOUR)
    archived.keep(store, Article(id="3", title="Gas"), now=NOW + 2 * HOUR)
    result = rehearsed(store, OIL)
    assert (result.archived, result.read) == (3, 2)
    assert result.new.matches == {NOW.date(): 2}
    assert result.new.alerts == {NOW.date(): 1}
    assert result.new.suppressed == {"story_already_told": 1}
    assert result.alerts_a_day == pytest.approx(1 / 5)  # the archive begins with the first article


def test_stories_told_before_the_period_are_known(store: Store) -> None:
    """The days before are rehearsed and not counted."""
    archived.open_feeds(store)
    archived.keep(store, Article(id="1", title="Oil price falls again today"), now=NOW - 7 * HOUR)
    archived.keep(store, Article(id="2", title="Oil price falls again today"), feed=OTHER)
    result = rehearsed(store, OIL, since=NOW - HOUR)
    assert (result.new.matches.total(), result.alerts) == (1, 0)
    assert result.new.suppressed == {"story_already_told": 1}


def test_old_and_new_text_are_compared(store: Store) -> None:
    """What is gained and what is lost; both count for themselves."""
    archived.open_feeds(store)
    for number, title in enumerate(["oil", "gas", "oil and gas", "coal"]):
        archived.keep(store, Article(id=str(number), title=title), now=NOW + number * HOUR)
    result = rehearsed(store, OIL, replace(OIL, query="gas"))
    assert [sample.stored.article.title for sample in result.gained.latest] == ["oil"]
    assert [sample.stored.article.title for sample in result.lost.latest] == ["gas"]
    assert result.old is not None
    assert (result.new.matches.total(), result.old.matches.total()) == (2, 2)


def test_feeds_and_languages_count(store: Store) -> None:
    """A rule that reads some feeds only, by the tags of the configuration, reads those only."""
    archived.open_feeds(store)
    archived.keep(store, Article(id="1", title="oil", language="en"))
    archived.keep(store, Article(id="2", title="oil", language="de"))
    archived.keep(store, Article(id="3", title="oil", language="en"), feed=OTHER)
    rule = replace(OIL, feeds=FeedSelector(tags=("agency",)), languages=("en",))
    result = rehearsed(store, rule)
    assert (result.read, result.new.matches.total()) == (2, 1)
    retagged = [FEED, Feed(OTHER.url, tags=("agency",))]
    assert rehearsed(store, rule, feeds=retagged).new.matches.total() == 2


def test_days_are_those_of_the_reader(store: Store) -> None:
    """A day begins at midnight of the configured time zone."""
    from zoneinfo import ZoneInfo

    archived.open_feeds(store)
    late = datetime(2026, 3, 20, 23, 30, tzinfo=UTC)
    archived.keep(store, Article(id="1", title="oil"), now=late)
    assert list(rehearsed(store, OIL).new.matches) == [late.date()]
    vienna = rehearsed(store, OIL, zone=ZoneInfo("Europe/Vienna"))
    assert list(vienna.new.matches) == [(late + HOUR).date()]


def test_nothing_is_written(store: Store) -> None:
    """Neither matches nor alerts nor deliveries."""
    archived.open_feeds(store)
    archived.keep(store, Article(id="1", title="oil"))
    rehearsed(store, replace(OIL, follow_up=(2,)))
    for table in (match, alert, delivery):
        assert store.read(lambda conn, table=table: conn.execute(table.select()).all()) == []


class Failing(RuleSet):
    """A set whose engine gave its rule up."""

    @property
    def disabled(self) -> dict[str, str]:
        return {"oil": "RuntimeError on article 1"}


def test_a_query_that_fails_is_no_result(store: Store) -> None:
    """Counting without it would show too little."""
    archived.open_feeds(store)
    archived.keep(store, Article(id="1", title="oil"))
    broken = Trial(OIL, Failing.compile({"oil": "oil"}))
    with pytest.raises(MonitorError, match="RuntimeError on article 1"):
        backtest(store, broken, feeds=[], since=NOW - HOUR, until=NOW + HOUR, zone=UTC)


# --- as live ----------------------------------------------------------------------------------

_titles = st.sampled_from(
    [
        "oil price falls again today",
        "oil price rises again today",
        "Correction: oil price falls again today",
        "gas",
        "oil",
        "the oil of all the others",
    ]
)
_arrivals = st.lists(
    st.tuples(
        _titles,
        st.sampled_from(["", "https://world.example/one", "https://world.example/two"]),
        st.sampled_from([FEED, OTHER]),
        st.sampled_from(["", "Reuters", "AFP", "AP", "dpa"]),
        st.sampled_from([1, 5, 29, 31, 90, 300]),  # minutes after the one before
        st.sampled_from([None, 0, 30, 26]),  # published so many hours before
    ),
    max_size=12,
)
_rules = st.builds(
    Rule,
    name=st.just("oil"),
    query=st.just("oil"),
    channels=st.just(("screen",)),
    alert=st.sampled_from(AlertScope),
    throttle=st.sampled_from([None, 2 * HOUR]),
    follow_up=st.sampled_from([(), (2, 3), (2, 3, 4)]),
    story_throttle=st.sampled_from([None, HOUR]),
    hold=st.sampled_from([None, HOUR]),
    storm=st.sampled_from([None, Storm(2, 2 * HOUR)]),
    max_age=st.sampled_from([24 * HOUR, 48 * HOUR]),
)


def _live(store: Store, rule: Rule, arrivals: list[tuple[object, ...]]) -> None:
    """Store and tell as a poll does; what the feeds brought when first polled is not part of it."""
    now = NOW
    for number, (title, url, feed, source, minutes, age) in enumerate(arrivals):
        now += timedelta(minutes=minutes)  # type: ignore[arg-type]
        published = None if age is None else now - age * HOUR  # type: ignore[operator]
        news = Article(
            id=str(number), title=title, url=url, source=source, published_at=published  # type: ignore[arg-type]
        )  # fmt: skip

        def tell(conn, news=news, feed=feed, now=now) -> None:  # type: ignore[no-untyped-def]
            state = next(s for s in feeds.states(conn) if s.feed.url == feed.url)
            keys = dedup.keys(news)
            known = articles.find(conn, state.id, [keys], since=now - dedup.TITLE_WINDOW)
            verdict = dedup.identify(keys, feed_id=state.id, now=now, known=known)
            if verdict.kind in (ArticleKind.DUPLICATE, ArticleKind.UPDATE):
                return
            of = verdict.of
            ref = additions.insert(
                conn, feed_id=state.id, article=news, keys=keys, kind=verdict.kind,
                of=of.id if of else None, story_id=of.story_id if of else None, now=now,
            )  # fmt: skip
            root = of.id if of and verdict.reason in ("guid", "url") else ref.id
            arrival = Arrival(news, ref, verdict.kind, root, state.feed, backlog=False, joins=of is not None)
            rules = RuleSet.compile({rule.name: rule.query})
            Teller(conn, {rule.name: rule}, {}, "test", now).tell(arrival, rules.match(news))

        store.write(tell)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file to copy: closed, with the schema."""
    path = tmp_path_factory.mktemp("live") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@given(_arrivals, _rules)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_backtest_decides_as_live(empty: Path, arrivals: list[tuple[object, ...]], rule: Rule) -> None:
    """The same matches with the same reasons, and as many alerts, follow-ups included, on the same days."""
    path = empty.with_name("news.db")
    path.write_bytes(empty.read_bytes())
    with open_store(f"sqlite:///{path}") as store:
        archived.open_feeds(store)
        _live(store, rule, arrivals)
        recorded = store.read(lambda conn: conn.execute(match.select()).all())
        told = store.read(lambda conn: alerts.recent(conn, limit=1000))
        result = rehearsed(store, rule)
    assert result.new.suppressed == Counter(row.reason for row in recorded if row.decision == "suppress")
    assert result.new.matches.total() == len(recorded)
    assert result.new.alerts == Counter(one.decided_at.date() for one in told)
    assert result.new.follow_ups == sum(one.kind is AlertKind.FOLLOW_UP for one in told)


WIRE = (
    "Tanker seized off Caracas with two million barrels of crude oil",
    (
        "<p>Venezuelan coast guards seized a tanker with two million barrels of oil off Caracas on Monday, "
        "the navy said. The ship had left the port of Amuay in the night without papers.</p>"
        "<p>Its crew of 24 was brought ashore, and the owner in Piraeus asked for their release.</p>"
    ),
)


@pytest.mark.parametrize(
    "policy",
    [
        "follow_up: [2, 3, 4, 6]",
        "follow_up: [3]",
        "alert: article",
        "hold: 1h, follow_up: [2, 5]",
        "throttle: 2h",
    ],
)
def test_a_backtest_tells_what_the_daemon_told(store: Store, tmp_path: Path, policy: str) -> None:
    """A wire story goes round, is followed up at its pace, and corrected: the same alerts when they came."""
    room = Newsroom(store, tmp_path, f"oil: {{match: oil, {policy}}}")
    for outlet, minutes in (("A", 0), ("B", 2), ("C", 3), ("D", 20), ("E", 40), ("F", 90), ("G", 5)):
        room.time += timedelta(minutes=minutes)
        room.run(outlet, 1, *WIRE)
    room.time += HOUR
    room.run("H", 2, f"Correction: {WIRE[0]}", WIRE[1])
    room.time += HOUR
    room.run("A", 3, "Oil price falls to its lowest in a year")
    told = room.alerts()
    assert len(told) > 1
    (rule,) = room.config.rules
    options = {"feeds": room.config.feeds, "since": START - DAY, "until": room.time + DAY, "zone": UTC}
    result = backtest(store, Trial(rule, room.config.ruleset), **options)  # type: ignore[arg-type]
    recorded = store.read(lambda conn: conn.execute(match.select().order_by(match.c.id)).all())
    assert [(one.stored.seen_at, one.decision.reason) for one in result.latest] == [
        (row.decided_at, row.reason) for row in recorded
    ]
    assert result.new.alerts == Counter(one.decided_at.date() for one in told)
    assert result.new.follow_ups == sum(one.kind is AlertKind.FOLLOW_UP for one in told)


# --- the command ------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    directory = archived.write_config(tmp_path, database_url)
    now = datetime.now(UTC)
    with open_store(database_url) as store:
        archived.open_feeds(store)
        for number, title in enumerate(["Russia arms Venezuela", "Venezuela votes", "Cholera outbreak"]):
            archived.keep(store, Article(id=str(number), title=title), now=now - (3 - number) * HOUR)
    return directory


def test_the_command_for_people(config: Path) -> None:
    """Totals, a bar a day, samples with marks."""
    shown = run(config, "rules", "backtest", "Russia in Venezuela", "--since", "12h")
    assert shown.exit_code == 0
    assert shown.stderr == ""
    assert "1 match (1 a day), 1 alert (1 a day)" in shown.stdout
    assert "█" * 40 in shown.stdout
    assert "alert: new_story\n    **Russia** arms **Venezuela**\n" in shown.stdout


def test_the_command_for_programs(config: Path) -> None:
    """One JSON object, with the comparison when asked for."""
    shown = run(config, "rules", "backtest", "Venezuela", "--against", "Venezuela AND Russia", "--json")
    data = json.loads(shown.stdout)
    assert (data["matches"], data["alerts"], data["archived"], data["read"]) == (2, 2, 3, 2)
    assert data["against"]["matches"] == 1
    assert [sample["title"] for sample in data["gained"]["samples"]] == ["Venezuela votes"]
    assert data["lost"] == {"count": 0, "samples": []}
    assert sum(day["alerts"] for day in data["days"]) == 2
    score = json.loads(run(config, "rules", "backtest", "Health", "--json").stdout)
    assert (score["matches"], score["samples"][0]["title"]) == (1, "Cholera outbreak")


def test_against_a_file(config: Path, tmp_path: Path) -> None:
    """The rule of the same name in another file, with that file's lists."""
    old = tmp_path / "old.yaml"
    old.write_text("lists: {who: [votes]}\nrules: {Russia in Venezuela: Venezuela AND $who}\n")
    shown = run(config, "rules", "backtest", "Russia in Venezuela", "--against", str(old))
    assert "gained: 1\n+ 1 " in shown.stdout
    assert "lost: 1\n- 2 " in shown.stdout
    assert "before: 1 match (1 a day), 1 alert (1 a day)" in shown.stdout


def test_a_long_time_is_shown_by_the_week(tmp_path: Path, sqlite_url: str) -> None:
    """So that half a year fits on a screen."""
    config = archived.write_config(tmp_path, sqlite_url)
    with open_store(sqlite_url) as store:
        archived.open_feeds(store)
        for days in (0, 60, 120):
            archived.keep(
                store, Article(id=str(days), title="oil"), now=datetime.now(UTC) - timedelta(days=days)
            )
    shown = run(config, "rules", "backtest", "oil", "--since", "150d").stdout
    assert "week of" in shown
    assert shown.count("\n  20") == 18


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("oil", "--against", "oil AND"), "nothing after `AND`"),
        (("oil", "--against", "none.yaml"), "there is no such file"),
        (("oil", "--since", "yesterday"), "neither a duration"),
    ],
)
def test_what_cannot_be_tested_says_why(config: Path, arguments: tuple[str, ...], message: str) -> None:
    """Bad queries, files and periods are usage errors."""
    shown = run(config, "rules", "backtest", *arguments)
    assert shown.exit_code == 2
    assert message in shown.stderr


def test_a_file_without_the_rule_says_what_it_has(config: Path, tmp_path: Path) -> None:
    """The rule is looked for by its name."""
    old = tmp_path / "old.yaml"
    old.write_text("rules: {Other: oil}\n")
    shown = run(config, "rules", "backtest", "Health", "--against", str(old))
    assert shown.exit_code == 2
    assert "no rule is called `Health`, only Other" in shown.stderr


def test_articles_removed_meanwhile_are_left_out(store: Store) -> None:
    """A scan beside a daemon that prunes reads what is still there."""
    from monitor.pipeline.scan import Scan

    archived.open_feeds(store)
    refs = [archived.keep(store, Article(id=str(n), title="oil")) for n in range(40)]
    scan = Scan.plan(store, RuleSet.compile({"q": "oil"}).rules.values())
    read: list[int] = []
    batches = scan.batches(read.append)
    assert len(next(batches)) == 16
    store.write(lambda conn: conn.execute(article.delete().where(article.c.id == refs[-1].id)))
    assert sum(map(len, batches)) == 23
    assert sum(read) == 40


def test_a_large_scan_finds_the_same(sqlite_url: str) -> None:
    """Beyond some hundred articles the batch engine reads them; the result is what it was."""
    with open_store(sqlite_url) as store:
        archived.open_feeds(store)
        found = [
            (Article(id=str(number), title="oil" if number % 3 else "oil and gas"), NOW + number * HOUR / 60)
            for number in range(400)
        ]
        archived.keep_new(store, found)
        result = rehearsed(store, replace(OIL, query="oil -gas"))
        assert (result.read, result.new.matches.total(), result.alerts) == (400, 266, 266)
        assert result.new.matches.total() == sum("gas" not in one.title for one, _ in found)
