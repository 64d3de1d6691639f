"""Clauses: what the rules become.

A literal is twice a feature number, plus one when the feature must be absent. Of a clause one literal
must hold; of a bound all clauses must hold.
"""

from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from monitor.rules.engine.arrays import I32, I64, Bool, pointers
from monitor.rules.engine.features import ALWAYS

Clause = tuple[int, ...]


class Bound(NamedTuple):
    """What every article has that a node matches.

    `exact`: only articles that match have it. `flat`: the places of a match are all places of those
    features in it that are not negated.
    """

    clauses: tuple[Clause, ...]
    exact: bool
    flat: bool


ANYTHING = Bound((), exact=False, flat=False)
NOTHING = Bound(((2 * ALWAYS + 1,),), exact=False, flat=False)


def one_of(literals: Clause, *, exact: bool = False) -> Bound:
    """The bound of a single clause, flat when exact; anything when there is no literal."""
    return Bound((literals,), exact, exact) if literals else ANYTHING


class Requirements:
    """The bounds of rules 0 … n-1, their clauses one after the other without an object for each.

    rule       0               1
    clauses    0       1       2           3        `clauses[rule]` is the first of the rule
    literals   a b c   d       e f         g        `literals[clause]` is the first of the clause
    """

    def __init__(self) -> None:
        self._counts = array("i")  # of the clauses of each rule
        self._sizes = array("i")  # of each clause
        self._flat = array("i")
        self._exact = bytearray()
        self._is_flat = bytearray()

    def add(self, bound: Bound) -> None:
        """One more rule."""
        literals = [literal for clause in bound.clauses for literal in clause]
        self.add_literals(literals, list(map(len, bound.clauses)), exact=bound.exact, flat=bound.flat)

    def add_literals(self, literals: Sequence[int], sizes: Sequence[int], *, exact: bool, flat: bool) -> None:
        """One more rule, given the literals of all of its clauses and the sizes of these."""
        self._counts.append(len(sizes))
        self._sizes.extend(sizes)
        self._flat.extend(literals)
        self._exact.append(exact)
        self._is_flat.append(flat)

    def are_exact(self) -> Bool:
        """Which bounds are exact."""
        return np.frombuffer(bytes(self._exact), dtype=np.bool_)

    def are_flat(self) -> Bool:
        """Which bounds are flat."""
        return np.frombuffer(bytes(self._is_flat), dtype=np.bool_)

    @cached_property
    def clauses(self) -> I64:
        """For each rule its first clause, and at the end the number of all clauses."""
        return pointers(np.frombuffer(self._counts, dtype=np.int32))

    @cached_property
    def literals(self) -> I64:
        """For each clause its first literal, and at the end the number of all literals."""
        return pointers(np.frombuffer(self._sizes, dtype=np.int32))

    @cached_property
    def flat(self) -> I32:
        """The literals of all clauses."""
        return np.frombuffer(self._flat, dtype=np.int32)
