"""Articles that a person took out of a story. What was split stays apart: it is never joined again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from monitor.model import ArticleId, ArticleKind, StoryId
from monitor.store import statements
from monitor.store.tables import article, story, story_split


class Split(NamedTuple):
    """One article, with the story that it was in and the one that it is in now."""

    id: int
    article_id: ArticleId
    from_story_id: StoryId
    to_story_id: StoryId
    split_at: datetime


def split(conn: Connection, ids: Sequence[ArticleId], *, now: datetime) -> StoryId:
    """Move articles of one story, with all copies of them, to a new story; returns that one.

    The first of them is no copy of anything any more.
    """
    moved = _with_copies(conn, ids)
    rows = conn.execute(select(article.c.id, article.c.story_id).where(article.c.id.in_(moved))).all()
    first = conn.execute(select(article.c.seen_at).where(article.c.id == min(moved))).scalar_one()
    new = story.insert().values(started_at=first, latest_at=now).returning(story.c.id)
    to = StoryId(conn.execute(new).scalar_one())
    for chunk in statements.chunks(moved):
        conn.execute(article.update().where(article.c.id.in_(chunk)).values(story_id=to))
    outside = article.c.id.in_(ids) & ~article.c.of_id.in_(moved)
    conn.execute(article.update().where(outside).values(of_id=None, kind=ArticleKind.NEW))
    conn.execute(
        story_split.insert(),
        [
            {"article_id": row.id, "from_story_id": row.story_id, "to_story_id": to, "split_at": now}
            for row in rows
        ],
    )
    return to


def _with_copies(conn: Connection, ids: Sequence[ArticleId]) -> list[ArticleId]:
    found = list(dict.fromkeys(ids))
    fresh = found
    while fresh:
        rows = conn.scalars(select(article.c.id).where(article.c.of_id.in_(fresh)))
        fresh = [id_ for id_ in rows if id_ not in found]
        found += fresh
    return found


def after(conn: Connection, last: int) -> list[Split]:
    """The splits after the one of that number, in their order."""
    statement = select(story_split).where(story_split.c.id > last).order_by(story_split.c.id)
    return [Split(*row) for row in conn.execute(statement)]


def last(conn: Connection) -> int:
    """The number of the last split; 0 where there is none."""
    return conn.scalar(select(func.max(story_split.c.id))) or 0
