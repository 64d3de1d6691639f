"""Statements put together once, and run in the driver's own words.

For the few that run for each article: to put a statement together, or to look it up again, takes
several times as long as the database takes for it. Values are converted by the columns' own types.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import StatementError

Row = tuple[Any, ...]


class _Form(NamedTuple):
    """How one database is told."""

    sql: str
    converters: Sequence[tuple[int, Callable[[Any], Any]]]  # by the place of the value


class Insert:
    """An INSERT of rows with these columns, in their order. With `if_new`, rows that are there stay.

    SQLite is not asked for the ids by RETURNING: that makes it set a savepoint, at which the full-text
    index writes out what it has gathered.
    """

    def __init__(self, table: Table, columns: Iterable[str], *, if_new: bool = False) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._values: Callable[[Mapping[str, Any]], Row] = itemgetter(*self._columns)
        self._if_new = if_new
        self._forms: dict[str, _Form] = {}

    def add_many(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert some rows; each has at least these columns."""
        if rows:
            form = self._form(conn.dialect)
            conn.exec_driver_sql(form.sql, [_converted(form, self._values(row)) for row in rows])

    def add_plain(self, conn: Connection, rows: Sequence[Row]) -> None:
        """Insert some rows of values that the driver takes as they are."""
        if rows:
            conn.exec_driver_sql(self._form(conn.dialect).sql, list(rows))

    def _form(self, dialect: Dialect) -> _Form:
        if dialect.name not in self._forms:
            self._forms[dialect.name] = self._put_together(dialect)
        return self._forms[dialect.name]

    def _put_together(self, dialect: Dialect) -> _Form:
        names = ", ".join(map(dialect.identifier_preparer.quote, self._columns))
        marks = ", ".join([mark(dialect)] * len(self._columns))
        sql = f"INSERT INTO {self._table.name} ({names}) VALUES ({marks})"  # noqa: S608  (no values)
        sql += " ON CONFLICT DO NOTHING" if self._if_new else ""
        types = (self._table.c[name].type.dialect_impl(dialect) for name in self._columns)
        converters = enumerate(type_.bind_processor(dialect) for type_ in types)
        return _Form(sql, [(place, convert) for place, convert in converters if convert is not None])


def _converted(form: _Form, values: Row) -> Row:
    """The values as the driver takes them. Raises StatementError as other statements do."""
    row = list(values)
    try:
        for place, convert in form.converters:
            row[place] = convert(row[place])
    except ValueError as error:
        raise StatementError(str(error), form.sql, None, error) from error
    return tuple(row)


def mark(dialect: Dialect) -> str:
    """What stands for a value in a statement of the driver's own."""
    return "?" if dialect.paramstyle == "qmark" else "%s"
