"""What recognising near-copies and stories asks of the database: hashes, leads, and kept reasons.

Finds candidates; whether one is a copy is decided elsewhere. Hashes are cut to 32 bits, which take
half the room: a chance hit is one candidate more, found out when the texts are compared.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, bindparam, delete, func, select

from monitor.dedup.neardup import Likeness
from monitor.dedup.words import Hashes
from monitor.model import ArticleId, StoryId
from monitor.store import articles, prepared, statements
from monitor.store.statements import AnyRow
from monitor.store.tables import article, poisoned_address, probe, resemblance, sketch, story

MEMORY = timedelta(days=8)  # no rule finds copies over a week old
POISON = timedelta(days=60)  # addresses that identify nothing are forgotten that much later
MOST_POSTINGS = 100  # articles looked at for one hash, the newest: what hundreds have is furniture
_SHIFT, _MIDDLE = np.uint64(32), 1 << 31
_MEMBERS = select(
    article.c.id, article.c.story_id, article.c.published_at, article.c.seen_at, sketch.c.lead
).join(sketch, sketch.c.article_id == article.c.id)
# Made once: putting a statement together costs as much as it.
_OPEN = select(func.coalesce(story.c.into_id, story.c.id)).where(
    story.c.id == bindparam("wanted"), story.c.started_at >= bindparam("since")
)
_POISONED = select(poisoned_address.c.key).where(
    poisoned_address.c.key.in_(bindparam("wanted", expanding=True))
)
_LIKENESS = ("rule", "containment", "jaccard", "numerals", "words", "compared", "gap")


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Why an article was taken for what it is.

    `by`: guid, url, canonical, body, title, wording or story. `nearest` and `score` are of the story
    that it joined, `likeness` of the text that it repeats.
    """

    by: str
    likeness: Likeness | None = None
    nearest: ArticleId | None = None
    score: float | None = None


class Member(NamedTuple):
    """An article that may be a member of an open story, as it was stored."""

    id: ArticleId
    story_id: StoryId
    published_at: datetime | None
    seen_at: datetime
    lead: bytes | None


def lead(conn: Connection, article_id: ArticleId) -> bytes | None:
    """The lead that is kept of an article."""
    found: bytes | None = conn.scalar(select(sketch.c.lead).where(sketch.c.article_id == article_id))
    return found


def remove(conn: Connection, ids: Sequence[ArticleId]) -> None:
    """Make articles findable no longer."""
    for chunk in statements.chunks(ids):
        of_chunk = sketch.c.article_id.in_(chunk)
        kept = conn.execute(select(sketch.c.article_id, sketch.c.probes).where(of_chunk)).all()
        rows = [
            {"of_hash": value, "of_article": row.article_id}
            for row in kept
            for (value,) in struct.iter_unpack("<i", row.probes)
        ]
        if rows:
            ours = (probe.c.hash == bindparam("of_hash")) & (probe.c.article_id == bindparam("of_article"))
            conn.execute(delete(probe).where(ours), rows)
        if kept:
            conn.execute(delete(sketch).where(of_chunk))


def find(conn: Connection, hashes: Hashes) -> list[ArticleId]:
    """The articles that were entered under some of the hashes: each once for each that it shares.

    Cost: one index look-up for each hash, and at most `MOST_POSTINGS` articles for each.
    """
    wanted = cut(hashes)
    if not wanted:
        return []
    statement = _postings(len(wanted), prepared.mark(conn.dialect))
    return [row[0] for row in conn.exec_driver_sql(statement, tuple(wanted)).all()]


@lru_cache(maxsize=256)
def _postings(count: int, mark: str) -> str:
    """In the driver's own words: with so many values, putting the statement together costs as much as it."""
    newest = (
        f"SELECT article_id FROM (SELECT article_id FROM probe WHERE hash = {mark} "  # noqa: S608  (no values)
        f"ORDER BY article_id DESC LIMIT {MOST_POSTINGS}) AS newest_{number}"
        for number in range(count)
    )
    return " UNION ALL ".join(newest)


