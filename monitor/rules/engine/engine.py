"""The batch engine."""

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise

import numpy as np

from monitor.model import Article, Match
from monitor.rules.engine.arrays import BATCH, pointers
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.index import Entry, Index, Matches
from monitor.rules.engine.letters import Letters
from monitor.rules.ruleset import Compiled


class BatchEngine:
    """Matches many rules against batches of articles."""

    def __init__(self, rules: Mapping[str, Compiled], *, seed: int | None = None) -> None:
        # The interpreter salts the hashes of texts anew in each process.
        self._letters = Letters(hash("seed of the letters") if seed is None else seed)
        entries = [Entry(name, order, compiled) for order, (name, compiled) in enumerate(rules.items())]
        self._index = Index(entries, self._letters)
        self._disabled: dict[str, str] = {}

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised and are left out since: name → reason."""
        return dict(self._disabled)

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        """For each article its matches, in the rules' order."""
        found: list[list[Match]] = []
        for first in range(0, len(articles), BATCH):
            found += self._match(articles[first : first + BATCH])
        return found

    def _match(self, articles: Sequence[Article]) -> list[list[Match]]:
        batch = Batch(articles, self._index.fields, self._letters)
        *sources, problems = self._index.match(batch)
        for problem in problems:
            self._disabled.setdefault(problem.entry.name, problem.reason)
        return _in_order(sources, len(articles))


def _in_order(sources: Sequence[Matches], count: int) -> list[list[Match]]:
    """The matches of each article in the rules' order, from several sources."""
    articles = np.concatenate([source.articles for source in sources])
    orders = np.concatenate([source.orders for source in sources])
    matches = np.fromiter(chain.from_iterable(s.matches for s in sources), dtype=object, count=len(orders))
    in_order = matches[np.lexsort((orders, articles))].tolist()
    bounds = pointers(np.bincount(articles, minlength=count)).tolist()
    return [in_order[begin:end] for begin, end in pairwise(bounds)]
