"""An edition: an index as one set of rules sees it, namely which of its rules count and in what order.

Several sets of rules share an index: after an edit of one rule among many, the others stay compiled.
Each has an edition of its own, so the set that is still in use sees nothing of the edit.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from monitor.model import Match
from monitor.rules.engine.arrays import BATCH, I64, Bool, bits, stable_order, where
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.index import Index
from monitor.rules.engine.lookup import Found
from monitor.rules.engine.pages import BatchPage
from monitor.rules.engine.spans import matches
from monitor.rules.page import Page
from monitor.rules.ruleset import Compiled, evaluate
from monitor.rules.splice import Splice

T = TypeVar("T")


class Entry(NamedTuple):
    """A rule and its place in the order of all."""

    order: int
    name: str
    compiled: Compiled


class Problem(NamedTuple):
    """A rule that raised."""

    name: str
    reason: str


class Part(NamedTuple, Generic[T]):
    """Answers as parallel sequences: number of the article, order of the rule, what was made."""

    articles: I64
    orders: I64
    made: Sequence[T]


class Answers(NamedTuple, Generic[T]):
    """Answers read off the features, those verified, and the rules that raised."""

    parts: tuple[Part[T], Part[T]]
    problems: list[Problem]


class _Pairs(NamedTuple):
    """Rules and articles that may match."""

    rules: I64
    articles: I64

    def where(self, chosen: Bool) -> "_Pairs":
        return _Pairs(self.rules[chosen], self.articles[chosen])


class Edition:
    """Rules of an index. Only a rule that raises changes it: that one no longer counts."""

    def __init__(self, index: Index, orders: I64, is_alive: Bool | None = None) -> None:
        """`orders`: the place of each rule of the index in the order of all. All count unless told."""
        self.index = index
        self._orders = orders
        self._is_alive: Bool = np.ones(len(index), dtype=np.bool_) if is_alive is None else is_alive
        self._raised: list[int] = []

    def __len__(self) -> int:
        return int(np.count_nonzero(self._is_alive))

    def entries(self) -> list[Entry]:
        """The rules of the set, those that raised among them."""
        numbers = where(self._is_held())
        compiled = [self.index.compiled[number] for number in numbers.tolist()]
        names = self.index.names_of(numbers)
        return list(map(Entry, self._orders[numbers].tolist(), names, compiled))

    def _is_held(self) -> Bool:
        is_held = self._is_alive.copy()
        is_held[self._raised] = True
        return is_held

    def spliced(self, change: Splice[Compiled], pending: dict[str, Entry]) -> "Edition":
        """The edition of a set that comes from this one's by a change.

        `pending`: the rules of the change by name; those that are compiled here are taken out. A rule
        that raised is given another chance.
        """
        is_alive = self._is_held()
        orders = np.where(self._orders < change.end, self._orders, self._orders + change.shift)
        makes_way = is_alive & (self._orders >= change.first) & (self._orders < change.end)
        for number in where(makes_way).tolist():
            name = self.index.names[number]
            entry = pending.get(name)
            is_alive[number] = entry is not None and entry.compiled is self.index.compiled[number]
            if is_alive[number]:
                orders[number] = pending.pop(name).order
        return Edition(self.index, orders, is_alive)

    def leave_out(self, names: Iterable[str]) -> None:
        """Rules that raised no longer count."""
        for name in names:
            self._drop(self.index.names.index(name))

    def _drop(self, number: int) -> None:
        self._is_alive[number] = False
        self._raised.append(number)

    def match(self, batch: Batch) -> Answers[Match]:
        """The matches of the batch."""
        found, pairs = self._find(batch)
        is_sure = self._is_sure(pairs, batch, self.index.is_flat)
        read_off = pairs.where(is_sure)
        names = self.index.names_of(read_off.rules)
        spans = self.index.marks.spans(read_off.rules, read_off.articles, found, batch) if names else []
        made = matches(names, spans)
        verified, problems = self._verify(pairs.where(~is_sure), found, batch)
        return Answers((Part(read_off.articles, self._orders[read_off.rules], made), verified), problems)

    def names(self, batch: Batch) -> Answers[str]:
        """The names of the rules that match."""
        found, pairs = self._find(batch)
        is_sure = self._is_sure(pairs, batch, self.index.is_exact)
        read_off = pairs.where(is_sure)
        made = self.index.names_of(read_off.rules)
        (articles, orders, matches), problems = self._verify(pairs.where(~is_sure), found, batch)
        verified = Part(articles, orders, [match.rule for match in matches])
        return Answers((Part(read_off.articles, self._orders[read_off.rules], made), verified), problems)

    def _find(self, batch: Batch) -> tuple[Found, _Pairs]:
        """What the batch has, and the rules whose bounds hold for it."""
        found, rules, masks = self.index.find(batch)
        is_alive = self._is_alive[rules]
        which, articles = bits(masks[is_alive])
        # By article, for what is made of one article's words then stays in the processor's cache.
        order = stable_order(articles, BATCH)
        return found, _Pairs(rules[is_alive][which[order]], articles[order])

    def _is_sure(self, pairs: _Pairs, batch: Batch, is_sure: Bool) -> Bool:
        """For which pairs the features say enough, given for which rules they do."""
        sure: Bool = is_sure[pairs.rules]
        if batch.long:
            sure &= (batch.long >> pairs.articles.astype(np.uint64) & np.uint64(1)) == 0
        return sure

    def _verify(self, pairs: _Pairs, found: Found, batch: Batch) -> tuple[Part[Match], list[Problem]]:
        """Ask the reference matcher, on pages that are cut as far as it reads."""
        pages: dict[int, Page] = {}
        kept: list[int] = []
        matches: list[Match] = []
        problems = []
        for number, (rule, article) in enumerate(zip(*(item.tolist() for item in pairs), strict=True)):
            name, compiled = self.index.names[rule], self.index.compiled[rule]
            page = pages.get(article)
            if page is None:
                page = pages[article] = BatchPage(batch, article, found)
            if not self._is_alive[rule]:
                continue
            try:
                match = evaluate(name, compiled, page)
            except Exception as error:
                # One rule that fails on one article must not silence the others.
                self._drop(rule)
                problems.append(
                    Problem(name, f"{type(error).__name__} on article {page.article.id}: {error}")
                )
                continue
            if match is not None:
                kept.append(number)
                matches.append(match)
        return Part(pairs.articles[kept], self._orders[pairs.rules[kept]], matches), problems
