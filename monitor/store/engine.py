"""Connections: how each database is opened, and with which safety settings.

Opens nothing itself: an engine connects when it is first used.
"""

import sqlite3
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from monitor.errors import StoreError
from monitor.store.address import Address

READERS = 4
_BUSY_MILLISECONDS = 10_000
_WAL_BYTES_KEPT = 64 * 1024 * 1024


class Role(Enum):
    """What the connections are for."""

    WRITE = "write"
    READ = "read"
    MIGRATE = "migrate"


def build(address: Address, role: Role) -> Engine:
    """An engine for one role. Raises StoreError when the PostgreSQL driver is not installed."""
    options: dict[str, Any] = {"hide_parameters": True}
    if role is Role.MIGRATE:
        options["poolclass"] = NullPool
    else:
        size = 1 if role is Role.WRITE else READERS
        options |= {"poolclass": QueuePool, "pool_size": size, "max_overflow": 0, "pool_timeout": 30}
    if address.path is not None:
        return _sqlite(address, role, options)
    return _postgres(address, role, options)


def _sqlite(address: Address, role: Role, options: dict[str, Any]) -> Engine:
    # isolation_level None: Python's driver would otherwise begin and commit on its own, which tears
    # migrations apart and lets a reader turn writer half-way. BEGIN is said below instead.
    arguments = {
        "isolation_level": None,
        "timeout": _BUSY_MILLISECONDS / 1000,
        "check_same_thread": False,
    }
    engine = create_engine(address.url, connect_args=arguments, **options)
    pragmas = [
        f"busy_timeout={_BUSY_MILLISECONDS}",
        f"foreign_keys={'OFF' if role is Role.MIGRATE else 'ON'}",  # tables are rebuilt in migrations
        "synchronous=FULL",
        f"journal_size_limit={_WAL_BYTES_KEPT}",
        "query_only=ON" if role is Role.READ else "journal_mode=WAL",
    ]
    begin = "BEGIN" if role is Role.READ else "BEGIN IMMEDIATE"

    def configure(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    def emit_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", emit_begin)
    return engine


def _postgres(address: Address, role: Role, options: dict[str, Any]) -> Engine:
    settings = {
        "timezone": "UTC",
        "statement_timeout": "0" if role is Role.MIGRATE else "60s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s" if role is not Role.MIGRATE else "0",
        "default_transaction_read_only": "on" if role is Role.READ else "off",
    }
    given = address.url.query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    arguments = {
        "options": f"{given if isinstance(given, str) else ' '.join(given)} {ours}".strip(),
        "application_name": f"newsmonitor {role.value}",
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    try:
        return create_engine(address.url, connect_args=arguments, pool_pre_ping=True, **options)
    except ModuleNotFoundError as error:
        raise StoreError(
            "PostgreSQL needs a driver that is not installed: pip install 'newsmonitor[postgres]'"
        ) from error


def in_transaction(connection: Connection) -> bool:
    """Whether the database itself still holds the transaction open.

    SQLite ends a transaction by itself when the disk is full or fails; SQLAlchemy does not hear of it.
    """
    if connection.invalidated or connection.closed:
        return False
    driver: Any = connection.connection.dbapi_connection
    return bool(driver.in_transaction if isinstance(driver, sqlite3.Connection) else not driver.closed)
