"""What is wrong at present, each with its beginning: so that it is told once, and once when it is over."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from monitor.store import statements
from monitor.store.tables import condition as table


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition that was told and is not over."""

    key: str
    kind: str
    headline: str
    since_at: datetime


def begin(conn: Connection, key: str, *, kind: str, headline: str, now: datetime) -> bool:
    """Note that it has begun; False when that is known, to this process or another."""
    values = {"key": key, "kind": kind, "headline": headline, "since_at": now}
    statement = statements.insert(conn, table).values(values).on_conflict_do_nothing(index_elements=["key"])
    return conn.execute(statement.returning(table.c.key)).first() is not None


def end(conn: Connection, key: str) -> Standing | None:
    """Note that it is over; None when it had not begun, or another process has noted it."""
    row = conn.execute(delete(table).where(table.c.key == key).returning(*table.c)).first()
    return None if row is None else Standing(row.key, row.kind, row.headline, row.since_at)


def expire(conn: Connection, kind: str, *, before: datetime) -> None:
    """Forget those of a kind that began before then, without a word: they may be told anew."""
    conn.execute(delete(table).where(table.c.kind == kind, table.c.since_at < before))


def standing(conn: Connection, kind: str | None = None) -> list[Standing]:
    """What has begun and is not over, of one kind or of all, the oldest first."""
    statement = select(table).order_by(table.c.since_at, table.c.key)
    if kind is not None:
        statement = statement.where(table.c.kind == kind)
    return [Standing(row.key, row.kind, row.headline, row.since_at) for row in conn.execute(statement)]
