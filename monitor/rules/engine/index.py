"""An index: rules compiled together, never changed afterwards, matched against one batch at a time."""

from collections import deque
from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from monitor.model import Match, Span
from monitor.rules import matcher, score
from monitor.rules.engine.arrays import I64, Bool, bits
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.bounds import ANYTHING, Bound, Bounds
from monitor.rules.engine.features import Features
from monitor.rules.engine.filing import Filing
from monitor.rules.engine.letters import Letters
from monitor.rules.engine.lookup import Found, Lookup
from monitor.rules.engine.pages import BatchPage
from monitor.rules.engine.spans import Marks
from monitor.rules.page import Page
from monitor.rules.ruleset import Compiled
from monitor.rules.score import WeighedQueries


class Entry(NamedTuple):
    """A rule of the set. `order` is its place among all rules."""

    name: str
    order: int
    compiled: Compiled


class Problem(NamedTuple):
    """A rule that raised."""

    entry: Entry
    reason: str


class Matches(NamedTuple):
    """Matches as parallel sequences: number of the article, order of the rule, match."""

    articles: I64
    orders: I64
    matches: list[Match]


_PRIOR_WEIGHT = 16  # articles that the first guess of a share counts for
_FIRST_FILING = 256  # articles after which rules are filed by what was seen
_FILING_GROWTH = 8


class Index:
    """Immutable but for what it learns: how common features are, and which rules were dropped."""

    def __init__(self, entries: Sequence[Entry], letters: Letters) -> None:
        self.entries = list(entries)
        features = Features()
        bounds = Bounds(features)
        found = [_bound(bounds, entry.compiled) for entry in self.entries]
        self.fields = features.fields
        self._is_flat: Bool = np.array([bound.flat and bound.exact for bound in found], dtype=np.bool_)
        self._names = np.array([entry.name for entry in self.entries] or [""], dtype=object)
        self._orders: I64 = np.array([entry.order for entry in self.entries], dtype=np.int64)
        self._is_alive: Bool = np.ones(len(found), dtype=np.bool_)
        self._marks = Marks([_marked(bound) if bound.flat else () for bound in found])
        self._filing = Filing([bound.clauses for bound in found])
        self._lookup = Lookup(features, letters)
        self._shares = np.array(features.shares)
        self._counts: I64 = np.zeros(len(features), dtype=np.int64)
        self._seen = 0
        self._next_filing = _FIRST_FILING
        self._filing.file(self._shares)

    def drop(self, number: int) -> None:
        """Leave a rule out from now on."""
        self._is_alive[number] = False

    def match(self, batch: Batch) -> tuple[Matches, Matches, list[Problem]]:
        """The matches of the batch: those read off, those verified; and the rules that raised."""
        found = self._lookup.find(batch)
        rules, masks = self._filing.find(found.masks.of, found.masks.present, batch.long)
        is_alive = self._is_alive[rules]
        which, articles = bits(masks[is_alive])
        rules = rules[is_alive][which]
        is_flat = self._is_flat[rules]
        if batch.long:
            is_flat &= (batch.long >> articles.astype(np.uint64) & np.uint64(1)) == 0
        read_off = self._read_off(rules[is_flat], articles[is_flat], found, batch)
        verified, problems = self._verify(rules[~is_flat], articles[~is_flat], found, batch)
        self._learn(found, len(batch.articles))
        return read_off, verified, problems

    def _read_off(self, rules: I64, articles: I64, found: Found, batch: Batch) -> Matches:
        """Matches that need no more than their spans."""
        names = self._names[rules].tolist()
        matches = new_matches(names, self._marks.spans(rules, articles, found, batch)) if names else []
        return Matches(articles, self._orders[rules], matches)

    def _verify(self, rules: I64, articles: I64, found: Found, batch: Batch) -> tuple[Matches, list[Problem]]:
        """Ask the reference matcher, on pages that are cut as far as it reads."""
        pages: dict[int, Page] = {}
        kept: list[int] = []
        matches: list[Match] = []
        problems = []
        for number, (rule, article) in enumerate(zip(rules.tolist(), articles.tolist(), strict=True)):
            entry = self.entries[rule]
            page = pages.get(article)
            if page is None:
                page = pages[article] = BatchPage(batch, article, found)
            try:
                match = evaluate(entry.name, entry.compiled, page)
            except Exception as error:
                # One rule that fails on one article must not silence the others.
                self.drop(rule)
                reason = f"{type(error).__name__} on article {page.article.id}: {error}"
                problems.append(Problem(entry, reason))
                continue
            if match is not None:
                kept.append(number)
                matches.append(match)
        return Matches(articles[kept], self._orders[rules[kept]], matches), problems

    def _learn(self, found: Found, count: int) -> None:
        """Count features, and now and then file the rules by what is rare indeed."""
        present = found.masks.present
        self._counts[present] += np.bitwise_count(found.masks.of[present])
        self._seen += count
        if self._seen >= self._next_filing:
            self._next_filing = self._seen * _FILING_GROWTH
            learned = self._counts + self._shares * _PRIOR_WEIGHT
            self._filing.file(learned / (self._seen + _PRIOR_WEIGHT))


_SETTERS = [Match.__dict__[name].__set__ for name in ("rule", "spans", "score", "notes")]


def new_matches(names: Sequence[str], spans: Sequence[tuple[Span, ...]]) -> list[Match]:
    """Many matches without score and notes, as their constructor makes them, in a third of the time."""
    matches = list(map(Match.__new__, repeat(Match, len(names))))
    for set_value, values in zip(_SETTERS, (names, spans, repeat(None), repeat(())), strict=True):
        deque(map(set_value, matches, values), maxlen=0)
    return matches


def evaluate(name: str, compiled: Compiled, page: Page) -> Match | None:
    """The match of one rule by the reference matcher."""
    if isinstance(compiled, WeighedQueries):
        return score.evaluate(name, compiled, page)
    evidence = matcher.evaluate(compiled, page)
    return None if evidence is None else Match(name, matcher.arrange(evidence.spans), notes=evidence.notes)


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
