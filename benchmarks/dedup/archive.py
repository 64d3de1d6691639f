"""What folding costs in a month's archive: processor time, memory, disk and restart, through the real store.

    python -m benchmarks.dedup.archive [--articles N] [--until N] [--database URL]

Synthetic articles of some 400 words come in polls of 25, spread over 30 days: one in twenty is a cut
copy of a recent one, and outlets have paragraphs that stand on each of their pages. The goals are
meant for 1,000,000 articles in 30 days; disk is scaled from what stands there at the end, memory is
measured as it is, and told as the archive grows. The baseline stores the same articles recognised by
their exact keys alone, without probes, comparisons and stories. Texts themselves, which are kept in any
case, are left out of the disk. A database that holds articles of such a run already is gone on with.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from sqlalchemy import Connection, text

from benchmarks.archive import vocabulary
from monitor.model import Article, ArticleKind, Feed, FeedState
from monitor.pipeline import recognition
from monitor.pipeline.commit import Commit, Piece
from monitor.pipeline.items import Item, find_known
from monitor.pipeline.recognition import Recognition
from monitor.store import Store, feeds, open_store, prune, sketches
from monitor.store.additions import Additions

SPEED_GOAL, DISK_GOAL, MEMORY_GOAL, RESTART_GOAL = 1000.0, 0.7e9, 64.0, 10.0
START = datetime(2026, 3, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
PER_MONTH = 1_000_000
POLL = 25
OUTLETS = 200
_WORDS = 400
_STEPS = 20  # lines that tell how it goes
_TABLES = ("probe", "sketch", "resemblance", "story_split", "poisoned_address", "url_alias")
_INDEXES = ("ix_article_body_hash", "ix_article_title_hash", "ix_article_story_id", "ix_article_of_id")


@dataclass(frozen=True, slots=True)
class Press:
    """Articles in the order in which they come; the same each time."""

    words: Sequence[str]
    weights: Sequence[float]
    furniture: Sequence[str]

    @classmethod
    def open(cls) -> "Press":
        dice = random.Random(7)
        words = vocabulary(60_000, dice)
        weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
        return cls(words, weights, [" ".join(dice.choices(words, k=30)) for _ in range(OUTLETS)])

    def polls(self, first: int, last: int) -> Iterator[list[Article]]:
        """What the polls bring that begin between these numbers."""
        before = self._texts(first - POLL) if first else []
        for start in range(first, last, POLL):
            texts = self._texts(start)
            dice = random.Random(start)
            brought = []
            for number, drawn in enumerate(texts, start):
                if before and dice.random() < 0.05:
                    drawn = dice.choice(before)[: dice.randint(150, _WORDS)]
                outlet, title = dice.randrange(OUTLETS), dice.choices(self.words, k=9)
                brought.append(_article(number, outlet, drawn, title, self.furniture[outlet]))
            before = texts
            yield brought

    def _texts(self, start: int) -> list[list[str]]:
        dice = random.Random(-1 - start)
        return [dice.choices(self.words, cum_weights=self.weights, k=_WORDS + 60) for _ in range(POLL)]


def _article(number: int, outlet: int, drawn: list[str], title: list[str], furniture: str) -> Article:
    paragraphs = [" ".join(drawn[start : start + 50]) for start in range(0, len(drawn), 50)]
    return Article(
        id=str(number),
        title=" ".join(title),
        content="".join(f"<p>{paragraph}.</p>" for paragraph in [*paragraphs, furniture]),
        url=f"https://outlet{outlet}.example/news/{number}",
        source=f"Outlet {outlet}",
        language="en",
    )


@dataclass(slots=True)
class Run:
    """A month that goes on: the whole path, matching left out."""

    store: Store
    state: FeedState
    press: Press
    every: timedelta
    known: Recognition
    spent: float = 0.0  # processor seconds

    def bring(self, first: int, last: int) -> None:
        """Take the articles between these numbers in."""
        for number, brought in enumerate(self.press.polls(first, last), first // POLL):
            now = START + (number + 1) * POLL * self.every
            begun = time.process_time()
            self._take(brought, now)
            self.spent += time.process_time() - begun
            if number % 40 == 39:
                _prune(self.store, now)

    def _take(self, brought: list[Article], now: datetime) -> None:
        drafts = [recognition.read(article) for article in brought]
        items = [Item(a, d.keys, d) for a, d in zip(brought, drafts, strict=True)]
        (found,) = self.store.read(lambda conn: find_known(conn, [(self.state, items)], now))
        commit = Commit({}, {}, "benchmark", "benchmark", now, self.known)
        piece = Piece(self.state, found.changed(now))
        self.store.write(lambda conn: commit.run(conn, [piece]))


def _prune(store: Store, now: datetime) -> None:
    def one(conn: Connection) -> prune.Pruned:
        return prune.prune(conn, before=now - 2 * MONTH, compared_before=now - sketches.MEMORY, limit=500)

    while not store.write(one).is_whole(500):
        pass


def run_exact(store: Store, state: FeedState, press: Press, count: int, *, every: timedelta) -> float:
    """The same by exact keys alone."""
    spent, now = 0.0, START
    for brought in press.polls(0, count):
        now += POLL * every
        begun = time.process_time()
        drafts = [recognition.read(article) for article in brought]
        items = [Item(a, d.keys, d) for a, d in zip(brought, drafts, strict=True)]

        def keep(conn: Connection, items: list[Item] = items, now: datetime = now) -> None:
            (found,) = find_known(conn, [(state, items)], now)
            added = Additions(conn, room=len(items))
            for item in items:
                verdict = found.identify(item, now)
                if verdict.kind in (ArticleKind.NEW, ArticleKind.COPY):
                    ref = added.add(
                        feed_id=state.id, article=item.article, keys=item.keys, kind=verdict.kind,
                        of=verdict.of.id if verdict.of else None,
                        story_id=verdict.of.story_id if verdict.of else None, now=now,
                    )  # fmt: skip
                    found.known.remember(item.keys, ref)
            added.write()

        store.write(keep)
        spent += time.process_time() - begun
    return spent


def _open(url: str) -> tuple[Store, FeedState]:
    store = open_store(url)
    feed = Feed("https://news.example/rss", "News")
    store.write(lambda conn: feeds.sync(conn, [feed], now=START))
    (state,) = store.write(
        # A database that is gone on with was leased to the run before, for a moment.
        lambda conn: feeds.claim(conn, None, now=START + 2 * MONTH, owner="benchmark", lease=timedelta(0))
    )
    return store, state


def sizes(store: Store) -> dict[str, int]:
    """Bytes of each table and index that folding needs."""
    names = (*_TABLES, *_INDEXES)

    def read(conn: Connection) -> dict[str, int]:
        if conn.dialect.name == "sqlite":
            rows = conn.execute(text("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")).all()
            found = {row[0]: int(row[1]) for row in rows}
            found = {name.removeprefix("sqlite_autoindex_"): size for name, size in found.items()}
            return {name: found.get(name, 0) for name in (*names, "ix_url_alias_article_id")}
        rows = [(name, conn.scalar(text(f"SELECT pg_total_relation_size('{name}')"))) for name in names]
        return {name: int(size or 0) for name, size in rows}

    return store.read(read)


def resident() -> float:
    """MB that are resident now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def timed(work: Callable[[], object]) -> float:
    """Processor seconds."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def stored(store: Store) -> int:
    """How many articles of such a run are there."""
    return store.read(lambda conn: conn.scalar(text("SELECT count(*) FROM article"))) or 0


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dedup.archive", description=__doc__)
    parser.add_argument("--articles", type=int, default=200_000, help="articles in the 30 days")
    parser.add_argument("--until", type=int, help="stop at so many of them")
    parser.add_argument("--database", help="a database instead of a temporary SQLite file")
    given = parser.parse_args()
    until, every, press = given.until or given.articles, MONTH / given.articles, Press.open()
    with tempfile.TemporaryDirectory() as directory:
        store, state = _open(f"sqlite:///{directory}/exact.db")
        sample = max(POLL, min(until, 20_000))
        exact = sample / run_exact(store, state, press, sample, every=every)
        store.close()
        store, state = _open(given.database or f"sqlite:///{directory}/news.db")
        speed, memory = _grow(store, state, press, until, every)
        restart = timed(lambda: store.read(lambda conn: Recognition().start(conn, now=START + until * every)))
        found = sizes(store)
        copies = store.read(
            lambda conn: conn.scalar(text("SELECT count(*) FROM article WHERE kind = 'copy'"))
        )
        store.close()
    disk = sum(
        size * PER_MONTH / min(until, _window(name, given.articles)) * _window(name, 1)
        for name, size in found.items()
    )
    print(f"{until} of {given.articles} articles in 30 days, {copies} copies found")
    goals = [
        _line(
            "articles per CPU second",
            speed,
            speed >= SPEED_GOAL,
            f"{speed / exact:.2f} x of {exact:.0f} exact",
        ),
        _line("MB more memory", memory, memory <= MEMORY_GOAL, ""),
        _line("GB on disk per 1 M articles", disk / 1e9, disk <= DISK_GOAL, ""),
        _line("CPU seconds to restart", restart, restart <= RESTART_GOAL, ""),
    ]
    for name, size in found.items():
        print(f"    {name:28} {size / until:8.1f} bytes an article")
    return 0 if all(goals) else 1


def _window(table: str, articles: int) -> float:
    """How many of a month's articles a table holds: what finds copies goes after some days."""
    return articles * (sketches.MEMORY / MONTH if table in ("probe", "sketch") else 1)


def _grow(store: Store, state: FeedState, press: Press, until: int, every: timedelta) -> tuple[float, float]:
    """Bring articles until there are so many, telling how it goes: rate of the last part, and MB."""
    first = stored(store)
    before = resident()
    run = Run(store, state, press, every, Recognition())
    store.read(lambda conn: run.known.start(conn, now=START + first * every))
    step = max(POLL, (until - first) // _STEPS // POLL * POLL)
    speed = 0.0
    print(f"{'articles':>12} {'per CPU second':>16} {'MB more memory':>16}", flush=True)
    for start in range(first, until, step):
        end = min(start + step, until)
        run.spent = 0.0
        run.bring(start, end)
        speed = (end - start) / run.spent
        print(f"{end:12} {speed:16.0f} {resident() - before:16.1f}", flush=True)
    return speed, resident() - before


def _line(name: str, value: float, is_met: bool, remark: str) -> bool:
    print(f"{'met   ' if is_met else 'MISSED'} {name:30} {value:10.2f}  {remark}")
    return is_met


if __name__ == "__main__":
    sys.exit(main())
