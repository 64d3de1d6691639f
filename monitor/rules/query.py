"""The syntax tree of a query: frozen nodes, each with the span of the text it was read from.

Two trees are equal when they mean the same expression: spans and compiled forms do not count.

    Or And Not                      whole articles
    AtLeast SomeOf                  counts
    Near Except                     places in the text
    Field ListRef                   where to look, and named alternatives
    Term Phrase Regex               leaves
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from monitor.rules.regex import Pattern
from monitor.rules.words import Words

Place = tuple[int, int]  # half-open range of characters in the query's text

ARTICLE_FIELDS = ("title", "summary", "body", "author", "tag", "url", "source")
DEFAULT_FIELDS = ("title", "summary", "body")
FIELDS = (*DEFAULT_FIELDS, "any", "author", "tag", "url", "source", "lang", "exact")


@dataclass(frozen=True, slots=True)
class Term:
    """A word as typed; it may be several positions (`F-16`) and hold wildcards."""

    text: str
    words: Words = field(compare=False, repr=False)
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Quoted words. `slop` None: in this order, side by side; else `~n`."""

    text: str
    words: tuple[Words, ...] = field(compare=False, repr=False)
    sequence: Words = field(compare=False, repr=False)  # all of them, side by side
    slop: int | None = None
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression as typed between the slashes."""

    text: str
    pattern: Pattern = field(compare=False, repr=False)
    ignore_case: bool = False
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class ListRef:
    """`$name`, with the alternatives that the list had when the query was read."""

    name: str
    operands: "tuple[Node, ...]"
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the operands (two or more)."""

    operands: "tuple[Node, ...]"
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class And:
    """All of the operands (two or more)."""

    operands: "tuple[Node, ...]"
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class Not:
    """The article must lack the operand."""

    operand: "Node"
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class Near:
    """At most `distance` words between the two; `ordered`: the left one first."""

    left: "Node"
    right: "Node"
    distance: int
    ordered: bool = False
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class Except:
    """Places of `operand` that lie inside no place of any of `excluded`."""

    operand: "Node"
    excluded: "tuple[Node, ...]"
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`count` separate places of the operand, all searched fields together."""

    count: int
    operand: "Node"
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class SomeOf:
    """`count` different ones of the operands."""

    count: int
    operands: "tuple[Node, ...]"
    span: Place = field(compare=False, repr=False, default=(0, 0))


@dataclass(frozen=True, slots=True)
class Field:
    """The operand looked for in one field; `exact` keeps the fields and turns folding off."""

    name: str
    operand: "Node"
    span: Place = field(compare=False, repr=False, default=(0, 0))


Node = Term | Phrase | Regex | ListRef | Or | And | Not | Near | Except | AtLeast | SomeOf | Field


class Tree(NamedTuple):
    """What a text was read to. `mixed` are the places where AND and OR meet without brackets."""

    root: Node
    mixed: tuple[Place, ...] = ()


class Query:
    """A query that could be read.

    A tree takes twenty times the memory of its text. So of many queries only the texts are held, and
    the tree is read again when it is asked for.
    """

    __slots__ = ("_read", "_tree", "text")

    def __init__(
        self,
        text: str,
        root: Node | None,
        mixed: tuple[Place, ...] = (),
        *,
        read: Callable[[str], Tree] | None = None,
    ) -> None:
        """`read` gives the tree of the text again, and at all when there is no root here."""
        self.text = text
        self._tree = None if root is None else Tree(root, mixed)
        self._read = read

    def let_go(self) -> None:
        """Hold the tree no longer, if it can be read again."""
        if self._read is not None:
            self._tree = None

    @property
    def is_held(self) -> bool:
        """Whether the tree is here."""
        return self._tree is not None

    @property
    def tree(self) -> Tree:
        """The tree."""
        tree = self._tree  # another thread may let it go
        if tree is not None:
            return tree
        assert self._read is not None  # noqa: S101
        return self._read(self.text)

    def held(self) -> Self:
        """The same query with its tree here: each of its nodes stays one object."""
        return type(self)(self.text, *self.tree)

    @property
    def root(self) -> Node:
        """The top of the tree."""
        return self.tree.root

    @property
    def mixed(self) -> tuple[Place, ...]:
        """The places where AND and OR meet without brackets."""
        return self.tree.mixed

    def __eq__(self, other: object) -> bool:
        return self.root == other.root if isinstance(other, Query) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.root)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Query({self.text!r})"


def children(node: Node) -> "tuple[Node, ...]":
    """The direct operands of a node, in the order of the text."""
    match node:
        case Or() | And() | SomeOf() | ListRef():
            return node.operands
        case Not() | AtLeast() | Field():
            return (node.operand,)
        case Near():
            return (node.left, node.right)
        case Except():
            return (node.operand, *node.excluded)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)
