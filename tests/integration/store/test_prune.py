"""Old articles and alerts go, what is still needed stays; on both databases."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from monitor.model import Alert, AlertId, AlertKind, Article, ArticleKind, ArticleRef, DeliveryState
from monitor.rules import parse
from monitor.rules.prefilter import necessary
from monitor.store import Store, additions, alerts, articles, fulltext, outbox, tables
from monitor.store.prune import Pruned, prune
from tests.support.stored import NOW, add_feeds, keys

DAY = timedelta(days=1)


def put(store: Store, name: str, *, days: int, dated: bool = True) -> ArticleRef:
    """An article that was seen so many days ago."""
    (feed,) = add_feeds(store, "https://a.example/rss")
    seen_at = NOW - days * DAY
    article = Article(id=name, title=f"{name} whales", published_at=seen_at if dated else None)
    return store.write(
        lambda conn: additions.insert(
            conn,
            feed_id=feed.id,
            article=article,
            keys=keys(name),
            kind=ArticleKind.NEW,
            of=None,
            story_id=None,
            now=seen_at,
        )
    )


def tell(store: Store, ref: ArticleRef, *, days: int) -> AlertId:
    """An alert about it with one delivery."""
    decided_at = NOW - days * DAY
    alert = Alert(AlertId(0), "R", AlertKind.STORY, decided_at, story_id=ref.story_id, article=Article("1"))
    alert_id = store.write(
        lambda conn: alerts.insert(conn, alert, unique_key=f"k{ref.id}", article_id=ref.id)
    )
    assert alert_id is not None
    store.write(
        lambda conn: outbox.enqueue(
            conn,
            alert_id=alert_id,
            channel="c",
            recipient="",
            key=f"d{ref.id}",
            now=decided_at,
            due_at=decided_at,
        )
    )
    return alert_id


def run(store: Store, *, days: int = 90, limit: int = 100) -> Pruned:
    """Remove what is older than so many days."""
    return store.write(
        lambda conn: prune(conn, before=NOW - days * DAY, compared_before=NOW - days * DAY, limit=limit)
    )


def rows(store: Store, name: str) -> int:
    """How many rows a table has."""
    return (
        store.read(lambda conn: conn.scalar(select(func.count()).select_from(tables.metadata.tables[name])))
        or 0
    )


def send(store: Store) -> None:
    """Deliver what is due."""
    lease = timedelta(minutes=1)
    for delivery in store.write(
        lambda conn: outbox.claim(conn, channel="c", now=NOW, limit=9, owner="me", lease=lease)
    ):
        chosen = delivery.id
        store.write(
            lambda conn, chosen=chosen: outbox.finish(  # type: ignore[misc]
                conn,
                chosen,
                owner="me",
                state=DeliveryState.SENT,
                reason=None,
                detail="",
                due_at=None,
                now=NOW,
            )
        )


def test_old_articles_go_with_their_words_and_addresses(store: Store) -> None:
    """Younger ones stay, and are still found."""
    put(store, "old", days=91)
    young = put(store, "young", days=89)
    assert run(store) == Pruned(articles=1, alerts=0)
    wanted = necessary(parse("whales"))
    assert wanted is not None
    assert store.read(lambda conn: fulltext.count(conn, wanted)) == 1
    assert store.read(lambda conn: articles.get(conn, young.id)) is not None
    assert (rows(store, "article"), rows(store, "url_alias"), rows(store, "story")) == (1, 1, 1)


def test_an_article_without_a_date_stays(store: Store) -> None:
    """Otherwise a feed that still lists it would bring it back as new."""
    put(store, "undated", days=400, dated=False)
    assert run(store).total == 0


def test_an_alert_goes_when_its_deliveries_are_done(store: Store) -> None:
    """One that is still to be sent stays, and so does its story."""
    ref = put(store, "old", days=91)
    tell(store, ref, days=91)
    assert run(store) == Pruned(articles=1, alerts=0)
    assert rows(store, "delivery") == 1
    send(store)
    assert run(store) == Pruned(articles=0, alerts=1)
    assert (rows(store, "delivery"), rows(store, "attempt"), rows(store, "story")) == (0, 0, 0)


def test_a_batch_is_bounded_and_the_next_one_goes_on(store: Store) -> None:
    """No more than asked for at a time, the oldest first."""
    for n in range(5):
        put(store, f"a{n}", days=91 + n)
    assert [run(store, limit=2).articles for _ in range(4)] == [2, 2, 1, 0]


def test_a_copys_original_may_go_before_it(store: Store) -> None:
    """The copy keeps its story and forgets whose copy it was."""
    original = put(store, "old", days=91)
    copy = replace(keys("copy"), body_hash=original.body_hash)
    (feed,) = add_feeds(store, "https://a.example/rss")
    kept = store.write(
        lambda conn: additions.insert(
            conn,
            feed_id=feed.id,
            article=Article(id="copy", title="whales", published_at=NOW),
            keys=copy,
            kind=ArticleKind.COPY,
            of=original.id,
            story_id=original.story_id,
            now=NOW,
        )
    )
    assert run(store).articles == 1
    stored = store.read(lambda conn: articles.get(conn, kept.id))
    assert stored is not None
    assert (stored.of, stored.story_id) == (None, original.story_id)
