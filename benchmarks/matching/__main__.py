"""The table: µs of CPU per article, ours and others, in turns; medians of the rounds.

Slow ones are timed on fewer articles; what they take is scaled by the letters of those articles to what an
article of the mean length takes. Each is run once before the clock counts.

python -m benchmarks.matching --rules 100 1000 10000 100000
"""

import argparse
import gc
import importlib.util
import itertools
import json
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks.matching import peers
from benchmarks.matching.workload import Rule, Workload, query_text
from monitor.model import Article, Score
from monitor.rules import RuleSet
from monitor.rules.engine.engine import BatchEngine
from monitor.rules.page import Page

BATCH = 64
WARM_UP = 600  # articles that are matched before the clock runs

Ask = Callable[[Sequence[Article]], Sequence[Sequence[object]]]
Measure = Callable[[], tuple[float, float, float]]  # seconds, mean articles, matches per article


def floor(articles: Sequence[Article]) -> int:
    """What any matcher on Python words pays before its first rule."""
    return sum(len(set(re.findall(r"\w+", f"{a.title} {a.content}".lower()))) for a in articles)


def folded_text(article: Article) -> str:
    """The words of an article as the peers get them."""
    page = Page(article)
    words = (token.folded for name in ("title", "body") for token in page.field(name).tokens)
    return f" {' '.join(words)} "


def batched(ask: Ask, articles: Sequence[Article], size: int) -> int:
    """Matches found, article by article or in batches."""
    groups = (articles[first : first + size] for first in range(0, len(articles), size))
    return sum(len(found) for group in groups for found in ask(group))


class Table:
    """The engines on one number of rules."""

    def __init__(self, rules: Sequence[Rule], articles: list[Article], folded: dict[str, str]) -> None:
        self.rules = rules
        self.articles = articles
        self.texts = folded
        self.rows: dict[str, Measure] = {}
        self._mean = statistics.fmean(len(folded[article.id]) for article in articles)

    def _weight(self, chosen: Sequence[Article]) -> float:
        """For how many articles of the mean length these count."""
        return sum(len(self.texts[article.id]) for article in chosen) / self._mean

    def add(self, name: str, work: Callable[[list[Article]], int], count: int) -> None:
        """An engine in this process, on so many articles a round."""
        chosen = self.articles[: max(1, count)]

        def measure() -> tuple[float, float, float]:
            begun = time.process_time()
            found = work(chosen)
            return time.process_time() - begun, self._weight(chosen), found / len(chosen)

        self.rows[name] = measure

    def add_peer(self, name: str, match: Callable[[Sequence[str]], int], count: int) -> None:
        """An engine that gets folded texts."""
        self.add(name, lambda chosen: match([self.texts[a.id] for a in chosen]), count)

    def add_postgres(self, server: peers.Postgres, count: int) -> None:
        """The database, by the CPU time of its process."""
        chosen = self.articles[: max(1, count)]
        texts = [self.texts[article.id] for article in chosen]

        def measure() -> tuple[float, float, float]:
            begun = server.seconds()
            found = server.match(texts)
            return server.seconds() - begun, self._weight(chosen), found / len(chosen)

        self.rows["PostgreSQL @@"] = measure

    def run(self, rounds: int) -> None:
        """All in turns; prints the medians."""
        times: dict[str, list[float]] = {name: [] for name in self.rows}
        matches: dict[str, float] = {}
        for number in range(rounds + 1):
            for name, measure in self.rows.items():
                seconds, count, matches[name] = measure()
                if number:  # the first round warms up
                    times[name].append(seconds / count * 1e6)
        medians = {name: statistics.median(found) for name, found in times.items()}
        base, ours = medians["floor"], medians["ours, names"]
        print(f"{'':28} {'µs/article':>11} {'÷ floor':>8} {'÷ ours':>8} {'matches':>8}")
        for name, median in medians.items():
            found = "" if name == "floor" else f"{matches[name]:8.2f}"
            print(f"{name:28} {median:11.1f} {median / base:8.2f} {median / ours:8.1f} {found:>8}")


