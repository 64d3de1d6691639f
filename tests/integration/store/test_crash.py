"""kill -9 in the middle of writing: nothing acknowledged is lost, nothing is half there."""

import subprocess
import sys

import pytest
from sqlalchemy import text

from monitor.store import check, open_store

# Each thread writes pairs of rows in one function, and says so only when the write was acknowledged.
WRITE_FOR_EVER = """
import itertools, os, sys, threading
from monitor.store import heartbeat, open_store
from tests.support.stored import NOW
store = open_store(sys.argv[1], exclusive=True)
def write(thread):
    for n in itertools.count():
        name = f"{sys.argv[2]}-{thread}-{n}"
        def pair(conn):
            for half in "ab":
                heartbeat.beat(conn, now=NOW, facts={"x": "x" * 300}, name=f"{name}-{half}")
        store.write(pair)
        os.write(1, f"{name}\\n".encode())
for thread in range(8):
    threading.Thread(target=write, args=(thread,)).start()
"""
ROUNDS = (1, 40, 250)  # acknowledged writes before each kill


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_acknowledged(database_url: str) -> None:
    """After each kill every acknowledged pair is there, no half pair is, and the next writer goes on."""
    acknowledged: set[str] = set()
    for number, count in enumerate(ROUNDS):
        command = [sys.executable, "-c", WRITE_FOR_EVER, database_url, f"round{number}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            for _ in range(count):
                acknowledged.add(writer.stdout.readline().strip())
            writer.kill()
            # Complete lines that were in the pipe were acknowledged too.
            acknowledged |= {line.strip() for line in writer.stdout if line.endswith("\n")}
        assert writer.returncode == -9
        with open_store(database_url) as store:
            names = set(store.read(lambda conn: conn.scalars(text("SELECT name FROM heartbeat")).all()))
        assert {f"{name}-{half}" for name in acknowledged for half in "ab"} <= names
        assert {name[:-2] + "-b" for name in names} == {name for name in names if name.endswith("b")}
        assert len(names) % 2 == 0
    assert all(finding.ok for finding in check.check(database_url))
    assert len(acknowledged) >= sum(ROUNDS)
