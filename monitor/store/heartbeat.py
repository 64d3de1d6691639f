"""The daemon's sign of life, for whoever asks without a port: a time, and facts as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from monitor.store import statements
from monitor.store.tables import heartbeat as table

DAEMON = "daemon"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sign of life."""

    beat_at: datetime
    facts: Mapping[str, Any]


def beat(conn: Connection, *, now: datetime, facts: Mapping[str, Any], name: str = DAEMON) -> None:
    """Replace the sign of life. `facts` must be JSON values."""
    values = {"beat_at": now, "facts": dict(facts)}
    statement = statements.insert(conn, table).values(name=name, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def read(conn: Connection, *, name: str = DAEMON) -> Heartbeat | None:
    """The last sign of life; None before the first."""
    row = conn.execute(select(table).where(table.c.name == name)).first()
    return None if row is None else Heartbeat(row.beat_at, row.facts)
