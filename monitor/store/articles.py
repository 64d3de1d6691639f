"""Articles, the keys that identify them, and the stories that they tell.

Finds by key and stores; what an article is to earlier ones is decided elsewhere.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    """Earlier articles by the key that one feed asked for; where several share it, the first seen.

    By address, an article of the feed comes before those of other feeds. Feeds that asked together share
    what they know by body and title.
    """

    by_guid: dict[str, ArticleRef] = field(default_factory=dict)
    by_url: dict[str, ArticleRef] = field(default_factory=dict)
    by_body: dict[str, ArticleRef] = field(default_factory=dict)
    by_title: dict[str, ArticleRef] = field(default_factory=dict)

    def remember(self, keys: Keys, ref: ArticleRef) -> None:
        """Add an article of the feed that was just stored, as if it had been found."""
        if keys.guid:
            self.by_guid[keys.guid] = ref
        self.by_url.update(dict.fromkeys(keys.urls, ref))
        for found, key in ((self.by_body, keys.body_hash), (self.by_title, keys.title_hash)):
            if key and found.setdefault(key, ref).id == ref.id:
                found[key] = ref  # an edited article takes the place of what it was

    def meet(self, keys: Keys, ref: ArticleRef) -> None:
        """Add the addresses of an article that another feed has just brought."""
        for url in keys.urls:
            if self.by_url.setdefault(url, ref).id == ref.id:
                self.by_url[url] = ref


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
_BY_GUID = select(*_REF, table.c.guid).where(
    table.c.feed_id.in_(bindparam("feeds", expanding=True)),
    table.c.guid.in_(bindparam("wanted", expanding=True)),
    table.c.guid != "",
)
_BY_URL = _by_key(url_alias.c.key).join(table, table.c.id == url_alias.c.article_id).order_by(*_BY_AGE)
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
    """The earlier articles that share a key with those of one feed; see `find_many`."""
    return find_many(conn, {feed_id: keys}, since=since)[feed_id]


def find_many(
    conn: Connection, asked: Mapping[FeedId, Sequence[Keys]], *, since: datetime
) -> dict[FeedId, Known]:
    """For each feed the earlier articles that share a key with those of it.

    Guids count within the feed, titles only if first seen since `since`. Cost: four index look-ups for
    each key, in a few statements however many keys and feeds there are.
    """
    keys = [one for of_feed in asked.values() for one in of_feed]
    bodies = _first(_look_up(conn, _BY_BODY, (one.body_hash for one in keys)))
    titles = _first(_look_up(conn, _BY_TITLE, (one.title_hash for one in keys), since=since))
    addresses = _look_up(conn, _BY_URL, _urls(keys))
    guids = _look_up_guids(conn, asked)
    return {
        feed_id: Known(
            guids.get(feed_id, {}),
            {url: _own_first(addresses[url], feed_id) for url in _urls(of_feed) if url in addresses},
            bodies,
            titles,
        )
        for feed_id, of_feed in asked.items()
    }


def _look_up(
    conn: Connection, statement: Select[Any], keys: Iterable[str], **given: object
) -> dict[str, list[ArticleRef]]:
    asked = {bounded(key): key for key in keys if key}
    found: dict[str, list[ArticleRef]] = {}
    for chunk in statements.chunks(asked):
        for row in conn.execute(statement, {"wanted": chunk, **given}):
            found.setdefault(asked[row.key], []).append(_ref(row))
    return found


def _first(found: Mapping[str, Sequence[ArticleRef]]) -> dict[str, ArticleRef]:
    return {key: refs[0] for key, refs in found.items()}


def _look_up_guids(
    conn: Connection, asked: Mapping[FeedId, Sequence[Keys]]
) -> dict[FeedId, dict[str, ArticleRef]]:
    """Each guid is looked for in all of the feeds, which is quicker than to ask for each feed."""
    guids = {bounded(one.guid): one.guid for keys in asked.values() for one in keys if one.guid}
    found: dict[FeedId, dict[str, ArticleRef]] = {}
    for chunk in statements.chunks(guids):
        for row in conn.execute(_BY_GUID, {"feeds": list(asked), "wanted": chunk}):
            found.setdefault(row.feed_id, {})[guids[row.guid]] = _ref(row)
    return found


def _own_first(refs: Sequence[ArticleRef], feed_id: FeedId) -> ArticleRef:
    return next((ref for ref in refs if ref.feed_id == feed_id), refs[0])


def _urls(keys: Sequence[Keys]) -> Iterator[str]:
    return (url for one in keys for url in one.urls)


def bounded(key: str) -> str:
    """A key as the tables keep it: what is too long for an index is hashed."""
    if len(key) <= _MAX_KEY:
        return key
    return "blake2b:" + blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def continue_story(conn: Connection, story_id: StoryId, now: datetime) -> StoryId:
    """The story that goes by this number now, which goes on now."""
    story_id = merges.resolve(conn, story_id) or story_id  # it may just have been taken into another
    conn.execute(_CONTINUE_STORY, {"of_story": story_id, "seen_now": now})
    return story_id


def texts(article: Article) -> dict[str, Any]:
    """What an article says, by column."""
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


def hashes(keys: Keys) -> dict[str, str]:
    """The hashes of it, by column."""
    return {
        "content_hash": keys.content_hash,
        "body_hash": keys.body_hash,
        "title_hash": keys.title_hash,
    }


def update(conn: Connection, ref: ArticleRef, *, article: Article, keys: Keys, now: datetime) -> ArticleRef:
    """Replace an article's text and add its new addresses; guid, story and first sight stay.

    Raises NoResultFound when the article is gone.
    """
    values = {**texts(article), **hashes(keys), "changed_at": now}
    before = get(conn, ref.id)
    statement = table.update().where(table.c.id == ref.id).values(values).returning(*_REF)
    row = conn.execute(statement).one()
    add_aliases(conn, ref.id, keys.urls)
    if before is not None:
        fulltext.replace(conn, ref.id, before=before.article, after=article)
    return _ref(row)


def add_aliases(conn: Connection, article_id: ArticleId, url_keys: Iterable[str]) -> None:
    """Further canonical addresses under which the article is found; known ones are left alone."""
    _ALIAS.add_many(conn, alias_rows(article_id, url_keys))


def alias_rows(article_id: ArticleId, url_keys: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of these addresses."""
    return [{"key": bounded(key), "article_id": article_id} for key in dict.fromkeys(url_keys) if key]


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
