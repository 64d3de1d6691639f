"""Stories as people look at them: which there are, who tells them, how far they have spread."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, func, select

from monitor.model import ArticleId, ArticleKind, StoryId
from monitor.store import articles, merges, sketches, statements
from monitor.store.articles import StoredArticle
from monitor.store.merges import Merge
from monitor.store.sketches import Resemblance
from monitor.store.tables import article, story


class Coverage(NamedTuple):
    """How far a story has spread: outlets, articles that are no copies, and copies."""

    outlets: int
    reports: int
    copies: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A story with its first article, or the earliest that is still there."""

    id: StoryId
    started_at: datetime
    latest_at: datetime
    coverage: Coverage
    first: StoredArticle
    merges: Sequence[Merge] = ()  # with the stories that it has taken in; looked up by `get` alone


@dataclass(frozen=True, slots=True)
class Teller:
    """An article that tells a story, and why it is taken for that; None for one that began it."""

    stored: StoredArticle
    why: Resemblance | None


_COVERAGE = (
    select(
        article.c.story_id,
        articles.OUTLETS,
        func.count().label("total"),
        func.sum(case((article.c.kind == ArticleKind.COPY, 1), else_=0)).label("copies"),
    )
    .where(article.c.story_id.in_(bindparam("ids", expanding=True)))
    .group_by(article.c.story_id)
)


def coverage(conn: Connection, ids: Collection[StoryId]) -> dict[StoryId, Coverage]:
    """How far stories have spread; those without articles are left out."""
    rows = (row for chunk in statements.chunks(ids) for row in conn.execute(_COVERAGE, {"ids": chunk}))
    return {row.story_id: Coverage(row.outlets, row.total - row.copies, int(row.copies)) for row in rows}


def recent(conn: Connection, *, since: datetime, least: int, limit: int) -> list[Summary]:
    """Stories of `least` articles or more that something came to since `since`, the latest first."""
    size = func.count().label("size")
    statement = (
        select(story.c.id, story.c.started_at, story.c.latest_at, func.min(article.c.id).label("first"), size)
        .join(article, article.c.story_id == story.c.id)
        .where(story.c.id.in_(select(article.c.story_id).where(article.c.seen_at >= since)))
        .group_by(story.c.id, story.c.started_at, story.c.latest_at)
        .having(size >= least)
        .order_by(story.c.latest_at.desc(), story.c.id.desc())
        .limit(limit)
    )
    rows = conn.execute(statement).all()
    spread = coverage(conn, [row.id for row in rows])
    first = {stored.id: stored for stored in articles.get_many(conn, [row.first for row in rows])}
    return [Summary(row.id, row.started_at, row.latest_at, spread[row.id], first[row.first]) for row in rows]


def get(conn: Connection, story_id: StoryId) -> Summary | None:
    """One story, also by the number of one that was taken into it; None when there is none any more."""
    story_id = merges.resolve(conn, story_id) or story_id
    row = conn.execute(select(story).where(story.c.id == story_id)).first()
    id_ = conn.scalar(select(func.min(article.c.id)).where(article.c.story_id == story_id))
    first = articles.get(conn, id_) if id_ is not None else None
    if row is None or first is None:
        return None
    spread = coverage(conn, [story_id])[story_id]
    taken_in = merges.of_story(conn, story_id)
    return Summary(row.id, row.started_at, row.latest_at, spread, first, taken_in)


def tellers(conn: Connection, story_id: StoryId, *, limit: int) -> list[Teller]:
    """The first articles of a story, in the order of sight, with why each belongs to it."""
    story_id = merges.resolve(conn, story_id) or story_id
    statement = select(article.c.id).where(article.c.story_id == story_id)
    ids: Sequence[ArticleId] = conn.scalars(statement.order_by(article.c.id).limit(limit)).all()
    whys = sketches.explanations(conn, ids)
    return [Teller(stored, whys.get(stored.id)) for stored in articles.get_many(conn, ids)]
