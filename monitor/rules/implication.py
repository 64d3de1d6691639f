"""Does one part of a query imply another? Answered on the tree alone: "yes" is sure, "no" is not.

implies(`oil AND gas`, `oil`), implies(`tanker`, `tank*`), implies(`"oil price"`, `price`)
"""

from monitor.rules import words
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
    SomeOf,
    Term,
    walk,
)

MOST_STEPS = 200_000


def implies(premise: Node, conclusion: Node) -> bool:
    """Whether every article with the premise surely has the conclusion."""
    return Judge().implies(premise, conclusion)


class Judge:
    """Answers so many questions and then says "not sure": long alternatives ask them by the million."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self._left = steps

    def implies(self, premise: Node, conclusion: Node) -> bool:
        """Whether every article with the premise surely has the conclusion."""
        self._left -= 1
        return self._left >= 0 and (
            _same(premise, conclusion)
            or self._by_conclusion(premise, conclusion)
            or self._by_premise(premise, conclusion)
        )

    def _by_conclusion(self, premise: Node, conclusion: Node) -> bool:
        match conclusion:
            case Or() | ListRef():
                return any(self.implies(premise, operand) for operand in conclusion.operands)
            case And():
                return all(self.implies(premise, operand) for operand in conclusion.operands)
            case Field(name="any"):  # more fields than the default ones
                return _asks_only(conclusion.operand) and self.implies(premise, conclusion.operand)
            case _:
                return False

    def _by_premise(self, premise: Node, conclusion: Node) -> bool:
        match premise:
            case Or() | ListRef():
                return all(self.implies(operand, conclusion) for operand in premise.operands)
            case And():
                return any(self.implies(operand, conclusion) for operand in premise.operands)
            case SomeOf() if premise.count == len(premise.operands):
                return any(self.implies(operand, conclusion) for operand in premise.operands)
            case Near():
                return self._by_near(premise, conclusion)
            case Except() | AtLeast():
                return self.implies(premise.operand, conclusion)
            case Not():
                return isinstance(conclusion, Not) and self.implies(conclusion.operand, premise.operand)
            case Field():
                return self._by_field(premise, conclusion)
            case Phrase():
                return any(_has_word(word, conclusion) for word in premise.words)
            case Term():
                return _has_word(premise.words, conclusion)
            case _:
                return False

    def _by_near(self, premise: Near, conclusion: Node) -> bool:
        if isinstance(conclusion, Near) and _is_as_near(premise, conclusion):
            return True
        return self.implies(premise.left, conclusion) or self.implies(premise.right, conclusion)

    def _by_field(self, premise: Field, conclusion: Node) -> bool:
        if isinstance(conclusion, Field) and conclusion.name == premise.name:
            return self.implies(premise.operand, conclusion.operand)
        if not _asks_only(premise.operand):  # that the title lacks a word says nothing of the body
            return False
        return premise.name in ("title", "summary", "body", "exact") and self.implies(
            premise.operand, conclusion
        )


def _asks_only(node: Node) -> bool:
    """Whether nothing in the node is excluded."""
    return not any(isinstance(inner, Not | Except) for inner in walk(node))


def _same(premise: Node, conclusion: Node) -> bool:
    """Equal as they are compared with text, so that `Oil` is `oil`."""
    if isinstance(premise, Term) and isinstance(conclusion, Term):
        return _folded(premise) == _folded(conclusion)
    return premise == conclusion


def _is_as_near(premise: Near, conclusion: Near) -> bool:
    """`a NEAR/3 b` is `a NEAR/5 b`, and `b NEAR/5 a`; `a ONEAR/3 b` is both."""
    if premise.distance > conclusion.distance or (conclusion.ordered and not premise.ordered):
        return False
    if _same(premise.left, conclusion.left) and _same(premise.right, conclusion.right):
        return True
    turned = _same(premise.left, conclusion.right) and _same(premise.right, conclusion.left)
    return turned and not conclusion.ordered


def _has_word(word: words.Words, conclusion: Node) -> bool:
    """Whether a typed word is one that the term finds."""
    if not isinstance(conclusion, Term) or len(word.pieces) != 1 or len(conclusion.words.pieces) != 1:
        return False
    found, wanted = word.pieces[0], conclusion.words.pieces[0]
    if found.is_any or wanted.before or wanted.after:
        return (found, wanted.is_any) == (wanted, False)
    if found.has_wildcard:
        return _is_narrower(found.folded, wanted.folded)
    return words.accepts(wanted.folded, found.folded)


def _is_narrower(pattern: str, other: str) -> bool:
    """`tanker*` finds nothing that `tank*` does not."""
    return pattern == other or (
        other.endswith("*") and not words.has_wildcard(other[:-1]) and pattern.startswith(other[:-1])
    )


def _folded(term: Term) -> tuple[tuple[str, str, str, str, str], ...]:
    return tuple((p.folded, p.joint, p.symbols, p.before, p.after) for p in term.words.pieces)
