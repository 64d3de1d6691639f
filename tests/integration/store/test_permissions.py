"""Who may read the database's files."""

import stat
from datetime import UTC, datetime
from pathlib import Path

from monitor.store import heartbeat, open_store


def test_nobody_else_may_read_the_database(tmp_path: Path) -> None:
    """The file, its log, its shared memory and its lock: addresses of feeds may hold passwords."""
    with open_store(f"sqlite:///{tmp_path}/data/news.db", exclusive=True) as store:
        store.write(lambda conn: heartbeat.beat(conn, now=datetime.now(UTC), facts={}))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert {"news.db", "news.db-wal", "news.db-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes
