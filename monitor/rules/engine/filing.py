"""Filing: each rule under the clause that fewest articles satisfy, so that most are never looked at.

An article brings up the rules filed under its features that have one of a few features of a second
clause as well. Where that was all, it is known which articles satisfy the rule; of the others the
whole bound is evaluated. All is done for all articles of the batch at once, by masks.
"""

import numpy as np
import numpy.typing as npt

from monitor.rules.engine.arrays import (
    I32,
    I64,
    ONES,
    U64,
    Bool,
    and_groups,
    or_groups,
    pointers,
    spread,
    where,
)
from monitor.rules.engine.clauses import Requirements
from monitor.rules.engine.features import ALWAYS
from monitor.rules.engine.postings import Masks

_NEVER = np.inf  # the price of a clause that absence satisfies
_FEW = 4  # features of a second clause that are looked at before the whole bound


class Filing:
    """The bounds of rules 0 … n-1 as arrays, and under which features each is filed."""

    def __init__(self, bounds: Requirements) -> None:
        self._clauses = bounds.clauses
        self._literals = bounds.literals
        self._flat = bounds.flat
        self._count = len(self._clauses) - 1
        self._seen = np.zeros(self._count, dtype=np.bool_)
        self._holds: U64 = np.zeros(self._count, dtype=np.uint64)

    def file(self, shares: npt.NDArray[np.float64]) -> None:
        """File every rule anew, given the share of articles that have each feature."""
        # By literal: where `Masks.both` has the articles that satisfy it.
        self._places: I32 = (self._flat >> 1) + (self._flat & 1) * np.int32(len(shares))
        self._first_negated = len(shares)
        prices = np.where(self._flat & 1, _NEVER, shares[self._flat >> 1])
        clause_prices = np.add.reduceat(prices, self._literals[:-1]) if len(prices) else prices
        best, second = self._two_cheapest(clause_prices)
        is_filed = best >= 0
        self._unfiled = where(~is_filed)
        self._is_all_filed = self._are_all_filed(is_filed, second)
        rules = where(is_filed)
        starts, sizes = self._literals[best[rules]], self._sizes(best[rules])
        features = self._flat[spread(starts, sizes)] >> 1
        order = np.argsort(features, kind="stable")
        self._filed: I32 = np.repeat(rules, sizes)[order].astype(np.int32)
        self._also = [np.repeat(also, sizes)[order] for also in self._few_features(second[rules])]
        self._entries = pointers(np.bincount(features, minlength=len(shares)))

    def _two_cheapest(self, prices: npt.NDArray[np.float64]) -> tuple[I64, I64]:
        """For each rule its cheapest clause and the next; -1 where there is none without negation."""
        owner = np.repeat(np.arange(self._count), np.diff(self._clauses))
        order = np.lexsort((prices, owner))
        found = []
        for rank in (0, 1):
            place = self._clauses[:-1] + rank
            exists = place < self._clauses[1:]
            clause = np.full(self._count, -1, dtype=np.int64)
            clause[exists] = order[place[exists]]
            is_priced = np.zeros(self._count, dtype=np.bool_)
            is_priced[exists] = np.isfinite(prices[clause[exists]])
            found.append(np.where(is_priced, clause, -1))
        return found[0], found[1]

    def _are_all_filed(self, is_filed: Bool, second: I64) -> Bool:
        """Of which rules nothing is left to evaluate: there is only what was looked at."""
        counts = np.diff(self._clauses)
        is_few = (counts == 2) & (second >= 0)
        is_few[is_few] = self._sizes(second[is_few]) <= _FEW
        found: Bool = is_filed & ((counts == 1) | is_few)
        return found

    def _sizes(self, clauses: I64) -> I64:
        return self._literals[clauses + 1] - self._literals[clauses]

    def _few_features(self, clauses: I64) -> list[I32]:
        """The features of each clause that has few, one repeated; else the one that is always there."""
        exists = where(clauses >= 0)
        few = exists[self._sizes(clauses[exists]) <= _FEW]
        last = self._sizes(clauses[few]) - 1
        found = []
        for number in range(_FEW):
            features = np.full(len(clauses), ALWAYS, dtype=np.int32)
            features[few] = self._flat[self._literals[clauses[few]] + np.minimum(number, last)] >> 1
            found.append(features)
        return found

    # --- matching -----------------------------------------------------------------------------

    def find(self, masks: Masks, uncertain: np.uint64) -> tuple[I64, U64]:
        """The rules whose bounds hold, and for which articles.

        `uncertain`: articles for which absence of a feature is not to be relied on.
        """
        rules, holds = self._brought_up(masks.of, masks.present)
        if not len(rules):
            return rules, holds
        rest = where(~self._is_all_filed[rules])
        holds[rest] = self._evaluate(rules[rest], masks.both, uncertain)
        holds &= masks.of[ALWAYS]
        found = where(holds != 0)
        return rules[found], holds[found]

    def _brought_up(self, masks: U64, present: I64) -> tuple[I64, U64]:
        """Rules, and the articles that satisfy the clauses that each is filed by."""
        starts = self._entries[present]
        counts = self._entries[present + 1] - starts
        entries = spread(starts, counts)
        also = masks[self._also[0][entries]]
        for others in self._also[1:]:
            also |= masks[others[entries]]
        also &= np.repeat(masks[present], counts)
        hits = where(also)
        filed = self._filed[entries[hits]]
        np.bitwise_or.at(self._holds, filed, also[hits])
        self._seen[filed] = True
        self._seen[self._unfiled] = True
        rules = where(self._seen)
        holds = self._holds[rules]
        self._seen[rules] = False
        self._holds[rules] = 0
        return rules, holds

    def _evaluate(self, rules: I64, masks: U64, uncertain: np.uint64) -> U64:
        """For each rule the articles that satisfy all of its clauses."""
        first_clauses = self._clauses[rules]
        clause_counts = self._clauses[rules + 1] - first_clauses
        bounded = where(clause_counts)
        holds = np.full(len(rules), ONES, dtype=np.uint64)
        clauses = spread(first_clauses[bounded], clause_counts[bounded])
        starts = self._literals[clauses]
        sizes = self._literals[clauses + 1] - starts
        literals = spread(starts, sizes)
        places = self._places[literals]
        values = masks[places]
        if uncertain:
            values[places >= self._first_negated] |= uncertain
        of_clauses = or_groups(values, pointers(sizes)[:-1])
        holds[bounded] = and_groups(of_clauses, pointers(clause_counts[bounded])[:-1])
        return holds
