"""Migrations: whole or not at all, one upgrader at a time, and the same schema as the tables say."""

import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from monitor.errors import SchemaTooNew, StoreBusy, StoreError
from monitor.store import address, engine, files, migrate, open_store
from monitor.store.tables import HEAD, REVISIONS, is_compared, is_compared_name, metadata
from tests.support import databases
from tests.support.databases import PostgresServer

AFTER = f"{int(HEAD) + 1:04}"  # the revision of a test's migration
NEXT = '''
"""A test's migration."""
import os, sqlalchemy as sa
from alembic import op
revision, down_revision = "{after}", "{head}"
branch_labels = depends_on = None
def upgrade():
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("heartbeat") as batch:
        batch.add_column(sa.Column("note", sa.Text, nullable=False, server_default="x"))
        batch.alter_column("facts", new_column_name="details")
    {then}
'''


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the migrations, to add some to."""
    return Path(shutil.copytree(migrate.scripts(), tmp_path / "alembic"))


def add(scripts: Path, then: str = "pass") -> None:
    script = NEXT.replace("{then}", then).replace("{after}", AFTER).replace("{head}", HEAD)
    (scripts / "versions" / f"{AFTER}_test.py").write_text(script)


def upgrade(url: str, scripts: Path, *more: str) -> tuple[str | None, str]:
    return migrate.upgrade(url, directory=scripts, revisions=(*REVISIONS, *more))


@contextmanager
def connection_to(url: str):
    built = engine.build(address.parse(url), engine.Role.MIGRATE)
    with closing(built.connect()) as connection, connection.begin():
        yield connection


def columns(url: str, table: str) -> set[str]:
    with connection_to(url) as connection:
        return {column["name"] for column in inspect(connection).get_columns(table)}


def tables(url: str) -> set[str]:
    with connection_to(url) as connection:
        return set(inspect(connection).get_table_names())


def current(url: str) -> str | None:
    with connection_to(url) as connection:
        return migrate.current(connection)


def test_the_program_knows_exactly_the_migrations_that_are_shipped() -> None:
    """REVISIONS lists every script in order; without this an up-to-date database would look outdated."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(migrate.scripts()))
    walked = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(script.revision for script in walked)[::-1] == REVISIONS


