"""Subscriptions to hubs: one row a feed, kept over restarts. Decides nothing: see `schedule.leases`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from monitor.model import FeedId
from monitor.schedule.leases import LeaseState
from monitor.store import statements
from monitor.store.statements import AnyRow
from monitor.store.tables import feed
from monitor.store.tables import subscription as table


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is agreed with a hub. `token` names it in the callback's address, `secret` signs pushes."""

    feed_id: FeedId
    url: str  # the feed's, as configured
    hub: str
    topic: str
    token: str
    secret: str
    state: LeaseState
    act_at: datetime  # when something is to be done about it
    expires_at: datetime | None = None
    failures: int = 0
    detail: str = ""
    verified_at: datetime | None = None
    allow_private: bool = False
    wanted: bool = True  # False: the feed was removed


def get_all(conn: Connection) -> list[Subscription]:
    """All of them."""
    return [_read(row) for row in conn.execute(_SELECT.order_by(table.c.feed_id))]


def by_token(conn: Connection, token: str) -> Subscription | None:
    """The one that a call speaks of."""
    row = conn.execute(_SELECT.where(table.c.token == token)).one_or_none()
    return None if row is None else _read(row)


def of_feed(conn: Connection, feed_id: FeedId) -> Subscription | None:
    """The one of a feed."""
    row = conn.execute(_SELECT.where(table.c.feed_id == feed_id)).one_or_none()
    return None if row is None else _read(row)


def due(conn: Connection, *, now: datetime, limit: int) -> list[Subscription]:
    """Those about which something is to be done, longest due first; removed feeds' at once."""
    wanted = (table.c.act_at <= now) | (~feed.c.active & (table.c.state != LeaseState.LEAVING))
    return [_read(row) for row in conn.execute(_SELECT.where(wanted).order_by(table.c.act_at).limit(limit))]


def save(conn: Connection, item: Subscription) -> None:
    """Keep it in place of what the feed had."""
    values: dict[str, Any] = {
        "feed_id": item.feed_id,
        "hub": item.hub,
        "topic": item.topic,
        "token": item.token,
        "secret": item.secret,
        "state": item.state,
        "act_at": item.act_at,
        "expires_at": item.expires_at,
        "failures": item.failures,
        "detail": item.detail,
        "verified_at": item.verified_at,
    }
    statement = statements.insert(conn, table).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=["feed_id"], set_=values))


def remove(conn: Connection, feed_id: FeedId) -> None:
    """Forget it."""
    conn.execute(delete(table).where(table.c.feed_id == feed_id))


_SELECT = select(table, feed.c.url, feed.c.allow_private, feed.c.active).join(
    feed, feed.c.id == table.c.feed_id
)


def _read(row: AnyRow) -> Subscription:
    return Subscription(
        feed_id=row.feed_id,
        url=row.url,
        hub=row.hub,
        topic=row.topic,
        token=row.token,
        secret=row.secret,
        state=row.state,
        act_at=row.act_at,
        expires_at=row.expires_at,
        failures=row.failures,
        detail=row.detail,
        verified_at=row.verified_at,
        allow_private=row.allow_private,
        wanted=row.active,
    )
