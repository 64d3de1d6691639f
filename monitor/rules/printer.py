"""The printer: a syntax tree to its canonical text, with every bracket that the meaning needs.

Reading the result gives an equal tree.
"""

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
)

_OR, _AND, _NOT, _NEAR, _EXCEPT, _PRIM = range(6)
_BINDING = {Or: _OR, And: _AND, Not: _NOT, Near: _NEAR, Except: _EXCEPT}


def render(item: Query | Node) -> str:
    """The canonical text. AND inside OR and NEAR inside others are bracketed, though they need not be."""
    return _render(item.root if isinstance(item, Query) else item)


def _render(node: Node) -> str:
    match node:
        case Or():
            return " OR ".join(map(_clause, node.operands))
        case And():
            return " AND ".join(map(_clause, node.operands))
        case Not():
            return f"NOT {_clause(node.operand)}"
        case Near():
            operator = f"{'ONEAR' if node.ordered else 'NEAR'}/{node.distance}"
            return f"{_operand(node.left, _EXCEPT)} {operator} {_operand(node.right, _EXCEPT)}"
        case Except():
            return " EXCEPT ".join(_operand(operand, _PRIM) for operand in (node.operand, *node.excluded))
        case SomeOf():
            return f"{node.count} OF ({', '.join(map(_render, node.operands))})"
        case AtLeast():
            return f"ATLEAST/{node.count} {_operand(node.operand, _PRIM)}"
        case Field():
            return f"{node.name}:{_operand(node.operand, _PRIM)}"
        case _:
            return _leaf(node)


def _leaf(node: Term | Phrase | Regex | ListRef) -> str:
    match node:
        case Term():
            return node.text
        case Phrase():
            return f'"{node.text}"' + ("" if node.slop is None else f"~{node.slop}")
        case Regex():
            return f"/{node.text}/" + ("i" if node.ignore_case else "")
        case ListRef():
            return f"${node.name}"


def _clause(node: Node) -> str:
    """An operand of AND, OR and NOT."""
    return _render(node) if isinstance(node, Not) else _operand(node, _EXCEPT)


def _operand(node: Node, level: int) -> str:
    text = _render(node)
    return text if _BINDING.get(type(node), _PRIM) >= level else f"({text})"
