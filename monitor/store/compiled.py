"""Statements with named values, put together once for each database and run in the driver's own words.

For the few that run for each poll: what SQLAlchemy does for a statement each time takes several times as
long as the database takes for it. Values are converted by the types of the statement's parameters.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import StatementError
from sqlalchemy.sql.expression import UpdateBase

Converter = Callable[[Any], Any] | None


class _Form(NamedTuple):
    """How one database is told."""

    sql: str
    converters: Sequence[tuple[str, Converter]]  # each name once
    order: Sequence[str] | None  # of the values; None where the driver takes them by name


class Compiled:
    """An INSERT, UPDATE or DELETE whose values all come as named parameters. `make` is given the dialect."""

    def __init__(self, make: Callable[[Dialect], UpdateBase]) -> None:
        self._make = make
        self._forms: dict[str, _Form] = {}

    def run(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each of these rows; how many rows of the table were touched in all."""
        if not rows:
            return 0
        form = self._form(conn.dialect)
        given = [_converted(form, row) for row in rows]
        return conn.exec_driver_sql(form.sql, given[0] if len(given) == 1 else given).rowcount

    def _form(self, dialect: Dialect) -> _Form:
        if dialect.name not in self._forms:
            self._forms[dialect.name] = _put_together(self._make(dialect), dialect)
        return self._forms[dialect.name]


def _put_together(statement: UpdateBase, dialect: Dialect) -> _Form:
    compiled = statement.compile(dialect=dialect)
    types = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
    converters = [(name, type_.bind_processor(dialect)) for name, type_ in types.items()]
    return _Form(str(compiled), converters, compiled.positiontup if compiled.positional else None)


def _converted(form: _Form, row: Mapping[str, Any]) -> Any:
    """The values as the driver takes them. Raises StatementError as other statements do."""
    try:
        values = {
            name: row[name] if convert is None else convert(row[name]) for name, convert in form.converters
        }
    except ValueError as error:
        raise StatementError(str(error), form.sql, None, error) from error
    return values if form.order is None else tuple([values[name] for name in form.order])
