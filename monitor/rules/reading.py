"""Reading many queries: each is found good or bad, and for most of them no tree is made.

A query is good when its shape is (see `shapes`); only what is left is parsed.
"""

from functools import lru_cache, partial

from monitor.rules import shapes
from monitor.rules.lists import Lists, parse
from monitor.rules.query import Query, Tree

TREES_KEPT = 1 << 12  # of those read again


class Reader:
    """Reads queries that use the same lists."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._read = partial(_read_again, lists)

    def read(self, text: str) -> Query:
        """The query. Raises QueryError."""
        shape, words = shapes.cut(text)
        if shapes.tree(shape, len(words)) is not None:
            return Query(text, None, read=self._read)
        return Query(text, *parse(text, lists=self._lists).tree, read=self._read)


@lru_cache(maxsize=TREES_KEPT)
def _read_again(lists: Lists, text: str) -> Tree:
    return parse(text, lists=lists).tree
