"""What is put right when a process died or the wall clock jumped: leases of the dead, times out of reach."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, select, update

from monitor.store import feeds, outbox, statements
from monitor.store.tables import delivery as delivery_table
from monitor.store.tables import feed as feed_table

_FEED_TIMES = (feed_table.c.due_at, feed_table.c.next_poll_at, feed_table.c.not_before)
_DELIVERY_TIMES = (delivery_table.c.due_at, delivery_table.c.lease_until, delivery_table.c.held_until)


def take_over(conn: Connection, *, now: datetime) -> int:
    """End all leases, whosever they are: for the one process that the database belongs to.

    Feeds are due when they were before; deliveries being sent are due now, as possible repeats.
    Returns how many deliveries that were.
    """
    feeds.release(conn, owner=None)
    return outbox.sweep(conn, now=now, all_claims=True)


def shift(conn: Connection, *, by: timedelta, now: datetime) -> None:
    """After the wall clock was set by `by`, to `now`. Cost: a pass over all feeds, or unsettled deliveries.

    Back: every due time moves along, and no delivery is from the future. Ahead: what is due then is due
    now; but no delivery grows older by it, which would make it expire.
    """
    waiting = delivery_table.c.state.in_(["waiting", "pending", "sending"])
    if by > timedelta(0):
        return _shift(conn, delivery_table, (delivery_table.c.created_at,), by, waiting)
    late = waiting & (delivery_table.c.created_at > now)
    conn.execute(update(delivery_table).where(late).values(created_at=now))
    _shift(conn, feed_table, _FEED_TIMES, by, feed_table.c.id.is_not(None))
    return _shift(conn, delivery_table, _DELIVERY_TIMES, by, waiting)


def _shift(conn: Connection, table: Table, times: tuple[Column[Any], ...], by: timedelta, which: Any) -> None:
    statement = (
        update(table)
        .where(table.c.id == bindparam("row"))
        .values({time.name: bindparam(f"new_{time.name}") for time in times})
    )
    rows = conn.execute(select(table.c.id, *times).where(which)).all()
    for chunk in statements.chunks(rows):
        conn.execute(
            statement,
            [
                {"row": row.id} | {f"new_{time.name}": _moved(getattr(row, time.name), by) for time in times}
                for row in chunk
            ],
        )


def _moved(moment: datetime | None, by: timedelta) -> datetime | None:
    return None if moment is None else moment + by
