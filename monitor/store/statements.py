"""The few statements that the two databases spell differently, and lists cut to what they take."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
CHUNK = 500  # values in one IN (…): far below the limits, long enough to make the round trips few


def insert(conn: Connection, table: Table) -> postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)  # type: ignore[return-value]  # the same methods, no common class


def insert_or_replace(dialect: str, table: Table, key: str) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that overwrites the row of the same `key`, all columns given."""
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    set_ = {column.name: statement.excluded[column.name] for column in table.c if column.name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=set_)


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The distinct values, in order, in lists of at most `size`."""
    rest = iter(dict.fromkeys(values))
    while chunk := list(islice(rest, size)):
        yield chunk
