"""What polling has learnt of each feed, in a table beside the feeds'; and whose plan is old."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, update

from monitor.formats import hints
from monitor.model import FeedId, Habits
from monitor.store import statements
from monitor.store.compiled import Compiled
from monitor.store.statements import AnyRow
from monitor.store.tables import feed
from monitor.store.tables import habits as table


def get_many(conn: Connection, ids: Iterable[FeedId]) -> Mapping[int, Habits]:
    """The habits of those feeds that have any, by feed id."""
    found: dict[int, Habits] = {}
    for chunk in statements.chunks(ids):
        found |= _read(conn.execute(select(table).where(table.c.feed_id.in_(chunk))).all())
    return found


def get_all(conn: Connection) -> Mapping[int, Habits]:
    """The habits of all feeds, by feed id."""
    return _read(conn.execute(select(table)).all())


_SAVE = Compiled(lambda dialect: statements.insert_or_replace(dialect.name, table, "feed_id"))


def save_many(conn: Connection, kept: Iterable[tuple[FeedId, Habits]]) -> None:
    """Replace these feeds' habits."""
    _SAVE.run(conn, [{"feed_id": id_, **_values(learnt)} for id_, learnt in kept])


def plan(conn: Connection, plans: Sequence[tuple[FeedId, datetime, Habits]]) -> None:
    """Set the next poll of feeds that nobody polls now, and what the plans rest on; nothing else."""
    if not plans:
        return
    # Another process may have polled it since the plan was made, or been told to leave its host alone.
    free = (feed.c.id == bindparam("feed")) & feed.c.owner.is_(None) & (feed.c.failures == 0)
    asked = case((feed.c.not_before > bindparam("at"), feed.c.not_before), else_=bindparam("at"))
    moved = update(feed).where(free).values(next_poll_at=bindparam("at"), due_at=asked)
    conn.execute(moved, [{"feed": id_, "at": at} for id_, at, _ in plans])
    names = ("pull", "planned_at", "why")
    rests = update(table).where(table.c.feed_id == bindparam("feed"))
    rests = rests.values({name: bindparam(f"new_{name}") for name in names})
    rows = [{"feed": id_} | {f"new_{name}": getattr(kept, name) for name in names} for id_, _, kept in plans]
    conn.execute(rests, rows)


def stale(conn: Connection, *, before: datetime, limit: int) -> list[FeedId]:
    """Active feeds whose plan was made before a moment, oldest plan first."""
    statement = (
        select(table.c.feed_id)
        .join(feed, feed.c.id == table.c.feed_id)
        .where(feed.c.active, feed.c.owner.is_(None), table.c.planned_at < before)
        .order_by(table.c.planned_at)
        .limit(limit)
    )
    return [FeedId(id_) for id_ in conn.scalars(statement)]


def total_pull(conn: Connection) -> tuple[float, int]:
    """The sum over all active feeds of their parts of the budget, and how many feeds share it."""
    statement = select(func.sum(table.c.pull), func.count()).join(feed, feed.c.id == table.c.feed_id)
    row = conn.execute(statement.where(feed.c.active, table.c.pull > 0)).one()
    return float(row[0] or 0.0), int(row[1])


def _read(rows: Sequence[AnyRow]) -> dict[int, Habits]:
    return {row.feed_id: _habits(row) for row in rows}


def _habits(row: AnyRow) -> Habits:
    return Habits(
        rhythm=row.rhythm,
        pull=row.pull,
        planned_at=row.planned_at,
        why=row.why,
        hints=hints.from_json(row.hints),
        soft_hash=row.soft_hash,
        failing_since=row.failing_since,
        silent_since=row.silent_since,
        gone_at=row.gone_at,
        probed_at=row.probed_at,
        distrusted_at=row.distrusted_at,
        address=row.address,
        moving_to=row.moving_to,
        moving_since=row.moving_since,
        moving_seen=row.moving_seen,
    )


def _values(kept: Habits) -> dict[str, Any]:
    return {
        "rhythm": None if kept.rhythm is None else dict(kept.rhythm),
        "pull": kept.pull,
        "planned_at": kept.planned_at,
        "why": kept.why,
        "hints": hints.to_json(kept.hints),
        "soft_hash": kept.soft_hash,
        "failing_since": kept.failing_since,
        "silent_since": kept.silent_since,
        "gone_at": kept.gone_at,
        "probed_at": kept.probed_at,
        "distrusted_at": kept.distrusted_at,
        "address": kept.address,
        "moving_to": kept.moving_to,
        "moving_since": kept.moving_since,
        "moving_seen": kept.moving_seen,
    }
