"""Articles, the keys that identify them, and the stories that they tell.

Finds by key and stores; what an article is to earlier ones is decided elsewhere.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, func, select

from monitor.model import Article, ArticleId, ArticleKind, ArticleRef, FeedId, Keys, StoryId
from monitor.store import fulltext, merges, prepared, statements
from monitor.store.statements import AnyRow
from monitor.store.tables import article as table
from monitor.store.tables import story, url_alias

_MAX_KEY = 300  # characters; PostgreSQL's indexes refuse entries of some 2,700 bytes


@dataclass(frozen=True, slots=True)
class Known:
    """Earlier articles by the key that was asked for; where several share it, the first seen.

    By address, an article of the feed asked for comes before those of other feeds.
    """

    by_guid: dict[str, ArticleRef] = field(default_factory=dict)
    by_url: dict[str, ArticleRef] = field(default_factory=dict)
    by_body: dict[str, ArticleRef] = field(default_factory=dict)
    by_title: dict[str, ArticleRef] = field(default_factory=dict)

    def remember(self, keys: Keys, ref: ArticleRef) -> None:
        """Add an article just stored, of the feed asked for, as if it had been found."""
        if keys.guid:
            self.by_guid[keys.guid] = ref
        self.by_url.update(dict.fromkeys(keys.urls, ref))
        for found, key in ((self.by_body, keys.body_hash), (self.by_title, keys.title_hash)):
            if key and found.setdefault(key, ref).id == ref.id:
                found[key] = ref  # an edited article takes the place of what it was


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with what the store knows of it."""

    id: ArticleId
    feed_id: FeedId
    story_id: StoryId
    kind: ArticleKind
    of: ArticleId | None  # the earlier article that it is a copy or a further issue of
    article: Article
    seen_at: datetime
    changed_at: datetime  # when its text last changed; `seen_at` when it never did


_REF = (
    table.c.id,
    table.c.feed_id,
    table.c.story_id,
    table.c.content_hash,
    table.c.body_hash,
    table.c.title_hash,
    table.c.source,
    table.c.seen_at,
)


# Made once: building a statement takes as long as the database takes for it.
_INSERT = prepared.Insert(table, [column.name for column in table.c if column.name != "id"], id_="id")
_BEGIN_STORY = prepared.Insert(story, ["started_at", "latest_at"], id_="id")
_ALIAS = prepared.Insert(url_alias, ["key", "article_id"], if_new=True)
_CONTINUE_STORY = (
    story.update()
    .where(story.c.id == bindparam("of_story"), story.c.latest_at < bindparam("seen_now"))
    .values(latest_at=bindparam("seen_now"))
)
_BY_ID = select(table).where(table.c.id == bindparam("wanted"))
_BY_IDS = select(table).where(table.c.id.in_(bindparam("wanted", expanding=True)))
_REFS_BY_IDS = select(*_REF).where(table.c.id.in_(bindparam("wanted", expanding=True)))


def _by_key(key: Any) -> Select[Any]:
    return select(key.label("key"), *_REF).where(key.in_(bindparam("wanted", expanding=True)))


# Articles of one story: how many outlets. Feeds that name no outlet count as one each.
OUTLETS: ColumnElement[int] = (
    func.count(case((table.c.source != "", table.c.source)).distinct())
    + func.count(case((table.c.source == "", table.c.feed_id)).distinct())
).label("outlets")
_OUTLETS_OF = (
    select(table.c.story_id, OUTLETS)
    .where(table.c.story_id.in_(bindparam("stories", expanding=True)))
    .group_by(table.c.story_id)
)
_BY_AGE = (table.c.seen_at, table.c.id)
_BY_GUID = _by_key(table.c.guid).where(table.c.feed_id == bindparam("feed"), table.c.guid != "")
_BY_URL = (
    _by_key(url_alias.c.key)
    .join(table, table.c.id == url_alias.c.article_id)
    .order_by(table.c.feed_id != bindparam("feed"), *_BY_AGE)
)
_BY_BODY = _by_key(table.c.body_hash).where(table.c.body_hash != "").order_by(*_BY_AGE)
_BY_TITLE = (
    _by_key(table.c.title_hash)
    .where(table.c.title_hash != "", table.c.seen_at >= bindparam("since"))
    .order_by(*_BY_AGE)
)

