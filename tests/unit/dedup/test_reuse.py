"""One address for many articles, and many versions of one article at an address."""

from dataclasses import replace

import pytest

from monitor.dedup import Deduplicator, reuse
from monitor.dedup.reading import read
from monitor.model import Article
from tests.support.newswire import article, first_words, prose

LINK = "https://a.example/latest"


def at_link(title: str, content: str, *, hours: float = 0) -> Article:
    """An article of a feed that gives neither guids nor addresses of their own."""
    return article(LINK, title, content, source="A", url=LINK, hours=hours)


def kinds(*articles: Article) -> list[str]:
    """What each is."""
    deduplicator = Deduplicator()
    return [deduplicator.add(item).kind.value for item in articles]


@pytest.mark.parametrize("words", [12, 200])
def test_different_articles_at_one_address_are_no_edits(words: int) -> None:
    """One after the other, long or short; each is known again, and an edit of a later one is an update."""
    first = at_link("Quake shakes the port of Lima", prose(1, words))
    second = at_link("Parliament votes on fishing quotas", prose(2, words), hours=1)
    third = at_link("Champions lose the cup final", prose(3, words), hours=2)
    edited = replace(second, content=f"{second.content} One word more.")
    found = kinds(first, second, third, second, first, edited)
    assert found == ["new", "new", "new", "duplicate", "duplicate", "update"]


@pytest.mark.parametrize(
    ("title", "content"),
    [
        ("Parliament votes on fishing quotas", prose(1)),
        ("Quake shakes the port of Lima", prose(2)),
        ("Dozens hurt as strong tremor hits Peru's capital", first_words(prose(1), 60) + prose(2)),
        ("Quake shakes Lima, dozens are hurt", prose(2)),
        ("Parliament votes on fishing quotas", ""),
    ],
)
def test_an_edited_article_stays_an_update(title: str, content: str) -> None:
    """A new headline, a new text, or both with something of the old ones left."""
    assert kinds(at_link("Quake shakes the port of Lima", prose(1)), at_link(title, content)) == [
        "new",
        "update",
    ]


def test_a_guid_of_its_own_is_believed() -> None:
    """An item that its feed calls the same is the same, whatever became of it."""
    first = article("guid-1", "Quake shakes the port of Lima", prose(1), source="A", url=LINK)
    changed = replace(first, title="Parliament votes on fishing quotas", content=prose(2))
    assert kinds(first, changed) == ["new", "update"]


def test_a_new_guid_at_the_address_of_another_article_is_new() -> None:
    """The address says that it is the same item; headline and text say that it is not."""
    first = article("guid-1", "Quake shakes the port of Lima", prose(1), source="A", url=LINK)
    other = article("guid-2", "Parliament votes on fishing quotas", prose(2), source="A", url=LINK)
    assert kinds(first, other) == ["new", "new"]


def test_a_live_page_is_one_article_whatever_it_says() -> None:
    """Its blocks come and go."""
    before = read(Article("1", title="Live updates: quake in Lima", content=prose(1)))
    after = read(Article("1", title="Fishing quotas are voted on", content=prose(2)))
    assert not reuse.is_another(before, after)
    assert not reuse.is_another(after, before)
