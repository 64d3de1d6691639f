"""Silences: what is not told for a while. They stay listed when they are over, until they are old."""

from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from monitor.model import Silence, SilenceId
from monitor.store.statements import AnyRow
from monitor.store.tables import silence as table


def add(
    conn: Connection, *, rule: str = "", query: str = "", reason: str = "", until_at: datetime, now: datetime
) -> SilenceId:
    """Begin a silence of a rule, or of the articles that a query matches."""
    statement = table.insert().values(
        rule=rule, query=query, reason=reason, created_at=now, until_at=until_at, expired_at=None
    )
    id_: int = conn.execute(statement.returning(table.c.id)).scalar_one()
    return SilenceId(id_)


def active(conn: Connection, *, now: datetime) -> list[Silence]:
    """Those that hold."""
    holds = (table.c.until_at > now) & or_(table.c.expired_at.is_(None), table.c.expired_at > now)
    return [_silence(row) for row in conn.execute(select(table).where(holds).order_by(table.c.id))]


def recent(conn: Connection, *, limit: int) -> list[Silence]:
    """All of them, the latest first."""
    return [_silence(row) for row in conn.execute(select(table).order_by(table.c.id.desc()).limit(limit))]


def get(conn: Connection, silence_id: SilenceId) -> Silence | None:
    """One of them."""
    row = conn.execute(select(table).where(table.c.id == silence_id)).first()
    return None if row is None else _silence(row)


def expire(conn: Connection, silence_id: SilenceId, *, now: datetime) -> bool:
    """End a silence now; False when it is over, or does not exist."""
    running = (table.c.id == silence_id) & (table.c.until_at > now) & table.c.expired_at.is_(None)
    return conn.execute(update(table).where(running).values(expired_at=now)).rowcount == 1


def remove(conn: Connection, *, before: datetime) -> int:
    """Remove those that were over before then; how many."""
    return conn.execute(delete(table).where(table.c.until_at < before)).rowcount


def _silence(row: AnyRow) -> Silence:
    return Silence(
        id=SilenceId(row.id),
        created_at=row.created_at,
        until_at=row.until_at,
        rule=row.rule,
        query=row.query,
        reason=row.reason,
        expired_at=row.expired_at,
    )
