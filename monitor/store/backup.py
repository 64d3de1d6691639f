"""A copy of an SQLite database as it is at one instant, while others go on writing to it."""

import contextlib
import os
import sqlite3
from pathlib import Path

from monitor.errors import StoreError


def copy(source: Path, target: Path) -> None:
    """Write a consistent copy to `target`, which appears whole or not at all, replacing an earlier one.

    Costs as much disk space and reading as the database has. Raises StoreError.
    """
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        _flush(part)
        part.replace(target)
        _flush(target.parent)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"cannot back up {source} to {target}: {error}") from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
