"""Short ways to put things into a store, for tests that are about something else."""

from datetime import UTC, datetime, timedelta

from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    Article,
    ArticleKind,
    ArticleRef,
    Delivery,
    Feed,
    FeedState,
    Keys,
)
from monitor.store import Store, additions, alerts, feeds, outbox

NOW = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)  # just before a change of clocks
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)


def keys(name: str = "one", *, guid: str | None = None, urls: tuple[str, ...] | None = None) -> Keys:
    """Keys that differ for each name."""
    return Keys(
        guid=f"guid-{name}" if guid is None else guid,
        urls=(f"example.org/{name}",) if urls is None else urls,
        body_hash=f"body-{name}",
        title_hash=f"title-{name}",
        content_hash=f"content-{name}",
    )


def add_feeds(store: Store, *urls: str, now: datetime = NOW) -> list[FeedState]:
    """Configure feeds; their states in the order given."""
    store.write(lambda conn: feeds.sync(conn, [Feed(url) for url in urls], now=now))
    states = {state.feed.url: state for state in store.read(feeds.states)}
    return [states[url] for url in urls]


def add_article(store: Store, name: str = "one", *, now: datetime = NOW) -> ArticleRef:
    """An article of the first feed, made if there is none, in a story of its own."""
    known = store.read(feeds.states)
    feed = known[0] if known else add_feeds(store, "https://example.org/feed")[0]
    return store.write(
        lambda conn: additions.insert(
            conn,
            feed_id=feed.id,
            article=Article(id=name, title=f"Title of {name}", source="Example"),
            keys=keys(name),
            kind=ArticleKind.NEW,
            of=None,
            story_id=None,
            now=now,
        )
    )


def add_alert(store: Store, key: str = "alert", *, rule: str = "floods", now: datetime = NOW) -> AlertId:
    """A notice, which needs nothing else."""
    alert = Alert(AlertId(0), rule, AlertKind.NOTICE, now, headline="Something happened")
    id_ = store.write(lambda conn: alerts.insert(conn, alert, unique_key=key))
    assert id_ is not None
    return id_


def add_delivery(
    store: Store,
    key: str = "delivery",
    *,
    alert_id: AlertId | None = None,
    channel: str = "mail",
    due_at: datetime = NOW,
    now: datetime = NOW,
) -> None:
    """A pending delivery, of an alert of its own unless one is given."""
    id_ = add_alert(store, f"alert of {key}") if alert_id is None else alert_id
    added = store.write(
        lambda conn: outbox.enqueue(
            conn, alert_id=id_, channel=channel, recipient="desk", key=key, now=now, due_at=due_at
        )
    )
    assert added


def claim(
    store: Store, *, channel: str = "mail", now: datetime = NOW, limit: int = 10, owner: str = "me"
) -> list[Delivery]:
    """Claim due deliveries with the usual lease."""
    return store.write(
        lambda conn: outbox.claim(conn, channel=channel, now=now, limit=limit, owner=owner, lease=LEASE)
    )
