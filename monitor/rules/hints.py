"""Which articles a rule may match once more of their text is known: those in which a part of it is found.

A hint is the rule with every AND, NEAR and count taken for OR, and without what it excludes. Fields
that say nothing about the text (language, outlet) are no hint by themselves.
"""

from collections.abc import Mapping

from monitor.rules.engine.choice import ChoosingEngine
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
    Query,
    Regex,
    SomeOf,
    Term,
)  # fmt: skip
from monitor.rules.ruleset import Compiled, RuleSet
from monitor.rules.score import WeighedQueries

_NO_HINT = frozenset({"lang", "source", "url"})


def hints(rules: Mapping[str, Compiled]) -> RuleSet:
    """A rule set of the same names that matches wherever a rule has found a part of what it wants."""
    loosened = {name: _loosen_rule(rule) for name, rule in rules.items()}
    queries = {name: Query(name, node) for name, node in loosened.items() if node is not None}
    return RuleSet(queries, ChoosingEngine(queries))


def _loosen_rule(rule: Compiled) -> Node | None:
    if isinstance(rule, WeighedQueries):
        return _any(*(query.root for query, weight in rule.terms if weight > 0))
    return _loosen(rule.root)


def _loosen(node: Node) -> Node | None:
    match node:
        case Term() | Phrase() | Regex():
            return node
        case Not():
            return None
        case Or() | And() | SomeOf() | ListRef():
            return _any(*node.operands)
        case Near():
            return _any(node.left, node.right)
        case AtLeast() | Except():
            return _loosen(node.operand)
        case Field():
            inner = None if node.name in _NO_HINT else _loosen(node.operand)
            return None if inner is None else Field(node.name, inner, node.span)


def _any(*nodes: Node) -> Node | None:
    found = [inner for inner in map(_loosen, nodes) if inner is not None]
    return found[0] if len(found) == 1 else Or(tuple(found)) if found else None
