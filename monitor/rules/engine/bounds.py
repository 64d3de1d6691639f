"""Bounds: from a query to clauses over features that hold for every article that matches.

A bound never misses: what features cannot say is left out, and then the bound is not `exact`.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from math import comb
from typing import NamedTuple

from monitor.rules.engine.clauses import ANYTHING, NOTHING, Bound, Clause
from monitor.rules.engine.features import Features, mask_of
from monitor.rules.engine.leaves import Leaves
from monitor.rules.matcher import language_code
from monitor.rules.places import Scope
from monitor.rules.query import (
    And,
    AtLeast,
    Except,
    Field,
    ListRef,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    SomeOf,
    Term,
    walk,
)
from monitor.rules.score import WeighedQueries

MOST_CLAUSES = 16  # that an OR is multiplied out to
MOST_COMBINATIONS = 64  # that an OF is written out as


class _Context(NamedTuple):
    scope: Scope = Scope()
    negated: bool = False


class Bounds:
    """Makes bounds, numbering the features on the way."""

    def __init__(self, features: Features, leaves: Leaves | None = None) -> None:
        self._features = features
        self._leaves = Leaves(features) if leaves is None else leaves

    def of_query(self, root: Node) -> Bound:
        """The bound of a whole query."""
        return self._present(root, _Context())

    def of_score(self, weighed: WeighedQueries) -> Bound:
        """At least one term that can lift the sum to the threshold."""
        bounds = [(weight, self.of_query(query.root)) for query, weight in weighed.terms]
        if weighed.threshold > 0:
            bounds = _needed([item for item in bounds if item[0] > 0], weighed.threshold)
        if not bounds:
            return NOTHING
        return self._weakest([bound for _, bound in bounds])

    # --- whole articles -----------------------------------------------------------------------

    def _present(self, node: Node, context: _Context) -> Bound:
        match node:
            case Term():
                return self._leaves.read(node.words, context.scope)
            case And():
                return _all([self._present(child, context) for child in node.operands])
            case Or() | ListRef():
                return self._any([self._present(child, context) for child in node.operands])
            case SomeOf():
                return self._some(node.count, [self._present(child, context) for child in node.operands])
            case Not():
                return self._absent(node.operand, context._replace(negated=not context.negated))
            case AtLeast():
                bound = self._places(node.operand, context.scope)
                return bound if node.count == 1 else bound._replace(exact=False, flat=False)
            case Field(name="lang"):
                number = self._features.language(_codes(node), is_open=not context.negated)
                return Bound(((2 * number,),), exact=True, flat=False)
            case Field():
                return self._present(node.operand, _within(node, context))
            case _:
                return self._places(node, context.scope)

    def _absent(self, node: Node, context: _Context) -> Bound:
        """The bound of NOT node; `context` is that of the node."""
        match node:
            case And():
                return self._any([self._absent(child, context) for child in node.operands])
            case Or() | ListRef():
                return _all([self._absent(child, context) for child in node.operands])
            case Not():
                inner = context._replace(negated=not context.negated)
                return self._present(node.operand, inner)._replace(flat=False)
            case Field() if node.name != "lang":
                return self._absent(node.operand, _within(node, context))
            case SomeOf():
                return ANYTHING
            case _:
                bound = self._present(node, context)
                if not bound.exact or len(bound.clauses) != 1:
                    return ANYTHING
                clauses = tuple((literal ^ 1,) for literal in bound.clauses[0])
                return Bound(clauses, exact=True, flat=not isinstance(node, Field))

    def _any(self, bounds: list[Bound]) -> Bound:
        """The bound of OR: clauses multiplied out, or one of each operand when that are too many."""
        if all(len(bound.clauses) == 1 for bound in bounds):
            clause = tuple(dict.fromkeys(literal for bound in bounds for literal in bound.clauses[0]))
            return Bound((clause,), all(b.exact for b in bounds), all(b.flat for b in bounds))
        count = 1
        for bound in bounds:
            count *= len(bound.clauses)
        if not 0 < count <= MOST_CLAUSES:
            return self._weakest(bounds)
        clauses = tuple(_union(chosen) for chosen in product(*(bound.clauses for bound in bounds)))
        return Bound(clauses, all(bound.exact for bound in bounds), flat=False)

    def _weakest(self, bounds: Sequence[Bound]) -> Bound:
        """One clause: of each operand the one that fewest articles satisfy."""
        if not all(bound.clauses for bound in bounds):
            return ANYTHING
        best = (min(bound.clauses, key=self._share) for bound in bounds)
        return Bound((_union(best),), exact=False, flat=False)

    def _share(self, clause: Clause) -> float:
        shares = self._features.shares
        return sum(1.0 if literal & 1 else shares[literal >> 1] for literal in clause)

    def _some(self, count: int, bounds: list[Bound]) -> Bound:
        """Of m operands n hold when of every m-n+1 operands one holds."""
        size = len(bounds) - count + 1
        if count == 1:
            return self._any(bounds)
        if count == len(bounds):
            return _all(bounds)
        is_simple = all(len(bound.clauses) == 1 for bound in bounds)
        if not is_simple or comb(len(bounds), size) > MOST_COMBINATIONS:
            return self._weakest(bounds)
        clauses = tuple(_union(bound.clauses[0] for bound in chosen) for chosen in combinations(bounds, size))
        return Bound(clauses, all(b.exact for b in bounds), all(b.flat for b in bounds))

    # --- places -------------------------------------------------------------------------------

    def _places(self, node: Node, scope: Scope) -> Bound:
        """The bound of a node that has places in the text."""
        match node:
            case Term():
                return self._leaves.read(node.words, scope)
            case Or() | ListRef():
                return self._any([self._places(child, scope) for child in node.operands])
            case Near():
                return self._near(node, scope)
            case Except():
                return self._places(node.operand, scope)._replace(exact=False, flat=False)
            case Field(name="lang"):
                return ANYTHING
            case Field():
                return self._places(node.operand, scope.within(node.name))
            case Phrase(slop=None):
                return self._leaves.read(node.sequence, scope)
            case Phrase():
                bounds = [self._leaves.read(words, scope) for words in node.words]
                return _all(bounds)._replace(exact=False, flat=False)
            case Regex():
                number = self._features.regex(node, mask_of(scope.fields))
                return Bound(((2 * number,),), exact=False, flat=False)
            case _:
                return ANYTHING

    def _near(self, node: Near, scope: Scope) -> Bound:
        left, right = self._places(node.left, scope), self._places(node.right, scope)
        if not (_is_plain(left, self._leaves) and _is_plain(right, self._leaves)):
            return _all([left, right])._replace(exact=False, flat=False)
        sides = (tuple(literal >> 1 for literal in side.clauses[0]) for side in (left, right))
        number = self._features.near((*sides, node.distance, node.ordered))  # type: ignore[arg-type]
        return Bound(((2 * number,),), exact=True, flat=True)


def _is_plain(bound: Bound, leaves: Leaves) -> bool:
    """Whether its places are those of words, beginnings and phrases, any of them."""
    if not (bound.exact and bound.flat and len(bound.clauses) == 1):
        return False
    return all(literal >> 1 in leaves.with_places for literal in bound.clauses[0])


def _all(bounds: list[Bound]) -> Bound:
    clauses = tuple(dict.fromkeys(clause for bound in bounds for clause in bound.clauses))
    return Bound(clauses, all(bound.exact for bound in bounds), all(bound.flat for bound in bounds))


def _union(clauses: Iterable[Clause]) -> Clause:
    return tuple(dict.fromkeys(literal for clause in clauses for literal in clause))


def _within(node: Field, context: _Context) -> _Context:
    return context._replace(scope=context.scope.within(node.name))


def _codes(node: Field) -> tuple[str, ...]:
    return tuple(sorted({language_code(child.text) for child in walk(node) if isinstance(child, Term)}))


def _needed(bounds: list[tuple[float, Bound]], threshold: float) -> list[tuple[float, Bound]]:
    """Without the lightest terms that cannot reach the threshold even all together."""
    heaviest_first = sorted(bounds, key=lambda item: -item[0])
    light = 0.0
    while heaviest_first and light + heaviest_first[-1][0] < threshold:
        light += heaviest_first.pop()[0]
    return heaviest_first
