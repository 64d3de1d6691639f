"""What happened to feeds: written with the poll that found it, read by whoever watches the watch."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from monitor.model import Event, EventKind
from monitor.store.statements import AnyRow
from monitor.store.tables import event as table


def insert(conn: Connection, events: Iterable[Event]) -> None:
    """Record events; their `id` is ignored, the database gives each the next one."""
    rows = [
        {
            "kind": event.kind,
            "subject": event.subject,
            "happened_at": event.happened_at,
            "detail": event.detail,
            "facts": dict(event.facts),
        }
        for event in events
    ]
    if rows:
        conn.execute(table.insert(), rows)


def recent(
    conn: Connection,
    *,
    since: datetime | None = None,
    after: int = 0,
    kinds: Collection[EventKind] | None = None,
    subject: str | None = None,
    limit: int = 100,
) -> list[Event]:
    """The latest events that fit, oldest first; at most `limit`, and of more the newest.

    `after` is the id of an event that the caller has seen: with it, of more than `limit` the oldest
    come, so that calling again with the last id misses none.
    """
    statement = select(table).where(table.c.id > after)
    if since is not None:
        statement = statement.where(table.c.happened_at >= since)
    if kinds is not None:
        statement = statement.where(table.c.kind.in_(list(kinds)))
    if subject is not None:
        statement = statement.where(table.c.subject == subject)
    order = table.c.id if after else table.c.id.desc()
    found = [_event(row) for row in conn.execute(statement.order_by(order).limit(limit))]
    return found if after else found[::-1]


def last_id(conn: Connection) -> int:
    """The id of the newest event; 0 when there is none."""
    return conn.scalar(select(func.max(table.c.id))) or 0


def remove(conn: Connection, *, before: datetime, limit: int) -> int:
    """Remove at most `limit` events older than `before`; how many went."""
    old = select(table.c.id).where(table.c.happened_at < before).order_by(table.c.happened_at).limit(limit)
    return conn.execute(delete(table).where(table.c.id.in_(old))).rowcount


def _event(row: AnyRow) -> Event:
    return Event(
        kind=row.kind,
        subject=row.subject,
        happened_at=row.happened_at,
        detail=row.detail,
        facts=row.facts,
        id=row.id,
    )
