"""Searches and backtests on a large archive of synthetic articles, built once in a temporary place.

    python -m benchmarks.archive [--articles N] [--times N] [--keep FILE | --postgres]

The goals are meant for 1,000,000 articles. An article has some 150 words drawn from 60,000 by a Zipf
law, as words in texts are. The baselines read the same rows with bare SQLite, in this process;
with `--postgres`, through the driver, from a server of its own that keeps nothing safe.
With `--keep` the archive is built in that file; what is there already is used, and what an earlier
run left undone is added (give the same number of articles).
"""

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from sqlalchemy import Connection, func, select

from benchmarks import rig
from monitor.model import Article, ArticleId, Feed, Rule
from monitor.pipeline.backtest import Backtest, Trial, backtest
from monitor.pipeline.search import search
from monitor.rules import RuleSet
from monitor.store import Store, feeds, fulltext, open_store
from monitor.store.tables import article as article_table
from monitor.store.tables import story as story_table
from tests.support import databases

SEARCH_GOAL, STREAM_GOAL = 1.0, 5000.0  # seconds; articles a second
NOW = datetime(2026, 3, 1, tzinfo=UTC)
FEED = Feed("https://news.example/rss", "News")
SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "an", "er")]
EVERY = timedelta(seconds=30)
BATCH = 2000  # articles in a transaction


def vocabulary(size: int, dice: random.Random) -> list[str]:
    """Pronounceable words, the commonest first."""
    words: dict[str, None] = {}
    while len(words) < size:
        words["".join(dice.choices(SYLLABLES, k=dice.choice((2, 3, 3, 4))))] = None
    return list(words)


