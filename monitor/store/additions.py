"""Articles that one transaction adds: their rows are gathered, and written together.

Statements that run for each article cost more than what the database does for it. So ids are reserved
beforehand, by which an article can be spoken of before it is written; whoever asks the database about
one that may be among them calls `settle` first. What is not written when the transaction ends is lost.
"""

import struct
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, Table, text

from monitor.dedup.words import Hashes
from monitor.model import Article, ArticleId, ArticleKind, ArticleRef, FeedId, Keys, StoryId
from monitor.rules.prefilter import index_words
from monitor.store import articles, fulltext, prepared, sketches
from monitor.store.sketches import Resemblance
from monitor.store.tables import article as table
from monitor.store.tables import probe, resemblance, sketch, story, url_alias

# In the order in which they refer to one another.
_STORIES = prepared.Insert(story, ["id", "started_at", "latest_at"])
_ARTICLES = prepared.Insert(table, [column.name for column in table.c])
_ALIASES = prepared.Insert(url_alias, ["key", "article_id"], if_new=True)
_SKETCHES = prepared.Insert(sketch, ["article_id", "probes", "lead"])
_PROBES = prepared.Insert(probe, ["hash", "article_id"])
_REASONS = prepared.Insert(resemblance, [column.name for column in resemblance.c])
_LAST = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_NEXT = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :room)")
_TABLES = (_STORIES, _ARTICLES, _ALIASES, _SKETCHES, _REASONS)


def _numbers(conn: Connection, table: Table, room: int) -> Iterator[int]:
    """Ids that nobody else is given. SQLite has one writer, which is this transaction."""
    if conn.dialect.name == "sqlite":
        last = conn.scalar(_LAST, {"name": table.name})
        yield from count((last or 0) + 1)
    while True:
        yield from conn.scalars(_NEXT, {"name": table.name, "room": room}).all()


class Additions:
    """What a transaction adds, as far as it is not written yet. For one connection and one thread."""

    def __init__(self, conn: Connection, *, room: int) -> None:
        """`room`: how many articles are expected; there may be more."""
        self.conn = conn
        self._rows: dict[prepared.Insert, list[dict[str, Any]]] = {into: [] for into in _TABLES}
        self._probes: list[tuple[int, ArticleId]] = []
        self._words: list[tuple[ArticleId, Collection[str]]] = []
        self._ids, self._story_ids = _numbers(conn, table, room), _numbers(conn, story, room)
        self._pending: set[ArticleId] = set()
        self._stories: set[StoryId] = set()
        self._found_by: dict[int, list[ArticleId]] = {}

    def add(
        self,
        *,
        feed_id: FeedId,
        article: Article,
        keys: Keys,
        kind: ArticleKind,
        of: ArticleId | None,
        story_id: StoryId | None,
        now: datetime,
        words: Collection[str] | None = None,
    ) -> ArticleRef:
        """A new article, its addresses, and a new story when `story_id` is None.

        `words` are those that it is found by, see `index_words`, where they are known. What the database
        refuses is raised as it is written: IntegrityError (StoreError to whoever waits) when the feed
        already has an article of that guid.
        """
        id_ = ArticleId(next(self._ids))
        story_id = self._begin_story(now) if story_id is None else self._continue_story(story_id, now)
        hashes = articles.hashes(keys)
        self._rows[_ARTICLES].append(
            {
                **articles.texts(article),
                **hashes,
                "id": id_,
                "feed_id": feed_id,
                "guid": articles.bounded(keys.guid),
                "kind": kind,
                "of_id": of,
                "story_id": story_id,
                "seen_at": now,
                "changed_at": now,
            }
        )
        self._rows[_ALIASES] += articles.alias_rows(id_, keys.urls)
        self._words.append((id_, index_words(article) if words is None else words))
        self._pending.add(id_)
        return ArticleRef(
            id=id_, feed_id=feed_id, story_id=story_id, source=article.source, seen_at=now, **hashes
        )

    def _begin_story(self, now: datetime) -> StoryId:
        id_ = StoryId(next(self._story_ids))
        self._rows[_STORIES].append({"id": id_, "started_at": now, "latest_at": now})
        self._stories.add(id_)
        return id_

    def _continue_story(self, story_id: StoryId, now: datetime) -> StoryId:
        return story_id if story_id in self._stories else articles.continue_story(self.conn, story_id, now)

    def enter(self, article_id: ArticleId, hashes: Hashes, lead: bytes | None) -> None:
        """Make an added article findable under these 64-bit hashes, see `find`, and keep its lead."""
        values = sketches.cut(hashes)
        self._probes += [(value, article_id) for value in values]
        packed = struct.pack(f"<{len(values)}i", *values)
        self._rows[_SKETCHES].append({"article_id": article_id, "probes": packed, "lead": lead})
        for value in values:
            self._found_by.setdefault(value, []).append(article_id)

    def enter_again(self, article_id: ArticleId, hashes: Hashes) -> None:
        """The same for a new version of an article, which is found under the earlier hashes no longer."""
        self.settle([article_id])
        lead = sketches.lead(self.conn, article_id)
        sketches.remove(self.conn, [article_id])
        self.enter(article_id, hashes, lead)

    def explain(self, article_id: ArticleId, why: Resemblance) -> None:
        """Keep why an added article was taken for what it is."""
        self._rows[_REASONS].append({"article_id": article_id, **sketches.resemblance_values(why)})

    def find(self, hashes: Hashes) -> Counter[ArticleId]:
        """The articles, written or not, that were entered under some of the hashes; see `sketches.find`."""
        found = Counter(sketches.find(self.conn, hashes))
        for value in self._found_by.keys() & sketches.cut(hashes):
            found.update(self._found_by[value])
        return found

    def settle(self, ids: Iterable[ArticleId]) -> None:
        """Write if one of these articles is not written yet."""
        if not self._pending.isdisjoint(ids):
            self.write()

    def settle_story(self, id_: StoryId) -> None:
        """Write if this story is not written yet."""
        if id_ in self._stories:
            self.write()

    def write(self) -> None:
        """Write all that was gathered."""
        for into, rows in self._rows.items():
            into.add_many(self.conn, rows)
            rows.clear()
        _PROBES.add_plain(self.conn, sorted(self._probes))
        fulltext.enter(self.conn, self._words)
        for gathered in (self._probes, self._words, self._pending, self._stories, self._found_by):
            gathered.clear()


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
    """Store one article; see `Additions.add`."""
    added = Additions(conn, room=1)
    ref = added.add(feed_id=feed_id, article=article, keys=keys, kind=kind, of=of, story_id=story_id, now=now)
    added.write()
    return ref
