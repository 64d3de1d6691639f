"""Clauses: what the rules become.

A literal is twice a feature number, plus one when the feature must be absent. Of a clause one literal
must hold; of a bound all clauses must hold.
"""

from typing import NamedTuple

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
