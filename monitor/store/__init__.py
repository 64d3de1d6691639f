"""The database: one module per table group, one door to open it.

    store = open_store("sqlite:///data/newsmonitor.db", exclusive=True)
    due = store.write(lambda conn: feeds.claim(conn, None, now=now, owner=me, lease=lease))
    for state in store.read(feeds.states): ...

Every function of `feeds`, `articles`, `alerts`, `outbox` and `heartbeat` takes a connection first
and is atomic within the caller's transaction. Decides nothing: what to store comes in as values.
"""

from monitor.store.database import Store, open_store

__all__ = ["Store", "open_store"]
