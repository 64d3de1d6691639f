"""The batch engine."""

from collections.abc import Mapping, Sequence

from monitor.model import Article, Match
from monitor.rules.engine.arrays import BATCH
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.index import Entry, Index
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
        hits: list[list[tuple[int, Match]]] = [[] for _ in articles]
        for hit in self._index.match(batch):
            if hit.match is None:
                self._disabled.setdefault(hit.entry.name, hit.problem)
                self._index.drop(hit.entry.order)
            else:
                hits[hit.article].append((hit.entry.order, hit.match))
        return [[match for _, match in sorted(row, key=lambda item: item[0])] for row in hits]
