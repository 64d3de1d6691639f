"""Shapes: queries without their words. Thousands of queries are of a few hundred shapes.

Two queries of one shape are read to the same tree but for its leaves, so a shape is read once and
stands for all of them:

    query     (starting OR malice OR "banging attend") AND (chairman NEAR/8 sorting)
    shape     (· OR · OR ·) AND (· NEAR/8 ·)
    words     starting, malice, "banging attend", chairman, sorting

What is cut out are words of plain letters that stand alone, `abc*`, and phrases of such words. All of
them can be searched for. What else there is stays in the shape, which then has no `tree` of its own.
"""

import re
from functools import lru_cache

from monitor.errors import QueryError
from monitor.rules import parser
from monitor.rules.lexer import OPERATORS
from monitor.rules.query import (
    And,
    AtLeast,
    Except,
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

_MARK = "\0"  # where a word stood
_KNOWN_SHAPES = 1 << 12
_LONGEST = 99  # characters of a word, words of a phrase

# Alphabets whose words are one token each and carry no articles or other prefixes: Latin, Greek, Cyrillic.
_LETTER = "A-Za-zÀ-ÖØ-öø-ɏΆΈ-ΊΌΎ-ΡΣ-ώЀ-ҁҊ-ԯ"
_REST = f"[{_LETTER}0-9]{{0,{_LONGEST}}}"
_WORD = rf"[{_LETTER}](?:{_REST}|[{_LETTER}]{_REST}\*)"
_PHRASE = rf"[{_LETTER}]{_REST}(?:[ '’-][{_LETTER}0-9]{_REST}){{0,{_LONGEST}}}"
# An operator is none of them, nor is its lower case, which is refused.
_OPERATOR = rf"(?i:{'|'.join(OPERATORS)})(?![^\s),/])"
_LEAF = re.compile(rf"""(?<![^\s(-])((?!{_OPERATOR}){_WORD}|"{_PHRASE}")(?![^\s),])""")
_GAP = re.compile("[ '’-]")
# What a shape may hold. It spares reading those that hold words; what it lets through is read all the same.
_SHAPE = re.compile(rf"(?:{'|'.join(OPERATORS)}|[\s(),/0-9\0-])*+")


def cut(text: str) -> tuple[str, list[str]]:
    """The shape of a query, and its words in the order of the text."""
    parts = _LEAF.split(text)
    return _MARK.join(parts[::2]), parts[1::2]


@lru_cache(maxsize=_KNOWN_SHAPES)
def tree(shape: str, count: int) -> Node | None:
    """The tree of all queries of a shape with so many words; its leaves are the terms w0, w1 and so on.

    None when there is none, or when it has more to it: other leaves, lists, fields.
    """
    gaps = shape.split(_MARK)
    named = [f"w{number}" for number in range(count)]
    if len(gaps) != count + 1 or not _SHAPE.fullmatch(shape):
        return None
    text = "".join(part for pair in zip(gaps, [*named, ""], strict=True) for part in pair)
    try:
        root = parser.read(text, resolve=_no_list).root
    except QueryError:
        return None
    nodes = list(walk(root))
    found = [node.text for node in nodes if isinstance(node, Term | Phrase | Regex)]
    is_plain = all(type(node) in _SHAPING for node in nodes)
    return root if is_plain and found == named else None


_SHAPING = frozenset({Term, And, Or, Not, Near, Except, AtLeast, SomeOf})


def words_of(phrase: str) -> list[str]:
    """The words of a phrase that was cut out."""
    return _GAP.split(phrase[1:-1])


def _no_list(_name: str) -> None:
    """A shape has no lists."""
