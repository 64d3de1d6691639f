"""Lint: parts of a query that change nothing, and such that let almost everything through."""

from collections.abc import Iterator, Sequence

from monitor.rules import operands, words
from monitor.rules.finding import MOST_COMPARED, Finding, shown
from monitor.rules.implication import Judge
from monitor.rules.query import And, Except, ListRef, Node, Not, Or, Phrase, Regex, SomeOf, Term
from monitor.text import characters

# Texts so short that what is found in each of them is found everywhere.
_LETTERS = ("a", "e", "и", "1")


def idle_parts(node: Node, judge: Judge) -> Iterator[Finding]:
    """What of this node (not below it) could as well be left out, or lets everything in."""
    match node:
        case Or() | And():
            yield from _idle_branches(node, judge)
            if isinstance(node, Or):
                yield from _open_branches(node)
        case SomeOf():
            yield from _counted_twice(node, judge)
            yield from _open_counts(node)
        case Except():
            yield from _idle_exceptions(node, judge)
        case Regex():
            yield from _any_text(node)


def idle_pairs(found: Sequence[Node], judge: Judge, *, is_all: bool) -> Iterator[tuple[int, int]]:
    """Which of some alternatives (or, `is_all`, conditions) add nothing, each with one that says more.

    `a OR (a AND b)`: the second adds nothing; `a AND (a OR b)`: nor does that.
    """
    idle: set[int] = set()
    found = found[:MOST_COMPARED]
    for index, operand in enumerate(found):
        for other_index, other in enumerate(found):
            if index == other_index or other_index in idle:
                continue
            adds_nothing = judge.implies(other, operand) if is_all else judge.implies(operand, other)
            # Of two that say the same the later one is idle.
            if adds_nothing and (index > other_index or not _both_ways(operand, other, judge)):
                idle.add(index)
                yield index, other_index
                break


def _both_ways(operand: Node, other: Node, judge: Judge) -> bool:
    return judge.implies(operand, other) and judge.implies(other, operand)


def _idle_branches(node: Or | And, judge: Judge) -> Iterator[Finding]:
    found = [operand for operand in node.operands if not isinstance(operand, Not)]
    for index, other in idle_pairs(found, judge, is_all=isinstance(node, And)):
        message = f"`{shown(found[index])}` adds nothing to `{shown(found[other])}`"
        yield Finding(found[index].span, message, "remove it")


def _counted_twice(node: SomeOf, judge: Judge) -> Iterator[Finding]:
    """`2 OF (oil, oil*)`: one word is two of them."""
    if node.count < 2:
        return
    for index, other in idle_pairs(node.operands, judge, is_all=False):
        one, more = node.operands[index], node.operands[other]
        message = f"`{shown(one)}` counts twice: wherever it is, `{shown(more)}` is, too"
        yield Finding(one.span, message, "remove it, or put OR between the two")


def _open_branches(node: Or) -> Iterator[Finding]:
    """`a OR NOT b` takes every article without b."""
    if any(operands.is_positive(operand) for operand in node.operands):
        for operand in node.operands:
            if not operands.is_positive(operand):
                message = f"matches almost everything: any article passes `{shown(operand)}`"
                yield Finding(operand.span, message, "write AND NOT to exclude")


def _open_counts(node: SomeOf) -> Iterator[Finding]:
    """`2 OF (a, b, NOT c)` takes every article with a and without c."""
    for operand in node.operands:
        if not operands.is_positive(operand):
            message = f"`{shown(operand)}` counts in almost every article"
            yield Finding(operand.span, message, "write AND NOT to exclude, behind the bracket")


def _any_text(node: Regex) -> Iterator[Finding]:
    if all(next(node.pattern.finditer(text), None) for text in _LETTERS):
        yield Finding(node.span, f"`{shown(node)}` is found in almost every text", "write more of it out")


# --- EXCEPT -----------------------------------------------------------------------------------


def _idle_exceptions(node: Except, judge: Judge) -> Iterator[Finding]:
    """`a EXCEPT a` leaves nothing, `a EXCEPT "b c"` leaves all."""
    if not isinstance(node.operand, Term | Phrase):
        return
    for excluded in _leaves_of(node.excluded):
        if _is_same_place(node.operand, excluded, judge):
            message = f"can never match: `{shown(node)}` leaves nothing"
            yield Finding(node.span, message, "remove one of the two")
            return
    for excluded in _leaves_of(node.excluded, enter_lists=False):
        if isinstance(excluded, Term | Phrase) and not _may_hold(excluded, node.operand):
            message = f"`{shown(excluded)}` changes nothing: no `{shown(node.operand)}` lies inside it"
            yield Finding(excluded.span, message, "to leave out whole articles, write AND NOT")


def _leaves_of(excluded: Sequence[Node], *, enter_lists: bool = True) -> Iterator[Node]:
    for node in excluded:
        if isinstance(node, Or) or (enter_lists and isinstance(node, ListRef)):
            yield from _leaves_of(node.operands, enter_lists=enter_lists)
        else:
            yield node


def _is_same_place(operand: Term | Phrase, excluded: Node, judge: Judge) -> bool:
    if isinstance(operand, Term) and isinstance(excluded, Term):
        return judge.implies(operand, excluded)
    return (
        isinstance(excluded, Term | Phrase)
        and _slop(operand) is _slop(excluded) is None
        and _plain(operand) == _plain(excluded) != ""
    )


def _may_hold(whole: Term | Phrase, part: Term | Phrase) -> bool:
    """Whether a place of the one may lie inside a place of the other; yes when unsure."""
    inner, outer = _plain(part), _plain(whole)
    if not inner or not outer or _slop(whole) is not None or _slop(part) is not None:
        return True
    return inner in outer if characters.is_unspaced(inner[0]) else f" {inner} " in f" {outer} "


def _slop(node: Term | Phrase) -> int | None:
    return node.slop if isinstance(node, Phrase) else None


def _plain(node: Term | Phrase) -> str:
    """The folded words with spaces between; "" when more than these may be found."""
    pieces = (node.sequence if isinstance(node, Phrase) else node.words).pieces
    if any(piece.has_wildcard or piece.joint is not words.Joint.GAP for piece in pieces[:-1]):
        touching = all(piece.joint is words.Joint.TOUCH for piece in pieces[:-1])
        is_plain = touching and not any(piece.has_wildcard for piece in pieces)
        return "".join(piece.folded for piece in pieces) if is_plain else ""
    if pieces[-1].has_wildcard or any(words.prefixes(piece.folded) for piece in pieces):
        return ""
    return " ".join(piece.folded for piece in pieces)
