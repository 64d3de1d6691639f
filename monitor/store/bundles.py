"""Deliveries that wait for a digest: which are due, which digest takes them, and what it holds.

A waiting delivery belongs to the digest that is made of its channel, recipient and bundle next. From
then on it is part of that digest's own delivery, and ends as that one does (see `outbox.finish`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from monitor.alerting.storm import Recent
from monitor.errors import DeliveryReason
from monitor.model import AlertId, AlertKind, Bundle, Delivery, DeliveryId, DeliveryState
from monitor.store import statements
from monitor.store.deliveries import PENDING, WAITING, delivery_of
from monitor.store.tables import alert as alert_table
from monitor.store.tables import delivery as table
from monitor.store.tables import slot as slot_table

_LONGEST_SLOT = timedelta(days=8)  # a slot that lies further ahead is of a clock that was ahead


# Made once, since it is asked at each claim.
_DUE = (
    select(table.c.recipient, table.c.bundle)
    .where(WAITING, table.c.channel == bindparam("of_channel"), table.c.due_at <= bindparam("at"))
    .distinct()
    .order_by(table.c.recipient, table.c.bundle)
)


class Group(NamedTuple):
    """What becomes one digest."""

    recipient: str
    bundle: str


def next_due_at(conn: Connection, channel: str) -> datetime | None:
    """When the channel's next digest of what waits is due; None when nothing waits."""
    statement = select(table.c.due_at).where(WAITING, table.c.channel == channel)
    return conn.scalar(statement.order_by(table.c.due_at).limit(1))


def due(conn: Connection, channel: str, *, now: datetime) -> list[Group]:
    """The digests that are due."""
    return [
        Group(row.recipient, row.bundle) for row in conn.execute(_DUE, {"of_channel": channel, "at": now})
    ]


def take(conn: Connection, channel: str, group: Group, *, now: datetime) -> list[Delivery]:
    """The deliveries of a digest that is due, locked; those that another process has locked are its."""
    mine = _due(channel, now) & (table.c.recipient == group.recipient) & (table.c.bundle == group.bundle)
    statement = select(table).where(mine).order_by(table.c.id).with_for_update(skip_locked=True)
    return [delivery_of(row) for row in conn.execute(statement)]


def _due(channel: str, now: datetime) -> ColumnElement[bool]:
    return WAITING & (table.c.channel == channel) & (table.c.due_at <= now)


def join(conn: Connection, members: Sequence[Delivery], digest: DeliveryId) -> None:
    """Make the deliveries part of a digest's."""
    for chunk in statements.chunks(member.id for member in members):
        conn.execute(update(table).where(table.c.id.in_(chunk)).values(part_of=digest))


def postpone(conn: Connection, members: Sequence[Delivery], *, due_at: datetime) -> None:
    """Leave the deliveries to a later digest."""
    for chunk in statements.chunks(member.id for member in members):
        conn.execute(update(table).where(table.c.id.in_(chunk)).values(due_at=due_at))


def merge(conn: Connection, channel: str, *, now: datetime, more_than: int) -> int:
    """Make one digest of all that is due at a channel, if that is more than so many; how many it was.

    What is urgent, what tells more people, what is a digest already, and a canary go out by themselves.
    """
    mine = PENDING & (table.c.channel == channel) & (table.c.due_at <= now)
    mine &= ~table.c.urgent & ~table.c.escalates & (table.c.bundle == "")
    is_canary = (alert_table.c.id == table.c.alert_id) & (alert_table.c.kind == AlertKind.CANARY)
    mine &= ~select(alert_table.c.id).where(is_canary).exists()
    count = conn.scalar(select(func.count()).select_from(table).where(mine)) or 0
    if count <= more_than:
        return 0
    values = {"state": DeliveryState.WAITING, "bundle": Bundle.BACKLOG, "reason": DeliveryReason.BACKLOG}
    return conn.execute(update(table).where(mine).values(values)).rowcount


def has_failed(conn: Connection, channel: str) -> bool:
    """Whether the channel has deliveries that failed and are to be tried again."""
    failed = PENDING & (table.c.channel == channel) & (table.c.attempts > 0)
    return conn.scalar(select(table.c.id).where(failed).limit(1)) is not None


def members(conn: Connection, digest: DeliveryId) -> list[Delivery]:
    """What a digest holds, in the order in which it was queued."""
    statement = select(table).where(table.c.part_of == digest).order_by(table.c.id)
    return [delivery_of(row) for row in conn.execute(statement)]


def alert_ids(conn: Connection, digest: DeliveryId) -> list[AlertId]:
    """The alerts that a digest tells."""
    found = conn.scalars(select(table.c.alert_id).where(table.c.part_of == digest))
    return sorted(set(found))


def close(
    conn: Connection,
    members_: Sequence[Delivery],
    *,
    state: DeliveryState,
    reason: DeliveryReason,
    detail: str,
) -> None:
    """End deliveries that waited, without a digest."""
    values = {"state": state, "reason": reason, "detail": detail}
    for chunk in statements.chunks(member.id for member in members_):
        conn.execute(update(table).where(table.c.id.in_(chunk)).values(values))


def recent_storm(conn: Connection, channel: str, *, since: datetime, now: datetime) -> Recent:
    """How many alerts the channel was given singly since then, and until when it collects them."""
    mine = (table.c.channel == channel) & (table.c.created_at > since) & ~table.c.escalates
    singly = mine & (table.c.bundle == "") & (table.c.created_at <= now)
    collecting = WAITING & (table.c.channel == channel) & (table.c.bundle == Bundle.STORM)
    return Recent(
        single=conn.scalar(select(func.count(table.c.alert_id.distinct())).where(singly)) or 0,
        collecting_until=conn.scalar(select(func.max(table.c.due_at)).where(collecting)),
    )


def reach(conn: Connection, channel: str, name: str, slot_at: datetime) -> bool:
    """Whether a slot is reached for the first time, by whichever process asks first.

    False for the first slot of all: what was before the channel told at certain times is not made up.
    """
    values = {"channel": channel, "name": name, "slot_at": slot_at}
    added = statements.insert(conn, slot_table).values(values)
    added = added.on_conflict_do_nothing(index_elements=["channel", "name"])
    if conn.execute(added.returning(slot_table.c.name)).first() is not None:
        return False
    mine = (slot_table.c.channel == channel) & (slot_table.c.name == name)
    new = (slot_table.c.slot_at < slot_at) | (slot_table.c.slot_at > slot_at + _LONGEST_SLOT)
    return conn.execute(update(slot_table).where(mine, new).values(slot_at=slot_at)).rowcount == 1
