"""What addresses tell beyond their canonical form."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest

from monitor.dedup import aliases, googlenews, urls
from monitor.dedup.aliases import Declared, Reached
from monitor.dedup.titles import without_outlet
from monitor.model import FeedId, Keys

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LINK = "https://www.a.example/news/storm"


def article_id(address: str, more: bytes = b"\xd2\x01\x00") -> str:
    """An id as Google News made them."""
    inner = address.encode()
    message = b"\x08\x13\x22" + bytes([len(inner)]) + inner + more
    return urlsafe_b64encode(message).decode().rstrip("=")


def test_an_old_google_news_id_holds_the_address() -> None:
    """The link and the article itself have one key."""
    link = f"https://news.google.com/rss/articles/{article_id(LINK)}?oc=5"
    assert urls.canonical(link) == urls.canonical(LINK)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "CBMi",
        "A" * 5000,
        "%%%",
        "CBMi_____",
        article_id("AU_yqLOpaque"),
        article_id(LINK)[:20],
        "é",
        "=" * 9,
    ],
)
def test_other_ids_are_opaque(bad: str) -> None:
    """New ids, broken ids and other bytes give nothing."""
    assert googlenews.decode(bad) == ""


def test_an_opaque_google_news_link_is_its_own_key() -> None:
    """Two of them are two articles until they are resolved."""
    opaque = [f"https://news.google.com/rss/articles/{article_id(f'AU_yqL{n}')}" for n in range(2)]
    assert urls.canonical(opaque[0])
    assert urls.canonical(opaque[0]) != urls.canonical(opaque[1])


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("https://a.example/news/storm-1", Declared(same=("https://a.example/news/storm-1",))),
        ("https://amp.a.example/x", Declared(same=("https://amp.a.example/x",))),
        ("https://b.example/storm", Declared(syndicated_from="b.example/storm")),
        ("https://b.example/", Declared()),
        ("", Declared()),
        ("javascript:void(0)", Declared()),
    ],
)
def test_a_declared_address_is_an_alias_or_a_source(canonical: str, expected: Declared) -> None:
    """On the own site the former, elsewhere the latter; a home page says nothing."""
    assert aliases.declare(LINK, canonical) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("news.example.co.uk", "example.co.uk", True),
        ("one.co.uk", "two.co.uk", False),
        ("a.example.com", "b.example.com", True),
        ("", "", False),
    ],
)
def test_sites_are_told_by_their_registered_name(one: str, other: str, *, same: bool) -> None:
    """Under the common second levels too."""
    assert aliases.is_same_site(one, other) is same


def keys(guid: str, title: str) -> Keys:
    """An article at one address."""
    return Keys(guid=guid, urls=("a.example/x",), body_hash="", title_hash=title, content_hash="")


def arrive(reached: Reached, guid: str, title: str, *, hours: float = 0) -> tuple[str, ...]:
    """The addresses that still count."""
    return reached.without_poisoned(keys(guid, title), FeedId(1), NOW + timedelta(hours=hours)).urls


def test_three_differently_headed_articles_poison_an_address() -> None:
    """For good, as far as it is remembered."""
    reached = Reached()
    assert [arrive(reached, str(n), f"title {n}") for n in range(4)] == [("a.example/x",)] * 2 + [()] * 2
    assert arrive(reached, "0", "title 0", hours=99) == ()


def test_one_article_with_many_headlines_poisons_nothing() -> None:
    """Live pages change theirs all day, and aggregators repeat one headline under many guids."""
    reached = Reached()
    assert all(arrive(reached, "1", f"title {n}") for n in range(9))
    assert all(arrive(reached, str(n), "title 1") for n in range(9))


def test_a_slow_succession_poisons_nothing() -> None:
    """A weekly column at one address."""
    reached = Reached()
    assert all(arrive(reached, str(n), f"title {n}", hours=20.0 * n) for n in range(9))


def test_memory_of_addresses_is_bounded() -> None:
    """The least recently reached are forgotten."""
    reached = Reached(capacity=10)
    for n in range(100):
        reached.without_poisoned(Keys(str(n), (f"a/{n}",), "", "t", ""), FeedId(1), NOW)
    assert len(reached) == 10


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Storm hits the coast of Chile - Reuters", "Storm hits the coast of Chile"),
        ("Storm hits the coast of Chile | The New York Times", "Storm hits the coast of Chile"),
        ("Storm hits coast - five dead - AP News", "Storm hits coast - five dead"),
        ("Storm hits the coast of Chile - five dead", None),
        ("Germany - Spain", None),
        ("Storm in Chile - Reuters", None),
        ("Storm hits the coast of Chile - Category 4", None),
        ("", None),
    ],
)
def test_outlets_are_cut_from_headlines(title: str, headline: str | None) -> None:
    """Only where the rest is a headline and the tail can be a name."""
    assert without_outlet(title) == (title if headline is None else headline)
