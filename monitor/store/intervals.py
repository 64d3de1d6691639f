"""The default interval as the feeds' due times know it, so that a shorter one takes effect at once.

Feeds with an interval of their own are `feeds.sync`'s business. A longer default shows after each
feed's next poll.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from monitor.store import heartbeat
from monitor.store.tables import feed as table

_ROW = "default interval"


def settle(conn: Connection, every: timedelta, *, now: datetime) -> int:
    """Remember the default interval; when it became shorter, bring polls forward. Returns how many.

    A feed is then due `every` after its last poll, or when it was, whichever is sooner; what its server
    asked for stands, and so does the wait of a feed that fails or is gone. Cost: one row, or after a
    change one pass over the feeds.
    """
    kept = heartbeat.read(conn, name=_ROW)
    if kept is not None and kept.facts["seconds"] == every.total_seconds():
        return 0
    heartbeat.beat(conn, now=now, facts={"seconds": every.total_seconds()}, name=_ROW)
    if kept is None or every.total_seconds() > kept.facts["seconds"]:
        return 0
    return _bring_forward(conn, every)


def _bring_forward(conn: Connection, every: timedelta) -> int:
    is_well = table.c.failures == 0  # else it is gone, or backs off
    statement = select(table.c.id, table.c.last_polled_at, table.c.next_poll_at, table.c.not_before).where(
        table.c.active,
        is_well,
        table.c.every.is_(None),
        table.c.owner.is_(None),
        table.c.last_polled_at.is_not(None),
    )
    moved = [
        {"feed": row.id, "next": row.last_polled_at + every, "due": max(row.last_polled_at + every, asked)}
        for row in conn.execute(statement)
        if row.last_polled_at + every < row.next_poll_at
        for asked in [row.not_before or row.last_polled_at]
    ]
    values: dict[str, Any] = {"next_poll_at": bindparam("next"), "due_at": bindparam("due")}
    if moved:
        conn.execute(update(table).where(table.c.id == bindparam("feed")).values(values), moved)
    return len(moved)
