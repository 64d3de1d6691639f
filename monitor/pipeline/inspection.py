"""Lint against the archive: words that no article has, and rules that would tell too much.

Whatever can be judged by the query alone is `monitor.rules.lint`'s. Reads, writes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from monitor.alerting.rehearsal import Rehearsal, a_day
from monitor.model import Feed, Rule
from monitor.pipeline.backtest import WARM_UP, Archive
from monitor.pipeline.scan import Scan
from monitor.rules import Query, RuleSet
from monitor.rules.lint import Finding
from monitor.rules.prefilter import Word
from monitor.rules.ruleset import Compiled
from monitor.rules.score import WeighedQueries
from monitor.rules.spelling import Vocabulary, Wanted, wanted_words
from monitor.store import Store, archive, fulltext
from monitor.store.articles import StoredArticle
from monitor.text import fields

SAMPLE = 5000  # of the latest articles, whose words are taken as what is common
FEWEST_ARTICLES = 200  # below this the archive says nothing about words
COMMON = 5  # articles of the sample that make a spelling common


@dataclass(frozen=True, slots=True)
class Volume:
    """How much a rule would have told in the period."""

    matches: int
    alerts: int
    a_day: float
    failure: str = ""  # why the rule was left out from some article on


def queries(compiled: Compiled) -> list[Query]:
    """The query of a rule, or the terms of a weighted one."""
    return [query for query, _ in compiled.terms] if isinstance(compiled, WeighedQueries) else [compiled]


# --- words ------------------------------------------------------------------------------------


def vocabulary(store: Store) -> Vocabulary | None:
    """The words of the latest articles; None when there are too few to judge by."""
    ids = store.read(lambda conn: archive.candidates(conn, None, newest_first=True, limit=SAMPLE))
    if len(ids) < FEWEST_ARTICLES:
        return None
    found = Vocabulary()
    for batch in Scan(store, ids).batches():
        for stored in batch:
            found.add(*fields(stored.article).values())
    return found


def misspelt(store: Store, compiled: Compiled, known: Vocabulary) -> Iterator[tuple[Query, Finding]]:
    """Words of a rule's queries that the whole archive lacks, where a near spelling is common."""
    for query in queries(compiled):
        for wanted in dict.fromkeys(wanted_words(query.root)):
            near = "" if known[wanted.word] else known.suggest(wanted.word, least=COMMON)
            if near and not _is_archived(store, wanted.word):
                yield query, _finding(wanted, near)


def _is_archived(store: Store, word: str) -> bool:
    return bool(store.read(lambda conn: fulltext.count(conn, Word(word))))


def _finding(wanted: Wanted, near: str) -> Finding:
    where = f" of ${wanted.in_list}" if wanted.in_list else ""
    message = f"`{wanted.node.text}`{where} is in no article of the archive, and `{near}` is common"
    span = (0, 0) if wanted.in_list else wanted.node.span
    return Finding(span, message, f"did you mean {near}?")


# --- volume -----------------------------------------------------------------------------------


def volumes(
    store: Store,
    rules: Sequence[Rule],
    ruleset: RuleSet,
    *,
    feeds: Sequence[Feed],
    since: datetime,
    until: datetime,
    on_plan: Callable[[int], None] = lambda _: None,
    on_read: Callable[[int], None] = lambda _: None,
) -> Mapping[str, Volume]:
    """What each rule would have told in the period: all of them rehearsed in one pass."""
    known = Archive(store, feeds)
    scan = Scan.plan(store, ruleset.rules.values(), since=since - WARM_UP)
    on_plan(len(scan.ids))
    ruleset = scan.prepared(ruleset)
    rehearsals = {rule.name: Rehearsal(rule, known.carried) for rule in rules}
    matches: Counter[str] = Counter()
    alerts: Counter[str] = Counter()
    for batch in scan.batches(on_read):
        _rehearse(batch, ruleset, known, rehearsals, since, matches, alerts)
    for name, rehearsal in rehearsals.items():
        alerts[name] += sum(moment >= since for moment in rehearsal.finish())
    period = until - known.begin(since, until)
    return {
        rule.name: Volume(matches[rule.name], alerts[rule.name], a_day(alerts[rule.name], period))
        for rule in rules
    }


def _rehearse(
    batch: Sequence[StoredArticle],
    ruleset: RuleSet,
    known: Archive,
    rehearsals: Mapping[str, Rehearsal],
    since: datetime,
    matches: Counter[str],
    alerts: Counter[str],
) -> None:
    found = zip(batch, ruleset.match_many([stored.article for stored in batch]), strict=True)
    matched = [(stored, hits) for stored, hits in found if hits]
    candidates = known.candidates([stored for stored, _ in matched])
    for (stored, hits), candidate in zip(matched, candidates, strict=True):
        for hit in hits:
            rehearsal = rehearsals[hit.rule]
            if not known.in_scope(rehearsal.rule, stored):
                continue
            corrects = partial(known.corrects, stored)
            decision = rehearsal.decide(candidate, now=stored.seen_at, corrects=corrects)
            if stored.seen_at >= since:
                matches[hit.rule] += 1
                alerts[hit.rule] += decision.tell
