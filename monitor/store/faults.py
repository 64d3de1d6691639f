"""From a driver's error to a StoreError that says what, where and how to mend it.

Only the driver's own message is repeated: never the statement or its values, which may be articles
or hold a password.
"""

import sqlite3
from enum import Enum, auto

from sqlalchemy import exc

from monitor.errors import StoreError
from monitor.store.address import Address


class Fault(Enum):
    """What kind of failure it was, as far as the way on depends on it."""

    REFUSED = auto()  # this one statement or value; the database is fine
    CONFLICT = auto()  # another transaction was in the way: the same again may succeed
    BUSY = auto()  # another process holds the write lock
    LOST = auto()  # the connection, or the whole transaction, is gone
    FULL = auto()  # no room
    READ_ONLY = auto()
    BROKEN = auto()  # the data cannot be trusted any more: stop


_SQLITE = {
    sqlite3.SQLITE_BUSY: Fault.BUSY,
    sqlite3.SQLITE_LOCKED: Fault.BUSY,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: Fault.BROKEN,
    sqlite3.SQLITE_NOTADB: Fault.BROKEN,
    sqlite3.SQLITE_CANTOPEN: Fault.LOST,
    sqlite3.SQLITE_IOERR: Fault.LOST,
}
# After a failed fsync nobody knows what the disk holds, and a second try would lie.
_SQLITE_FINAL = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}

_POSTGRES = {
    "40001": Fault.CONFLICT,  # serialization failure
    "40P01": Fault.CONFLICT,  # deadlock
    "55P03": Fault.CONFLICT,  # lock timeout
    "53100": Fault.FULL,  # disk full
    "53300": Fault.LOST,  # too many connections
    "25006": Fault.READ_ONLY,  # a replica
    "57P01": Fault.LOST,  # the server shuts down, or an administrator cut the connection
    "57P02": Fault.LOST,
    "57P03": Fault.LOST,  # the server is starting
    "XX001": Fault.BROKEN,
    "XX002": Fault.BROKEN,
}


def classify(error: BaseException) -> Fault:
    """The kind of a failure; whatever is not the database's own is REFUSED."""
    if isinstance(error, exc.TimeoutError):
        return Fault.LOST
    if not isinstance(error, exc.DBAPIError):
        return Fault.REFUSED
    cause = error.orig
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return Fault.BROKEN if code in _SQLITE_FINAL else _SQLITE.get(code & 0xFF, Fault.REFUSED)
    state = getattr(cause, "sqlstate", None)
    if error.connection_invalidated or (state is None and _is_operational(error)):
        return Fault.LOST
    return _POSTGRES.get(state or "", Fault.REFUSED)


def _is_operational(error: exc.DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout", "AdminShutdown"}


_TEXTS = {
    Fault.CONFLICT: "the database {where} was locked by other work for too long ({message}): try again",
    Fault.BUSY: "the database {where} is locked by another process ({message}): wait for it, or stop it",
    Fault.FULL: "no room left for the database {where} ({message}): free some disk space. "
    "What was acknowledged before is safe",
    Fault.READ_ONLY: "the database {where} is read-only ({message}): make the file, its directory or the "
    "server writable for this user",
}


def explain(error: BaseException, address: Address) -> StoreError:
    """The StoreError to raise for a failure at this address."""
    if isinstance(error, StoreError):
        return error
    fault = classify(error)
    message = address.redact(_message(error))
    if fault in _TEXTS:
        return StoreError(_TEXTS[fault].format(where=address, message=message))
    if fault is Fault.LOST:
        return StoreError(_lost(address, message))
    if fault is Fault.BROKEN:
        return StoreError(_broken(address, message))
    return StoreError(f"the database {address} refused it: {message}")


def is_ours(error: BaseException) -> bool:
    """Whether the failure came from the database layer, and so needs explaining."""
    return isinstance(error, exc.SQLAlchemyError)


def _lost(address: Address, message: str) -> str:
    if address.path is not None:
        return (
            f"the database {address} cannot be read or written ({message}): check the disk, and that the "
            "file and its directory are writable for this user"
        )
    return (
        f"cannot reach the database {address} ({message}): check that the server runs, and the address, "
        "user and password in `settings: database`"
    )


def _broken(address: Address, message: str) -> str:
    if address.path is not None:
        return (
            f"the database {address} is damaged or not a database ({message}): stop newsmonitor, look with "
            "`newsmonitor db check`, and put a backup in its place"
        )
    return f"the database {address} reports damaged data ({message}): ask whoever runs the server"


def _message(error: BaseException) -> str:
    if isinstance(error, exc.StatementError) and error.orig is not None:
        error = error.orig
    return " ".join(str(error).split())[:300] or type(error).__name__
