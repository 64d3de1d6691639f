"""Fixtures that any test may ask for: databases of both kinds, empty or ready to use."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from monitor.store import Store, migrate, open_store
from tests.support import databases
from tests.support.databases import PostgresServer

if TYPE_CHECKING:
    from tests.support.politeness import Site

BOTH = ("sqlite", "postgres")

# How long an example takes says more of what else the machine does than of the code: no limits in seconds.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, started when the first test wants it."""
    with databases.postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def _postgres_ready(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.create()
    migrate.upgrade(url)
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def _sqlite_ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "ready.db"
    migrate.upgrade(databases.sqlite_url(path))
    return path


@pytest.fixture
def sqlite_url(_sqlite_ready: Path, tmp_path: Path) -> str:
    """An SQLite database with the schema and no rows."""
    path = tmp_path / "news.db"
    shutil.copyfile(_sqlite_ready, path)
    return databases.sqlite_url(path)


@pytest.fixture
def postgres_url(postgres: PostgresServer, _postgres_ready: str) -> str:
    """A PostgreSQL database with the schema and no rows; one test at a time has it."""
    postgres.empty(_postgres_ready)
    return _postgres_ready


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database with nothing in it, for this test alone."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind with the schema and no rows."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind with nothing in it; the SQLite file does not exist yet."""
    if request.param == "sqlite":
        return databases.sqlite_url(tmp_path / "empty.db")
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on each kind of database."""
    with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> "Iterator[Site]":
    """A scripted site and its polite reader, on a clock of their own."""
    from tests.support.politeness import Site

    directory = tmp_path / "site"
    directory.mkdir()
    with open_store(sqlite_url) as opened, Site(opened, directory) as made:
        yield made
