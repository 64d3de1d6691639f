"""Calibrates a weighted rule over the archive: its terms, and the alerts that other thresholds would bring.

Like a backtest it uses the live engine and policy, and sends and writes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alerting.decide import Candidate
from monitor.alerting.rehearsal import Rehearsal
from monitor.model import Feed, Rule, Score
from monitor.pipeline.backtest import WARM_UP, Archive
from monitor.pipeline.scan import Scan, readable_feeds, refuse_failures
from monitor.rules import RuleSet
from monitor.rules.calibrate import Calibration, Step, Term
from monitor.store import Store
from monitor.store.articles import StoredArticle


@dataclass(frozen=True, slots=True)
class Outlook:
    """A threshold, and what it would let through in the period."""

    step: Step
    alerts: int


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The result."""

    since: datetime
    until: datetime
    score: Score
    terms: tuple[Term, ...]
    outlooks: tuple[Outlook, ...]

    @property
    def period(self) -> timedelta:
        """From its beginning, or the first article if that came later, to its end."""
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class _Scored:
    """An article with at least one term, as the policy sees it."""

    total: float
    candidate: Candidate
    seen_at: datetime


def calibrate(
    store: Store,
    rule: Rule,
    score: Score,
    *,
    terms: RuleSet,
    feeds: Sequence[Feed],
    since: datetime,
    until: datetime,
    on_plan: Callable[[int], None] = lambda _: None,
    on_read: Callable[[int], None] = lambda _: None,
) -> Calibrated:
    """Calibrate a rule with this score; `terms` are its terms as rules "0", "1", … in their order.

    Memory: a few hundred bytes for each article that has a term. Raises MonitorError when a term fails.
    """
    known = Archive(store, feeds)
    chosen = readable_feeds(rule, known.feeds)
    scan = Scan.plan(store, terms.rules.values(), since=since - WARM_UP, feeds=chosen)
    on_plan(len(scan.ids))
    terms = scan.prepared(terms)
    calibration = Calibration(score)
    scored: list[_Scored] = []
    for batch in scan.batches(on_read):
        scored += _score(batch, rule, terms, calibration, known, since)
    steps = calibration.steps()
    return Calibrated(
        since=known.begin(since, until),
        until=until,
        score=score,
        terms=calibration.terms(),
        outlooks=tuple(Outlook(step, _alerts(rule, scored, step, known, since)) for step in steps),
    )


def _score(
    batch: Sequence[StoredArticle],
    rule: Rule,
    terms: RuleSet,
    calibration: Calibration,
    known: Archive,
    since: datetime,
) -> list[_Scored]:
    read = [stored for stored in batch if known.in_scope(rule, stored)]
    found = terms.match_many([stored.article for stored in read])
    refuse_failures(terms)
    having = [
        (stored, {int(match.rule) for match in matches})
        for stored, matches in zip(read, found, strict=True)
        if matches
    ]
    candidates = known.candidates([stored for stored, _ in having])
    scored = []
    for (stored, numbers), candidate in zip(having, candidates, strict=True):
        is_counted = stored.seen_at >= since
        total = calibration.add(numbers) if is_counted else calibration.total(numbers)
        scored.append(_Scored(total, candidate, stored.seen_at))
    return scored


def _alerts(rule: Rule, scored: Sequence[_Scored], step: Step, known: Archive, since: datetime) -> int:
    rehearsal = Rehearsal(replace(rule, query="", score=None), known.carried)
    alerts = 0
    for item in scored:
        if item.total >= step.threshold:
            decision = rehearsal.decide(item.candidate, now=item.seen_at)
            alerts += decision.tell and item.seen_at >= since
    return alerts + sum(moment >= since for moment in rehearsal.finish())