_TURN = 0x6E657773  # "news": the number of the lock below


def take_turn(conn: Connection) -> None:
    """Wait until no other daemon is between finding and storing articles; others wait until this commits.

    Two that store the same news at the same moment would not see each other, and tell it twice. SQLite
    has one writer anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_TURN)))


def find(conn: Connection, feed_id: FeedId, keys: Sequence[Keys], *, since: datetime) -> Known:
    """The earlier articles that share a key: guids within the feed, titles only if first seen since `since`.

    Cost: four index look-ups per key, in a few statements however many keys there are.
    """
    return Known(
        by_guid=_look_up(conn, _BY_GUID, (k.guid for k in keys), feed=feed_id),
        by_url=_look_up(conn, _BY_URL, (u for k in keys for u in k.urls), feed=feed_id),
        by_body=_look_up(conn, _BY_BODY, (k.body_hash for k in keys)),
        by_title=_look_up(conn, _BY_TITLE, (k.title_hash for k in keys), since=since),
    )


def _look_up(
    conn: Connection, statement: Select[Any], keys: Iterable[str], **given: object
) -> dict[str, ArticleRef]:
    asked = {bounded(key): key for key in keys if key}
    found: dict[str, ArticleRef] = {}
    for chunk in statements.chunks(asked):
        for row in conn.execute(statement, {"wanted": chunk, **given}):
            found.setdefault(asked[row.key], _ref(row))
    return found


def bounded(key: str) -> str:
    """A key as the tables keep it: what is too long for an index is hashed."""
    if len(key) <= _MAX_KEY:
        return key
    return "blake2b:" + blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def insert(
    conn: Connection,
    *,
    feed_id: FeedId,
    article: Article,
    keys: Keys,
    kind: ArticleKind,
    of: ArticleId | None,
    story_id: StoryId | None,
    now: datetime,
) -> ArticleRef:
    """Store a new article, its addresses, and a new story when `story_id` is None.

    Raises IntegrityError (StoreError to whoever waits) when the feed already has one of that guid.
    """
    story_id = _begin_story(conn, now) if story_id is None else _continue_story(conn, story_id, now)
    values = {
        **_texts(article),
        **_hashes(keys),
        "feed_id": feed_id,
        "guid": bounded(keys.guid),
        "kind": kind,
        "of_id": of,
        "story_id": story_id,
        "seen_at": now,
        "changed_at": now,
    }
    id_ = ArticleId(_INSERT.add(conn, values))
    add_aliases(conn, id_, keys.urls)
    fulltext.add(conn, [(id_, article)])
    return ArticleRef(
        id=id_, feed_id=feed_id, story_id=story_id, source=article.source, seen_at=now, **_hashes(keys)
    )


def _begin_story(conn: Connection, now: datetime) -> StoryId:
    return StoryId(_BEGIN_STORY.add(conn, {"started_at": now, "latest_at": now}))


def _continue_story(conn: Connection, story_id: StoryId, now: datetime) -> StoryId:
    story_id = merges.resolve(conn, story_id) or story_id  # it may just have been taken into another
    conn.execute(_CONTINUE_STORY, {"of_story": story_id, "seen_now": now})
    return story_id


def _texts(article: Article) -> dict[str, Any]:
    return {
        "external_id": article.id,
        "url": article.url,
        "title": article.title,
        "summary": article.summary,
        "content": article.content,
        "source": article.source,
        "author": article.author,
        "language": article.language,
        "tags": list(article.tags),
        "published_at": article.published_at,
        "updated_at": article.updated_at,
    }


def _hashes(keys: Keys) -> dict[str, str]:
    return {
        "content_hash": keys.content_hash,
        "body_hash": keys.body_hash,
        "title_hash": keys.title_hash,
    }


def update(conn: Connection, ref: ArticleRef, *, article: Article, keys: Keys, now: datetime) -> ArticleRef:
    """Replace an article's text and add its new addresses; guid, story and first sight stay.

    Raises NoResultFound when the article is gone.
    """
    values = {**_texts(article), **_hashes(keys), "changed_at": now}
    before = get(conn, ref.id)
    statement = table.update().where(table.c.id == ref.id).values(values).returning(*_REF)
    row = conn.execute(statement).one()
    add_aliases(conn, ref.id, keys.urls)
    if before is not None:
        fulltext.replace(conn, ref.id, before=before.article, after=article)
    return _ref(row)


def add_aliases(conn: Connection, article_id: ArticleId, url_keys: Iterable[str]) -> None:
    """Further canonical addresses under which the article is found; known ones are left alone."""
    rows = [{"key": bounded(key), "article_id": article_id} for key in dict.fromkeys(url_keys) if key]
    _ALIAS.add_many(conn, rows)


def get_many(conn: Connection, ids: Sequence[ArticleId]) -> list[StoredArticle]:
    """Those of the articles that are there, in the order asked for."""
    found: dict[ArticleId, StoredArticle] = {}
    for chunk in statements.chunks(ids):
        found |= {row.id: _stored(row) for row in conn.execute(_BY_IDS, {"wanted": chunk})}
    return [found[id_] for id_ in ids if id_ in found]


def get_refs(conn: Connection, ids: Sequence[ArticleId]) -> dict[ArticleId, ArticleRef]:
    """Those of the articles that are there, as deduplication sees them."""
    rows = (row for chunk in statements.chunks(ids) for row in conn.execute(_REFS_BY_IDS, {"wanted": chunk}))
    return {row.id: _ref(row) for row in rows}


def get(conn: Connection, article_id: ArticleId) -> StoredArticle | None:
    """One article by its id."""
    row = conn.execute(_BY_ID, {"wanted": article_id}).first()
    return None if row is None else _stored(row)


def recent(
    conn: Connection,
    *,
    since: datetime,
    limit: int,
    before: datetime | None = None,
    feed_id: FeedId | None = None,
    story_id: StoryId | None = None,
) -> list[StoredArticle]:
    """Articles first seen since `since` (and before `before`), the latest first."""
    statement = select(table).where(table.c.seen_at >= since)
    if before is not None:
        statement = statement.where(table.c.seen_at < before)
    if feed_id is not None:
        statement = statement.where(table.c.feed_id == feed_id)
    if story_id is not None:
        statement = statement.where(table.c.story_id == story_id)
    statement = statement.order_by(table.c.seen_at.desc(), table.c.id.desc()).limit(limit)
    return [_stored(row) for row in conn.execute(statement)]


def count_outlets(conn: Connection, story_id: StoryId) -> int:
    """How many publishers tell the story: distinct sources; an article without one counts as its feed."""
    return count_outlets_of(conn, [story_id]).get(story_id, 0)


def count_outlets_of(conn: Connection, story_ids: Collection[StoryId]) -> dict[StoryId, int]:
    """`count_outlets` of many stories; those without articles are left out."""
    found: dict[StoryId, int] = {}
    for part in statements.chunks(story_ids):
        found |= {row.story_id: row.outlets for row in conn.execute(_OUTLETS_OF, {"stories": part})}
    return found


def _ref(row: AnyRow) -> ArticleRef:
    return ArticleRef(
        id=row.id,
        feed_id=row.feed_id,
        story_id=row.story_id,
        content_hash=row.content_hash,
        body_hash=row.body_hash,
        title_hash=row.title_hash,
        source=row.source,
        seen_at=row.seen_at,
    )


def _stored(row: AnyRow) -> StoredArticle:
    return StoredArticle(
        id=row.id,
        feed_id=row.feed_id,
        story_id=row.story_id,
        kind=row.kind,
        of=row.of_id,
        article=_article(row),
        seen_at=row.seen_at,
        changed_at=row.changed_at,
    )


def _article(row: AnyRow) -> Article:
    return Article(
        id=row.external_id,
        title=row.title,
        summary=row.summary,
        content=row.content,
        url=row.url,
        source=row.source,
        author=row.author,
        language=row.language,
        tags=tuple(row.tags),
        published_at=row.published_at,
        updated_at=row.updated_at,
    )
