"""Signs of life, for whoever asks without a port: a time, and facts as JSON.

Each daemon has a row of its own: several may share a PostgreSQL database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, or_, select

from monitor.store import statements
from monitor.store.tables import heartbeat as table

DAEMON = "daemon"
FORGOTTEN = timedelta(hours=1)  # silent for so long beside one that lives: that daemon is not coming back


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sign of life."""

    beat_at: datetime
    facts: Mapping[str, Any]
    name: str = DAEMON


def beat(conn: Connection, *, now: datetime, facts: Mapping[str, Any], name: str = DAEMON) -> None:
    """Replace the sign of life. `facts` must be JSON values."""
    values = {"beat_at": now, "facts": dict(facts)}
    statement = statements.insert(conn, table).values(name=name, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def read(conn: Connection, *, name: str = DAEMON) -> Heartbeat | None:
    """The last sign of life; None before the first."""
    row = conn.execute(select(table).where(table.c.name == name)).first()
    return None if row is None else Heartbeat(row.beat_at, row.facts, row.name)


def daemon(owner: str) -> str:
    """The name under which a daemon beats; `owner` is what it leases by."""
    return f"{DAEMON} {owner}"


_OF_DAEMONS = or_(table.c.name == DAEMON, table.c.name.startswith(f"{DAEMON} ", autoescape=True))


def daemons(conn: Connection) -> list[Heartbeat]:
    """The last sign of life of every daemon, the latest first."""
    statement = select(table).where(_OF_DAEMONS).order_by(table.c.beat_at.desc(), table.c.name)
    return [Heartbeat(row.beat_at, row.facts, row.name) for row in conn.execute(statement)]


def retire(conn: Connection, *, beside: str, alone: bool, now: datetime) -> int:
    """Forget daemons that ended: stopped ones, and those silent for long; with `alone` all but `beside`.

    For a daemon that lives to call, so that the last sign of life of all is never forgotten.
    """
    gone = [
        beat.name
        for beat in daemons(conn)
        if beat.name != beside and (alone or beat.facts.get("stopped") or now - beat.beat_at > FORGOTTEN)
    ]
    return conn.execute(delete(table).where(table.c.name.in_(gone))).rowcount if gone else 0
