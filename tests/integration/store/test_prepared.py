"""Statements in the driver's own words: rows are kept as SQLAlchemy's own statements would keep them."""

from sqlalchemy import String, cast, insert, select

from monitor.store import Store, prepared
from monitor.store.tables import probe, story
from tests.support.stored import MINUTE, NOW


def test_values_are_kept_as_other_statements_keep_them(store: Store) -> None:
    """To the letter: a moment written otherwise would be found before or after itself."""
    row = {"started_at": NOW.replace(microsecond=0), "latest_at": NOW + MINUTE}
    ours = prepared.Insert(story, row)

    def write(conn) -> list[tuple[str, str]]:
        ours.add_many(conn, [row, row])
        conn.execute(insert(story).values(**row))
        kept = select(cast(story.c.started_at, String), cast(story.c.latest_at, String))
        return [tuple(found) for found in conn.execute(kept)]

    kept = store.write(write)
    assert len(kept) == 3
    assert len(set(kept)) == 1


def test_plain_values_are_kept_as_they_are(store: Store) -> None:
    """Nothing is done to them, and no rows are no statement."""
    rows = [(-(1 << 31), 1), ((1 << 31) - 1, 1 << 40)]
    ours = prepared.Insert(probe, ["hash", "article_id"])

    def write(conn) -> list[tuple[int, int]]:
        ours.add_plain(conn, rows)
        ours.add_plain(conn, [])
        return [tuple(found) for found in conn.execute(select(probe).order_by(probe.c.hash))]

    assert store.write(write) == rows