def prune(conn: Connection, *, before: datetime, limit: int) -> int:
    """Forget the hashes and leads of at most `limit` articles first seen before `before`; how many."""
    old = (
        select(sketch.c.article_id)
        .join(article, article.c.id == sketch.c.article_id)
        .where(article.c.seen_at < before)
        .order_by(sketch.c.article_id)
        .limit(limit)
    )
    ids = list(conn.scalars(old))
    remove(conn, ids)
    conn.execute(delete(poisoned_address).where(poisoned_address.c.poisoned_at < before - POISON))
    return len(ids)


def members_after(
    conn: Connection, article_id: ArticleId | None, *, since: datetime, limit: int
) -> list[Member]:
    """The newest articles behind that one that were first seen since `since`, in the order of their ids."""
    statement = _MEMBERS
    if article_id is not None:
        statement = statement.where(article.c.id > article_id)
    else:
        statement = statement.where(article.c.seen_at >= since)
    rows = conn.execute(statement.order_by(article.c.id.desc()).limit(limit)).all()
    return [Member(*row) for row in reversed(rows)]


def member(conn: Connection, article_id: ArticleId) -> Member | None:
    """One article as such."""
    row = conn.execute(_MEMBERS.where(article.c.id == article_id)).first()
    return None if row is None else Member(*row)


def newest(conn: Connection, *, since: datetime, limit: int) -> list[ArticleId]:
    """The newest articles first seen since `since`, in the order of their ids."""
    statement = select(article.c.id).where(article.c.seen_at >= since)
    return list(conn.scalars(statement.order_by(article.c.id.desc()).limit(limit)))[::-1]


def open_story(conn: Connection, story_id: StoryId, *, since: datetime) -> StoryId | None:
    """The story of this number, or the one that has taken it in, if it was begun since `since`."""
    found: StoryId | None = conn.scalar(_OPEN, {"wanted": story_id, "since": since})
    return found


# --- reasons ----------------------------------------------------------------------------------


def resemblance_values(why: Resemblance) -> dict[str, Any]:
    """Why an article was taken for what it is, by column."""
    like = why.likeness
    values: dict[str, Any] = {"by": why.by, "nearest_id": why.nearest, "score": why.score}
    return values | {name: getattr(like, name) if like else None for name in _LIKENESS}


def explanations(conn: Connection, ids: Iterable[ArticleId]) -> dict[ArticleId, Resemblance]:
    """What `explain` kept of the articles."""
    rows = (
        row
        for chunk in statements.chunks(ids)
        for row in conn.execute(select(resemblance).where(resemblance.c.article_id.in_(chunk)))
    )
    return {row.article_id: _resemblance(row) for row in rows}


def _resemblance(row: AnyRow) -> Resemblance:
    likeness = None
    if row.rule is not None:
        likeness = Likeness(
            containment=row.containment,
            jaccard=row.jaccard,
            numerals=row.numerals,
            words=row.words,
            compared=row.compared,
            gap=row.gap,
            rule=row.rule,
        )
    return Resemblance(row.by, likeness, row.nearest_id, row.score)


# --- poisoned addresses -----------------------------------------------------------------------


def poison(conn: Connection, keys: Iterable[str], *, now: datetime) -> None:
    """From now on these addresses identify nothing."""
    rows = [{"key": articles.bounded(key), "poisoned_at": now} for key in dict.fromkeys(keys)]
    if rows:
        conn.execute(statements.insert(conn, poisoned_address).on_conflict_do_nothing(), rows)


def poisoned(conn: Connection, keys: Iterable[str]) -> set[str]:
    """Those of the addresses that identify nothing."""
    asked = {articles.bounded(key): key for key in keys}
    found: set[str] = set()
    for chunk in statements.chunks(asked):
        found.update(asked[key] for key in conn.scalars(_POISONED, {"wanted": chunk}))
    return found


def cut(hashes: Hashes) -> list[int]:
    """The upper halves of 64 bits, each once, as databases keep them."""
    return list(dict.fromkeys(((hashes >> _SHIFT).astype(np.int64) - _MIDDLE).tolist()))
