"""Templates: the bound of a shape, into which the literals of a query's words are put.

What `bounds` makes of a query depends on its words by their literals alone: each of those that are cut
out has just one, whose hits are its places. So the bound is worked out once for all queries of a shape, with
the numbers of the words in place of their literals:

    shape      (· OR ·) AND (· NEAR/8 ·) AND NOT ·        words 0 1 2 3 4
    nears      5 = 2 NEAR/8 3
    clauses    0 1    5    not 4
"""

from typing import NamedTuple

from monitor.rules import shapes
from monitor.rules.engine.bounds import Bounds
from monitor.rules.engine.clauses import Bound, one_of
from monitor.rules.engine.features import Features, NearKey
from monitor.rules.engine.leaves import Leaves
from monitor.rules.places import Scope
from monitor.rules.query import Node
from monitor.rules.words import Words


class Template(NamedTuple):
    """A bound whose literals are twice the number of a word or of a NEAR, plus one when negated."""

    nears: tuple[NearKey, ...]  # numbered behind the words
    sizes: tuple[int, ...]  # of the clauses
    literals: tuple[int, ...]  # of all clauses
    exact: bool
    flat: bool

    def fill(self, literals: list[int], features: Features) -> list[int]:
        """The literals of all clauses for a query, given those of its words. Uses up the list given."""
        for left, right, distance, ordered in self.nears:
            sides = [tuple(dict.fromkeys(literals[word] >> 1 for word in side)) for side in (left, right)]
            literals.append(2 * features.near((sides[0], sides[1], distance, ordered)))
        return [literals[literal >> 1] ^ literal & 1 for literal in self.literals]


def of_shape(shape: str, count: int) -> Template | None:
    """The template of a shape with so many words; None when a bound depends on more than literals."""
    root = shapes.tree(shape, count)
    try:
        return None if root is None else _make(root, count)
    except _DependsOnShares:
        return None


class _DependsOnShares(Exception):
    """The clauses chosen are those that few articles satisfy."""


def _make(root: Node, count: int) -> Template:
    numbers = _Numbers(count)
    bound = _Outline(numbers, _Slots(numbers, count)).of_query(root)
    return Template(
        tuple(numbers.nears),
        tuple(map(len, bound.clauses)),
        tuple(literal for clause in bound.clauses for literal in clause),
        bound.exact,
        bound.flat,
    )


class _Numbers(Features):
    """Numbers for NEARs, behind those of the words."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def near(self, key: NearKey) -> int:
        number = self._count + len(self.nears)
        self.nears[key] = number
        return number


class _Slots(Leaves):
    """The word named w7 has the number 7."""

    def __init__(self, features: Features, count: int) -> None:
        super().__init__(features)
        self.with_places.update(range(count))

    def read(self, typed: Words, scope: Scope) -> Bound:  # noqa: ARG002 – it is the default one
        return one_of((2 * int(typed.pieces[0].text[1:]),), exact=True)


class _Outline(Bounds):
    """Bounds as far as they depend on the shape."""

    def _weakest(self, bounds: object) -> Bound:  # noqa: ARG002
        raise _DependsOnShares
