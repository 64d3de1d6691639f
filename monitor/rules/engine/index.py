"""An index: rules compiled together, never changed afterwards, asked about one batch at a time."""

from collections.abc import Mapping

import numpy as np

from monitor.rules.engine.arrays import I64, U64, Bool
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.binding import bind
from monitor.rules.engine.features import Features
from monitor.rules.engine.filing import Filing
from monitor.rules.engine.letters import Letters
from monitor.rules.engine.lookup import Found, Lookup
from monitor.rules.engine.spans import Marks
from monitor.rules.ruleset import Compiled

_PRIOR_WEIGHT = 16  # articles that the first guess of a share counts for
_FIRST_FILING = 256  # articles after which rules are filed by what was seen
_FILING_GROWTH = 8


class Index:
    """Immutable but for what it learns: how common features are."""

    def __init__(self, rules: Mapping[str, Compiled], letters: Letters) -> None:
        self.names = list(rules)
        self.compiled = list(rules.values())
        features = Features()
        found = bind(self.compiled, features)
        self.fields = features.fields
        self.is_exact: Bool = found.are_exact()
        self.is_flat: Bool = found.are_flat() & self.is_exact
        self.marks = Marks(found)
        self._names = np.array(self.names or [""], dtype=object)
        self._filing = Filing(found)
        self._lookup = Lookup(features, letters)
        self._shares = np.array(features.shares)
        self._counts: I64 = np.zeros(len(features), dtype=np.int64)
        self._seen = 0
        self._next_filing = _FIRST_FILING
        self._filing.file(self._shares)

    def __len__(self) -> int:
        return len(self.names)

    def names_of(self, rules: I64) -> list[str]:
        """The names of rules by their numbers."""
        names: list[str] = self._names[rules].tolist()
        return names

    def find(self, batch: Batch) -> tuple[Found, I64, U64]:
        """What the batch has, and the rules whose bounds hold for it, with the mask of articles."""
        found = self._lookup.find(batch)
        rules, masks = self._filing.find(found.masks, batch.long)
        self._learn(found, len(batch.articles))
        return found, rules, masks

    def _learn(self, found: Found, count: int) -> None:
        """Count features, and now and then file the rules by what is rare indeed."""
        present = found.masks.present
        self._counts[present] += np.bitwise_count(found.masks.of[present])
        self._seen += count
        if self._seen >= self._next_filing:
            self._next_filing = self._seen * _FILING_GROWTH
            learned = self._counts + self._shares * _PRIOR_WEIGHT
            self._filing.file(learned / (self._seen + _PRIOR_WEIGHT))
