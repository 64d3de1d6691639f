"""Stories that were found to be one after all: the later is taken into the earlier.

The number of the one taken in stays good: it leads to the other. Nothing is told by it; what both
have told counts as told.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, or_, select

from monitor.model import ArticleId, StoryId
from monitor.store.tables import alert, article, story, story_merge, story_split

_RESOLVE = select(func.coalesce(story.c.into_id, story.c.id)).where(story.c.id == bindparam("wanted"))


class Merge(NamedTuple):
    """One story taken into another: by which article that was seen, and how alike the two were."""

    id: int
    kept_id: StoryId
    absorbed_id: StoryId
    article_id: ArticleId
    likeness: float
    merged_at: datetime


def resolve(conn: Connection, story_id: StoryId) -> StoryId | None:
    """The story that goes by this number now; None when there never was one, or it is gone."""
    found: StoryId | None = conn.scalar(_RESOLVE, {"wanted": story_id})
    return found


def merge(
    conn: Connection,
    one: StoryId,
    other: StoryId,
    *,
    article_id: ArticleId,
    likeness: float,
    now: datetime,
) -> StoryId | None:
    """Take the later of two stories into the earlier; returns that one.

    None, and nothing is done, when they are one already, one of them is gone, or a person has split them.
    """
    found = {resolve(conn, one), resolve(conn, other)} - {None}
    if len(found) != 2:
        return None
    kept, absorbed = sorted(id_ for id_ in found if id_ is not None)
    if _are_apart(conn, _names(conn, kept), _names(conn, absorbed)):
        return None
    conn.execute(article.update().where(article.c.story_id == absorbed).values(story_id=kept))
    thread = func.coalesce(alert.c.thread_id, alert.c.story_id)
    conn.execute(alert.update().where(alert.c.story_id == absorbed).values(thread_id=thread, story_id=kept))
    of_both = story.c.id.in_([kept, absorbed])
    latest = conn.execute(select(func.max(story.c.latest_at)).where(of_both)).scalar_one()
    conn.execute(story.update().where(story.c.id == kept).values(latest_at=latest))
    taken = or_(story.c.id == absorbed, story.c.into_id == absorbed)
    conn.execute(story.update().where(taken).values(into_id=kept))
    values = {
        "kept_id": kept,
        "absorbed_id": absorbed,
        "article_id": article_id,
        "likeness": likeness,
        "merged_at": now,
    }
    conn.execute(story_merge.insert(), values)
    return kept


def _names(conn: Connection, story_id: StoryId) -> set[int]:
    """The numbers that lead to a story."""
    return {story_id, *conn.scalars(select(story.c.id).where(story.c.into_id == story_id))}


def _are_apart(conn: Connection, ours: Collection[int], theirs: Collection[int]) -> bool:
    """Whether a person has taken articles out of one of the stories that are in the other now."""
    columns = story_split.c
    there = (columns.from_story_id.in_(ours) & columns.to_story_id.in_(theirs)) | (
        columns.from_story_id.in_(theirs) & columns.to_story_id.in_(ours)
    )
    return conn.execute(select(columns.id).where(there).limit(1)).first() is not None


def first_article(conn: Connection, story_id: StoryId) -> ArticleId | None:
    """The earliest article of a story that is still there, whatever its number is by now."""
    current = resolve(conn, story_id)
    found: ArticleId | None = conn.scalar(select(func.min(article.c.id)).where(article.c.story_id == current))
    return found


def of_story(conn: Connection, story_id: StoryId) -> list[Merge]:
    """What a story has taken in, at first or second hand, in its order."""
    names = _names(conn, story_id)
    statement = select(story_merge).where(story_merge.c.kept_id.in_(names)).order_by(story_merge.c.id)
    return [Merge(*row) for row in conn.execute(statement)]


def after(conn: Connection, last: int) -> Sequence[Merge]:
    """The merges after the one of that number, in their order."""
    statement = select(story_merge).where(story_merge.c.id > last).order_by(story_merge.c.id)
    return [Merge(*row) for row in conn.execute(statement)]


def last(conn: Connection) -> int:
    """The number of the last merge; 0 where there is none."""
    return conn.scalar(select(func.max(story_merge.c.id))) or 0


def remove(conn: Connection, *, before: datetime) -> None:
    """Forget merges of before then."""
    conn.execute(delete(story_merge).where(story_merge.c.merged_at < before))
