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
)


def implies(premise: Node, conclusion: Node) -> bool:
    """Whether every article with the premise surely has the conclusion."""
    return (
        _same(premise, conclusion) or _by_conclusion(premise, conclusion) or _by_premise(premise, conclusion)
    )


def _same(premise: Node, conclusion: Node) -> bool:
    """Equal as they are compared with text, so that `Oil` is `oil`."""
    if isinstance(premise, Term) and isinstance(conclusion, Term):
        return _folded(premise) == _folded(conclusion)
    return premise == conclusion


def _by_conclusion(premise: Node, conclusion: Node) -> bool:
    match conclusion:
        case Or() | ListRef():
            return any(implies(premise, operand) for operand in conclusion.operands)
        case And():
            return all(implies(premise, operand) for operand in conclusion.operands)
        case _:
            return False


def _by_premise(premise: Node, conclusion: Node) -> bool:
    match premise:
        case Or() | ListRef():
            return all(implies(operand, conclusion) for operand in premise.operands)
        case And():
            return any(implies(operand, conclusion) for operand in premise.operands)
        case SomeOf() if premise.count == len(premise.operands):
            return any(implies(operand, conclusion) for operand in premise.operands)
        case Near():
            return implies(premise.left, conclusion) or implies(premise.right, conclusion)
        case Except() | AtLeast():
            return implies(premise.operand, conclusion)
        case Not():
            return isinstance(conclusion, Not) and implies(conclusion.operand, premise.operand)
        case Field():
            return _by_field(premise, conclusion)
        case Phrase():
            return any(_has_word(word, conclusion) for word in premise.words)
        case Term():
            return _has_word(premise.words, conclusion)
        case _:
            return False


def _by_field(premise: Field, conclusion: Node) -> bool:
    if isinstance(conclusion, Field) and conclusion.name == premise.name:
        return implies(premise.operand, conclusion.operand)
    return premise.name in ("title", "summary", "body", "exact") and implies(premise.operand, conclusion)


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
