"""Statements in the driver's own words: rows are kept as SQLAlchemy's own statements would keep them."""

from sqlalchemy import String, cast, insert, select

from monitor.store import Store, prepared
from monitor.store.tables import story
from tests.support.stored import MINUTE, NOW


def test_values_are_kept_as_other_statements_keep_them(store: Store) -> None:
    """To the letter: a moment written otherwise would be found before or after itself."""
    rows = {"started_at": NOW.replace(microsecond=0), "latest_at": NOW + MINUTE}
    ours = prepared.Insert(story, rows, id_="id")

    def write(conn) -> list[tuple[str, str]]:
        first = ours.add(conn, rows)
        ours.add_many(conn, [rows])
        conn.execute(insert(story).values(**rows))
        kept = select(cast(story.c.started_at, String), cast(story.c.latest_at, String))
        return [tuple(row) for row in conn.execute(kept.where(story.c.id >= first))]

    kept = store.write(write)
    assert len(kept) == 3
    assert len(set(kept)) == 1
