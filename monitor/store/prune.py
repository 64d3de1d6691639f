"""What is old is removed: articles, what was decided about them, the alerts that came of them, and events.

An article without a date stays. Its being known is all that tells that it is not new, and some feeds
list the same articles for years; a dated one that is seen again is too old to be told.
Deliveries that are not done yet keep their alert.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select

from monitor.model import ArticleId, DeliveryState
from monitor.store import articles, events, fulltext, merges, pages, silences, sketches, statements
from monitor.store.tables import alert, article, delivery, story

_OPEN = (
    DeliveryState.WAITING,
    DeliveryState.PENDING,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went."""

    articles: int = 0
    alerts: int = 0
    sketches: int = 0

    @property
    def total(self) -> int:
        """All of them that somebody can see."""
        return self.articles + self.alerts

    def is_whole(self, limit: int) -> bool:
        """Whether nothing was left over by a batch of that limit."""
        return max(self.articles, self.alerts, self.sketches) < limit


def prune(conn: Connection, *, before: datetime, compared_before: datetime, limit: int) -> Pruned:
    """Remove at most `limit` articles and as many alerts that are older than `before`.

    What finds near-copies of an article goes when it is older than `compared_before`. One batch, so
    that no other write waits for long; call it again until it `is_whole`.
    """
    pruned = Pruned(
        _prune_articles(conn, before, limit),
        _prune_alerts(conn, before, limit),
        sketches.prune(conn, before=compared_before, limit=limit),
    )
    events.remove(conn, before=before, limit=limit)
    pages.prune(conn, before=before, limit=limit)
    if pruned.total:
        _prune_stories(conn, before, limit)
    silences.remove(conn, before=before)
    merges.remove(conn, before=before)
    return pruned


def _prune_articles(conn: Connection, before: datetime, limit: int) -> int:
    old = (article.c.seen_at < before) & (article.c.changed_at < before)
    dated = article.c.published_at.is_not(None)
    picked = select(article.c.id).where(old, dated).order_by(article.c.seen_at).limit(limit)
    ids = [ArticleId(id_) for id_ in conn.scalars(picked)]
    sketches.remove(conn, ids)
    for chunk in statements.chunks(ids):
        found = articles.get_many(conn, chunk)
        fulltext.remove(conn, [(stored.id, stored.article) for stored in found])
        conn.execute(delete(article).where(article.c.id.in_(chunk)))
    return len(ids)


def _prune_alerts(conn: Connection, before: datetime, limit: int) -> int:
    is_open = exists().where(delivery.c.alert_id == alert.c.id, delivery.c.state.in_(_OPEN))
    picked = select(alert.c.id).where(alert.c.decided_at < before, ~is_open).limit(limit)
    ids = list(conn.scalars(picked))
    for chunk in statements.chunks(ids):
        conn.execute(delete(alert).where(alert.c.id.in_(chunk)))
    return len(ids)


def _prune_stories(conn: Connection, before: datetime, limit: int) -> None:
    told = exists().where(alert.c.story_id == story.c.id)
    has_articles = exists().where(article.c.story_id == story.c.id)
    picked = select(story.c.id).where(story.c.latest_at < before, ~told, ~has_articles).limit(2 * limit)
    for chunk in statements.chunks(conn.scalars(picked)):
        conn.execute(delete(story).where(story.c.id.in_(chunk)))
