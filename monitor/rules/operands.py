"""Which operand may stand where: places for NEAR, EXCEPT and ATLEAST, codes for `lang:`.

Also whether a query asks for anything at all, rather than only excluding.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from monitor.rules import printer
from monitor.rules.query import (
    And,
    AtLeast,
    Field,
    ListRef,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Place,
    Regex,
    SomeOf,
    Term,
    children,
)

_LONGEST_HINT = 300
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


class Problem(NamedTuple):
    message: str
    span: Place
    hint: str


def is_positive(node: Node, *, negated: bool = False) -> bool:
    """Whether something must be present for the node to match."""
    if isinstance(node, Not):
        return is_positive(node.operand, negated=not negated)
    if isinstance(node, Or | And | SomeOf | Field | AtLeast):
        return any(is_positive(child, negated=negated) for child in children(node))
    return not negated


# --- NEAR, EXCEPT, ATLEAST --------------------------------------------------------------------

_NAMES = {And: "AND", Not: "NOT", SomeOf: "OF", AtLeast: "ATLEAST", Regex: "a regular expression"}


def place_problem(operator: str, node: Node) -> Problem | None:
    """What in an operand of EXCEPT or ATLEAST is no place in the text, if anything."""
    culprit = _first(
        node, lambda found: isinstance(found, And | Not | SomeOf | AtLeast) or _is_language(found)
    )
    if culprit is None:
        return None
    hint = f"{operator} takes terms, phrases, NEAR, EXCEPT, and OR of them"
    if isinstance(culprit, ListRef):
        hint += f"; an item of ${culprit.name} is more than that"
    return Problem(f"{_name(culprit)} inside {operator}", culprit.span, hint)


def near_problem(near: Near) -> Problem | None:
    """What in the operands of a NEAR cannot be near anything, with the query that was meant."""
    for side in (near.left, near.right):
        culprit = _first(side, _is_not_near)
        if culprit is not None:
            operator = "ONEAR" if near.ordered else "NEAR"
            return Problem(f"{_name(culprit)} inside {operator}", culprit.span, _near_hint(near, culprit))
    return None


def _is_not_near(node: Node) -> bool:
    if isinstance(node, Field):
        return node.name != "exact"
    return type(node) in _NAMES


def _is_language(node: Node) -> bool:
    return isinstance(node, Field) and node.name == "lang"


def _name(node: Node) -> str:
    if isinstance(node, ListRef):
        return f"a list of whole conditions, `${node.name}`,"
    return f"the field `{node.name}:`" if isinstance(node, Field) else _NAMES[type(node)]


def _near_hint(near: Near, culprit: Node) -> str:
    if isinstance(culprit, Regex):
        return "use terms with wildcards, or AND"
    if isinstance(culprit, ListRef):
        return f"put the words alone into ${culprit.name}, or use AND"
    rewritten = _spread(near.left, lambda left: _spread(near.right, lambda right: _join(near, left, right)))
    text = printer.render(rewritten)
    return f"did you mean {text}" if len(text) <= _LONGEST_HINT else "bring NEAR inside the brackets"


def _join(near: Near, left: Node, right: Node) -> Node:
    return Near(left, right, near.distance, near.ordered)


def _spread(node: Node, join: Callable[[Node], Node]) -> Node:
    """Bring what stands outside `node` inside its AND, NOT, OF, ATLEAST or field."""
    if _first(node, _is_not_near) is None:
        return join(node)
    match node:
        case And():
            return And(tuple(_spread(operand, join) for operand in node.operands))
        case Or():
            return Or(tuple(_spread(operand, join) for operand in node.operands))
        case SomeOf():
            return SomeOf(node.count, tuple(_spread(operand, join) for operand in node.operands))
        case Not():
            return Not(_spread(node.operand, join))
        case AtLeast():
            return AtLeast(node.count, _spread(node.operand, join))
        case Field():
            return _in_field(node.name, _spread(node.operand, join))
        case _:
            return join(node)


def _in_field(name: str, node: Node) -> Node:
    """`title:a NEAR title:b` becomes one field around both."""
    if isinstance(node, Field) and node.name == name:
        return node
    return Field(name, node)


def _first(node: Node, is_wanted: Callable[[Node], bool]) -> Node | None:
    if is_wanted(node):
        return node
    found = (_first(child, is_wanted) for child in children(node))
    culprit = next((item for item in found if item is not None), None)
    # What a list holds has no place in this query; its name has.
    return node if culprit is not None and isinstance(node, ListRef) else culprit


# --- lang: ------------------------------------------------------------------------------------


def language_problem(node: Node) -> Problem | None:
    """What after `lang:` is not a language code or OR of codes, if anything."""
    if isinstance(node, Or):
        found = (language_problem(operand) for operand in node.operands)
        return next((problem for problem in found if problem is not None), None)
    if isinstance(node, Term) and _LANGUAGE.fullmatch(node.text):
        return None
    if isinstance(node, Term | Phrase):
        return Problem(f"`{node.text}` is no language code", node.span, "codes look like en, ru or pt-BR")
    return Problem("`lang:` takes codes only", node.span, "write lang:en or lang:(en OR ru)")
