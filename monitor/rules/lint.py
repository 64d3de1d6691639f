"""Lint: warnings about queries that can be read and hardly mean what was wanted.

Judges the syntax tree alone; what needs the archive (words never seen, alerts a day) is not here.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from monitor.rules import dialects, inflection, operands
from monitor.rules.implication import implies
from monitor.rules.printer import render
from monitor.rules.query import (
    And,
    Except,
    Field,
    ListRef,
    Node,
    Not,
    Or,
    Phrase,
    Place,
    Query,
    Term,
    children,
)
from monitor.rules.stopwords import STOP_WORDS
from monitor.text import characters

# Comparing each pair of a long OR would take quadratic time.
_MOST_COMPARED = 200


class Finding(NamedTuple):
    """A warning: where in the query, what, and what to write instead."""

    span: Place
    message: str
    hint: str


def lint(query: Query, *, languages: tuple[str, ...] = ()) -> list[Finding]:
    """All warnings in the order of the text. `languages`: those of the rule, when it names some."""
    remarks = list(dialects.foreign(query))
    found = [*_mixed(query), *(Finding(*remark) for remark in remarks)]
    meant = {remark[0][0] for remark in remarks}  # such a word is not judged as a word as well
    for node, negated in _own_nodes(query.root):
        for check in _CHECKS:
            found += check(node)
        if isinstance(node, Term | Phrase) and not negated and node.span[0] not in meant:
            found += _common_words(node)
        if isinstance(node, Term):
            found += _uninflected(node, languages)
    return sorted(set(found))


def _own_nodes(node: Node, *, negated: bool = False) -> Iterator[tuple[Node, bool]]:
    """The nodes whose spans are in this query: lists are not entered, nor language codes and exact words."""
    yield node, negated
    if isinstance(node, ListRef) or (
        isinstance(node, Field) and node.name in ("lang", "exact", "url", "source")
    ):
        return
    for child in children(node):
        yield from _own_nodes(child, negated=negated != isinstance(node, Not))


def _short(node: Node) -> str:
    text = render(node)
    return text if len(text) <= 60 else text[:59] + "…"


# --- structure --------------------------------------------------------------------------------


def _mixed(query: Query) -> Iterator[Finding]:
    for span in query.mixed:
        text = query.text[slice(*span)]
        hint = (
            f"AND binds first; to be clear, write ({text})" if len(text) <= 60 else "put brackets around it"
        )
        yield Finding(span, "AND and OR mixed without brackets", hint)


def _contradiction(node: Node) -> Iterator[Finding]:
    """`a AND NOT a`, also when the excluded is only wider: `tanker -tank*`."""
    if not isinstance(node, And):
        return
    wanted = [operand for operand in node.operands if not isinstance(operand, Not)][:_MOST_COMPARED]
    refused = [operand for operand in node.operands if isinstance(operand, Not)][:_MOST_COMPARED]
    for exclusion in refused:
        culprit = next((operand for operand in wanted if implies(operand, exclusion.operand)), None)
        if culprit is not None:
            hint = "remove one of the two"
            message = f"can never match: it wants `{_short(culprit)}` and excludes it"
            yield Finding(exclusion.span, message, hint)


def _empty_except(node: Node) -> Iterator[Finding]:
    """`a EXCEPT a` finds nothing."""
    if isinstance(node, Except) and any(_is_same_place(node.operand, other) for other in node.excluded):
        yield Finding(node.span, f"can never match: `{_short(node)}` leaves nothing", "remove one of the two")


def _is_same_place(operand: Node, excluded: Node) -> bool:
    alternatives = excluded.operands if isinstance(excluded, Or | ListRef) else (excluded,)
    return isinstance(operand, Term) and any(
        isinstance(other, Term) and implies(operand, other) for other in alternatives
    )


def _idle_branch(node: Node) -> Iterator[Finding]:
    """`a OR (a AND b)`: the second adds nothing; `a AND (a OR b)`: nor does that."""
    if not isinstance(node, Or | And):
        return
    found = [operand for operand in node.operands if not isinstance(operand, Not)][:_MOST_COMPARED]
    idle: set[int] = set()
    for index, operand in enumerate(found):
        for other_index, other in enumerate(found):
            if index == other_index or other_index in idle:
                continue
            adds_nothing = implies(operand, other) if isinstance(node, Or) else implies(other, operand)
            # Of two that say the same the later one is idle.
            if adds_nothing and (index > other_index or not _both_ways(operand, other)):
                idle.add(index)
                message = f"`{_short(operand)}` adds nothing to `{_short(other)}`"
                yield Finding(operand.span, message, "remove it")
                break


def _both_ways(operand: Node, other: Node) -> bool:
    return implies(operand, other) and implies(other, operand)


def _almost_everything(node: Node) -> Iterator[Finding]:
    """`a OR NOT b` takes every article without b."""
    if isinstance(node, Or) and any(operands.is_positive(operand) for operand in node.operands):
        for operand in node.operands:
            if not operands.is_positive(operand):
                hint = "write AND NOT to exclude"
                yield Finding(
                    operand.span, f"matches almost everything: any article passes `{_short(operand)}`", hint
                )


_CHECKS: tuple[Callable[[Node], Iterator[Finding]], ...] = (
    _contradiction,
    _empty_except,
    _idle_branch,
    _almost_everything,
)


# --- words ------------------------------------------------------------------------------------


def _common_words(node: Term | Phrase) -> Iterator[Finding]:
    pieces = node.words.pieces if isinstance(node, Term) else node.sequence.pieces
    if any(piece.before or piece.after or piece.symbols or piece.is_any for piece in pieces):
        return
    found = [piece.folded for piece in pieces]
    if len(found) == 1 and _is_one_letter(found[0]):
        yield Finding(node.span, f"`{node.text}` is a single letter", "write a word or a phrase")
    elif all(word in STOP_WORDS for word in found):
        hint = "add a word that says more"
        if node.text.isupper() and len(found) == 1:
            hint = f"to find it in capitals only, write exact:{node.text}"
        yield Finding(node.span, f"`{node.text}` is in almost every text", hint)


def _is_one_letter(word: str) -> bool:
    return len(word) == 1 and not characters.is_unspaced(word) and word.isalpha()


def _uninflected(term: Term, languages: tuple[str, ...]) -> Iterator[Finding]:
    if len(term.words.pieces) != 1 or term.words.pieces[0].has_wildcard:
        return
    stem = inflection.stem(term.text, languages)
    if stem:
        message = f"`{term.text}` misses its other forms"
        yield Finding(term.span, message, f"write {stem}* to find them")
