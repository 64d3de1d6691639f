"""Articles: kept whole, found by every key, gathered into stories."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.errors import StoreError
from monitor.model import Article, ArticleId, ArticleKind, ArticleRef, FeedId, StoryId
from monitor.store import Store, additions, articles
from monitor.store.articles import Known, StoredArticle
from tests.support.stored import MINUTE, NOW, add_article, add_feeds, keys

FULL = Article(
    id="tag:example.org,2026:1",
    title="Hochwasser in Übersee & <b>mehr</b>",
    summary="<p>洪水</p>",
    content="x" * 100_000,
    url="https://example.org/1?a=b",
    source="Example",
    author="A. Author",
    language="de",
    tags=("flood", "a,b"),
    published_at=NOW - MINUTE,
    updated_at=NOW,
)


def insert(store: Store, feed_id: FeedId, article: Article, key, **options) -> ArticleRef:
    values = {"kind": ArticleKind.NEW, "of": None, "story_id": None, "now": NOW} | options
    return store.write(
        lambda conn: additions.insert(conn, feed_id=feed_id, article=article, keys=key, **values)
    )


def find(store: Store, feed_id: FeedId, *key, since: datetime = NOW - MINUTE) -> Known:
    return store.read(lambda conn: articles.find(conn, feed_id, key, since=since))


def get(store: Store, article_id: ArticleId) -> StoredArticle:
    found = store.read(lambda conn: articles.get(conn, article_id))
    assert found is not None
    return found


def test_an_article_is_kept_whole(store: Store) -> None:
    """Every field comes back as it was stored, with what it was found to be."""
    kept = {f.name for f in fields(FULL)} - {"aliases", "declared"}  # kept as keys
    assert all(getattr(FULL, name) for name in kept), "give every field a value"
    (feed,) = add_feeds(store, "https://example.org/feed")
    first = insert(store, feed.id, FULL, keys())
    copy = insert(
        store, feed.id, FULL, keys("two"), kind=ArticleKind.COPY, of=first.id, story_id=first.story_id
    )
    assert get(store, copy.id) == StoredArticle(
        id=copy.id,
        feed_id=feed.id,
        story_id=first.story_id,
        kind=ArticleKind.COPY,
        of=first.id,
        article=FULL,
        seen_at=NOW,
        changed_at=NOW,
    )
    assert store.read(lambda conn: articles.get(conn, ArticleId(999))) is None


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_instants_come_back_in_utc(store: Store, moment: datetime) -> None:
    """Whatever zone an instant was given in, it comes back as the same instant in UTC."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    ref = insert(store, feed.id, Article("1", published_at=moment), keys())
    found = get(store, ref.id).article.published_at
    assert found == moment
    assert found.tzinfo is UTC


def test_a_naive_instant_is_refused(store: Store) -> None:
    """A time without a zone never gets in, and the error says so."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    with pytest.raises(StoreError, match="needs a time zone"):
        insert(store, feed.id, Article("1", published_at=datetime(2026, 1, 1)), keys())  # noqa: DTZ001
    assert store.read(lambda conn: articles.recent(conn, since=NOW - MINUTE, limit=9)) == []


def test_an_article_is_found_by_each_key(store: Store) -> None:
    """Guid, each address, body and title lead to the article, under the key that was asked for."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    key = keys("one", urls=("a.example/1", "b.example/1"))
    ref = insert(store, feed.id, FULL, key)
    assert ref == ArticleRef(
        ref.id, feed.id, ref.story_id, "content-one", "body-one", "title-one", "Example", NOW
    )
    assert find(store, feed.id, key, keys("unknown")) == Known(
        by_guid={"guid-one": ref},
        by_url={"a.example/1": ref, "b.example/1": ref},
        by_body={"body-one": ref},
        by_title={"title-one": ref},
    )


def test_a_guid_counts_within_its_feed(store: Store) -> None:
    """Two feeds may use the same guid for different articles."""
    one, two = add_feeds(store, "https://one.example/", "https://two.example/")
    mine = insert(store, one.id, FULL, keys())
    assert find(store, two.id, keys()).by_guid == {}
    other = insert(store, two.id, FULL, keys())
    assert find(store, one.id, keys()).by_guid == {"guid-one": mine}
    assert find(store, two.id, keys()).by_guid == {"guid-one": other}


def test_an_address_leads_to_the_feeds_own_article_first(store: Store) -> None:
    """Where copies share an address, each feed finds its own item again, others the first seen."""
    one, two, three = add_feeds(
        store, "https://one.example/", "https://two.example/", "https://three.example/"
    )
    first = insert(store, one.id, FULL, keys())
    second = insert(store, two.id, FULL, keys(), now=NOW + MINUTE)
    url = keys().urls[0]
    assert find(store, one.id, keys()).by_url[url] == first
    assert find(store, two.id, keys()).by_url[url] == second
    assert find(store, three.id, keys()).by_url[url] == first
    assert find(store, three.id, keys()).by_body["body-one"] == first


def test_a_title_counts_for_a_while(store: Store) -> None:
    """A title is found only if its article was first seen since the given time."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    insert(store, feed.id, FULL, keys())
    later = insert(store, feed.id, FULL, replace(keys(), guid="2"), now=NOW + MINUTE)
    assert find(store, feed.id, keys(), since=NOW + MINUTE).by_title == {"title-one": later}
    assert find(store, feed.id, keys(), since=NOW + 2 * MINUTE).by_title == {}


def test_absent_keys_find_nothing(store: Store) -> None:
    """Empty keys mean "has none": they neither match one another nor clash."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    none = replace(keys("x", guid="", urls=("",)), body_hash="", title_hash="")
    first, second = insert(store, feed.id, FULL, none), insert(store, feed.id, FULL, none)
    assert first.id != second.id
    assert find(store, feed.id, none) == Known()


