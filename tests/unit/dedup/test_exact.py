"""The exact layer tells duplicates, updates, copies and new articles apart."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor import dedup
from monitor.dedup import exact
from monitor.model import Article, ArticleId, ArticleKind, ArticleRef, FeedId, StoryId, Verdict

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BODY = " ".join(f"word{n}" for n in range(60))


@dataclass
class Earlier:
    """The earlier articles, by key."""

    by_guid: dict[str, ArticleRef] = field(default_factory=dict)
    by_url: dict[str, ArticleRef] = field(default_factory=dict)
    by_body: dict[str, ArticleRef] = field(default_factory=dict)
    by_title: dict[str, ArticleRef] = field(default_factory=dict)


def identify(article: Article, earlier: Article, *, same_feed: bool, hours: float = 1) -> Verdict:
    """What `article` is when `earlier` was seen `hours` before."""
    keys = dedup.keys(earlier)
    ref = ArticleRef(
        id=ArticleId(1),
        feed_id=FeedId(1),
        story_id=StoryId(1),
        content_hash=keys.content_hash,
        body_hash=keys.body_hash,
        title_hash=keys.title_hash,
        source=earlier.source,
        seen_at=NOW - timedelta(hours=hours),
    )
    known = Earlier(
        by_guid={keys.guid: ref} if same_feed else {},
        by_url=dict.fromkeys(keys.urls, ref),
        by_body={keys.body_hash: ref} if keys.body_hash else {},
        by_title={keys.title_hash: ref} if keys.title_hash else {},
    )
    return dedup.identify(dedup.keys(article), feed_id=FeedId(1 if same_feed else 2), now=NOW, known=known)


def article(
    guid: str = "1", title: str = "Storm hits the coast", url: str = "https://a.example/1", **rest: str
) -> Article:
    """An article of outlet A."""
    return Article(id=guid, title=title, url=url, **rest)


def test_the_same_item_unchanged_is_a_duplicate() -> None:
    """Same guid, same text."""
    verdict = identify(article(), article(), same_feed=True)
    assert (verdict.kind, verdict.reason) == (ArticleKind.DUPLICATE, "guid")


def test_markup_alone_makes_no_update() -> None:
    """The visible words decide whether an item has changed."""
    verdict = identify(
        article(summary="<p>Roofs &amp; trees</p>"), article(summary="Roofs & trees"), same_feed=True
    )
    assert verdict.kind is ArticleKind.DUPLICATE


def test_a_changed_text_under_the_same_guid_is_an_update() -> None:
    """An edit is not a duplicate: it may match rules that it did not match before."""
    verdict = identify(article(title="Storm hits the coast, two missing"), article(), same_feed=True)
    assert (verdict.kind, verdict.reason) == (ArticleKind.UPDATE, "guid")


def test_a_new_guid_at_the_same_address_is_the_same_item() -> None:
    """Feeds that mint a new guid at each poll do not repeat their articles."""
    verdict = identify(article(guid="2"), article(), same_feed=True)
    assert (verdict.kind, verdict.reason) == (ArticleKind.DUPLICATE, "url")


def test_a_tracking_address_in_another_feed_is_a_copy() -> None:
    """The address key sees through campaign parameters."""
    verdict = identify(
        article(guid="x", url="http://www.a.example/1?utm_source=b"), article(), same_feed=False
    )
    assert (verdict.kind, verdict.reason) == (ArticleKind.COPY, "url")


def test_the_same_body_elsewhere_is_a_copy_at_any_age() -> None:
    """Forty equal words identify a text, whatever stands above it."""
    other = article(guid="x", title="Coast hit by storm tonight", url="https://b.example/9", content=BODY)
    verdict = identify(other, article(content=BODY), same_feed=False, hours=500)
    assert (verdict.kind, verdict.reason) == (ArticleKind.COPY, "body")


def test_the_same_headline_elsewhere_is_a_copy_for_some_hours() -> None:
    """A headline of four words or more identifies an event for less than a day."""
    other = article(guid="x", url="https://b.example/9")
    assert identify(other, article(), same_feed=False).reason == "title"
    assert identify(other, article(), same_feed=False, hours=23).kind is ArticleKind.NEW


def test_the_same_headline_over_another_body_is_new() -> None:
    """Two different full texts under one headline are two articles."""
    other = article(guid="x", url="https://b.example/9", content=BODY.replace("word", "other"))
    assert identify(other, article(content=BODY), same_feed=False).kind is ArticleKind.NEW


def test_a_short_headline_identifies_nothing() -> None:
    """ "Breaking news" is not an event."""
    other = article(guid="x", title="Breaking news", url="https://b.example/9")
    assert identify(other, article(title="Breaking news"), same_feed=False).kind is ArticleKind.NEW


def test_a_huge_guid_is_hashed() -> None:
    """Keys stay small whatever a feed sends."""
    assert len(dedup.keys(article(guid="g" * 1_000_000)).guid) == 32


def test_an_address_of_several_different_items_identifies_none() -> None:
    """Two guids with two titles at one address: no key. Two guids with one title: the same item twice."""
    one = dedup.keys(Article("1", title="Outage of the mail service", url="https://status.example/history"))
    two = dedup.keys(Article("2", title="Outage of the web shop", url="https://status.example/history"))
    twin = dedup.keys(Article("3", title="Outage of the mail service", url="https://status.example/history"))
    assert [keys.urls for keys in exact.tell_apart([one, two])] == [(), ()]
    assert exact.tell_apart([one, twin]) == [one, twin]
