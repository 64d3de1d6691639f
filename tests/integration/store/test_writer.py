"""The one writer: what is acknowledged is durable, and nobody pays for another's mistake."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as NotYet
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import SQLAlchemyError

from monitor.errors import StoreError
from monitor.store import Store, heartbeat, open_store
from monitor.store.tables import heartbeat as table
from tests.support.stored import NOW


def beat(name: str, size: int = 0) -> Callable[[Connection], str]:
    """A write that can be recognised, of about the size given."""

    def function(conn: Connection) -> str:
        heartbeat.beat(conn, now=NOW, facts={"x": "x" * size}, name=name)
        return name

    return function


def names(store: Store) -> set[str]:
    return set(store.read(lambda conn: conn.scalars(select(table.c.name)).all()))


def together(store: Store, *functions: Callable[[Connection], object]) -> list[Future[object]]:
    """Submit functions so that the writer finds them all waiting, and takes them as one batch."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        assert go_on.wait(30)

    store.submit(hold)
    assert begun.wait(30)
    futures = [store.submit(function) for function in functions]
    go_on.set()
    wait(futures, timeout=60)
    return futures


def test_waiting_writers_share_one_commit(store: Store) -> None:
    """A hundred writes that wait together are one transaction, and each has its own result."""
    commits = []
    event.listen(store._write_engine, "commit", lambda _: commits.append(1))
    expected = [f"n{n}" for n in range(100)]
    futures = together(store, *(beat(name) for name in expected))
    assert [future.result() for future in futures] == expected
    assert len(commits) == 2, "one for the function that held the writer, one for the hundred"
    assert names(store) == set(expected)


def test_an_acknowledged_write_is_there_for_everybody(store: Store, database_url: str) -> None:
    """As soon as `write` returns, another process would see it, and so does the next read."""
    with open_store(database_url) as other:
        for n in range(20):
            store.write(beat(f"n{n}"))
            assert f"n{n}" in names(other)
            assert f"n{n}" in names(store)


def test_a_failing_function_fails_alone(store: Store) -> None:
    """Its own error reaches its own waiter, what it did is undone, and the others are durable."""

    class Mistake(Exception):
        pass

    def fail(conn: Connection) -> None:
        beat("half done")(conn)
        raise Mistake

    def clash(conn: Connection) -> None:
        beat("half done too")(conn)
        conn.execute(table.insert().values(name="first", beat_at=NOW, facts={}))

    first, failed, second, clashed, third = together(
        store, beat("first"), fail, beat("second"), clash, beat("third")
    )
    assert (first.result(), second.result(), third.result()) == ("first", "second", "third")
    assert isinstance(failed.exception(), Mistake)
    assert isinstance(clashed.exception(), StoreError)
    assert names(store) == {"first", "second", "third"}


def test_a_swallowed_failure_is_not_acknowledged(store: Store) -> None:
    """A function that goes on after a failed statement is whole or an error, never half."""

    def swallow(conn: Connection) -> None:
        beat("before")(conn)
        with suppress(SQLAlchemyError):
            conn.exec_driver_sql("SELECT no_such_function()")
        beat("after")(conn)

    first, swallowed, second = together(store, beat("first"), swallow, beat("second"))
    assert (first.result(), second.result()) == ("first", "second")
    half = names(store) & {"before", "after"}
    assert half == (set() if swallowed.exception() else {"before", "after"})


def test_even_an_exit_belongs_to_its_waiter(store: Store) -> None:
    """SystemExit in a function neither ends the writer nor gets lost."""

    def leave(_: Connection) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        store.write(leave)
    assert store.write(beat("after")) == "after"


def test_writing_within_a_write_is_a_mistake_that_is_told(store: Store) -> None:
    """It would wait for itself for ever."""
    with pytest.raises(RuntimeError, match="own connection"):
        store.write(lambda _: store.write(beat("never")))
    assert names(store) == set()


