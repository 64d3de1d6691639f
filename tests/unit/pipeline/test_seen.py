"""What a feed brought last time needs no second look, and nothing else is passed over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.model import Article, Feed, FeedId, FeedState
from monitor.pipeline.seen import Seen

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATE = FeedState(FeedId(1), Feed("https://a.example/rss"), NOW, first_polled_at=NOW)
OLD = [Article(str(n), f"Title {n}", url=f"https://a.example/{n}", published_at=NOW) for n in range(3)]
NEW = Article("9", "Newest", url="https://a.example/9")


@pytest.fixture
def seen() -> Seen:
    """It has noted the three old articles."""
    made = Seen()
    fresh, marks = made.sift(STATE, OLD)
    assert list(fresh) == OLD
    made.note(STATE, marks)
    return made


def test_only_what_is_new_is_left(seen: Seen) -> None:
    """Equal articles go, whatever their order; new ones stay."""
    again = [replace(article) for article in reversed(OLD)]
    assert list(seen.sift(STATE, [NEW, *again])[0]) == [NEW]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "T"},
        {"content": "x"},
        {"url": "https://a.example/x"},
        {"published_at": None},
        {"tags": ("a",)},
    ],
)
def test_an_article_that_changed_in_anything_stays(seen: Seen, change: dict) -> None:
    """Each field counts: what a change means is decided elsewhere."""
    changed = replace(OLD[1], **change)
    assert list(seen.sift(STATE, [OLD[0], changed, OLD[2]])[0]) == [changed]


def test_what_was_not_noted_stays(seen: Seen) -> None:
    """A commit that failed is not noted, so its articles come again."""
    seen.sift(STATE, [NEW, *OLD])
    assert list(seen.sift(STATE, [NEW, *OLD])[0]) == [NEW]


def test_feeds_do_not_know_each_others_articles(seen: Seen) -> None:
    """The same article of another feed is a copy, which has to be looked at."""
    assert list(seen.sift(replace(STATE, id=FeedId(2)), OLD)[0]) == OLD


def test_a_feed_that_was_never_polled_knows_nothing(seen: Seen) -> None:
    """Its number may be one that a removed feed had."""
    assert list(seen.sift(replace(STATE, first_polled_at=None), OLD)[0]) == OLD


def test_articles_that_share_an_address_are_looked_at_together(seen: Seen) -> None:
    """A new item at the address of an old one would be taken for an update of it if seen alone."""
    twin = replace(NEW, url=OLD[0].url + "?utm_source=rss")
    assert list(seen.sift(STATE, [twin, *OLD])[0]) == [twin, *OLD]


def test_an_overlap_is_one_known_article(seen: Seen) -> None:
    """One is enough; none, another feed's, or those of a feed never polled are no overlap."""
    assert seen.overlaps(STATE, [NEW, OLD[2]])
    assert not seen.overlaps(STATE, [NEW])
    assert not seen.overlaps(replace(STATE, id=FeedId(2)), OLD)
    assert not seen.overlaps(replace(STATE, first_polled_at=None), OLD)


def test_an_address_of_two_articles_is_seen_in_any_poll(seen: Seen) -> None:
    """Also when the addresses of the older ones are remembered by then: both need a look."""
    fresh, marks = seen.sift(STATE, [NEW, *OLD])
    assert list(fresh) == [NEW]
    seen.note(STATE, marks)
    twin = Article("10", "Another", url="https://a.example/1?utm_source=feed")
    assert list(seen.sift(STATE, [twin, NEW, *OLD])[0]) == [twin, NEW, *OLD]
    other = Article("11", "One more", url="https://a.example/11")
    assert list(seen.sift(STATE, [other, NEW, *OLD])[0]) == [other]


def test_articles_of_several_addresses_share_each_of_them(seen: Seen) -> None:
    """One that is reached in two ways is looked for under both."""
    two = Article("9", "Newest", url="https://a.example/9", aliases=("https://b.example/9",))
    fresh, marks = seen.sift(STATE, [two, *OLD])
    assert list(fresh) == [two]
    seen.note(STATE, marks)
    third = Article("10", "Another", url="https://b.example/9")
    assert list(seen.sift(STATE, [third, two, *OLD])[0]) == [third, two, *OLD]
