"""Deliveries: the queue between an alert and each of its recipients, which survives every crash.

    pending → sending (owner, lease) → sent | pending (again at `due_at`) | unknown | dead | expired

A claim counts as an attempt at once, so that a send that kills its process is counted too. Only the
owner of a running claim can finish it. Decides nothing about when or whether to try again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from monitor.errors import DeliveryReason
from monitor.model import AlertId, Delivery, DeliveryId, DeliveryState
from monitor.store import statements
from monitor.store.statements import AnyRow
from monitor.store.tables import attempt as attempt_table
from monitor.store.tables import delivery as table

ABANDONED = "the sender died, or took longer than its lease, before it told the outcome"
# Spelt out, because a partial index serves only a condition that names its state literally.
_PENDING: ColumnElement[bool] = table.c.state == literal_column("'pending'")
_SENDING: ColumnElement[bool] = table.c.state == literal_column("'sending'")
_GIVEN_UP = (DeliveryState.DEAD, DeliveryState.EXPIRED)
_RETRIED = (DeliveryState.PENDING, DeliveryState.UNKNOWN, DeliveryState.DEAD, DeliveryState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a delivery, and what the delivery became by it."""

    delivery_id: DeliveryId
    owner: str
    started_at: datetime
    finished_at: datetime
    state: DeliveryState
    reason: DeliveryReason | None
    detail: str


def enqueue(
    conn: Connection,
    *,
    alert_id: AlertId,
    channel: str,
    recipient: str,
    key: str,
    now: datetime,
    due_at: datetime,
) -> bool:
    """Add a delivery; False when one with that key exists, whatever became of it."""
    statement = statements.insert(conn, table).values(
        alert_id=alert_id,
        channel=channel,
        recipient=recipient,
        key=key,
        state=DeliveryState.PENDING,
        created_at=now,
        due_at=due_at,
        attempts=0,
        maybe_sent=False,
        detail="",
    )
    statement = statement.on_conflict_do_nothing(index_elements=["key"])
    return conn.execute(statement.returning(table.c.id)).first() is not None


