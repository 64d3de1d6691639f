"""Looks a database over without changing it: there, whole, of the right schema?

Reads every page of an SQLite file, so it takes as long as reading the file does.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from monitor.errors import StoreError
from monitor.store import address as addresses
from monitor.store import engine, faults, files, migrate
from monitor.store.engine import Role
from monitor.store.tables import HEAD

# Earlier ones can, very rarely, lose a commit when two processes write and one resets the log.
_SQLITE_WITHOUT_RESET_BUG = (3, 51, 3)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `detail` is for people."""

    check: str
    ok: bool
    detail: str


def check(url: str) -> list[Finding]:
    """Every check that could be made, in order. Raises StoreError for an address that makes no sense."""
    address = addresses.parse(url)
    if address.path is not None and not address.path.exists():
        missing = f"there is no database at {address}: run `newsmonitor db upgrade`"
        return [Finding("reachable", False, missing)]
    findings: list[Finding] = []
    reader = engine.build(address, Role.READ)
    try:
        if address.path is not None:
            findings.append(_ground(address.path))
        with reader.connect() as connection:
            findings.append(Finding("reachable", True, str(address)))
            findings += _contents(connection)
    except SQLAlchemyError as error:
        findings.append(Finding("readable", False, str(faults.explain(error, address))))
    finally:
        reader.dispose()
    return findings


def _ground(path: Path) -> Finding:
    try:
        files.prepare(path)
    except StoreError as error:
        return Finding("writable", False, str(error))
    return Finding("writable", True, "the file and its directory can be written")


def _contents(connection: Connection) -> Iterator[Finding]:
    yield _schema(connection)
    if connection.dialect.name == "sqlite":
        yield _integrity(connection)
        yield _references(connection)
        yield _sqlite_version()
    else:
        yield _server(connection)


def _schema(connection: Connection) -> Finding:
    revision = migrate.current(connection)
    if revision == HEAD:
        return Finding("schema", True, f"schema {HEAD}, as this version needs it")
    try:
        migrate.refuse_unknown(connection, revision)
    except StoreError as error:
        return Finding("schema", False, str(error))
    found = f"schema {revision}" if revision else "no schema"
    return Finding("schema", False, f"{found}, this version needs {HEAD}: run `newsmonitor db upgrade`")


def _integrity(connection: Connection) -> Finding:
    rows = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
    if rows == ["ok"]:
        return Finding("integrity", True, "every page and index is sound")
    return Finding("integrity", False, f"damaged, put a backup in its place: {'; '.join(rows)[:500]}")


def _references(connection: Connection) -> Finding:
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    tables = ", ".join(sorted({row[0] for row in rows}))
    if not rows:
        return Finding("references", True, "every row refers to rows that exist")
    return Finding("references", False, f"{len(rows)} rows of {tables} refer to rows that do not exist")


def _sqlite_version() -> Finding:
    note = ""
    if sqlite3.sqlite_version_info < _SQLITE_WITHOUT_RESET_BUG:
        note = " (3.51.3 or later mends a rare fault with several writing processes)"
    return Finding("sqlite", True, f"SQLite {sqlite3.sqlite_version}{note}")


def _server(connection: Connection) -> Finding:
    version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    if connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
        return Finding("server", False, f"PostgreSQL {version} is a read-only replica: use the primary")
    return Finding("server", True, f"PostgreSQL {version}")
