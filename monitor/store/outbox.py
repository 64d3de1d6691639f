"""Deliveries: the queue between an alert and each of its recipients, which survives every crash.

    pending → sending (owner, lease) → sent | pending (again at `due_at`) | unknown | dead | expired
    waiting (for a digest, see `bundles`) → digested | dead | expired, as its digest ends
A claim counts as an attempt at once, so that a send that kills its process is counted too. Only the
owner of a running claim can finish it. Decides nothing about when or whether to try again.
What is only read is in `deliveries`, what changes many at once by hand in `revival`; both are offered
here as well.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    bindparam,
    insert,
    literal,
    or_,
    select,
    update,
)

from monitor.errors import DeliveryReason
from monitor.model import AlertId, Delivery, DeliveryId, DeliveryState
from monitor.store import statements
from monitor.store.deliveries import (
    GIVEN_UP,
    PENDING,
    SENDING,
    Attempt,
    attempts,
    channels,
    channels_pending,
    counts,
    delivery_of,
    find,
    get,
    last_attempt,
    of_alert,
    oldest_due_at,
    recent,
    unsent_since,
)
from monitor.store.revival import acknowledge, hurry, retry, silence
from monitor.store.statements import AnyRow
from monitor.store.tables import attempt as attempt_table
from monitor.store.tables import delivery as table

__all__ = [
    "ABANDONED", "Attempt", "acknowledge", "add", "attempts", "channels", "channels_pending", "claim",
    "counts", "enqueue", "find", "finish", "finish_sent", "get", "has_work", "hurry", "last_attempt",
    "next_due_at", "of_alert", "oldest_due_at", "recent", "release", "retry", "settle_late", "silence",
    "sweep", "unsent_since",
]  # fmt: skip

ABANDONED = "the sender died, or took longer than its lease, before it told the outcome"
_ENDS = (DeliveryState.SENT, *GIVEN_UP)


def _freed(statement: Update) -> Update:
    return statement.values(owner=None, lease_until=None, claimed_at=None)


def _claiming(due: ColumnElement[bool]) -> Update:
    """Lease the longest due of these."""
    picked = (
        select(table.c.id)
        .where(due & (table.c.channel == bindparam("of_channel")) & (table.c.due_at <= bindparam("at")))
        .order_by(table.c.due_at, table.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("picked")  # evaluated once; as a plain subquery PostgreSQL may lock more than `most`
    )
    values = {
        "state": DeliveryState.SENDING,
        "owner": bindparam("by"),
        "lease_until": bindparam("until"),
        "claimed_at": bindparam("at"),
        "attempts": table.c.attempts + 1,
    }
    return update(table).where(table.c.id.in_(select(picked.c.id))).values(values).returning(*table.c)


# Made once: building a statement takes longer than the database takes for it.
_CLAIM, _CLAIM_URGENT = _claiming(PENDING), _claiming(PENDING & table.c.urgent)
_THESE = table.c.id.in_(bindparam("ids", expanding=True))
_HELD = _THESE & (table.c.owner == bindparam("by")) & SENDING
_CLAIMED = select(table.c.id, table.c.bundle).where(_HELD).with_for_update()
_MARK_SENT = _freed(
    update(table)
    .where(_THESE)
    .values(state=DeliveryState.SENT, reason=None, detail="", sent_at=bindparam("at"), due_at=bindparam("at"))
)
_NOTE_SENT = insert(attempt_table).from_select(
    ["delivery_id", "owner", "started_at", "finished_at", "state", "reason", "detail"],
    select(
        table.c.id,
        table.c.owner,
        table.c.claimed_at,
        bindparam("at", type_=attempt_table.c.finished_at.type),
        literal(DeliveryState.SENT, attempt_table.c.state.type),
        literal(None, attempt_table.c.reason.type),
        literal("", attempt_table.c.detail.type),
    ).where(_THESE),
)


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
    return (
        add(conn, alert_id=alert_id, channel=channel, recipient=recipient, key=key, now=now, due_at=due_at)
        is not None
    )


def add(
    conn: Connection,
    *,
    alert_id: AlertId,
    channel: str,
    recipient: str,
    key: str,
    now: datetime,
    due_at: datetime,
    urgent: bool = False,
    reason: DeliveryReason | None = None,
    waits_for: str = "",
    tells: str = "",
    escalates: bool = False,
) -> DeliveryId | None:
    """Add a delivery and return its id; None when one with that key exists, whatever became of it.

    `waits_for` is the bundle of the digest that it will be part of, `tells` the one that it is. With a
    `reason` it is held until it is due, and its age counts from then.
    """
    statement = statements.insert(conn, table).values(
        alert_id=alert_id,
        channel=channel,
        recipient=recipient,
        key=key,
        state=DeliveryState.WAITING if waits_for else DeliveryState.PENDING,
        created_at=now,
        due_at=due_at,
        attempts=0,
        maybe_sent=False,
        reason=reason,
        detail="",
        urgent=urgent,
        held_until=due_at if reason is not None else None,
        bundle=waits_for or tells,
        escalates=escalates,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["key"])
    return conn.execute(statement.returning(table.c.id)).scalar_one_or_none()


def claim(
    conn: Connection,
    *,
    channel: str,
    now: datetime,
    limit: int,
    owner: str,
    lease: timedelta,
    urgent_only: bool = False,
) -> list[Delivery]:
    """Take at most `limit` due deliveries of a channel, longest due first; nobody else gets them.

    `attempts` of those returned includes the one that begins now. The lease must be longer than a
    send can take.
    """
    given = {"of_channel": channel, "at": now, "most": limit, "by": owner, "until": now + lease}
    statement = _CLAIM_URGENT if urgent_only else _CLAIM
    claimed = [delivery_of(row) for row in conn.execute(statement, given)]
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
    held = (table.c.id == delivery_id) & (table.c.owner == owner) & SENDING
    claimed_at = conn.scalar(select(table.c.claimed_at).where(held).with_for_update())
    if claimed_at is None:
        return False
    conn.execute(_freed(update(table).where(held).values(values)))
    if state in _ENDS:
        _end_members(conn, [delivery_id], state, reason, now)
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
    rows = conn.execute(_CLAIMED, {"ids": list(ids), "by": owner}).all()
    if not rows:
        return set()
    found = [row.id for row in rows]
    conn.execute(_NOTE_SENT, {"ids": found, "at": now})
    conn.execute(_MARK_SENT, {"ids": found, "at": now})
    if digests := [row.id for row in rows if row.bundle]:
        _end_members(conn, digests, DeliveryState.SENT, None, now)
    return set(found)


def release(conn: Connection, ids: Collection[DeliveryId], *, owner: str) -> int:
    """Put claimed deliveries back as if they had not been claimed: nothing was tried; how many."""
    held = (table.c.id.in_(ids)) & (table.c.owner == owner) & SENDING
    values = {"state": DeliveryState.PENDING, "attempts": table.c.attempts - 1}
    return conn.execute(_freed(update(table).where(held).values(values))).rowcount


def _end_members(
    conn: Connection,
    digests: Collection[DeliveryId],
    state: DeliveryState,
    reason: DeliveryReason | None,
    now: datetime,
) -> None:
    """The deliveries within digests end as these do."""
    ended: dict[str, Any] = {"state": state, "reason": reason}
    if state is DeliveryState.SENT:
        ended = {"state": DeliveryState.DIGESTED, "reason": None, "sent_at": now}
    conn.execute(update(table).where(table.c.part_of.in_(digests)).values(ended))


def sweep(conn: Connection, *, now: datetime, all_claims: bool = False) -> int:
    """Return claims whose lease is over to the queue, due now and marked as perhaps sent; how many.

    `all_claims`: those whose lease still runs as well, when it is known that nobody holds them.
    """
    over = select(table.c.id, table.c.owner, table.c.claimed_at).where(SENDING)
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


def next_due_at(conn: Connection, channel: str, *, urgent_only: bool = False) -> datetime | None:
    """When the channel's next pending delivery is due; None when none is pending."""
    statement = select(table.c.due_at).where(PENDING, table.c.channel == channel)
    if urgent_only:
        statement = statement.where(table.c.urgent)
    return conn.scalar(statement.order_by(table.c.due_at).limit(1))


def has_work(conn: Connection, channels: Collection[str], *, now: datetime) -> bool:
    """Whether one of the channels has a delivery that is due, or being sent."""
    due = or_(SENDING, PENDING & (table.c.due_at <= now))
    found = select(table.c.id).where(table.c.channel.in_(channels), due).limit(1)
    return conn.scalar(found) is not None


def settle_late(conn: Connection, delivery_id: DeliveryId, *, now: datetime) -> bool:
    """An attempt of unknown outcome arrived after all: mark it sent, unless a repeat has begun or ended."""
    waiting = table.c.state.in_([DeliveryState.PENDING, DeliveryState.UNKNOWN])
    statement = update(table).where(table.c.id == delivery_id, waiting)
    values = {"state": DeliveryState.SENT, "sent_at": now, "reason": None, "detail": ""}
    settled = conn.execute(_freed(statement.values(values))).rowcount == 1
    if settled:
        _end_members(conn, [delivery_id], DeliveryState.SENT, None, now)
    return settled