def test_a_cancelled_write_does_not_happen(store: Store) -> None:
    """A future cancelled while it waits in the queue is skipped."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        assert go_on.wait(30)

    holding = store.submit(hold)
    assert begun.wait(30)
    cancelled = store.submit(beat("cancelled"))
    assert cancelled.cancel()
    go_on.set()
    holding.result(30)
    store.write(beat("other"))
    assert names(store) == {"other"}


def test_closing_finishes_what_is_queued(database_url: str) -> None:
    """Writes submitted before `close` are durable after it; later ones are refused at once."""
    store = open_store(database_url)
    futures = [store.submit(beat(f"n{n}")) for n in range(50)]
    store.close()
    store.close()
    assert [future.result(0) for future in futures] == [f"n{n}" for n in range(50)]
    with pytest.raises(StoreError, match="was closed"):
        store.submit(beat("late"))
    with open_store(database_url) as again:
        assert len(names(again)) == 50


def test_a_reader_cannot_write(store: Store) -> None:
    """A function given to `read` by mistake changes nothing."""
    with pytest.raises(StoreError, match=r"read-?only"):
        store.read(beat("x"))
    assert names(store) == set()


def test_reading_goes_on_while_something_is_written(store: Store) -> None:
    """A long write holds no reader up, and readers see nothing of it before it is done."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(conn: Connection) -> None:
        beat("slow")(conn)
        begun.set()
        assert go_on.wait(30)

    writing = store.submit(slow)
    assert begun.wait(30)
    assert names(store) == set()
    go_on.set()
    writing.result(30)
    assert names(store) == {"slow"}


def test_a_full_disk_fails_what_does_not_fit(sqlite_url: str) -> None:
    """Large writes fail with a clear error, small ones beside them succeed, and with room all is well."""
    with open_store(sqlite_url) as store:
        pages = store.write(lambda conn: conn.exec_driver_sql("PRAGMA page_count").scalar_one())
        store.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}").scalar_one())
        small, large, another = together(store, beat("small"), beat("large", 1_000_000), beat("another"))
        assert (small.result(), another.result()) == ("small", "another")
        assert isinstance(large.exception(), StoreError)
        assert "no room left" in str(large.exception())
        assert "free some disk space" in str(large.exception())
        store.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count=1000000").scalar_one())
        assert store.write(beat("large", 1_000_000)) == "large"
        assert names(store) == {"small", "another", "large"}
        assert store.broken is None


def test_a_database_that_becomes_read_only_is_told(sqlite_url: str) -> None:
    """A write that is refused is an error with the way out; when it is mended, the next one succeeds."""
    with open_store(sqlite_url) as store:
        store.write(lambda conn: conn.exec_driver_sql("PRAGMA query_only=ON").close())
        with pytest.raises(StoreError, match=r"is read-only .* writable for this user"):
            store.write(beat("refused"))
        store._write_engine.dispose()  # the next connection may write again
        assert store.write(beat("next")) == "next"
        assert names(store) == {"next"}


def test_a_locked_file_is_waited_for(sqlite_url: str) -> None:
    """While another process writes, a write waits; when it is done, the write succeeds."""
    with open_store(sqlite_url) as store, closing(sqlite3.connect(store.address.path)) as other:
        store.write(lambda conn: conn.exec_driver_sql("PRAGMA busy_timeout=20").scalar_one())
        other.execute("BEGIN IMMEDIATE")
        waiting = store.submit(beat("patient"))
        with pytest.raises(NotYet):
            waiting.result(timeout=0.3)  # more than ten times SQLite's own patience
        other.rollback()
        assert waiting.result(timeout=60) == "patient"


def test_a_file_locked_for_too_long_is_an_error(sqlite_url: str) -> None:
    """Patience ends, with an error that says who is in the way; the next write may succeed."""
    with (
        open_store(sqlite_url, patience=timedelta(seconds=0.1)) as store,
        closing(sqlite3.connect(store.address.path)) as other,
    ):
        store.write(lambda conn: conn.exec_driver_sql("PRAGMA busy_timeout=20").scalar_one())
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another process"):
            store.write(beat("late"))
        other.rollback()
        assert store.write(beat("next")) == "next"
        assert names(store) == {"next"}


def test_a_damaged_file_stops_the_writer_for_good(sqlite_url: str) -> None:
    """Damage is told with the way out, and nothing more is acknowledged, however harmless."""
    with open_store(sqlite_url) as store:
        path = store.address.path
        assert path is not None
        root = store.read(
            lambda conn: conn.exec_driver_sql(
                "SELECT rootpage FROM sqlite_schema WHERE name = 'heartbeat'"
            ).scalar_one()
        )
    _spoil(path, root)
    with open_store(sqlite_url) as store:
        with pytest.raises(StoreError, match=r"damaged .* put a backup in its place"):
            store.write(beat("x"))
        assert store.broken is not None
        with pytest.raises(StoreError, match="damaged"):
            store.write(lambda conn: None)
        with pytest.raises(StoreError, match="damaged"):
            store.read(lambda conn: conn.execute(select(table)).all())


def _spoil(path: Path, page: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
