"""PostgreSQL goes away at every moment: nothing acknowledged is lost, nothing is done twice."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as NotYet
from datetime import timedelta

import pytest
from sqlalchemy import Connection, make_url, select, text

from monitor.errors import StoreError
from monitor.store import Store, heartbeat, open_store
from monitor.store.tables import heartbeat as table
from tests.integration.store.test_writer import beat, names, together
from tests.support.cuttingproxy import CuttingProxy
from tests.support.databases import PASSWORD, PostgresServer
from tests.support.stored import NOW


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    with open_store(postgres_url) as opened:
        yield opened


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[CuttingProxy]:
    url = make_url(postgres_url)
    if not url.host or not url.port:
        pytest.fail("this test needs a server that listens on TCP")
    with CuttingProxy(url.host, url.port) as running:
        yield running


def through(proxy: CuttingProxy, url: str) -> str:
    changed = make_url(url).set(host="127.0.0.1", port=proxy.port)
    return changed.render_as_string(hide_password=False)


def test_a_connection_cut_while_idle_is_replaced(
    store: Store, postgres: PostgresServer, postgres_url: str
) -> None:
    """After a restart of the server the next write and the next read succeed."""
    store.write(beat("before"))
    assert names(store) == {"before"}
    assert postgres.cut_connections(postgres_url) >= 2
    assert store.write(beat("after")) == "after"
    assert postgres.cut_connections(postgres_url) >= 1
    assert names(store) == {"before", "after"}


def insert_once(name: str) -> Callable[[Connection], str]:
    """A write that fails when it is done twice."""

    def function(conn: Connection) -> str:
        conn.execute(table.insert().values(name=name, beat_at=NOW, facts={}))
        return name

    return function


def cut_own(conn: Connection) -> None:
    conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_a_connection_cut_in_a_write_is_replaced(store: Store) -> None:
    """The whole batch is run again: each write happens exactly once."""
    runs = []

    def unlucky(conn: Connection) -> str:
        runs.append(1)
        insert_once("unlucky")(conn)
        if len(runs) == 1:
            cut_own(conn)
        return "unlucky"

    first, second, third = together(store, insert_once("first"), unlucky, insert_once("third"))
    assert (first.result(), second.result(), third.result()) == ("first", "unlucky", "third")
    assert names(store) == {"first", "unlucky", "third"}


def test_a_write_that_always_kills_its_connection_fails_alone(store: Store) -> None:
    """It is given up after a few tries; its neighbours are durable."""
    first, killer, third = together(store, beat("first"), cut_own, beat("third"))
    assert (first.result(), third.result()) == ("first", "third")
    with pytest.raises(StoreError, match="cannot reach"):
        killer.result()
    assert store.broken is None


def test_a_commit_that_fails_is_run_again(store: Store, postgres: PostgresServer, postgres_url: str) -> None:
    """The server dies in COMMIT before the transaction is kept: it is done again, once."""
    database = make_url(postgres_url).database
    postgres.run("CREATE SEQUENCE fuse", database=database)
    postgres.run(
        "CREATE FUNCTION burn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('fuse') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; "
        "RETURN NULL; END $$",
        database=database,
    )
    postgres.run(
        "CREATE CONSTRAINT TRIGGER bomb AFTER INSERT ON heartbeat DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION burn()",
        database=database,
    )
    try:
        assert store.write(insert_once("once")) == "once"
        assert names(store) == {"once"}
        assert postgres.run("SELECT last_value FROM fuse", database=database) == [(2,)]
    finally:
        postgres.run("DROP TRIGGER bomb ON heartbeat", database=database)
        postgres.run("DROP FUNCTION burn", database=database)
        postgres.run("DROP SEQUENCE fuse", database=database)


def test_a_commit_whose_answer_is_lost_is_not_done_twice(proxy: CuttingProxy, postgres_url: str) -> None:
    """The server kept the transaction, the connection died before it could say so: the write succeeds."""
    runs = []

    def insert(conn: Connection) -> str:
        runs.append(1)
        return insert_once("kept")(conn)

    with open_store(through(proxy, postgres_url)) as store:
        store.write(beat("warm"))
        proxy.cut_after(b"COMMIT")
        assert store.write(insert) == "kept"
        assert len(runs) == 1, "run once: a second run would have clashed with the first"
        assert names(store) == {"warm", "kept"}


def test_a_commit_whose_outcome_cannot_be_had_is_told_as_such(proxy: CuttingProxy, postgres_url: str) -> None:
    """The connection is cut in COMMIT and the server stays away: the error does not pretend to know."""
    with open_store(through(proxy, postgres_url), patience=timedelta(seconds=0.3)) as store:
        store.write(beat("warm"))
        proxy.cut_after(b"COMMIT", then_refuse=True)
        with pytest.raises(StoreError, match="may or may not be stored"):
            store.write(beat("in doubt"))
        proxy.accept()
        assert store.write(beat("after")) == "after"


def test_a_server_that_is_away_is_waited_for(proxy: CuttingProxy, postgres_url: str) -> None:
    """Writes wait while the server restarts, and succeed when it is back."""
    with open_store(through(proxy, postgres_url)) as store:
        store.write(beat("before"))
        proxy.refuse()
        waiting = store.submit(beat("waiting"))
        with pytest.raises(NotYet):
            waiting.result(timeout=0.3)
        proxy.accept()
        assert waiting.result(timeout=60) == "waiting"
        assert names(store) == {"before", "waiting"}


def test_a_server_that_stays_away_is_an_error(proxy: CuttingProxy, postgres_url: str) -> None:
    """Patience ends for writes; reads say it at once; neither tells the password."""
    with open_store(through(proxy, postgres_url), patience=timedelta(seconds=0.2)) as store:
        store.write(beat("before"))
        proxy.refuse()
        for attempt in (lambda: store.write(beat("x")), lambda: store.read(heartbeat.read)):
            with pytest.raises(
                StoreError, match=r"cannot reach the database postgresql://\S+:\d+/"
            ) as caught:
                attempt()
            assert PASSWORD not in str(caught.value)
        proxy.accept()
        assert store.write(beat("after")) == "after"


def test_closing_does_not_wait_for_a_server_that_is_away(proxy: CuttingProxy, postgres_url: str) -> None:
    """What is queued then is told that it failed, long before patience would end."""
    store = open_store(through(proxy, postgres_url))
    store.write(beat("before"))
    proxy.refuse()
    waiting = store.submit(beat("waiting"))
    with pytest.raises(NotYet):
        waiting.result(timeout=0.2)
    store.close()
    with pytest.raises(StoreError, match="cannot reach"):
        waiting.result(0)


def test_a_deadlock_is_resolved_by_running_one_again(store: Store, postgres_url: str) -> None:
    """Two writers that wait for each other both succeed."""
    meet = threading.Barrier(2)
    met = threading.local()
    with open_store(postgres_url) as other:
        for name in ("a", "b"):
            store.write(beat(name))

        def lock(*order: str):
            def function(conn: Connection) -> str:
                for name in order:
                    statement = select(table).where(table.c.name == name).with_for_update()
                    conn.execute(statement).one()
                    if not hasattr(met, "once"):
                        met.once = True  # in this writer's thread; a second run does not wait
                        meet.wait(30)
                return "".join(order)

            return function

        one, two = store.submit(lock("a", "b")), other.submit(lock("b", "a"))
        assert (one.result(60), two.result(60)) == ("ab", "ba")
