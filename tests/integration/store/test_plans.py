"""The questions asked all the time are answered by an index, however many rows there are."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from monitor.model import StoryId
from monitor.store import alerts, articles, feeds, open_store, outbox
from tests.support.stored import LEASE, NOW, add_delivery, add_feeds, claim, keys

HOT = {
    "claim_due": lambda conn: feeds.claim_due(conn, now=NOW, limit=5, per_host=1, owner="me", lease=LEASE),
    "next_due_at": feeds.next_due_at,
    "release": lambda conn: feeds.release(conn, owner="me"),
    "find": lambda conn: articles.find(conn, 1, [keys()], since=NOW - timedelta(hours=18)),
    "outlets": lambda conn: articles.count_outlets(conn, StoryId(1)),
    "told": lambda conn: alerts.told(conn, [("floods", StoryId(1))]),
    "last_told_at": lambda conn: alerts.last_told_at(conn, ["floods"]),
    "has_key": lambda conn: alerts.has_key(conn, "key"),
    "recent alerts": lambda conn: alerts.recent(conn, limit=5),
    "claim": lambda conn: outbox.claim(conn, channel="mail", now=NOW, limit=5, owner="me", lease=LEASE),
    "sweep": lambda conn: outbox.sweep(conn, now=NOW + LEASE),
    "has_work": lambda conn: outbox.has_work(conn, ["mail", "chat"], now=NOW),
    "channels_pending": outbox.channels_pending,
    "next delivery": lambda conn: outbox.next_due_at(conn, "mail"),
    "recent deliveries": lambda conn: outbox.recent(conn, limit=5),
}
LEASED = "ix_feed_leased"  # holds only the feeds being polled right now: reading it through is cheap
ORDERED = {
    "next_due_at",
    "recent alerts",
    "recent deliveries",
}  # walk an index from its end: a scan, but cut short


@pytest.mark.parametrize("name", HOT)
def test_no_table_is_read_through(sqlite_url: str, name: str) -> None:
    """SQLite's plan for every statement searches an index, and sorts nothing in a temporary table."""
    with open_store(sqlite_url) as store:
        add_feeds(store, "https://a.example/1", "https://a.example/2")
        add_delivery(store, "one")
        add_delivery(store, "two")
        claim(store, limit=1)
        asked = []
        event.listen(
            store._write_engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, values, _ctx, _many: asked.append((statement, values)),
        )
        store.write(HOT[name])
        questions = [(s, v) for s, v in asked if s.lstrip().startswith(("SELECT", "UPDATE", "WITH"))]
        assert questions

        def plans(conn) -> list[str]:
            return [
                row[3]
                for statement, values in questions
                for row in conn.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)
            ]

        steps = store.read(plans)
    own = [step for step in steps if not any(name_ in step for name_ in ("picked", "anon_1"))]
    scans = [step for step in own if step.startswith("SCAN") and LEASED not in step]
    assert [step for step in scans if not (name in ORDERED and "INDEX ix_" in step)] == []
    if name == "claim_due":
        assert any("COVERING INDEX ix_feed_due" in step for step in own)
    if name not in {"outlets", "told", "find"}:  # few rows each: those of one story, or of one key
        assert [step for step in own if "TEMP B-TREE FOR ORDER BY" in step] == []
