"""`newsmonitor search`: the archive in the language of the rules, on both databases."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from monitor.model import Article
from monitor.pipeline.scan import Scan
from monitor.pipeline.search import search
from monitor.rules import RuleSet
from monitor.store import Store, archive, open_store
from tests.support import archived
from tests.support.archived import NOW, run

ARTICLES = [
    Article(id="a", title="Oil price falls", content="<p>Traders in <b>Iran</b> sell.</p>", source="World"),
    Article(id="b", title="東京の石油", summary="нефть дорожает", url="https://world.example/b"),
    Article(id="c", title="Gas price rises", content="An oil-price of 3.5%", language="en"),
]


@pytest.fixture
def filled(store: Store) -> Store:
    archived.open_feeds(store)
    for hours, article in enumerate(ARTICLES):
        archived.keep(store, article, now=NOW + timedelta(hours=hours))
    return store


def found(store: Store, query: str, **options: object) -> list[str]:
    rules = RuleSet.compile({query: query}, lists={"fuels": ["gas", "oil"]})
    return [hit.stored.article.id for hit in search(store, rules, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("price", ["c", "a"]),
        ('"oil price"', ["c", "a"]),
        ("title:price AND $fuels", ["c", "a"]),
        ("東京", ["b"]),
        ("нефт*", ["b"]),
        ("/price/ -gas", ["a"]),
        ("NOT price AND (oil OR 石油)", ["b"]),
        ("any:world", ["b", "a"]),
        ("lang:en", ["c", "b", "a"]),
        ("exact:oil", ["c"]),
        ("zebra", []),
    ],
)
def test_queries_mean_what_they_mean_in_rules(filled: Store, query: str, expected: list[str]) -> None:
    """The newest first; every script, and what the index cannot help with."""
    assert found(filled, query) == expected


def test_since(filled: Store) -> None:
    """Only articles first seen since then."""
    assert found(filled, "price", since=NOW + timedelta(minutes=1)) == ["c"]


def test_an_edited_article_is_found_by_its_new_words(filled: Store) -> None:
    """And no longer by those that are gone."""
    archived.keep(filled, Article(id="a", title="Coal price falls"), now=NOW + timedelta(days=1))
    assert found(filled, "coal") == ["a"]
    assert found(filled, "Iran") == []
    assert filled.read(lambda conn: archive.count(conn, since=NOW)) == 3


def test_only_what_the_index_leaves_is_read(filled: Store) -> None:
    """A rare word costs the reading of one article."""
    planned: list[int] = []
    read: list[int] = []
    rules = RuleSet.compile({"q": "Iran"})
    assert len(list(search(filled, rules, on_plan=planned.append, on_read=read.append))) == 1
    assert (planned, read) == ([1], [1])


@pytest.mark.parametrize("since", [None, NOW + timedelta(minutes=7)])
@pytest.mark.parametrize("query", ["oil", "rare", "oil -rare", "/o.l/", "zebra"])
@pytest.mark.parametrize("first", [1, 2, 1000])
def test_windows_leave_nothing_out(store: Store, query: str, since: datetime | None, first: int) -> None:
    """However the archive is cut, all that may match comes once, the newest first; also of equal moments."""
    archived.open_feeds(store)
    for number, minutes in enumerate((9, 3, 3, 3, 8, 8, 5, 1, 9, 7, 7, 2)):  # a clock that was set, too
        text = "oil and rare" if number % 5 == 0 else "oil"
        archived.keep(store, Article(id=str(number), title=text), now=NOW + timedelta(minutes=minutes))
    compiled = list(RuleSet.compile({"q": query}).rules.values())
    scans = list(Scan.newest_first(store, compiled, since=since, first=first))
    assert len(scans) > 1 or first == 1000 or query in ("rare", "zebra")
    cut = [id_ for scan in scans for id_ in scan.ids]
    assert cut == list(reversed(Scan.plan(store, compiled, since=since).ids))


def test_the_newest_of_a_common_word_do_not_wait_for_the_others(store: Store) -> None:
    """What is looked up for the first results does not grow with the archive."""
    archived.open_feeds(store)
    for number in range(40):
        archived.keep(store, Article(id=str(number), title="oil"), now=NOW + timedelta(minutes=number))
    compiled = list(RuleSet.compile({"q": "oil"}).rules.values())
    assert [len(scan.ids) for scan in Scan.newest_first(store, compiled, first=5)] == [5, 20, 15]


def test_the_command(tmp_path: Path, database_url: str) -> None:
    """For people with marks, for programs as JSON lines; at most as many as asked for."""
    config = archived.write_config(tmp_path, database_url)
    with open_store(database_url) as store:
        archived.open_feeds(store)
        for hours, article in enumerate(ARTICLES):
            archived.keep(store, article, now=NOW + timedelta(hours=hours))
    shown = run(config, "search", "oil AND price")
    assert shown.stdout.splitlines() == [
        "3  2026-03-20 14:00:00",
        "    Gas **price** rises",
        "    An **oil**-**price** of 3.5%",
        "1  2026-03-20 12:00:00  World",
        "    **Oil** **price** falls",
    ]
    rows = [json.loads(line) for line in run(config, "search", "price", "--json").stdout.splitlines()]
    assert [(row["id"], row["article"], row["spans"]) for row in rows] == [
        (3, "c", [["title", 4, 9], ["body", 7, 12]]),
        (1, "a", [["title", 4, 9]]),
    ]
    assert len(run(config, "search", "price", "--limit", "1", "--json").stdout.splitlines()) == 1
    assert run(config, "search", "price", "--since", "2026-03-20T13:30", "--json").stdout.count("\n") == 1
    assert run(config, "search", "price", "--since", "2026-03-21").stderr.endswith("archive matches\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("oil AND",), "nothing after `AND`"),
        (("oil", "--since", "soon"), "--since soon: neither a duration such as 30d nor a date"),
        (("$none",), "unknown list"),
    ],
)
def test_what_cannot_be_searched_says_why(
    tmp_path: Path, sqlite_url: str, arguments: tuple[str, ...], message: str
) -> None:
    """Bad queries and periods are usage errors."""
    shown = run(archived.write_config(tmp_path, sqlite_url), "search", *arguments)
    assert shown.exit_code == 2
    assert message in shown.stderr


def test_a_search_writes_nothing(tmp_path: Path, sqlite_url: str) -> None:
    """Not even the file's time changes hands: every statement is a reading one."""
    config = archived.write_config(tmp_path, sqlite_url)
    with open_store(sqlite_url) as store:
        archived.open_feeds(store)
        archived.keep(store, ARTICLES[0])
        statements: list[str] = []
        event.listen(
            store._reader, "before_cursor_execute", lambda *args: statements.append(args[2].split()[0])
        )
        assert found(store, "oil") == ["a"]
    assert set(statements) <= {"SELECT", "BEGIN"}
    assert run(config, "search", "oil").exit_code == 0
