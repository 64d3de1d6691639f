"""Opening the database: ground, lock and schema are checked, and every refusal says what to do."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from monitor.errors import SchemaOutdated, SchemaTooNew, StoreBusy, StoreError
from monitor.store import Store, feeds, open_store
from monitor.store.tables import HEAD
from tests.support import databases, unprivileged
from tests.support.databases import PASSWORD, PostgresServer

OPEN = """
import sys
from monitor.errors import StoreError
from monitor.store import open_store
try:
    open_store(sys.argv[1]).close()
except StoreError as error:
    print(error)
"""


def test_a_new_database_is_made(empty_database_url: str) -> None:
    """Whatever is missing is created: directory, file, schema; opening again finds it."""
    with open_store(empty_database_url) as store:
        assert store.read(feeds.states) == []
    with open_store(empty_database_url, upgrade=False) as store:
        assert store.read(feeds.states) == []


def test_without_upgrade_nothing_is_created(empty_database_url: str, tmp_path: Path) -> None:
    """A missing schema is an error that names the command, and leaves no file behind."""
    with pytest.raises(SchemaOutdated, match="newsmonitor db upgrade"):
        open_store(empty_database_url, upgrade=False, exclusive=True)
    assert list(tmp_path.iterdir()) == []


def test_opening_what_is_up_to_date_imports_no_migrations(sqlite_url: str) -> None:
    """Cold start: alembic stays on the shelf."""
    code = (
        "import sys; from monitor.store import open_store; open_store(sys.argv[1], exclusive=True).close();"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, sqlite_url], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_a_newer_schema_is_refused(database_url: str) -> None:
    """A database of a later version is neither opened nor changed, with and without upgrade."""
    _set_revision(database_url, "9999")
    try:
        for upgrade in (True, False):
            with pytest.raises(SchemaTooNew, match=r"schema 9999.*install the newer newsmonitor"):
                open_store(database_url, upgrade=upgrade)
    finally:
        _set_revision(database_url, HEAD)


def _set_revision(url: str, revision: str) -> None:
    from monitor.store import address, engine

    migrator = engine.build(address.parse(url), engine.Role.MIGRATE)
    with closing(migrator.connect()) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})


def test_tables_of_another_program_are_refused(empty_database_url: str) -> None:
    """A database with a table of our name but not our schema is left alone."""
    from monitor.store import address, engine

    migrator = engine.build(address.parse(empty_database_url), engine.Role.MIGRATE)
    with closing(migrator.connect()) as connection, connection.begin():
        connection.execute(text("CREATE TABLE story (title TEXT)"))
    with pytest.raises(StoreError, match=r"tables of newsmonitor's names \(story\)"):
        open_store(empty_database_url)


def test_a_second_daemon_is_refused(sqlite_url: str) -> None:
    """The error has the first one's pid and file; commands that need no exclusiveness still work."""
    with open_store(sqlite_url, exclusive=True):
        with pytest.raises(StoreBusy, match=r"pid \d+.*news\.db.*stop it first"):
            open_store(sqlite_url, exclusive=True)
        with open_store(sqlite_url) as other:
            assert other.write(lambda conn: feeds.sync(conn, [], now=None)) == (0, 0, 0, 0)
    open_store(sqlite_url, exclusive=True).close()


def test_daemons_share_a_server(postgres_url: str) -> None:
    """On PostgreSQL two daemons may work on one database."""
    with open_store(postgres_url, exclusive=True), open_store(postgres_url, exclusive=True) as second:
        assert second.read(feeds.states) == []


def test_what_is_not_a_database_is_refused(tmp_path: Path) -> None:
    """A file of something else is named, and left as it was."""
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\n" * 1000)
    with pytest.raises(StoreError, match=r"notes\.txt is damaged or not a database"):
        open_store(databases.sqlite_url(path))
    assert path.read_text() == "dear diary\n" * 1000