def measure(rules: Sequence[Rule], articles: list[Article], options: argparse.Namespace) -> None:
    """One table."""
    engine, compiled = build(rules)
    warm, timed = articles[:WARM_UP], articles[WARM_UP:]
    batched(engine.match_many, warm, BATCH)
    gc.collect()
    gc.freeze()
    table = Table(rules, timed, options.folded)
    table.add("floor", floor, len(timed))
    table.add("ours, names", lambda a: batched(engine.names_many, a, BATCH), len(timed))
    table.add("ours, matches with spans", lambda a: batched(engine.match_many, a, BATCH), len(timed))
    table.add("ours, names, one by one", lambda a: batched(engine.names_many, a, 1), 200)
    table.add("ours, spans, one by one", lambda a: batched(engine.match_many, a, 1), 200)
    if not options.ours:
        add_peers(table, rules)
    if options.postgres:
        with peers.postgres() as connection:
            table.add_postgres(peers.Postgres(connection, rules), 256)
            table.run(options.rounds)
    else:
        table.run(options.rounds)
    edit(compiled, timed[0])
    print()
    gc.unfreeze()


def add_peers(table: Table, rules: Sequence[Rule]) -> None:
    """Others, on as many articles as they get through in some seconds."""
    count = len(rules)
    table.add_peer("dict and sets in Python", peers.with_sets(rules), 64 if count < 50_000 else 16)
    table.add_peer("loop with `in`", peers.with_in(rules), max(8, 200_000 // count))
    if count <= 10_000:
        table.add_peer("loop with re", peers.with_re(rules), 20_000 // count)
    for batch in (64, 512):
        table.add_peer(f"SQLite FTS5, batch {batch}", peers.with_fts5(rules), batch)
    if importlib.util.find_spec("tantivy") is not None:
        for batch in (64, 512):
            table.add_peer(f"tantivy, batch {batch}", peers.with_tantivy(rules), batch)


def build(rules: Sequence[Rule]) -> tuple[BatchEngine, RuleSet]:
    """The engine and its rule set; prints what reading and compiling cost."""
    sources = {f"rule {number}": query_text(rule) for number, rule in enumerate(rules)}
    gc.collect()
    process = psutil.Process()
    before, begun = process.memory_info().rss, time.process_time()
    compiled = RuleSet.compile(sources, engine=BatchEngine)
    seconds = time.process_time() - begun
    gc.collect()
    grown = (process.memory_info().rss - before) / 2**20
    print(f"{len(rules):,} rules: read and compiled in {seconds:.2f} s of CPU, {grown:.0f} MB")
    engine = compiled.engine
    assert isinstance(engine, BatchEngine)
    return engine, compiled


def edit(rules: RuleSet, article: Article) -> None:
    """How long until an edit of one rule counts."""
    sources: dict[str, str | Score] = {name: str(rule) for name, rule in rules.rules.items()}
    for what in ("added", "changed", "removed", "put first"):
        times = []
        for number in range(7):
            name = f"rule {number * len(sources) // 9}"
            match what:
                case "added":
                    sources[f"added {number}"] = f"added{number} AND oil*"
                case "changed":
                    sources[name] = f"changed{number} AND oil*"
                case "removed":
                    del sources[name]
                case _:
                    sources = {f"first {number}": "oil", **sources}
            begun = time.process_time()
            rules = rules.changed(sources)
            rules.match(article)
            times.append(time.process_time() - begun)
        print(f"one rule {what}, and an article matched: {statistics.median(times) * 1e3:.1f} ms of CPU")


def real_articles(path: Path, count: int) -> list[Article]:
    """Articles of the texts found anywhere in a file, over and over until there are enough."""
    content = path.read_text()
    values = json.loads(content) if content.startswith("[") else map(json.loads, content.splitlines())
    texts = [text for text in dict.fromkeys(_texts(list(values))) if len(text) > 40]
    joined = [" ".join(texts[at : at + 12]) for at in range(0, len(texts), 12)]
    chosen = itertools.islice(itertools.cycle(joined), count)
    return [Article(id=str(number), content=text) for number, text in enumerate(chosen)]


def _texts(value: object) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def main() -> None:
    """Print a table for each number of rules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000])
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", action="store_true", help="only ours and the floor")
    parser.add_argument("--postgres", action="store_true", help="also a PostgreSQL server, which is started")
    parser.add_argument(
        "--texts", type=Path, help="real articles: JSON lines or a JSON list with texts in them"
    )
    options = parser.parse_args()
    workload = Workload()
    made = workload.articles(options.articles + WARM_UP)
    articles = made if options.texts is None else real_articles(options.texts, options.articles + WARM_UP)
    options.folded = {a.id: folded_text(a) for a in articles[WARM_UP:][:2_000]}
    rules = workload.rules(max(options.rules))
    for count in options.rules:
        measure(rules[:count], articles, options)


if __name__ == "__main__":
    main()