def test_the_migrations_make_the_tables_that_the_code_expects(empty_database_url: str) -> None:
    """Alembic's own comparison finds no difference between the code's tables and a migrated database."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    assert migrate.upgrade(empty_database_url) == (None, HEAD)
    with connection_to(empty_database_url) as connection:
        opts = {"compare_type": True, "include_name": is_compared_name, "include_object": is_compared}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []


def test_the_migrations_and_the_tables_make_the_same_sqlite_schema(tmp_path: Path) -> None:
    """Stricter than the comparison: constraints, partial indexes and options too."""
    migrated, made = tmp_path / "migrated.db", tmp_path / "made.db"
    migrate.upgrade(databases.sqlite_url(migrated))
    with connection_to(databases.sqlite_url(made)) as connection:
        metadata.create_all(connection)
    schemas = [_sqlite_schema(migrated), _sqlite_schema(made)]
    schemas[0].pop("alembic_version")
    assert "article_words" in schemas[0]
    assert schemas[0] == schemas[1]


def _sqlite_schema(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    # A table that was built anew has its name in quotes.
    plain = ((name, re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", sql)) for name, sql in rows)
    return {name: _clauses(re.sub(r"\s+", " ", sql)) for name, sql in plain}


def _clauses(sql: str) -> list[str]:
    """What stands before, between (in any order) and behind the outer parentheses."""
    head, _, rest = sql.partition("(")
    body, _, tail = rest.rpartition(")")
    return [head.strip(), *sorted(part.strip() for part in re.split(r",(?![^()]*\))", body)), tail.strip()]


def test_the_migrations_and_the_tables_make_the_same_postgresql_schema(postgres: PostgresServer) -> None:
    """Columns, constraints and index definitions, as the server itself describes them."""
    urls = [postgres.create(), postgres.create()]
    try:
        migrate.upgrade(urls[0])
        with connection_to(urls[1]) as connection:
            metadata.create_all(connection)
        schemas = [_postgres_schema(url) for url in urls]
        assert {row for row in schemas[0] if "alembic_version" not in str(row)} == schemas[1]
    finally:
        for url in urls:
            postgres.drop(url)


def _postgres_schema(url: str) -> set[tuple[object, ...]]:
    queries = (
        """SELECT table_name, column_name, data_type, is_nullable, column_default
           FROM information_schema.columns WHERE table_schema = 'public'""",
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
           FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    )
    with connection_to(url) as connection:
        return {tuple(row) for query in queries for row in connection.execute(text(query))}


def test_an_upgrade_is_done_once(empty_database_url: str) -> None:
    """A second upgrade finds nothing to do."""
    assert migrate.upgrade(empty_database_url) == (None, HEAD)
    assert migrate.upgrade(empty_database_url) == (HEAD, HEAD)


def test_an_upgrade_keeps_the_data(empty_database_url: str, scripts: Path) -> None:
    """Rows survive the change of their table, even where SQLite must build it anew."""
    add(scripts)
    migrate.upgrade(empty_database_url)
    with connection_to(empty_database_url) as connection:
        connection.execute(
            text("INSERT INTO heartbeat (name, beat_at, facts) VALUES ('a', '2026-01-01 00:00:00', '{}')")
        )
    assert upgrade(empty_database_url, scripts, AFTER) == (HEAD, AFTER)
    with connection_to(empty_database_url) as connection:
        assert connection.execute(text("SELECT name, details, note FROM heartbeat")).one() == ("a", "{}", "x")
    with pytest.raises(SchemaTooNew, match=AFTER):
        open_store(empty_database_url)


@pytest.mark.parametrize("then", ["raise RuntimeError('on purpose')", "op.execute('SELECT no_such_thing()')"])
def test_a_failing_migration_leaves_nothing_and_can_be_run_again(
    empty_database_url: str, scripts: Path, then: str
) -> None:
    """Half-done changes are undone on both databases; the mended migration then succeeds."""
    migrate.upgrade(empty_database_url)
    before = tables(empty_database_url), columns(empty_database_url, "heartbeat")
    add(scripts, then)
    with pytest.raises(StoreError, match=f"to schema {AFTER} failed, and its failed step was undone"):
        upgrade(empty_database_url, scripts, AFTER)
    assert (tables(empty_database_url), columns(empty_database_url, "heartbeat")) == before
    assert current(empty_database_url) == HEAD
    open_store(empty_database_url, upgrade=False).close()
    add(scripts)
    assert upgrade(empty_database_url, scripts, AFTER) == (HEAD, AFTER)
    assert columns(empty_database_url, "heartbeat") == {"name", "beat_at", "details", "note"}


def test_the_steps_before_a_failing_one_are_kept(empty_database_url: str, scripts: Path) -> None:
    """Each migration is a transaction of its own: an upgrade over several can go on from there."""
    add(scripts)
    then = f"{int(AFTER) + 1:04}"
    (scripts / "versions" / f"{then}_test.py").write_text(
        f'revision, down_revision = "{then}", "{AFTER}"\ndef upgrade(): raise RuntimeError("on purpose")\n'
    )
    with pytest.raises(StoreError, match="on purpose"):
        upgrade(empty_database_url, scripts, AFTER, then)
    assert current(empty_database_url) == AFTER


def test_a_killed_migration_leaves_nothing_and_can_be_run_again(
    empty_database_url: str, scripts: Path
) -> None:
    """The process dies half-way through: the old schema is there, and the next upgrade succeeds."""
    migrate.upgrade(empty_database_url)
    before = tables(empty_database_url), columns(empty_database_url, "heartbeat")
    add(scripts, "os.kill(os.getpid(), 9)")
    code = (
        "import sys; from pathlib import Path; from monitor.store import migrate;"
        f"migrate.upgrade(sys.argv[1], directory=Path(sys.argv[2]), revisions={(*REVISIONS, AFTER)})"
    )
    done = subprocess.run([sys.executable, "-c", code, empty_database_url, scripts], check=False)
    assert done.returncode == -9
    assert (tables(empty_database_url), columns(empty_database_url, "heartbeat")) == before
    add(scripts)
    assert upgrade(empty_database_url, scripts, AFTER) == (HEAD, AFTER)


def test_a_migration_that_breaks_references_is_undone(tmp_path: Path, scripts: Path) -> None:
    """Foreign keys are off while SQLite rebuilds tables, so they are looked at before the commit."""
    url = databases.sqlite_url(tmp_path / "news.db")
    add(scripts, "op.execute(\"INSERT INTO url_alias (key, article_id) VALUES ('x', 1)\")")
    migrate.upgrade(url)
    with pytest.raises(StoreError, match="a row of url_alias that refers to no row of article"):
        upgrade(url, scripts, AFTER)
    assert current(url) == HEAD


def test_a_copy_is_kept_before_existing_data_changes(tmp_path: Path, scripts: Path) -> None:
    """Beside the database, with the old schema and all its rows; none for a database just made."""
    path = tmp_path / "news.db"
    url = databases.sqlite_url(path)
    with open_store(url) as store:
        store.write(lambda conn: conn.exec_driver_sql("INSERT INTO heartbeat VALUES ('a', 'b', '{}')"))
    assert list(tmp_path.glob("*.backup*")) == []
    add(scripts)
    upgrade(url, scripts, AFTER)
    copy = tmp_path / f"news.db.schema-{HEAD}.backup"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT * FROM heartbeat").fetchall() == [("a", "b", "{}")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert current(databases.sqlite_url(copy)) == HEAD


def test_without_a_copy_there_is_no_upgrade(tmp_path: Path, scripts: Path) -> None:
    """When the copy cannot be made the database stays as it is."""
    url = databases.sqlite_url(tmp_path / "news.db")
    migrate.upgrade(url)
    (tmp_path / f"news.db.schema-{HEAD}.backup").mkdir()
    (tmp_path / f"news.db.schema-{HEAD}.backup" / "in the way").touch()
    add(scripts)
    with pytest.raises(StoreError, match="cannot back up"):
        upgrade(url, scripts, AFTER)
    assert current(url) == HEAD
    assert list(tmp_path.glob("*.part")) == []


def test_a_running_daemons_database_is_not_upgraded(tmp_path: Path, scripts: Path) -> None:
    """An older daemon would fail on the new schema: stop it first."""
    path = tmp_path / "news.db"
    add(scripts)
    with (
        open_store(databases.sqlite_url(path), exclusive=True),
        pytest.raises(StoreBusy, match="stop it, then upgrade"),
    ):
        upgrade(databases.sqlite_url(path), scripts, AFTER)
    assert upgrade(databases.sqlite_url(path), scripts, AFTER) == (HEAD, AFTER)


def test_upgraders_at_once_upgrade_once(empty_database_url: str) -> None:
    """Everybody who opens a new database at the same moment gets it, made by one of them."""
    start = threading.Barrier(4)

    def attempt(_: int) -> None:
        start.wait(30)
        open_store(empty_database_url).close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(attempt, range(4)))
    assert current(empty_database_url) == HEAD


def test_an_upgrader_waits_for_another_process(tmp_path: Path) -> None:
    """While somebody holds the upgrade lock nothing is changed; afterwards it goes on by itself."""
    path = tmp_path / "news.db"
    with ThreadPoolExecutor(1) as pool:
        with files.upgrade_lock(path).acquire():
            upgrading = pool.submit(migrate.upgrade, databases.sqlite_url(path))
            with pytest.raises(TimeoutError):
                upgrading.result(timeout=0.3)
            assert current(databases.sqlite_url(path)) is None
        assert upgrading.result(timeout=60) == (None, HEAD)


def test_no_revision_is_no_schema(empty_database_url: str) -> None:
    """An empty record of the schema, left by a crash of another tool, counts as none."""

    def begin(connection: Connection) -> None:
        connection.execute(
            text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )

    with connection_to(empty_database_url) as connection:
        begin(connection)
    assert current(empty_database_url) is None
    assert migrate.upgrade(empty_database_url) == (None, HEAD)
