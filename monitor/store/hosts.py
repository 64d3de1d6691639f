"""What one feed's server asks of all that comes from us: the other feeds of its host wait, too.

Private feeds are left alone. A feed that is being polled at this moment waits after that poll.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from monitor.model import FeedId
from monitor.store.statements import AnyRow
from monitor.store.tables import feed as table

_LONGEST = timedelta(hours=24)
_UNKNOWN = timedelta(hours=1)  # the interval of a feed that has none yet


def hold(conn: Connection, id_: FeedId, *, until: datetime) -> None:
    """No other feed of this one's host is polled before a moment."""
    for row in _others(conn, id_):
        _hold(conn, row, until)


def slow(conn: Connection, id_: FeedId, *, now: datetime) -> None:
    """Every other feed of this one's host waits for one more of its intervals, a day at most.

    One that was never polled waits an hour; one that fails backs off anyway.
    """
    for row in _others(conn, id_):
        if not row.failures:
            _hold(conn, row, max(row.next_poll_at, now + _gap(row)))


def _gap(row: AnyRow) -> timedelta:
    if row.last_polled_at is None or row.next_poll_at <= row.last_polled_at:
        return _UNKNOWN
    gap: timedelta = row.next_poll_at - row.last_polled_at
    return min(gap, _LONGEST)


def _hold(conn: Connection, row: AnyRow, until: datetime) -> None:
    values = {"not_before": max(until, row.not_before or until)}
    if row.owner is None:  # else `due_at` is the end of the lease
        values["due_at"] = max(row.next_poll_at, values["not_before"])
    conn.execute(update(table).where(table.c.id == row.id).values(values))


def _others(conn: Connection, id_: FeedId) -> Sequence[AnyRow]:
    host = select(table.c.host).where(table.c.id == id_).scalar_subquery()
    alike = (table.c.host == host) & (table.c.id != id_) & ~table.c.allow_private
    wanted = (
        table.c.id,
        table.c.owner,
        table.c.next_poll_at,
        table.c.not_before,
        table.c.last_polled_at,
        table.c.failures,
    )
    return conn.execute(select(*wanted).where(table.c.active, alike).with_for_update()).all()
