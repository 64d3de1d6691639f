"""An index: rules compiled together, never changed afterwards, matched against one batch at a time."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from monitor.model import Match
from monitor.rules.engine.arrays import BATCH, I64, Bool, bits, stable_order
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.bounds import Bounds
from monitor.rules.engine.clauses import ANYTHING, Bound
from monitor.rules.engine.features import Features
from monitor.rules.engine.filing import Filing
from monitor.rules.engine.letters import Letters
from monitor.rules.engine.lookup import Found, Lookup
from monitor.rules.engine.pages import BatchPage
from monitor.rules.engine.spans import Marks
from monitor.rules.page import Page
from monitor.rules.ruleset import Compiled, evaluate
from monitor.rules.score import WeighedQueries

T = TypeVar("T")


class Entry(NamedTuple):
    """A rule of the set. `order` is its place among all rules."""

    name: str
    order: int
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


_PRIOR_WEIGHT = 16  # articles that the first guess of a share counts for
_FIRST_FILING = 256  # articles after which rules are filed by what was seen
_FILING_GROWTH = 8


class Index:
    """Immutable but for what it learns: how common features are, and which rules were dropped."""

    def __init__(self, entries: Sequence[Entry], letters: Letters) -> None:
        self._entries = list(entries)
        features = Features()
        bounds = Bounds(features)
        found = [_bound(bounds, entry.compiled) for entry in self._entries]
        self.fields = features.fields
        self._numbers = {entry.name: number for number, entry in enumerate(self._entries)}
        self._is_exact: Bool = np.array([bound.exact for bound in found], dtype=np.bool_)
        self._is_flat: Bool = np.array([bound.flat and bound.exact for bound in found], dtype=np.bool_)
        self._names = np.array([entry.name for entry in self._entries] or [""], dtype=object)
        self._orders: I64 = np.array([entry.order for entry in self._entries], dtype=np.int64)
        self._is_alive: Bool = np.ones(len(found), dtype=np.bool_)
        self._marks = Marks([_marked(bound) if bound.flat else () for bound in found])
        self._filing = Filing([bound.clauses for bound in found])
        self._lookup = Lookup(features, letters)
        self._shares = np.array(features.shares)
        self._counts: I64 = np.zeros(len(features), dtype=np.int64)
        self._seen = 0
        self._next_filing = _FIRST_FILING
        self._filing.file(self._shares)

    def drop(self, name: str) -> None:
        """Leave a rule out from now on, if it is here."""
        number = self._numbers.get(name)
        if number is not None:
            self._is_alive[number] = False

    def match(self, batch: Batch) -> Answers[Match]:
        """The matches of the batch."""
        found, pairs = self._find(batch)
        is_sure = self._is_sure(pairs, batch, self._is_flat)
        read_off = pairs.where(is_sure)
        names = self._names[read_off.rules].tolist()
        spans = self._marks.spans(read_off.rules, read_off.articles, found, batch) if names else []
        made = [Match(name, places) for name, places in zip(names, spans, strict=True)]
        verified, problems = self._verify(pairs.where(~is_sure), found, batch)
        return Answers((Part(read_off.articles, self._orders[read_off.rules], made), verified), problems)

    def names(self, batch: Batch) -> Answers[str]:
        """The names of the rules that match."""
        found, pairs = self._find(batch)
        is_sure = self._is_sure(pairs, batch, self._is_exact)
        read_off = pairs.where(is_sure)
        made = self._names[read_off.rules].tolist()
        (articles, orders, matches), problems = self._verify(pairs.where(~is_sure), found, batch)
        verified = Part(articles, orders, [match.rule for match in matches])
        return Answers((Part(read_off.articles, self._orders[read_off.rules], made), verified), problems)

    def _find(self, batch: Batch) -> tuple[Found, _Pairs]:
        """What the batch has, and the rules whose bounds hold for it."""
        found = self._lookup.find(batch)
        rules, masks = self._filing.find(found.masks, batch.long)
        is_alive = self._is_alive[rules]
        which, articles = bits(masks[is_alive])
        # By article, for what is made of one article's words then stays in the processor's cache.
        order = stable_order(articles, BATCH)
        self._learn(found, len(batch.articles))
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
            name, _, compiled = self._entries[rule]
            page = pages.get(article)
            if page is None:
                page = pages[article] = BatchPage(batch, article, found)
            if not self._is_alive[rule]:
                continue
            try:
                match = evaluate(name, compiled, page)
            except Exception as error:
                # One rule that fails on one article must not silence the others.
                self.drop(name)
                problems.append(
                    Problem(name, f"{type(error).__name__} on article {page.article.id}: {error}")
                )
                continue
            if match is not None:
                kept.append(number)
                matches.append(match)
        return Part(pairs.articles[kept], self._orders[pairs.rules[kept]], matches), problems

    def _learn(self, found: Found, count: int) -> None:
        """Count features, and now and then file the rules by what is rare indeed."""
        present = found.masks.present
        self._counts[present] += np.bitwise_count(found.masks.of[present])
        self._seen += count
        if self._seen >= self._next_filing:
            self._next_filing = self._seen * _FILING_GROWTH
            learned = self._counts + self._shares * _PRIOR_WEIGHT
            self._filing.file(learned / (self._seen + _PRIOR_WEIGHT))


def _bound(bounds: Bounds, compiled: Compiled) -> Bound:
    """What a rule needs; a rule that cannot be read is left to the matcher, which will say why."""
    try:
        if isinstance(compiled, WeighedQueries):
            return bounds.of_score(compiled)
        return bounds.of_query(compiled.root)
    except Exception:
        return ANYTHING


def _marked(bound: Bound) -> list[int]:
    literals = dict.fromkeys(literal for clause in bound.clauses for literal in clause)
    return [literal >> 1 for literal in literals if not literal & 1]
