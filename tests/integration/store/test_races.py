"""Several claimers at once: threads, and processes, never get the same feed or delivery."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection

from monitor.model import Feed
from monitor.store import Store, feeds, open_store, outbox
from tests.support.stored import LEASE, NOW, add_alert

CLAIMERS = 4
ITEMS = 240

CLAIM_IN_A_PROCESS = """
import json, sys
from monitor.store import feeds, open_store, outbox
from tests.support.stored import LEASE, NOW
what, url, owner = sys.argv[1:]
with open_store(url) as store:
    def claim(conn):
        if what == "feeds":
            claimed = feeds.claim_due(conn, now=NOW, limit=7, per_host=9999, owner=owner, lease=LEASE)
        else:
            claimed = outbox.claim(conn, channel="mail", now=NOW, limit=7, owner=owner, lease=LEASE)
        return [item.id for item in claimed]
    print("ready", flush=True)
    sys.stdin.readline()
    mine = []
    while claimed := store.write(claim):
        mine += claimed
    print(json.dumps(mine), flush=True)
"""


def fill(store: Store) -> None:
    """Many due feeds of a few hosts, and as many due deliveries."""
    store.write(
        lambda conn: feeds.sync(conn, [Feed(f"https://h{n % 7}.example/{n}") for n in range(ITEMS)], now=NOW)
    )
    alert_id = add_alert(store)

    def queue(conn) -> None:
        for n in range(ITEMS):
            outbox.enqueue(
                conn, alert_id=alert_id, channel="mail", recipient="", key=f"k{n}", now=NOW, due_at=NOW
            )

    store.write(queue)


def race(url: str, claim: Callable[[Store, str], list[int]]) -> list[list[int]]:
    """What each of several stores, as separate daemons would open them, got until nothing was left."""
    start = threading.Barrier(CLAIMERS)

    def run(number: int) -> list[int]:
        mine: list[int] = []
        with open_store(url) as store:
            start.wait(30)
            while claimed := claim(store, f"claimer {number}"):
                mine += claimed
        return mine

    with ThreadPoolExecutor(CLAIMERS) as pool:
        return list(pool.map(run, range(CLAIMERS)))


def assert_each_once(shares: list[list[int]]) -> None:
    counts = Counter(id_ for share in shares for id_ in share)
    assert len(counts) == ITEMS, "none left out"
    assert set(counts.values()) == {1}, "none given twice"


def test_stores_that_race_for_deliveries_share_them(store: Store, database_url: str) -> None:
    """Each delivery goes to exactly one claimer."""
    fill(store)

    def claim(own: Store, owner: str) -> list[int]:
        taken = own.write(
            lambda conn: outbox.claim(conn, channel="mail", now=NOW, limit=7, owner=owner, lease=LEASE)
        )
        return [delivery.id for delivery in taken]

    assert_each_once(race(database_url, claim))


def test_stores_that_race_for_feeds_share_them(store: Store, database_url: str) -> None:
    """Each feed goes to exactly one claimer."""
    fill(store)

    def claim(own: Store, owner: str) -> list[int]:
        taken = own.write(
            lambda conn: feeds.claim_due(conn, now=NOW, limit=7, per_host=9999, owner=owner, lease=LEASE)
        )
        return [state.id for state in taken]

    assert_each_once(race(database_url, claim))


def test_processes_that_race_share_the_work(store: Store, database_url: str) -> None:
    """Two processes on one database: each feed, and each delivery, goes to exactly one of them."""
    fill(store)
    for what in ("feeds", "deliveries"):
        command = [sys.executable, "-c", CLAIM_IN_A_PROCESS, what, database_url]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with (
            subprocess.Popen([*command, "one"], **pipes) as one,
            subprocess.Popen([*command, "two"], **pipes) as two,
        ):
            for process in (one, two):
                assert process.stdout.readline() == "ready\n"
            for process in (one, two):
                process.stdin.write("go\n")
                process.stdin.flush()
            shares = [json.loads(process.stdout.readline()) for process in (one, two)]
        assert_each_once(shares)
        assert [process.returncode for process in (one, two)] == [0, 0]


def test_two_daemons_that_add_a_feed_at_once_both_have_it(postgres_url: str) -> None:
    """Both start, or both read a new configuration: the second waits and finds the feed there."""
    new = [Feed("https://a.example/")]
    added, go_on = threading.Event(), threading.Event()

    def add_and_wait(conn: Connection) -> None:
        feeds.sync(conn, new, now=NOW)
        added.set()
        assert go_on.wait(20)

    with open_store(postgres_url) as one, open_store(postgres_url) as other:
        first = one.submit(add_and_wait)
        assert added.wait(10)
        second = other.submit(lambda conn: feeds.sync(conn, new, now=NOW))
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        go_on.set()
        first.result(timeout=10)
        second.result(timeout=10)
        assert [state.feed for state in other.read(feeds.states)] == new
