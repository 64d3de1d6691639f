"""The archive: articles by age, by word and by address, for searches and backtests. Writes nothing.

What the full-text index finds are candidates; a rule set decides which of them match.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from monitor.model import Alert, AlertId, ArticleId, Feed, FeedId, StoryId
from monitor.rules.prefilter import Need
from monitor.store import alerts, articles, fulltext, statements
from monitor.store.articles import StoredArticle
from monitor.store.tables import alert as alert_table
from monitor.store.tables import article as table
from monitor.store.tables import feed as feed_table
from monitor.store.tables import url_alias


class Appearance(NamedTuple):
    """One article of a story: who published it, and when it was seen."""

    article_id: ArticleId
    outlet: str
    seen_at: datetime


class Window(NamedTuple):
    """A part of the archive: what was seen `since` and before `until`, and the ids there."""

    since: datetime
    until: datetime | None  # None: to the newest
    ids: tuple[ArticleId, ArticleId]  # the lowest and the highest


def window(
    conn: Connection, *, until: datetime | None, size: int, since: datetime | None = None
) -> Window | None:
    """The newest articles before `until`: so many, and those seen at the same moment as the last of them.

    None when there is none. Cost: one range of the index by time, as long as the window.
    """
    within = [*([table.c.seen_at < until] if until else ()), *([table.c.seen_at >= since] if since else ())]
    newest = select(table.c.seen_at).where(*within).order_by(table.c.seen_at.desc()).limit(size).subquery()
    oldest: datetime | None = conn.scalar(select(func.min(newest.c.seen_at)))
    if oldest is None:
        return None
    inside = [table.c.seen_at >= oldest, *([table.c.seen_at < until] if until else ())]
    first, last = conn.execute(select(func.min(table.c.id), func.max(table.c.id)).where(*inside)).one()
    return Window(oldest, until, (first, last))


def is_common(conn: Connection, need: Need | None, *, than: int) -> bool:
    """Whether more articles than so many may match."""
    return need is None or fulltext.has_more(conn, need, than)


def candidates(
    conn: Connection,
    need: Need | None,
    *,
    since: datetime | None = None,
    feeds: Collection[FeedId] | None = None,
    newest_first: bool = False,
    limit: int | None = None,
    within: Window | None = None,
) -> list[ArticleId]:
    """The ids of all articles that may match, in the order in which they were seen.

    `need` None: all since `since`. Cost: the index's postings, or one range of another index; of a
    window only its part of them.
    """
    statement = select(table.c.id)
    if need is not None:
        found = fulltext.search(conn, need, between=within.ids if within else None)
        statement = statement.where(table.c.id.in_(found))
    if within is not None:
        statement = statement.where(table.c.seen_at >= within.since)
        statement = statement.where(table.c.seen_at < within.until) if within.until else statement
    if since is not None:
        statement = statement.where(table.c.seen_at >= since)
    if feeds is not None:
        statement = statement.where(table.c.feed_id.in_(feeds))
    order = (table.c.seen_at, table.c.id)
    statement = statement.order_by(*(column.desc() for column in order) if newest_first else order)
    return list(conn.scalars(statement.limit(limit)))


def get_many(conn: Connection, ids: Sequence[ArticleId]) -> list[StoredArticle]:
    """Those of the articles that are still there, in the order given."""
    return articles.get_many(conn, ids)


def count(conn: Connection, *, since: datetime) -> int:
    """How many articles were first seen since `since`."""
    return conn.scalar(select(func.count()).where(table.c.seen_at >= since)) or 0


def first_seen_at(conn: Connection) -> datetime | None:
    """When the earliest article was seen; None when there is none."""
    first: datetime | None = conn.scalar(select(func.min(table.c.seen_at)))
    return first


def find_by_address(conn: Connection, url: str, key: str) -> StoredArticle | None:
    """The first article seen under an address, given as it is and in its canonical form ("" if none)."""
    by_key = select(url_alias.c.article_id).where(url_alias.c.key == key)
    known = list(conn.scalars(by_key)) if key else []
    statement = select(table.c.id).where(table.c.id.in_(known) if known else table.c.url == url)
    id_ = conn.scalar(statement.order_by(table.c.seen_at, table.c.id).limit(1))
    return None if id_ is None else articles.get(conn, id_)


def shares_address(conn: Connection, pairs: Collection[tuple[ArticleId, ArticleId]]) -> set[ArticleId]:
    """Those of the copies that were seen under an address of their original: pairs (copy, original)."""
    originals = dict(pairs)
    keys: dict[ArticleId, set[str]] = {}
    for chunk in statements.chunks([*originals, *originals.values()]):
        for row in conn.execute(select(url_alias).where(url_alias.c.article_id.in_(chunk))):
            keys.setdefault(row.article_id, set()).add(row.key)
    return {copy for copy, of in originals.items() if keys.get(copy, set()) & keys.get(of, set())}


def appearances(conn: Connection, story_id: StoryId) -> list[Appearance]:
    """All articles of a story, in the order in which they were seen."""
    columns = (table.c.id, table.c.source, table.c.feed_id, table.c.seen_at)
    statement = select(*columns).where(table.c.story_id == story_id).order_by(table.c.seen_at, table.c.id)
    return [
        Appearance(row.id, row.source or f"feed {row.feed_id}", row.seen_at)
        for row in conn.execute(statement)
    ]


def alerts_of(conn: Connection, article_id: ArticleId) -> list[Alert]:
    """The alerts about an article, in the order of their making."""
    wanted = select(alert_table.c.id).where(alert_table.c.article_id == article_id)
    found = (alerts.get(conn, AlertId(id_)) for id_ in conn.scalars(wanted.order_by(alert_table.c.id)).all())
    return [alert for alert in found if alert is not None]


def first_alert(conn: Connection, rule: str, story_id: StoryId, *, until: datetime) -> Alert | None:
    """The alert by which a rule had told a story at that time."""
    columns = alert_table.c
    of_story = (columns.rule == rule) & (columns.story_id == story_id) & (columns.decided_at <= until)
    id_ = conn.scalar(select(columns.id).where(of_story).order_by(columns.id).limit(1))
    return None if id_ is None else alerts.get(conn, AlertId(id_))


# --- feeds ------------------------------------------------------------------------------------


def feed_of(conn: Connection, feed_id: FeedId) -> Feed:
    """A feed, configured or not any more. Raises NoResultFound."""
    row = conn.execute(select(feed_table).where(feed_table.c.id == feed_id)).one()
    return Feed(row.url, row.name, tuple(row.tags), row.language, row.every, row.allow_private)


def feeds(conn: Connection) -> dict[FeedId, tuple[Feed, datetime | None]]:
    """All feeds, configured or not any more, and when each was first polled."""
    return {
        row.id: (
            Feed(row.url, row.name, tuple(row.tags), row.language, row.every, row.allow_private),
            row.first_polled_at,
        )
        for row in conn.execute(select(feed_table))
    }
