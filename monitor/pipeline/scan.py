"""A scan: the archived articles that rules may match, read in batches, each batch for itself.

The full-text index leaves out what cannot match. No transaction stays open between two batches, so
a scan may take its time beside a daemon; articles removed meanwhile are simply not there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from monitor.errors import MonitorError
from monitor.model import Article, ArticleId, Feed, FeedId, Match, Rule
from monitor.rules import RuleSet, prefilter, scope
from monitor.rules.prefilter import Need
from monitor.rules.ruleset import Compiled
from monitor.store import Store, archive
from monitor.store.articles import StoredArticle

_FEW = 300  # articles for which loading the batch engine takes longer than doing without
FIRST_WINDOW, WIDENING = 2000, 4  # articles
_FEWEST, _MOST = 16, 512  # articles in a batch: few first, so that the first result comes soon


@dataclass(frozen=True, slots=True)
class Scan:
    """The candidates, all known before the first is read."""

    store: Store
    ids: list[ArticleId]

    @classmethod
    def plan(
        cls,
        store: Store,
        compiled: Iterable[Compiled],
        *,
        since: datetime | None = None,
        feeds: Iterable[FeedId] | None = None,
    ) -> "Scan":
        """Ask the index which articles any of the queries may match."""
        need = _need(compiled)
        chosen = None if feeds is None else list(feeds)
        return cls(store, store.read(lambda conn: archive.candidates(conn, need, since=since, feeds=chosen)))

    @classmethod
    def newest_first(
        cls,
        store: Store,
        compiled: Iterable[Compiled],
        *,
        since: datetime | None = None,
        first: int = FIRST_WINDOW,
    ) -> "Iterator[Scan]":
        """The same in windows of time, the newest articles first; each is four times as long as the last.

        So the first results of a common word need not wait for all its places in the index. What is rare
        is looked up at once, since small windows would find nothing.
        """
        need = _need(compiled)
        if not store.read(partial(archive.is_common, need=need, than=first)):
            yield cls(store, store.read(partial(_newest, need=need, since=since, window=None)))
            return
        size, until = first, None
        while True:
            window = store.read(partial(archive.window, until=until, size=size, since=since))
            if window is None:
                return
            yield cls(store, store.read(partial(_newest, need=need, since=since, window=window)))
            size, until = size * WIDENING, window.since

    def prepared(self, ruleset: RuleSet) -> RuleSet:
        """The set with the engine that suits so many articles."""
        if len(self.ids) <= _FEW:
            return ruleset
        from monitor.rules.engine.engine import BatchEngine  # takes numpy, which a small scan does not need

        return RuleSet(ruleset.rules, BatchEngine(ruleset.rules))

    def batches(self, on_read: Callable[[int], None] = lambda _: None) -> Iterator[list[StoredArticle]]:
        """The candidates in order. `on_read` hears how many more were read."""
        size, position = _FEWEST, 0
        while position < len(self.ids):
            chunk = self.ids[position : position + size]
            yield self.store.read(lambda conn, chunk=chunk: archive.get_many(conn, chunk))  # type: ignore[misc]
            on_read(len(chunk))
            position += size
            size = min(2 * size, _MOST)

    def matches(
        self, ruleset: RuleSet, on_read: Callable[[int], None] = lambda _: None
    ) -> Iterator[tuple[StoredArticle, list[Match]]]:
        """The candidates that at least one rule of the set matches. Raises MonitorError when one fails."""
        for batch in self.batches(on_read):
            found = ruleset.match_many([stored.article for stored in batch])
            refuse_failures(ruleset)
            yield from ((stored, matches) for stored, matches in zip(batch, found, strict=True) if matches)


def _need(compiled: Iterable[Compiled]) -> Need | None:
    return prefilter.either([prefilter.necessary(query) for query in compiled])


def _newest(
    conn: Connection, *, need: Need | None, since: datetime | None, window: archive.Window | None
) -> list[ArticleId]:
    return archive.candidates(conn, need, since=since, newest_first=True, within=window)


def refuse_failures(ruleset: RuleSet) -> None:
    """Raise MonitorError when a query failed on an article: going on without it would show too little."""
    for reason in ruleset.disabled.values():
        raise MonitorError(f"the query fails: {reason}")


def readable_feeds(rule: Rule, feeds: Mapping[FeedId, Feed]) -> list[FeedId] | None:
    """The feeds that a rule reads; None when it reads all."""
    if rule.feeds.tags or rule.feeds.feeds:
        any_article = Article(id="")  # of no known language, which every rule reads
        return [id_ for id_, feed in feeds.items() if scope.in_scope(rule, any_article, feed)]
    return None
