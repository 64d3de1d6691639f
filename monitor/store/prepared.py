"""Statements put together once, and run in the driver's own words.

For the few that run for each article: to put a statement together, or to look it up again, takes
several times as long as the database takes for it. Values are converted by the columns' own types.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import StatementError


class _Form(NamedTuple):
    """How one database is told."""

    sql: str
    converters: Sequence[Callable[[Any], Any] | None]  # in the order of the columns


class Insert:
    """An INSERT of rows with these columns, in their order.

    With `id_`, `add` returns what the database gave to that column. SQLite is not asked by RETURNING:
    that makes it set a savepoint, at which the full-text index writes out what it has gathered.
    """

    def __init__(self, table: Table, columns: Iterable[str], *, id_: str = "", if_new: bool = False) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._id = id_
        self._if_new = if_new
        self._forms: dict[str, _Form] = {}

    def add(self, conn: Connection, values: Mapping[str, Any]) -> int:
        """Insert one row; its id, or 0 where none was asked for."""
        form = self._form(conn.dialect)
        found = conn.exec_driver_sql(form.sql, self._converted(form, values))
        if not self._id:
            return 0
        return int(found.lastrowid if conn.dialect.name == "sqlite" else found.scalar_one())

    def add_many(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert some rows."""
        form = self._form(conn.dialect)
        if rows:
            conn.exec_driver_sql(form.sql, [self._converted(form, row) for row in rows])

    def _converted(self, form: _Form, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values as the driver takes them. Raises StatementError as other statements do."""
        try:
            return tuple(
                [
                    values[name] if convert is None else convert(values[name])
                    for name, convert in zip(self._columns, form.converters, strict=True)
                ]
            )
        except ValueError as error:
            raise StatementError(str(error), form.sql, None, error) from error

    def _form(self, dialect: Dialect) -> _Form:
        if dialect.name not in self._forms:
            self._forms[dialect.name] = self._put_together(dialect)
        return self._forms[dialect.name]

    def _put_together(self, dialect: Dialect) -> _Form:
        names = ", ".join(map(dialect.identifier_preparer.quote, self._columns))
        marks = ", ".join([mark(dialect)] * len(self._columns))
        sql = f"INSERT INTO {self._table.name} ({names}) VALUES ({marks})"  # noqa: S608  (no values)
        sql += " ON CONFLICT DO NOTHING" if self._if_new else ""
        sql += f" RETURNING {self._id}" if self._id and dialect.name != "sqlite" else ""
        columns = self._table.c
        return _Form(
            sql, [columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in self._columns]
        )


def mark(dialect: Dialect) -> str:
    """What stands for a value in a statement of the driver's own."""
    return "?" if dialect.paramstyle == "qmark" else "%s"