def claim(
    conn: Connection, *, channel: str, now: datetime, limit: int, owner: str, lease: timedelta
) -> list[Delivery]:
    """Take at most `limit` due deliveries of a channel, longest due first; nobody else gets them.

    `attempts` of those returned includes the one that begins now. The lease must be longer than a
    send can take.
    """
    picked = (
        select(table.c.id)
        .where(_PENDING, table.c.channel == channel, table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("picked")  # evaluated once; as a plain subquery PostgreSQL may lock more than `limit`
    )
    statement = (
        update(table)
        .where(table.c.id.in_(select(picked.c.id)))
        .values(
            state=DeliveryState.SENDING,
            owner=owner,
            lease_until=now + lease,
            claimed_at=now,
            attempts=table.c.attempts + 1,
        )
        .returning(*table.c)
    )
    claimed = [_delivery(row) for row in conn.execute(statement)]
    return sorted(claimed, key=lambda delivery: (delivery.due_at, delivery.id))


def finish(
    conn: Connection,
    delivery_id: DeliveryId,
    *,
    owner: str,
    state: DeliveryState,
    reason: DeliveryReason | None,
    detail: str,
    due_at: datetime | None,
    now: datetime,
) -> bool:
    """Record what became of a claimed delivery, and the attempt.

    False, and nothing recorded, when the claim is no longer this owner's. After an attempt of
    unknown outcome every later one is marked as a possible repeat. `due_at` None keeps the old one.
    """
    values: dict[str, Any] = {"state": state, "reason": reason, "detail": detail}
    values |= {"sent_at": now} if state is DeliveryState.SENT else {}
    values |= {"maybe_sent": True} if reason is DeliveryReason.UNKNOWN else {}
    values |= {"due_at": due_at} if due_at is not None else {}
    held = (table.c.id == delivery_id) & (table.c.owner == owner) & _SENDING
    claimed_at = conn.scalar(select(table.c.claimed_at).where(held).with_for_update())
    if claimed_at is None:
        return False
    conn.execute(_freed(update(table).where(held).values(values)))
    conn.execute(
        insert(attempt_table).values(
            delivery_id=delivery_id,
            owner=owner,
            started_at=claimed_at,
            finished_at=now,
            state=state,
            reason=reason,
            detail=detail,
        )
    )
    return True


def finish_sent(
    conn: Connection, ids: Collection[DeliveryId], *, owner: str, now: datetime
) -> set[DeliveryId]:
    """`finish` for many deliveries that were sent, at the cost of about one; returns those recorded."""
    held = (table.c.id.in_(ids)) & (table.c.owner == owner) & _SENDING
    rows = conn.execute(select(table.c.id, table.c.claimed_at).where(held).with_for_update()).all()
    if not rows:
        return set()
    values = {"state": DeliveryState.SENT, "reason": None, "detail": "", "sent_at": now, "due_at": now}
    found = {row.id for row in rows}
    conn.execute(_freed(update(table).where(table.c.id.in_(found)).values(values)))
    conn.execute(insert(attempt_table), [_sent(row, owner, now) for row in rows])
    return found


def release(conn: Connection, ids: Collection[DeliveryId], *, owner: str) -> int:
    """Put claimed deliveries back as if they had not been claimed: nothing was tried; how many."""
    held = (table.c.id.in_(ids)) & (table.c.owner == owner) & _SENDING
    values = {"state": DeliveryState.PENDING, "attempts": table.c.attempts - 1}
    return conn.execute(_freed(update(table).where(held).values(values))).rowcount


def sweep(conn: Connection, *, now: datetime, all_claims: bool = False) -> int:
    """Return claims whose lease is over to the queue, due now and marked as perhaps sent; how many.

    `all_claims`: those whose lease still runs as well, when it is known that nobody holds them.
    """
    over = select(table.c.id, table.c.owner, table.c.claimed_at).where(_SENDING)
    if not all_claims:
        over = over.where(table.c.lease_until <= now)
    over = over.with_for_update(skip_locked=True)
    rows = conn.execute(over).all()
    for chunk in statements.chunks(rows):
        values = {
            "state": DeliveryState.PENDING,
            "reason": DeliveryReason.UNKNOWN,
            "detail": ABANDONED,
            "due_at": now,
            "maybe_sent": True,
        }
        ids = [row.id for row in chunk]
        conn.execute(_freed(update(table).where(table.c.id.in_(ids)).values(values)))
        conn.execute(insert(attempt_table), [_abandoned(row, now) for row in chunk])
    return len(rows)


def _abandoned(row: AnyRow, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": row.id,
        "owner": row.owner,
        "started_at": row.claimed_at,
        "finished_at": now,
        "state": DeliveryState.PENDING,
        "reason": DeliveryReason.UNKNOWN,
        "detail": ABANDONED,
    }


def _sent(row: AnyRow, owner: str, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": row.id,
        "owner": owner,
        "started_at": row.claimed_at,
        "finished_at": now,
        "state": DeliveryState.SENT,
        "reason": None,
        "detail": "",
    }


def _freed(statement: Update) -> Update:
    return statement.values(owner=None, lease_until=None, claimed_at=None)


def next_due_at(conn: Connection, channel: str) -> datetime | None:
    """When the channel's next pending delivery is due; None when none is pending."""
    statement = select(table.c.due_at).where(_PENDING, table.c.channel == channel)
    return conn.scalar(statement.order_by(table.c.due_at).limit(1))


def oldest_due_at(conn: Connection) -> datetime | None:
    """Since when the longest waiting pending delivery of any channel is due; None when none is pending."""
    statement = select(table.c.due_at).where(_PENDING).order_by(table.c.due_at).limit(1)
    return conn.scalar(statement)


def has_work(conn: Connection, channels: Collection[str], *, now: datetime) -> bool:
    """Whether one of the channels has a delivery that is due, or being sent."""
    due = or_(_SENDING, _PENDING & (table.c.due_at <= now))
    found = select(table.c.id).where(table.c.channel.in_(channels), due).limit(1)
    return conn.scalar(found) is not None


def settle_late(conn: Connection, delivery_id: DeliveryId, *, now: datetime) -> bool:
    """An attempt of unknown outcome arrived after all: mark it sent, unless a repeat has begun or ended."""
    waiting = table.c.state.in_([DeliveryState.PENDING, DeliveryState.UNKNOWN])
    statement = update(table).where(table.c.id == delivery_id, waiting)
    values = {"state": DeliveryState.SENT, "sent_at": now, "reason": None, "detail": ""}
    return conn.execute(_freed(statement.values(values))).rowcount == 1


def channels_pending(conn: Connection) -> set[str]:
    """The channels with deliveries still to be made, or being made."""
    return set(conn.scalars(select(table.c.channel).where(or_(_PENDING, _SENDING)).distinct()))


def recent(
    conn: Connection, *, limit: int, state: DeliveryState | None = None, channel: str | None = None
) -> list[Delivery]:
    """Deliveries, the latest first."""
    statement = select(table)
    if state is not None:
        statement = statement.where(table.c.state == state)
    if channel is not None:
        statement = statement.where(table.c.channel == channel)
    statement = statement.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
    return [_delivery(row) for row in conn.execute(statement)]


def get(conn: Connection, delivery_id: DeliveryId) -> Delivery | None:
    """One delivery by its id."""
    row = conn.execute(select(table).where(table.c.id == delivery_id)).first()
    return None if row is None else _delivery(row)


def of_alert(conn: Connection, alert_id: AlertId) -> list[Delivery]:
    """The deliveries of one alert, in the order in which they were queued."""
    statement = select(table).where(table.c.alert_id == alert_id).order_by(table.c.id)
    return [_delivery(row) for row in conn.execute(statement)]


def attempts(conn: Connection, delivery_id: DeliveryId) -> list[Attempt]:
    """Every finished or abandoned try of a delivery, in order."""
    statement = select(attempt_table).where(attempt_table.c.delivery_id == delivery_id)
    return [_attempt(row) for row in conn.execute(statement.order_by(attempt_table.c.id))]


def find(conn: Connection, ids: Collection[DeliveryId]) -> dict[DeliveryId, Delivery]:
    """Those of the deliveries that there are."""
    parts: Iterable[list[DeliveryId]] = statements.chunks(ids)
    found = (row for part in parts for row in conn.execute(select(table).where(table.c.id.in_(part))))
    return {row.id: _delivery(row) for row in found}


def channels(conn: Connection) -> set[str]:
    """Every channel that a delivery names, be it configured still or not."""
    return set(conn.scalars(select(table.c.channel).distinct()))


def last_attempt(conn: Connection) -> int:
    """The number of the latest try of any delivery; 0 when there was none."""
    return conn.scalar(select(func.max(attempt_table.c.id))) or 0


def unsent_since(conn: Connection, attempt: int) -> int:
    """How many deliveries were tried after that attempt and are not sent."""
    tried = select(attempt_table.c.delivery_id).where(attempt_table.c.id > attempt)
    unsent = table.c.id.in_(tried) & (table.c.state != DeliveryState.SENT)
    return conn.scalar(select(func.count()).select_from(table).where(unsent)) or 0


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
    new: their age counts from now. Raises ValueError when nothing narrows it.
    """
    if ids is None and not dead and channel is None:
        raise ValueError("name deliveries, a channel, or ask for the dead ones")
    wanted: ColumnElement[bool] = table.c.state.in_(_GIVEN_UP if dead else _RETRIED)
    if channel is not None:
        wanted &= table.c.channel == channel
    statement = update(table).values(
        state=DeliveryState.PENDING,
        due_at=now,
        created_at=case((table.c.state.in_(_GIVEN_UP), now), else_=table.c.created_at),
        attempts=0,
        maybe_sent=or_(table.c.maybe_sent, table.c.state == DeliveryState.UNKNOWN),
    )
    if ids is None:
        return conn.execute(statement.where(wanted)).rowcount
    parts: Iterable[list[DeliveryId]] = statements.chunks(ids)
    return sum(conn.execute(statement.where(wanted, table.c.id.in_(part))).rowcount for part in parts)


def hurry(conn: Connection, channel: str, *, now: datetime) -> int:
    """Make the channel's failed deliveries due now, e.g. when its address was mended; how many.

    Deliveries that wait for their first attempt keep their time, and so do those that the service
    asked to keep back.
    """
    mine = (table.c.channel == channel) & (table.c.due_at > now)
    failed = mine & table.c.reason.is_not(None) & (table.c.reason != DeliveryReason.THROTTLED)
    return conn.execute(update(table).where(_PENDING, failed).values(due_at=now)).rowcount


def counts(conn: Connection) -> dict[DeliveryState, int]:
    """How many deliveries there are in each state; states without any are 0."""
    found = dict.fromkeys(DeliveryState, 0)
    statement = select(table.c.state, func.count().label("number")).group_by(table.c.state)
    return found | {row.state: row.number for row in conn.execute(statement)}


def _delivery(row: AnyRow) -> Delivery:
    return Delivery(
        id=row.id,
        alert_id=row.alert_id,
        channel=row.channel,
        recipient=row.recipient,
        key=row.key,
        state=row.state,
        created_at=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        maybe_sent=row.maybe_sent,
        reason=row.reason,
        detail=row.detail,
        sent_at=row.sent_at,
    )


def _attempt(row: AnyRow) -> Attempt:
    return Attempt(
        delivery_id=row.delivery_id,
        owner=row.owner,
        started_at=row.started_at,
        finished_at=row.finished_at,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
    )
