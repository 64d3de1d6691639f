"""Deliveries of channels that the configuration no longer names: how many wait, and their end.

What is being sent at this moment is left alone. Decides no ages.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select, update

from monitor.errors import DeliveryReason
from monitor.model import DeliveryState
from monitor.store.tables import delivery as table

_PENDING = table.c.state == literal_column("'pending'")  # spelt as the partial index says it


def waiting(conn: Connection, *, known: Collection[str]) -> dict[str, int]:
    """How many deliveries are pending for each channel that is not known."""
    statement = (
        select(table.c.channel, func.count().label("number"))
        .where(_PENDING, table.c.channel.not_in(known))
        .group_by(table.c.channel)
        .order_by(table.c.channel)
    )
    return {row.channel: row.number for row in conn.execute(statement)}


def oldest_due_at(conn: Connection, *, known: Collection[str]) -> datetime | None:
    """Since when the longest waiting delivery of a known channel is due; None when none is pending."""
    oldest: datetime | None = conn.scalar(
        select(func.min(table.c.due_at)).where(_PENDING, table.c.channel.in_(known))
    )
    return oldest


def end(conn: Connection, *, known: Collection[str], before: datetime, detail: str) -> dict[str, int]:
    """Give up what was queued before a moment for channels that are not known; how many of each.

    `deliveries retry` makes them due again, for when the channel is back.
    """
    old = (_PENDING, table.c.channel.not_in(known), table.c.created_at < before)
    statement = (
        update(table)
        .where(*old)
        .values(state=DeliveryState.DEAD, reason=DeliveryReason.CHANNEL_REMOVED, detail=detail)
    )
    ended: dict[str, int] = {}
    for row in conn.execute(statement.returning(table.c.channel)):
        ended[row.channel] = ended.get(row.channel, 0) + 1
    return ended
