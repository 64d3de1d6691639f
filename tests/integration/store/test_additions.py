"""Articles that a transaction adds: spoken of before they are written, and all written together."""

from datetime import datetime

import numpy as np
import pytest
from sqlalchemy import Connection, func, select

from monitor.errors import StoreError
from monitor.model import Article, ArticleId, ArticleKind, ArticleRef, FeedId, StoryId
from monitor.rules.prefilter import Word
from monitor.store import Store, articles, fulltext, sketches, tables
from monitor.store.additions import Additions
from monitor.store.sketches import Resemblance
from tests.support.stored import MINUTE, NOW, add_article, add_feeds, keys

HASHES = np.array([7 << 32, 9 << 32, (1 << 64) - 1], dtype=np.uint64)


def add(
    added: Additions,
    feed_id: FeedId,
    name: str,
    *,
    story_id: StoryId | None = None,
    now: datetime = NOW,
) -> ArticleRef:
    """One article."""
    return added.add(
        feed_id=feed_id,
        article=Article(id=name, title=f"Title of {name}"),
        keys=keys(name),
        kind=ArticleKind.NEW,
        of=None,
        story_id=story_id,
        now=now,
    )


def count(conn: Connection) -> int:
    """How many articles are written."""
    return conn.scalar(select(func.count()).select_from(tables.article)) or 0


def test_nothing_is_written_before_its_time(store: Store) -> None:
    """Then all of it is: the articles, their stories, addresses, words, hashes and reasons."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    why = Resemblance("story", nearest=ArticleId(1), score=0.5)

    def write(conn: Connection) -> tuple[ArticleRef, ArticleRef]:
        added = Additions(conn, room=2)
        one = add(added, feed.id, "one")
        two = add(added, feed.id, "two", story_id=one.story_id)
        added.enter(one.id, HASHES, b"lead")
        added.explain(two.id, why)
        assert count(conn) == 0
        added.write()
        added.write()  # there is nothing left
        return one, two

    one, two = store.write(write)
    assert one.story_id == two.story_id
    found = store.read(lambda conn: articles.find(conn, feed.id, [keys("one"), keys("two")], since=NOW))
    assert found.by_guid == {"guid-one": one, "guid-two": two}
    assert set(found.by_url.values()) == {one, two}
    assert store.read(lambda conn: fulltext.count(conn, Word("title"))) == 2
    assert store.read(lambda conn: sketches.find(conn, HASHES)) == 3 * [one.id]
    assert store.read(lambda conn: sketches.lead(conn, one.id)) == b"lead"
    assert store.read(lambda conn: sketches.explanations(conn, [one.id, two.id])) == {two.id: why}


def test_ids_go_on_where_they_were(store: Store) -> None:
    """No id is given twice, by whichever way articles are added, also when more come than expected."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    first = add_article(store, "first")

    def write(conn: Connection) -> list[ArticleRef]:
        added = Additions(conn, room=1)
        refs = [add(added, feed.id, str(number)) for number in range(5)]
        added.write()
        return refs

    refs = [first, *store.write(write), add_article(store, "last")]
    assert len({ref.id for ref in refs}) == len({ref.story_id for ref in refs}) == 7
    assert [ref.id for ref in refs] == sorted(ref.id for ref in refs)


def test_what_is_asked_for_is_written_first(store: Store) -> None:
    """An article or a story that is not written yet is, before the database is asked about it."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    before = add_article(store, "before")

    def write(conn: Connection) -> None:
        added = Additions(conn, room=3)
        one = add(added, feed.id, "one")
        added.settle([before.id])
        added.settle_story(before.story_id)
        assert count(conn) == 1
        added.settle([before.id, one.id])
        assert count(conn) == 2
        two = add(added, feed.id, "two")
        added.settle_story(two.story_id)
        assert count(conn) == 3

    store.write(write)


def test_what_is_not_written_yet_is_found_by_its_hashes(store: Store) -> None:
    """As what is written is, with how many they share; a new version by those of its own alone."""
    (feed,) = add_feeds(store, "https://example.org/feed")

    def write(conn: Connection) -> None:
        added = Additions(conn, room=2)
        one = add(added, feed.id, "one")
        added.enter(one.id, HASHES, None)
        added.write()
        two = add(added, feed.id, "two")
        added.enter(two.id, HASHES[:2], b"lead")
        assert added.find(HASHES) == {one.id: 3, two.id: 2}
        added.enter_again(two.id, HASHES[2:])
        assert added.find(HASHES) == {one.id: 3, two.id: 1}
        added.write()
        assert sorted(sketches.find(conn, HASHES)) == [*3 * [one.id], two.id]
        assert sketches.lead(conn, two.id) == b"lead"

    store.write(write)


def test_an_added_article_continues_its_story(store: Store) -> None:
    """A story that was there before lasts until now."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    before = add_article(store, "before")

    def write(conn: Connection) -> None:
        added = Additions(conn, room=1)
        assert (
            add(added, feed.id, "one", story_id=before.story_id, now=NOW + MINUTE).story_id == before.story_id
        )
        added.write()

    store.write(write)
    latest = select(tables.story.c.latest_at).where(tables.story.c.id == before.story_id)
    assert store.read(lambda conn: conn.scalar(latest)) == NOW + MINUTE


def test_a_guid_is_added_once(store: Store) -> None:
    """The second of one feed is refused, and nothing of the transaction is kept."""
    (feed,) = add_feeds(store, "https://example.org/feed")

    def write(conn: Connection) -> None:
        added = Additions(conn, room=2)
        add(added, feed.id, "one")
        add(added, feed.id, "one")
        added.write()

    with pytest.raises(StoreError):
        store.write(write)
    assert store.read(count) == 0
