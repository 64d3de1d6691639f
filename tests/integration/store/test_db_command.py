"""`newsmonitor db`: what it prints, and how it exits."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.store import feeds, open_store
from monitor.store.tables import HEAD
from tests.support import databases
from tests.support.databases import PASSWORD


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """The command sets up logging for its process; here that is everybody's."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["db", *arguments])


def findings(url: str) -> tuple[int, dict[str, tuple[bool, str]]]:
    done = run("check", "--json", "--database", url)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return done.exit_code, {row["check"]: (row["ok"], row["detail"]) for row in rows}


def test_upgrade_creates_and_then_has_nothing_to_do(empty_database_url: str) -> None:
    """The first run makes the schema; the second says that it is up to date."""
    first = run("upgrade", "--database", empty_database_url)
    assert (first.exit_code, first.stdout) == (0, f"created: schema {HEAD}\n")
    second = run("upgrade", "--database", empty_database_url)
    assert (second.exit_code, second.stdout) == (0, f"up to date: schema {HEAD}\n")
    assert PASSWORD not in first.output + second.output


def test_the_database_is_the_configurations(tmp_path: Path) -> None:
    """Without --database, `settings: database` of the configuration is used."""
    url = databases.sqlite_url(tmp_path / "from config.db")
    config = tmp_path / "config"
    config.mkdir()
    lines = (
        f"settings: {{database: '{url}'}}",
        "feeds: [https://example.org/feed]",
        "channels: {screen: console://}",
        "rules: {Floods: {match: flood, channels: [screen]}}",
    )
    (config / "all.yaml").write_text("\n".join(lines))
    done = CliRunner().invoke(cli, ["--config", str(config), "db", "upgrade"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "from config.db").exists()


def test_a_sound_database_passes(database_url: str) -> None:
    """Every check says ok, in words for people or as JSON, and the exit code is 0."""
    exit_code, found = findings(database_url)
    assert exit_code == 0
    assert all(ok for ok, _ in found.values())
    assert {"reachable", "schema"} < set(found)
    people = run("check", "--database", database_url)
    assert people.exit_code == 0
    assert f"ok   schema: schema {HEAD}" in people.stdout
    assert PASSWORD not in people.output


def test_a_missing_database_is_a_finding(tmp_path: Path) -> None:
    """It is not created by being looked for."""
    exit_code, found = findings(databases.sqlite_url(tmp_path / "none.db"))
    assert exit_code == 1
    assert found["reachable"][0] is False
    assert "newsmonitor db upgrade" in found["reachable"][1]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_schema_is_a_finding(empty_postgres_url: str) -> None:
    """A server without our tables is reachable, and needs an upgrade."""
    exit_code, found = findings(empty_postgres_url)
    assert (exit_code, found["reachable"][0], found["schema"][0]) == (1, True, False)
    assert "no schema" in found["schema"][1]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "install the newer newsmonitor"),
        ("DROP TABLE alembic_version", "not its record of the schema"),
    ],
)
def test_an_unknown_schema_is_a_finding(sqlite_url: str, statement: str, says: str) -> None:
    """A newer schema, or tables without a record of theirs, are told apart."""
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute(statement)
    exit_code, found = findings(sqlite_url)
    assert (exit_code, found["schema"][0]) == (1, False)
    assert says in found["schema"][1]


def test_damage_is_a_finding(sqlite_url: str) -> None:
    """A row that refers to nothing, and a page that was overwritten, are both found."""
    with open_store(sqlite_url) as store:
        store.write(lambda conn: feeds.sync(conn, [], now=None))
        path = store.address.path
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO url_alias (key, article_id) VALUES ('x', 99)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_feed_due'"
        root = connection.execute(query).fetchone()[0]
    exit_code, found = findings(sqlite_url)
    assert (exit_code, found["references"][0], found["integrity"][0]) == (1, False, True)
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    exit_code, found = findings(sqlite_url)
    assert exit_code == 1
    assert any("put a backup in its place" in detail for ok, detail in found.values() if not ok)


def test_a_server_that_is_away_is_a_finding() -> None:
    """Nothing there: exit 1, with the reason and without the password."""
    exit_code, found = findings("postgresql://tester:geheim@127.0.0.1:1/news")
    assert exit_code == 1
    assert "cannot reach" in found["readable"][1]
    assert "geheim" not in str(found)


def test_an_address_that_makes_no_sense_is_a_usage_error() -> None:
    """Exit 2, and the forms that are understood."""
    for command in ("check", "upgrade"):
        done = run(command, "--database", "mysql://localhost/news")
        assert done.exit_code == 2
        assert "use sqlite:///" in done.stderr
