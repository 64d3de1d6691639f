"""What one feed's server asks of all that comes from us: the other feeds of its host wait, too.

Private feeds, and feeds that are being polled at this moment, are left alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from monitor.model import FeedId
from monitor.store.statements import AnyRow
from monitor.store.tables import feed as table

_LONGEST = timedelta(hours=24)


def hold(conn: Connection, id_: FeedId, *, until: datetime) -> None:
    """No other feed of this one's host is polled before a moment."""
    for row in _others(conn, id_):
        not_before = max(until, row.not_before or until)
        values = {"not_before": not_before, "due_at": max(row.next_poll_at, not_before)}
        conn.execute(update(table).where(table.c.id == row.id).values(values))


def slow(conn: Connection, id_: FeedId, *, now: datetime) -> None:
    """Every other feed of this one's host waits for one more of its intervals, a day at most."""
    for row in _others(conn, id_):
        if row.last_polled_at is None or row.failures or row.next_poll_at <= row.last_polled_at:
            continue
        gap = min(row.next_poll_at - row.last_polled_at, _LONGEST)
        next_poll_at = max(row.next_poll_at, now + gap)
        values = {"next_poll_at": next_poll_at, "due_at": max(next_poll_at, row.not_before or next_poll_at)}
        conn.execute(update(table).where(table.c.id == row.id).values(values))


def _others(conn: Connection, id_: FeedId) -> Sequence[AnyRow]:
    host = select(table.c.host).where(table.c.id == id_).scalar_subquery()
    alike = (table.c.host == host) & (table.c.id != id_) & table.c.owner.is_(None)
    wanted = (table.c.id, table.c.next_poll_at, table.c.not_before, table.c.last_polled_at, table.c.failures)
    return conn.execute(select(*wanted).where(table.c.active, alike, ~table.c.allow_private)).all()