def test_long_keys_are_found_too(store: Store) -> None:
    """An address or guid of any length is a key, and is told from one that differs only at its end."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    long = "example.org/" + "ä" * 50_000
    ref = insert(store, feed.id, FULL, keys(guid=long, urls=(long,)))
    known = find(store, feed.id, keys(guid=long, urls=(long, long + "x")))
    assert known.by_guid == {long: ref}
    assert known.by_url == {long: ref}


def test_many_keys_are_looked_up_at_once(store: Store) -> None:
    """A feed with thousands of entries asks for all of them in one call."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    ref = insert(store, feed.id, FULL, keys("1999"))
    known = find(store, feed.id, *(keys(str(n)) for n in range(2000)))
    assert known.by_guid == {"guid-1999": ref}
    assert known.by_title == {"title-1999": ref}


def test_remembered_articles_are_known(store: Store) -> None:
    """What was just stored counts as found, an edited article in place of what it was."""
    (feed,) = add_feeds(store, "https://example.org/feed")
    known = Known()
    ref = insert(store, feed.id, FULL, keys())
    known.remember(keys(), ref)
    assert known == find(store, feed.id, keys())
    edited = replace(keys(), content_hash="new")
    after = store.write(lambda conn: articles.update(conn, ref, article=FULL, keys=edited, now=NOW))
    known.remember(edited, after)
    assert known == find(store, feed.id, keys())
    copy = insert(store, feed.id, FULL, keys(guid="2"), now=NOW + MINUTE)
    known.remember(keys(guid="2"), copy)
    assert known.by_body == {"body-one": after}, "the first seen stays the original"


def test_one_feed_has_a_guid_once(store: Store) -> None:
    """A second article of the same guid is refused whole: no story, no address of it stays."""
    ref = add_article(store)
    with pytest.raises(StoreError, match="refused"):
        insert(store, ref.feed_id, FULL, keys(urls=("new.example/",)))
    assert find(store, ref.feed_id, keys(urls=("new.example/",))).by_url == {}


def test_an_update_replaces_the_text_and_keeps_the_identity(store: Store) -> None:
    """Text and hashes are new; id, guid, story and first sight stay; old addresses still lead there."""
    ref = add_article(store)
    edited = replace(keys("edited"), guid="another")
    after = store.write(lambda conn: articles.update(conn, ref, article=FULL, keys=edited, now=NOW + MINUTE))
    assert after == replace(
        ref, content_hash="content-edited", body_hash="body-edited", title_hash="title-edited"
    )
    stored = get(store, ref.id)
    assert (stored.article, stored.seen_at, stored.changed_at) == (FULL, NOW, NOW + MINUTE)
    known = find(store, ref.feed_id, replace(keys(), urls=(*keys().urls, *edited.urls)))
    assert set(known.by_url) == {"example.org/one", "example.org/edited"}
    assert known.by_guid == {"guid-one": after}
    assert known.by_body == {}


def test_aliases_are_added_once(store: Store) -> None:
    """Further addresses lead to the article; adding them again does nothing."""
    ref = add_article(store)
    for _ in range(2):
        store.write(lambda conn: articles.add_aliases(conn, ref.id, ["x.example/", "x.example/", ""]))
    assert find(store, ref.feed_id, keys("no", urls=("x.example/",))).by_url == {"x.example/": ref}


def test_an_article_joins_a_story(store: Store) -> None:
    """Without a story a new one begins; with one the article belongs to it."""
    one, two = add_article(store, "one"), add_article(store, "two")
    assert one.story_id != two.story_id
    three = insert(store, one.feed_id, FULL, keys("three"), story_id=one.story_id)
    assert three.story_id == one.story_id
    with pytest.raises(StoreError):
        insert(store, one.feed_id, FULL, keys("four"), story_id=StoryId(999))


def test_outlets_are_counted_by_publisher(store: Store) -> None:
    """Several articles of one source count once; articles without one count by feed."""
    one, two = add_feeds(store, "https://one.example/", "https://two.example/")
    ref = insert(store, one.id, replace(FULL, source="A"), keys("0"))
    sources = [(one, "A"), (two, "A"), (one, "B"), (one, ""), (one, ""), (two, "")]
    for number, (feed, source) in enumerate(sources, start=1):
        article = replace(FULL, source=source)
        insert(store, feed.id, article, keys(str(number)), story_id=ref.story_id)
    assert store.read(lambda conn: articles.count_outlets(conn, ref.story_id)) == 4
    assert store.read(lambda conn: articles.count_outlets(conn, StoryId(999))) == 0


def test_recent_articles_come_latest_first(store: Store) -> None:
    """Within the given times, and of the given feed or story only."""
    one, two = add_feeds(store, "https://one.example/", "https://two.example/")
    refs = [insert(store, (one, two)[n % 2].id, FULL, keys(str(n)), now=NOW + n * MINUTE) for n in range(6)]

    def recent(**options) -> list[ArticleId]:
        values = {"since": NOW, "limit": 9} | options
        return [stored.id for stored in store.read(lambda conn: articles.recent(conn, **values))]

    ids = [ref.id for ref in refs]
    assert recent() == ids[::-1]
    assert recent(limit=2) == [ids[5], ids[4]]
    assert recent(since=NOW + 2 * MINUTE, before=NOW + 4 * MINUTE) == [ids[3], ids[2]]
    assert recent(feed_id=one.id) == [ids[4], ids[2], ids[0]]
    assert recent(story_id=refs[1].story_id) == [ids[1]]
