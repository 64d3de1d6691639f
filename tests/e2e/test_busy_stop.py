"""Told to stop while a tick waits for the database, the daemon ends well and without alarm."""

import signal
import sqlite3
from contextlib import closing

from tests.e2e.conftest import Newsroom
from tests.support.feedxml import others, rss


def test_a_tick_cut_short_by_the_stop_is_no_error(newsroom: Newsroom) -> None:
    """A tick that waits while the daemon is told to stop leaves no error and no traceback in the log."""
    newsroom.configure([newsroom.feeds.serve_feed("/world", rss(others(3)))])
    with newsroom.daemon() as daemon:
        daemon.wait_for("ready")
        with closing(sqlite3.connect(newsroom.directory / "data" / "news.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            daemon.wait_for("tick_slow", tick="claim", timeout=60)
            daemon.signal(signal.SIGTERM)
            daemon.wait_for("stopping")
            other.execute("ROLLBACK")
        assert daemon.wait() == 0
    slow = [line["tick"] for line in daemon.lines if line.get("event") == "tick_slow"]
    assert slow.count("claim") == 1
    assert not any("running instances" in text for text in daemon.raw)  # a line for each second
    assert [line for line in daemon.lines if line.get("level") == "error" or "exception" in line] == []