def batches(count: int, *, first: int) -> Iterator[list[tuple[int, Article]]]:
    """Numbered synthetic articles, the same ones each time, from batch `first` on."""
    words = vocabulary(60_000, random.Random(7))
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    for number in range(first, -(-count // BATCH)):
        dice = random.Random(number)
        begin, end = number * BATCH, min((number + 1) * BATCH, count)
        drawn = [dice.choices(words, cum_weights=weights, k=dice.randint(90, 220)) for _ in range(begin, end)]
        yield list(enumerate(_articles(drawn, begin, every=count // 10), begin + 1))


def _articles(texts: Sequence[Sequence[str]], first: int, *, every: int) -> Iterator[Article]:
    for number, drawn in enumerate(texts, first):
        rare = " Qwyxandria" if number % every == 0 else ""
        yield Article(
            id=str(number),
            title=" ".join(drawn[:9]).capitalize() + rare,
            summary=" ".join(drawn[9:35]),
            content=f"<p>{' '.join(drawn[35:90])}.</p><p>{' '.join(drawn[90:])}</p>",
            url=f"https://news.example/2026/{number}",
            source="News",
            language="en",
        )


def build(store: Store, count: int) -> None:
    """Fill the archive, from where it was left."""
    store.write(lambda conn: feeds.sync(conn, [FEED], now=NOW))
    for batch in batches(count, first=kept(store) // BATCH):
        _keep(store, batch, count)


def kept(store: Store) -> int:
    """How many articles the archive holds."""
    return store.read(lambda conn: conn.scalar(select(func.count()).select_from(article_table))) or 0


def _keep(store: Store, batch: Sequence[tuple[int, Article]], count: int) -> None:
    def write(conn: object) -> None:
        moments = {number: NOW - EVERY * (count - number) for number, _ in batch}
        stories = [{"id": n, "started_at": at, "latest_at": at} for n, at in moments.items()]
        conn.execute(story_table.insert(), stories)  # type: ignore[attr-defined]
        rows = [_row(number, article, moments[number]) for number, article in batch]
        conn.execute(article_table.insert(), rows)  # type: ignore[attr-defined]
        fulltext.add(conn, [(ArticleId(number), article) for number, article in batch])  # type: ignore[arg-type]

    store.write(write)


def _row(number: int, article: Article, seen_at: datetime) -> dict[str, object]:
    return {
        "id": number, "feed_id": 1, "guid": article.id, "external_id": article.id, "url": article.url,
        "title": article.title, "summary": article.summary, "content": article.content, "source": "News",
        "author": "", "language": "en", "tags": [], "published_at": seen_at, "updated_at": None,
        "content_hash": article.id, "body_hash": "", "title_hash": "", "kind": "new", "of_id": None,
        "story_id": number, "seen_at": seen_at, "changed_at": seen_at,
    }  # fmt: skip


def found(store: Store, query: str, limit: int) -> int:
    """Search as the command does; how many were found."""
    hits = search(store, RuleSet.compile({query: query}))
    return sum(1 for _, _ in zip(range(limit), hits, strict=False))


def tested(store: Store, query: str) -> Backtest:
    """A backtest over everything."""
    rule = Rule("broad", query=query, channels=("nobody",))
    trial = Trial(rule, RuleSet.compile({"broad": query}))
    return backtest(store, trial, feeds=[FEED], since=NOW - timedelta(days=3650), until=NOW, zone=UTC)


def seconds(measured: Callable[[], object], times: int) -> list[float]:
    """How long it takes, each time."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        measured()
        taken.append(time.perf_counter() - begun)
    return taken


def bare(path: Path) -> int:
    """Read every text with bare SQLite: what a search without an index costs at the least."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT title, summary, content FROM article ORDER BY seen_at, id")
        return sum("qwyxandria" in " ".join(row).lower() for row in rows)


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--build-only", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        path = options.keep or Path(directory) / "news.db"
        url = stack.enter_context(postgres()) if options.postgres else f"sqlite:///{path}"
        with open_store(url) as store:
            missing = options.articles - kept(store)
            (taken,) = seconds(lambda: build(store, options.articles), 1)
            print(f"built: {missing:,} articles, {taken:.0f} s ({missing / taken:,.0f}/s)")
            if not options.postgres:
                print(f"index: {index_size(path) / 1e6:,.0f} MB of {path.stat().st_size / 1e6:,.0f} MB")
            if options.build_only:
                return 0
            return measure(store, None if options.postgres else path, options.articles, options.times)


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database of a server that lives as long as this."""
    with databases.postgres_server() as server:
        yield server.create()


def index_size(path: Path) -> int:
    """How many bytes the full-text index has."""
    rows = sqlite3.connect(path).execute("SELECT length(block) FROM article_words_data")
    return sum(row[0] for row in rows)


def through_driver(store: Store) -> int:
    """What `bare` does, from whichever database."""
    columns = (article_table.c.title, article_table.c.summary, article_table.c.content)
    statement = select(*columns).order_by(article_table.c.seen_at, article_table.c.id)

    def count(conn: Connection) -> int:
        rows = conn.execution_options(yield_per=1000).execute(statement)
        return sum("qwyxandria" in " ".join(row).lower() for row in rows)

    return store.read(count)


def measure(store: Store, path: Path | None, count: int, times: int) -> int:
    """The figures."""
    common = [word for word in vocabulary(200, random.Random(7))[:40] if len(word) > 3]
    broad = f"({common[3]} OR {common[5]} OR {common[8]}) -{common[30]}"
    baseline = seconds(lambda: bare(path) if path else through_driver(store), 1)
    print(rig.describe("baseline: all texts read bare", baseline))
    rare = seconds(lambda: found(store, "Qwyxandria", 20), times)
    print(rig.describe("search: a rare word", rare, baseline))
    both = seconds(lambda: found(store, f"{common[0]} AND Qwyx*", 20), times)
    print(rig.describe("search: a common word and a rare beginning", both, baseline))
    first = seconds(lambda: found(store, common[3], 20), times)
    print(rig.describe("search: the newest 20 of a common word", first, baseline))
    rates = stream(store, broad, count, "a broad rule, after the index")
    stream(store, "/qwyxandria/i", count, "every article is read")
    met = [
        rig.verdict("search: a rare word", statistics.median(rare), SEARCH_GOAL, "s"),
        rates >= STREAM_GOAL,
    ]
    mark = "met" if met[1] else "missed"
    print(f"broad backtest: {rates:,.0f} articles/s, goal {STREAM_GOAL:,.0f}: {mark}")
    return 0 if all(met) else 1


def stream(store: Store, query: str, count: int, what: str) -> float:
    """Backtest over everything, and print how fast; articles a second by the clock."""
    begun = time.process_time()
    (taken,) = seconds(lambda: print(_told(tested(store, query))), 1)
    busy = time.process_time() - begun
    print(f"backtest: {what}: {count / taken:,.0f} articles/s ({count / busy:,.0f}/s of processor time)")
    return count / taken


def _told(result: Backtest) -> str:
    return f"backtest: {result.read:,} read, {result.new.matches.total():,} matches, {result.alerts:,} alerts"


if __name__ == "__main__":
    sys.exit(main())
