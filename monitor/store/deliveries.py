"""The outbox as it is read: deliveries, their attempts, and how many there are. Changes nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, literal_column, or_, select

from monitor.errors import DeliveryReason
from monitor.model import AlertId, Delivery, DeliveryId, DeliveryState
from monitor.store import statements
from monitor.store.statements import AnyRow
from monitor.store.tables import attempt as attempt_table
from monitor.store.tables import delivery as table

# Spelt out, because a partial index serves only a condition that names its state literally.
PENDING: ColumnElement[bool] = table.c.state == literal_column("'pending'")
SENDING: ColumnElement[bool] = table.c.state == literal_column("'sending'")
WAITING: ColumnElement[bool] = (table.c.state == literal_column("'waiting'")) & table.c.part_of.is_(None)
GIVEN_UP = (DeliveryState.DEAD, DeliveryState.EXPIRED)


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


def recent(
    conn: Connection,
    *,
    limit: int,
    state: DeliveryState | None = None,
    channel: str | None = None,
    given_up: bool = False,
) -> list[Delivery]:
    """Deliveries, the latest first; with `given_up` only those that are dead or expired."""
    statement = select(table)
    if state is not None:
        statement = statement.where(table.c.state == state)
    if given_up:
        statement = statement.where(table.c.state.in_(GIVEN_UP))
    if channel is not None:
        statement = statement.where(table.c.channel == channel)
    statement = statement.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
    return [delivery_of(row) for row in conn.execute(statement)]


def get(conn: Connection, delivery_id: DeliveryId) -> Delivery | None:
    """One delivery by its id."""
    row = conn.execute(select(table).where(table.c.id == delivery_id)).first()
    return None if row is None else delivery_of(row)


def of_alert(conn: Connection, alert_id: AlertId) -> list[Delivery]:
    """The deliveries of one alert, in the order in which they were queued."""
    statement = select(table).where(table.c.alert_id == alert_id).order_by(table.c.id)
    return [delivery_of(row) for row in conn.execute(statement)]


def attempts(conn: Connection, delivery_id: DeliveryId) -> list[Attempt]:
    """Every finished or abandoned try of a delivery, in order."""
    statement = select(attempt_table).where(attempt_table.c.delivery_id == delivery_id)
    return [_attempt(row) for row in conn.execute(statement.order_by(attempt_table.c.id))]


def find(conn: Connection, ids: Collection[DeliveryId]) -> dict[DeliveryId, Delivery]:
    """Those of the deliveries that there are."""
    parts: Iterable[list[DeliveryId]] = statements.chunks(ids)
    found = (row for part in parts for row in conn.execute(select(table).where(table.c.id.in_(part))))
    return {row.id: delivery_of(row) for row in found}


def channels(conn: Connection) -> set[str]:
    """Every channel that a delivery names, be it configured still or not."""
    return set(conn.scalars(select(table.c.channel).distinct()))


def counts(conn: Connection) -> dict[DeliveryState, int]:
    """How many deliveries there are in each state; states without any are 0."""
    found = dict.fromkeys(DeliveryState, 0)
    statement = select(table.c.state, func.count().label("number")).group_by(table.c.state)
    return found | {row.state: row.number for row in conn.execute(statement)}


def last_attempt(conn: Connection) -> int:
    """The number of the latest try of any delivery; 0 when there was none."""
    return conn.scalar(select(func.max(attempt_table.c.id))) or 0


def unsent_since(conn: Connection, attempt: int) -> int:
    """How many deliveries were tried after that attempt and are not sent."""
    tried = select(attempt_table.c.delivery_id).where(attempt_table.c.id > attempt)
    unsent = table.c.id.in_(tried) & (table.c.state != DeliveryState.SENT)
    return conn.scalar(select(func.count()).select_from(table).where(unsent)) or 0


def oldest_due_at(conn: Connection) -> datetime | None:
    """Since when the longest waiting pending delivery of any channel is due; None when none is pending."""
    statement = select(table.c.due_at).where(PENDING).order_by(table.c.due_at).limit(1)
    return conn.scalar(statement)


def channels_pending(conn: Connection) -> set[str]:
    """The channels with deliveries still to be made, or being made."""
    return set(conn.scalars(select(table.c.channel).where(or_(PENDING, SENDING)).distinct()))


def delivery_of(row: AnyRow) -> Delivery:
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
        urgent=row.urgent,
        held_until=row.held_until,
        bundle=row.bundle,
        part_of=row.part_of,
        escalates=row.escalates,
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