def test_a_directory_that_cannot_be_written_is_named() -> None:
    """The error says who may not write where, and what to do about it."""
    with unprivileged.directory() as place:
        place.chmod(0o555)
        done = unprivileged.run(OPEN, databases.sqlite_url(place / "news.db"))
        assert "the database's directory" in done.stdout, done.stderr
        assert "is read-only for this user" in done.stdout
        assert "make it writable" in done.stdout
        done = unprivileged.run(OPEN, databases.sqlite_url(place / "sub" / "news.db"))
        assert "cannot create the directory" in done.stdout


def test_a_file_that_cannot_be_written_is_named() -> None:
    """A database of another user, or made read-only, is refused when it is opened, not at the first write."""
    with unprivileged.directory() as place:
        url = databases.sqlite_url(place / "news.db")
        assert unprivileged.run(OPEN, url).stdout.count("cannot") == 0
        (place / "news.db").chmod(0o444)
        done = unprivileged.run(OPEN, url)
        assert "the database's file" in done.stdout, done.stderr
        assert "is read-only for this user" in done.stdout


def test_a_server_that_is_not_there_is_named(postgres: PostgresServer) -> None:
    """Wrong port, wrong password, no such database: each a clear error, never with the password."""
    wrong = "wr0ng-password"
    urls = {
        "refused": f"postgresql://tester:{wrong}@127.0.0.1:1/news",
        "authentication failed|no password": postgres.admin.set(
            username="nobody-here", password=wrong
        ).render_as_string(hide_password=False),
        "does not exist": postgres.url("no_such_database"),
    }
    for says, url in urls.items():
        with pytest.raises(StoreError, match=f"cannot reach the database postgresql:.*({says})") as caught:
            open_store(url)
        assert wrong not in str(caught.value)
        assert PASSWORD not in str(caught.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL without its extra says what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'newsmonitor\[postgres\]'"):
        open_store("postgresql://127.0.0.1/news")


def test_a_path_with_odd_characters_is_a_path(tmp_path: Path) -> None:
    """Blanks, per cent signs and letters of every script are allowed."""
    path = tmp_path / "ein Ordner 100%" / "новости.db"
    with open_store(databases.sqlite_url(path)) as store:
        assert store.address.path == path
    assert path.exists()


def test_the_settings_that_safety_rests_on_are_in_force(sqlite_url: str) -> None:
    """WAL, a flush at each commit, foreign keys; readers that cannot write."""
    with open_store(sqlite_url) as store:
        assert _pragma(store.write, "journal_mode") == "wal"
        assert _pragma(store.write, "synchronous") == 2, "FULL"
        assert _pragma(store.write, "foreign_keys") == 1
        assert _pragma(store.write, "busy_timeout") == 10_000
        assert _pragma(store.read, "query_only") == 1


def _pragma(use, name: str) -> object:
    return use(lambda conn: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def test_the_servers_limits_are_in_force(postgres_url: str) -> None:
    """A statement, a lock or an idle transaction cannot hang for ever; options in the address stay."""
    url = make_url(postgres_url).update_query_dict({"options": "-c work_mem=5MB"})
    with open_store(url.render_as_string(hide_password=False)) as store:

        def show(name: str) -> object:
            return store.write(lambda conn: conn.exec_driver_sql(f"SHOW {name}").scalar_one())

        assert show("statement_timeout") == "1min"
        assert show("lock_timeout") == "10s"
        assert show("idle_in_transaction_session_timeout") == "1min"
        assert show("synchronous_commit") in ("on", "off"), "left as the server has it"
        assert show("timezone") == "UTC"
        assert show("work_mem") == "5MB"


def test_a_store_that_failed_to_open_holds_no_lock(tmp_path: Path) -> None:
    """After a refusal the database can be opened once its cause is gone."""
    path = tmp_path / "news.db"
    path.write_text("not a database, but long enough to look like one" * 50)
    with pytest.raises(StoreError):
        open_store(databases.sqlite_url(path), exclusive=True)
    path.unlink()
    opened: Store = open_store(databases.sqlite_url(path), exclusive=True)
    opened.close()
    assert [place.name for place in tmp_path.iterdir()] == ["news.db"]
