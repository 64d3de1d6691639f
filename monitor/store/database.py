"""Opening the database, and the two ways to use it: read and write.

Opening checks the ground, the lock and the schema, in that order, and leaves nothing behind when it
raises. Cold start: an up-to-date database is opened without importing the migrations.
"""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from monitor.errors import SchemaOutdated, StoreError
from monitor.store import address as addresses
from monitor.store import engine as engines
from monitor.store import faults, files, migrate
from monitor.store.address import Address
from monitor.store.engine import Role
from monitor.store.faults import Fault
from monitor.store.writer import PATIENCE, Writer

T = TypeVar("T")


def open_store(
    url: str, *, exclusive: bool = False, upgrade: bool = True, patience: timedelta = PATIENCE
) -> "Store":
    """Open the database at `url`: sqlite:///file or postgresql://…

    `exclusive` is for the daemon: a second one on the same SQLite file raises StoreBusy; on
    PostgreSQL daemons share. With `upgrade`, a missing or older schema is made or upgraded; without,
    it raises SchemaOutdated and nothing is created. SchemaTooNew: a newer version wrote it.
    StoreError: whatever else is in the way. `patience` is how long a write waits for a server that
    is away, or for another process's lock, before it fails.
    """
    address = addresses.parse(url)
    with contextlib.ExitStack() as undo:
        if address.path is not None:
            _check_ground(address.path, upgrade=upgrade)
            if exclusive:
                undo.enter_context(files.daemon_lock(address.path).acquire())
        migrate.ensure(address, upgrade=upgrade, holds_daemon_lock=exclusive)
        store = Store(address, patience=patience, exclusive=exclusive)
        store.held = undo.pop_all()
        return store


def _check_ground(path: Path, *, upgrade: bool) -> None:
    if not upgrade and not path.exists():
        raise SchemaOutdated(
            f"there is no database at {path} yet: `newsmonitor run` makes it and gathers articles "
            "(`newsmonitor db upgrade` makes an empty one)"
        )
    files.prepare(path)


class Store:
    """An open database. Safe to use from any thread; close it, or use it as a context manager."""

    def __init__(self, address: Address, *, patience: timedelta = PATIENCE, exclusive: bool = False) -> None:
        self.address = address
        self._exclusive = exclusive
        self.held = contextlib.ExitStack()  # the daemon lock, given back last
        self._reader: Engine = engines.build(address, Role.READ)
        self._write_engine: Engine = engines.build(address, Role.WRITE)
        self._writer = Writer(self._write_engine, address, patience=patience)

    @property
    def is_mine_alone(self) -> bool:
        """Whether no other process can be working with this database: a file, opened exclusively."""
        return self._exclusive and self.address.path is not None

    @property
    def broken(self) -> StoreError | None:
        """Set once the data cannot be trusted any more (damaged file, failed flush): stop then."""
        return self._writer.broken

    def read(self, function: Callable[[Connection], T]) -> T:
        """Run a function on a connection that cannot write, within one snapshot on SQLite.

        Sees everything whose `write` has returned. A lost connection is tried once more.
        """
        for last in (False, True):
            try:
                with self._reader.connect() as connection, connection.begin():
                    return function(connection)
            except SQLAlchemyError as error:
                if last or faults.classify(error) is not Fault.LOST or self.address.path is not None:
                    raise faults.explain(error, self.address) from error
        raise AssertionError("the loop returns or raises")

    def write(self, function: Callable[[Connection], T]) -> T:
        """Run a function and return its result once its effect is durable; see `submit`."""
        if self._writer.is_current_thread():
            raise RuntimeError("a function that writes must use its own connection, not store.write")
        return self.submit(function).result()

    def submit(self, function: Callable[[Connection], T]) -> Future[T]:
        """Queue a function for the writer thread.

        It is atomic: it happens whole or, when it raises, not at all, without hurting others. It may
        run more than once before it is durable, so it must touch nothing but its connection.
        """
        return self._writer.submit(function)

    def close(self) -> None:
        """Finish what is queued, close the connections, give the lock back. May be called twice."""
        self._writer.close()
        self._reader.dispose()
        self._write_engine.dispose()
        self.held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
