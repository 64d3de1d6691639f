"""From a driver's error to one that says what, where and how to mend it."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import exc

from monitor.errors import StoreError
from monitor.store import address, faults
from monitor.store.faults import Fault

FILE = address.parse("sqlite:////data/news.db")
SERVER = address.parse("postgresql://u:geheim@db.example/news")


def of_sqlite(code: int, message: str = "the driver's words") -> exc.DBAPIError:
    cause = sqlite3.OperationalError(message)
    cause.sqlite_errorcode = code
    return exc.OperationalError("INSERT secret", {"title": "secret"}, cause)


def of_postgres(state: str | None, message: str = "the driver's words") -> exc.DBAPIError:
    kind = psycopg.errors.lookup(state) if state else psycopg.OperationalError
    return exc.OperationalError("INSERT secret", {"title": "secret"}, kind(message))


@pytest.mark.parametrize(
    ("code", "fault", "says"),
    [
        (sqlite3.SQLITE_FULL, Fault.FULL, "no room left .* free some disk space"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, Fault.READ_ONLY, "read-only .* writable"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Fault.BUSY, "locked by another process .* stop it"),
        (sqlite3.SQLITE_CANTOPEN, Fault.LOST, "cannot be read or written .* check the disk"),
        (sqlite3.SQLITE_IOERR_WRITE, Fault.LOST, "cannot be read or written"),
        (sqlite3.SQLITE_IOERR_FSYNC, Fault.BROKEN, "damaged"),
        (sqlite3.SQLITE_CORRUPT_INDEX, Fault.BROKEN, "damaged .* put a backup in its place"),
        (sqlite3.SQLITE_NOTADB, Fault.BROKEN, "not a database"),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Fault.REFUSED, "refused it: the driver's words"),
    ],
)
def test_sqlites_errors(code: int, fault: Fault, says: str) -> None:
    """Each kind of failure of SQLite has its text; the statement and its values are never in it."""
    error = of_sqlite(code)
    assert faults.classify(error) is fault
    text = str(faults.explain(error, FILE))
    assert "/data/news.db" in text
    assert "secret" not in text
    with pytest.raises(StoreError, match=says):
        raise faults.explain(error, FILE)


@pytest.mark.parametrize(
    ("state", "fault", "says"),
    [
        (None, Fault.LOST, "cannot reach .* check that the server runs"),
        ("57P01", Fault.LOST, "cannot reach"),
        ("40P01", Fault.CONFLICT, "locked by other work"),
        ("55P03", Fault.CONFLICT, "locked by other work"),
        ("53100", Fault.FULL, "no room left"),
        ("25006", Fault.READ_ONLY, "read-only"),
        ("XX001", Fault.BROKEN, "ask whoever runs the server"),
        ("23505", Fault.REFUSED, "refused it"),
    ],
)
def test_postgresqls_errors(state: str | None, fault: Fault, says: str) -> None:
    """Each kind of failure of PostgreSQL has its text, without statement, values or password."""
    error = of_postgres(state, "the driver's words with geheim")
    assert faults.classify(error) is fault
    text = str(faults.explain(error, SERVER))
    assert "postgresql://u@db.example/news" in text
    assert "secret" not in text
    assert "geheim" not in text
    with pytest.raises(StoreError, match=says):
        raise faults.explain(error, SERVER)


def test_a_pool_without_free_connections_is_a_lost_one() -> None:
    """Waiting too long for a connection ends in a clear error too."""
    error = exc.TimeoutError("QueuePool limit of size 4 reached")
    assert faults.classify(error) is Fault.LOST
    assert "QueuePool limit" in str(faults.explain(error, SERVER))


def test_a_store_error_stays_what_it_is() -> None:
    """What was explained once is not explained again; what is not the database's is not ours."""
    error = StoreError("as it was")
    assert faults.explain(error, FILE) is error
    assert faults.classify(ValueError()) is Fault.REFUSED
    assert not faults.is_ours(ValueError())
    assert faults.is_ours(of_sqlite(sqlite3.SQLITE_FULL))
