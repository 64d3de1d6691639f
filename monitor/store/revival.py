"""Deliveries made due anew, or called off: somebody retries, mends a channel, acknowledges, silences."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, or_, select, update

from monitor.errors import DecisionReason, DeliveryReason
from monitor.model import AlertId, DeliveryId, DeliveryState
from monitor.store import statements
from monitor.store.deliveries import GIVEN_UP, PENDING
from monitor.store.tables import alert, match
from monitor.store.tables import delivery as table

_RETRIED = (DeliveryState.PENDING, DeliveryState.UNKNOWN, DeliveryState.DEAD, DeliveryState.EXPIRED)


def retry(
    conn: Connection,
    *,
    ids: Collection[DeliveryId] | None = None,
    dead: bool = False,
    channel: str | None = None,
    now: datetime,
) -> int:
    """Make deliveries due now, with their attempts counted anew; how many.

    Which: those of `ids`, else all; only those given up (dead or expired) with `dead`, else all that
    are neither sent nor being sent; only those of `channel` when given. Those given up are as good as
    new: their age counts from now. What is part of a digest goes with it, and an escalation keeps its
    time. Raises ValueError when nothing narrows it.
    """
    if ids is None and not dead and channel is None:
        raise ValueError("name deliveries, a channel, or ask for the dead ones")
    wanted: ColumnElement[bool] = table.c.state.in_(GIVEN_UP if dead else _RETRIED)
    if channel is not None:
        wanted &= table.c.channel == channel
    wanted &= table.c.part_of.is_(None) & ~(PENDING & table.c.escalates & (table.c.attempts == 0))
    _await_again(conn, wanted, ids)
    statement = update(table).values(
        state=DeliveryState.PENDING,
        held_until=case((table.c.state.in_(GIVEN_UP), None), else_=table.c.held_until),
        due_at=now,
        created_at=case((table.c.state.in_(GIVEN_UP), now), else_=table.c.created_at),
        attempts=0,
        maybe_sent=or_(table.c.maybe_sent, table.c.state == DeliveryState.UNKNOWN),
    )
    if ids is None:
        return conn.execute(statement.where(wanted)).rowcount
    parts: Iterable[list[DeliveryId]] = statements.chunks(ids)
    return sum(conn.execute(statement.where(wanted, table.c.id.in_(part))).rowcount for part in parts)


def _await_again(conn: Connection, wanted: ColumnElement[bool], ids: Collection[DeliveryId] | None) -> None:
    """What was given up together with digests that are tried again waits for them again."""
    digests = select(table.c.id).where(wanted, table.c.bundle != "")
    parts = [digests] if ids is None else [digests.where(table.c.id.in_(p)) for p in statements.chunks(ids)]
    for part in parts:
        found = list(conn.scalars(part))
        for chunk in statements.chunks(found):
            conn.execute(update(table).where(table.c.part_of.in_(chunk)).values(state=DeliveryState.WAITING))


def acknowledge(conn: Connection, alert_id: AlertId) -> int:
    """Cancel what would tell more people because nobody acknowledged the alert; how many deliveries."""
    open_ = table.c.state.in_([DeliveryState.PENDING, DeliveryState.WAITING]) & table.c.part_of.is_(None)
    statement = update(table).where(table.c.alert_id == alert_id, table.c.escalates, open_)
    values = {"state": DeliveryState.CANCELLED, "reason": DeliveryReason.ACKNOWLEDGED, "detail": ""}
    return conn.execute(statement.values(values)).rowcount


def silence(conn: Connection, alert_id: AlertId, *, note: str) -> bool:
    """Take back an alert of which nothing was told, since a silence called off all of its deliveries.

    Its matches count as silenced, with that note, and it is no longer the alert of its story or article:
    the next one is told as if there had been none. False, and nothing changed, when a delivery of it
    went out or still may.
    """
    own = (table.c.alert_id == alert_id) & ~table.c.escalates
    others = select(table.c.id).where(own, table.c.state != DeliveryState.CANCELLED).limit(1)
    if conn.execute(others).first() is not None:
        return False
    more = (table.c.alert_id == alert_id) & table.c.escalates & PENDING
    values = {"state": DeliveryState.CANCELLED, "reason": DeliveryReason.SILENCED, "detail": note}
    conn.execute(update(table).where(more).values(values))
    for row in conn.execute(select(match.c.id, match.c.notes).where(match.c.alert_id == alert_id)).all():
        silenced = {
            "decision": "suppress",
            "reason": DecisionReason.SILENCED,
            "notes": [*row.notes, note],
        }
        conn.execute(update(match).where(match.c.id == row.id).values(silenced))
    mark = f"|silenced|{alert_id}"
    conn.execute(update(table).where(table.c.alert_id == alert_id).values(key=table.c.key + mark))
    freed = {"story_id": None, "unique_key": alert.c.unique_key + mark}
    conn.execute(update(alert).where(alert.c.id == alert_id).values(freed))
    return True


def hurry(conn: Connection, channel: str, *, now: datetime) -> int:
    """Make the channel's failed deliveries due now, e.g. when its address was mended; how many.

    Deliveries that wait for their first attempt keep their time, and so do those that the service
    asked to keep back. Those held by quiet hours are due as well: what holds now is looked at then.
    """
    mine = (table.c.channel == channel) & (table.c.due_at > now) & table.c.reason.is_not(None)
    failed = mine & table.c.reason.not_in([DeliveryReason.THROTTLED, DeliveryReason.ESCALATION])
    return conn.execute(update(table).where(PENDING, failed).values(due_at=now)).rowcount
