"""Searches the archive in the language of the rules, newest first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Match
from monitor.pipeline.scan import Scan
from monitor.rules import RuleSet
from monitor.store import Store
from monitor.store.articles import StoredArticle


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that the query matches."""

    stored: StoredArticle
    match: Match


def search(
    store: Store,
    ruleset: RuleSet,
    *,
    since: datetime | None = None,
    on_plan: Callable[[int], None] = lambda _: None,
    on_read: Callable[[int], None] = lambda _: None,
) -> Iterator[Hit]:
    """What the one rule of the set matches. Reads no further than it is asked.

    `on_plan` hears how many articles may have to be read as far as it is known, now and then again;
    `on_read` how many more were.
    """
    planned = 0
    for scan in Scan.newest_first(store, ruleset.rules.values(), since=since):
        planned += len(scan.ids)
        on_plan(planned)
        ruleset = scan.prepared(ruleset)
        for stored, matches in scan.matches(ruleset, on_read):
            yield Hit(stored, matches[0])
