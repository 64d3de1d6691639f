"""Named lists, and reading a query that may use them.

An item is a word or words (`White House` is a phrase), or an expression when it holds quotes,
brackets or operators. A list may use another one, within limits.
"""

from collections.abc import Mapping, Sequence

from monitor.errors import QueryError
from monitor.rules import leaves, lexer, parser
from monitor.rules.lexer import Kind
from monitor.rules.query import Node, Query

DEEPEST_ITEM = 8
DEEPEST_LIST = 4


class Lists:
    """The lists of a configuration, each read once and when first used."""

    def __init__(self, items: Mapping[str, Sequence[str]] | None = None) -> None:
        self._items = dict(items or {})
        self._read: dict[str, tuple[Node, ...]] = {}
        self._reading: list[str] = []

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._items)

    def resolve(self, name: str) -> tuple[Node, ...] | None:
        """The alternatives of a list; None when there is none of that name. Raises QueryError."""
        if name in self._read:
            return self._read[name]
        if name not in self._items:
            return None
        if name in self._reading or len(self._reading) >= DEEPEST_LIST:
            chain = " → ".join(f"${step}" for step in (*self._reading, name))
            hint = f"lists may use lists up to {DEEPEST_LIST} deep, and never themselves"
            raise QueryError(
                f"lists within lists: {chain}", text=f"${name}", span=(0, len(name) + 1), hint=hint
            )
        self._reading.append(name)
        try:
            self._read[name] = self._read_items(name)
        finally:
            self._reading.pop()
        return self._read[name]

    def _read_items(self, name: str) -> tuple[Node, ...]:
        items = self._items[name]
        if not items:
            raise QueryError(
                f"list `{name}` is empty", text=f"${name}", span=(0, len(name) + 1), hint="add an item"
            )
        return tuple(self._read_item(name, number, item) for number, item in enumerate(items, 1))

    def _read_item(self, name: str, number: int, item: str) -> Node:
        try:
            lexemes = lexer.read(item)[:-1]
            if len(lexemes) > 1 and all(lexeme.kind is Kind.WORD for lexeme in lexemes):
                phrase = lexer.Lexeme(Kind.PHRASE, item, 0, len(item))
                return leaves.read(phrase, item)
            return parser.read(item, resolve=self.resolve, list_names=self.names, deepest=DEEPEST_ITEM).root
        except QueryError as error:
            if error.text != item:
                raise
            message = f"list `{name}`, item {number}: {error.message}"
            raise QueryError(message, text=error.text, span=error.span, hint=error.hint) from None


def parse(text: str, *, lists: Mapping[str, Sequence[str]] | Lists | None = None) -> Query:
    """Read a query; `lists` are the lists that `$name` may name.

    Raises QueryError with the place and a hint. Linear in the length of the text.
    """
    known = lists if isinstance(lists, Lists) else Lists(lists)
    return parser.read(text, resolve=known.resolve, list_names=known.names)
