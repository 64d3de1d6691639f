"""The schema's revision: what it is, whether it fits this version, and bringing it up to date.

Each migration is one transaction on both databases: one that fails or is killed leaves nothing, and
the upgrade can be run again. Before an existing SQLite database is changed, a copy is put beside it.
Alembic is imported only when there is something to upgrade.
"""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from monitor.errors import SchemaOutdated, SchemaTooNew, StoreBusy, StoreError
from monitor.store import address as addresses
from monitor.store import backup, engine, faults, files
from monitor.store.address import Address
from monitor.store.engine import Role
from monitor.store.faults import Fault
from monitor.store.tables import HEAD, REVISIONS, metadata
from monitor.telemetry import logs

VERSION_TABLE = "alembic_version"
_LOCK_KEY = 0x6E65_7773_6D6F  # of PostgreSQL's advisory lock; any number that is ours
_LOCK_PATIENCE = timedelta(seconds=60)

log = logs.get(__name__)


def current(conn: Connection) -> str | None:
    """The schema's revision, or None when the database holds nothing of ours."""
    if not inspect(conn).has_table(VERSION_TABLE):
        return None
    revision: str | None = conn.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    return revision


def ensure(address: Address, *, upgrade: bool, holds_daemon_lock: bool = False) -> None:
    """Make sure that the schema is this version's. Raises SchemaTooNew, SchemaOutdated, StoreError."""
    revision = _look(address)
    if revision == HEAD:
        return
    if not upgrade:
        raise _outdated(address, revision)
    _upgrade(address, scripts=scripts(), revisions=REVISIONS, holds_daemon_lock=holds_daemon_lock)


def upgrade(
    url: str, *, directory: Path | None = None, revisions: Sequence[str] = REVISIONS
) -> tuple[str | None, str]:
    """Bring the database at `url` to the last of `revisions`; returns the revisions before and after.

    Raises StoreBusy while a daemon runs on an outdated SQLite database, SchemaTooNew, StoreError.
    `directory` and `revisions` are this version's own unless given.
    """
    address = addresses.parse(url)
    if address.path is not None:
        files.prepare(address.path)
    revision = _look(address, revisions)
    if revision != revisions[-1]:
        _upgrade(address, scripts=directory or scripts(), revisions=revisions, holds_daemon_lock=False)
    return revision, revisions[-1]


def scripts() -> Path:
    """The migrations' directory: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "_alembic", package.parent / "alembic")
    for place in places:
        if (place / "env.py").is_file() and (place / "versions").is_dir():
            return place
    raise StoreError(
        f"the database's migrations are missing (looked in {places[0]} and {places[1]}): "
        "install newsmonitor again"
    )


def _look(address: Address, revisions: Sequence[str] = REVISIONS) -> str | None:
    with _engine(address, Role.READ) as reader, reader.connect() as connection:
        revision = current(connection)
        refuse_unknown(connection, revision, where=f"the database {address}", revisions=revisions)
        return revision


@contextlib.contextmanager
def _engine(address: Address, role: Role) -> Iterator[Engine]:
    """An engine for this once; what the database says against it becomes a StoreError."""
    built = engine.build(address, role)
    try:
        yield built
    except SQLAlchemyError as error:
        raise faults.explain(error, address) from error
    finally:
        built.dispose()


def refuse_unknown(
    conn: Connection,
    revision: str | None,
    *,
    where: str = "the database",
    revisions: Sequence[str] = REVISIONS,
) -> None:
    """Raise SchemaTooNew for a revision that this version does not know, StoreError for foreign tables."""
    if revision is None:
        clashes = sorted(set(inspect(conn).get_table_names()) & set(metadata.tables))
        if clashes:
            raise StoreError(
                f"{where} has tables of newsmonitor's names ({', '.join(clashes)}) but not its "
                "record of the schema: give newsmonitor a database of its own, or restore a backup"
            )
    elif revision not in revisions:
        raise SchemaTooNew(
            f"{where} has schema {revision}, which this version (schema {revisions[-1]}) does not "
            "know: install the newer newsmonitor that wrote it, or restore a backup from before"
        )


def _outdated(address: Address, revision: str | None) -> SchemaOutdated:
    found = f"schema {revision}" if revision else "no schema yet"
    return SchemaOutdated(
        f"the database {address} has {found}, this version needs {HEAD}: run `newsmonitor db upgrade`"
    )


def _upgrade(address: Address, *, scripts: Path, revisions: Sequence[str], holds_daemon_lock: bool) -> None:
    with (
        _engine(address, Role.MIGRATE) as migrator,
        _lock(address, migrator),
        migrator.connect() as connection,
    ):
        revision = current(connection)
        if revision == revisions[-1]:
            return  # somebody else was faster
        refuse_unknown(connection, revision, where=f"the database {address}", revisions=revisions)
        connection.rollback()  # each migration begins its own transaction
        if address.path is not None and revision is not None:
            _protect(address.path, revision, holds_daemon_lock)
        _run(connection, address, scripts, revisions[-1])
    log.info("store.upgraded", database=str(address), before=revision, after=revisions[-1])


def _protect(path: Path, revision: str, holds_daemon_lock: bool) -> None:
    """Before the schema of existing data changes: nobody may be using it, and a copy is kept."""
    lock = files.daemon_lock(path)
    if not holds_daemon_lock and lock.is_held():
        raise StoreBusy(
            f"a daemon of an earlier version is using {path} (lock file {lock.path}): stop it, then upgrade"
        )
    backup.copy(path, path.with_name(f"{path.name}.schema-{revision}.backup"))


@contextlib.contextmanager
def _lock(address: Address, migrator: Engine) -> Iterator[None]:
    """Hold off other upgraders."""
    if address.path is not None:
        with files.upgrade_lock(address.path).acquire(patience=_LOCK_PATIENCE):
            yield
        return
    with migrator.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = '{_LOCK_PATIENCE.total_seconds():.0f}s'"))
        try:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK_KEY})
        except SQLAlchemyError as error:
            if faults.classify(error) is Fault.CONFLICT:
                raise StoreBusy(f"another newsmonitor is upgrading {address}: wait for it") from error
            raise
        try:
            yield
        finally:
            with contextlib.suppress(SQLAlchemyError):  # a lost connection has given it back already
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})


def _run(connection: Connection, address: Address, scripts: Path, target: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["on_version_apply"] = _check_references
    try:
        command.upgrade(config, target)
    except Exception as error:  # a migration may fail in any way; what it did is rolled back
        connection.rollback()
        reason = faults.explain(error, address) if faults.is_ours(error) else error
        raise StoreError(
            f"the upgrade of {address} to schema {target} failed, and its failed step was undone: {reason}"
        ) from error


def _check_references(*, ctx: Any, **_: object) -> None:
    """Foreign keys are off while SQLite's tables are rebuilt: look before the migration is committed."""
    if ctx.connection.dialect.name != "sqlite":
        return
    row = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if row is not None:
        raise StoreError(f"the migration would leave a row of {row[0]} that refers to no row of {row[2]}")
