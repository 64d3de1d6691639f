"""An index: rules compiled together, never changed afterwards, matched against one batch at a time."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from monitor.model import Match
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


class Hit(NamedTuple):
    """A rule that matched, or that raised."""

    article: int
    entry: Entry
    match: Match | None
    problem: str = ""


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

    def match(self, batch: Batch) -> Iterator[Hit]:
        """The matches of the batch, in no order."""
        found = self._lookup.find(batch)
        rules, masks = self._filing.find(found.masks.of, found.masks.present, batch.long)
        is_alive = self._is_alive[rules]
        rules, masks = rules[is_alive], masks[is_alive]
        which, articles = bits(masks)
        is_long = (batch.long >> articles.astype(np.uint64) & np.uint64(1)) != 0
        is_flat = self._is_flat[rules][which] & ~is_long
        yield from self._read_off(rules[which[is_flat]], articles[is_flat], found, batch)
        yield from self._verify(rules[which[~is_flat]], articles[~is_flat], found, batch)
        self._learn(found, len(batch.articles))

    def _read_off(self, rules: I64, articles: I64, found: Found, batch: Batch) -> Iterator[Hit]:
        """Matches that need no more than their spans."""
        if not len(rules):
            return
        spans = self._marks.spans(rules, articles, found, batch)
        for rule, article, places in zip(rules.tolist(), articles.tolist(), spans, strict=True):
            entry = self.entries[rule]
            yield Hit(article, entry, Match(entry.name, places))

    def _verify(self, rules: I64, articles: I64, found: Found, batch: Batch) -> Iterator[Hit]:
        """Ask the reference matcher, on pages that are cut as far as it reads."""
        pages: dict[int, Page] = {}
        for rule, article in zip(rules.tolist(), articles.tolist(), strict=True):
            entry = self.entries[rule]
            page = pages.get(article)
            if page is None:
                page = pages[article] = BatchPage(batch, article, found)
            try:
                match = evaluate(entry.name, entry.compiled, page)
            except Exception as error:
                # One rule that fails on one article must not silence the others.
                yield Hit(
                    article, entry, None, f"{type(error).__name__} on article {page.article.id}: {error}"
                )
                continue
            if match is not None:
                yield Hit(article, entry, match)

    def _learn(self, found: Found, count: int) -> None:
        """Count features, and now and then file the rules by what is rare indeed."""
        present = found.masks.present
        self._counts[present] += np.bitwise_count(found.masks.of[present])
        self._seen += count
        if self._seen >= self._next_filing:
            self._next_filing = self._seen * _FILING_GROWTH
            learned = self._counts + self._shares * _PRIOR_WEIGHT
            self._filing.file(learned / (self._seen + _PRIOR_WEIGHT))


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
