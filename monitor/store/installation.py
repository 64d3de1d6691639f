"""Which installation a database is: a name that no other database has, given once."""

from datetime import datetime

from sqlalchemy import Connection

from monitor.store import heartbeat, statements
from monitor.store.tables import heartbeat as table

_ROW = "installation"


def name(conn: Connection, *, candidate: str, now: datetime) -> str:
    """The installation's name; `candidate` becomes it when there is none yet."""
    statement = statements.insert(conn, table).values(name=_ROW, beat_at=now, facts={"name": candidate})
    conn.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
    kept = heartbeat.read(conn, name=_ROW)
    return candidate if kept is None else str(kept.facts["name"])
