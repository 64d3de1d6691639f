"""Addresses of one article share a key; addresses of different articles do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.dedup import urls

ARTICLE = "https://news.example/world/2026/storm-hits-coast"

SAME = [
    ("campaign", f"{ARTICLE}?utm_source=rss&utm_medium=feed&utm_content=a%20b"),
    ("fragment", f"{ARTICLE}#comments"),
    ("scheme", ARTICLE.replace("https", "http")),
    ("default port", ARTICLE.replace("news.example", "news.example:443")),
    ("www", ARTICLE.replace("news.", "www.news.")),
    ("mobile host", ARTICLE.replace("news.", "m.news.")),
    ("amp host", ARTICLE.replace("news.", "amp.news.")),
    ("slash", f"{ARTICLE}/"),
    ("double slash", ARTICLE.replace("/world/", "//world//")),
    ("amp path", f"{ARTICLE}/amp/"),
    ("amp value", f"{ARTICLE}?outputType=amp"),
    ("format=amp", f"{ARTICLE}?format=amp"),
    ("index page", f"{ARTICLE}/index.html"),
    ("dots", ARTICLE.replace("/world/", "/./x/../world/")),
    ("capital host", ARTICLE.replace("news.example", "NEWS.Example.")),
    ("escaped letter", ARTICLE.replace("storm", "%73torm")),
    ("white space", f"  {ARTICLE}\n"),
    ("click ids", f"{ARTICLE}?fbclid=x&gclid=y&mc_cid=1&_hsenc=2"),
    ("marketing ref", f"{ARTICLE}?ref=rss"),
    ("session", f"{ARTICLE};jsessionid=AB12CD"),
    ("google amp", f"https://www.google.com/amp/s/{ARTICLE.removeprefix('https://')}"),
    ("google url", f"https://www.google.com/url?q={ARTICLE}&sa=t"),
    (
        "facebook",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fworld%2F2026%2Fstorm-hits-coast&h=A",
    ),
    (
        "bing",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fnews.example%2fworld%2f2026%2fstorm-hits-coast",
    ),
    ("protocol-relative", ARTICLE.removeprefix("https:")),
    ("amp cache", f"https://news-example.cdn.ampproject.org/c/s/{ARTICLE.removeprefix('https://')}"),
    ("share button", f"{ARTICLE}?share=twitter&partner=rss"),
    ("text fragment", f"{ARTICLE}#:~:text=storm"),
    ("web analytics", f"{ARTICLE}?at_medium=RSS&ns_campaign=x&mbid=social&xtor=RSS-1"),
]

DIFFERENT = [
    ("id", "https://news.example/s?id=1", "https://news.example/s?id=2"),
    ("page", f"{ARTICLE}?page=1", f"{ARTICLE}?page=2"),
    ("language host", "https://en.news.example/a", "https://fr.news.example/a"),
    ("route", "https://news.example/#/story/1", "https://news.example/#/story/2"),
    ("content ref", "https://gov.example/decision?ref=2026-11", "https://gov.example/decision?ref=2026-12"),
    ("port", "https://news.example:8080/a", "https://news.example:8443/a"),
    ("path case", "https://news.example/A1b", "https://news.example/a1B"),
    ("short sid", "https://news.example/story?sid=46487", "https://news.example/story?sid=46488"),
    ("escaped slash", "https://news.example/a%2Fb", "https://news.example/a/b"),
    ("post", "https://news.example/?p=1", "https://news.example/?p=2"),
    ("story id", "https://news.example/s.php?storyId=1", "https://news.example/s.php?storyId=2"),
    ("video", "https://youtube.com/watch?v=a", "https://youtube.com/watch?v=b"),
    ("hash-bang route", "https://news.example/#!/story/1", "https://news.example/#!/story/2"),
    ("search for feeds", "https://news.example/s?q=rss", "https://news.example/s?q=feed"),
    ("title about feeds", "https://news.example/s?title=new-rss", "https://news.example/s?title=old-rss"),
    ("number of a partner", "https://news.example/s?partner=8", "https://news.example/s?partner=9"),
    ("short number", "https://news.example/s?at_id=7", "https://news.example/s?at_id=8"),
    ("google news", "https://news.google.com/articles/CBMiA", "https://news.google.com/articles/CBMiB"),
    (
        "bing",
        "https://www.bing.com/news/apiclick.aspx?url=https%3A%2F%2Fnews.example%2F1",
        "https://www.bing.com/news/apiclick.aspx?url=https%3A%2F%2Fnews.example%2F2",
    ),
    (
        "feedburner",
        "https://feedproxy.google.com/~r/x/~3/abc/",
        "https://feedproxy.google.com/~r/x/~3/abd/",
    ),
    ("empty value", "https://news.example/?print", "https://news.example/?a"),
]


@pytest.mark.parametrize(("name", "address"), SAME, ids=[name for name, _ in SAME])
def test_an_address_in_another_dress_has_the_same_key(name: str, address: str) -> None:
    """Trackers, mirrors, wrappers and spellings do not change the key."""
    assert urls.canonical(address) == urls.canonical(ARTICLE) == ARTICLE.removeprefix("https://")


@pytest.mark.parametrize(("name", "one", "other"), DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_addresses_of_different_articles_keep_different_keys(name: str, one: str, other: str) -> None:
    """What may select another article is never dropped."""
    assert urls.canonical(one) != urls.canonical(other)
    assert urls.canonical(one)
    assert urls.canonical(other)


@pytest.mark.parametrize(
    "address",
    ["", "tag:example,2026:1", "javascript:alert(1)", "ftp://a.example/x", "https://", "https://news.example/",
     "https://news.example", "http://[::1", "https://exa mple:99999/a", "https://" + "ü" * 70 + ".example/a"],
)  # fmt: skip
def test_what_identifies_no_article_has_no_key(address: str) -> None:
    """Home pages, other schemes and broken addresses give the empty key."""
    assert urls.canonical(address) == ""


def test_an_international_host_equals_its_ascii_form() -> None:
    """The host is compared in its ASCII form."""
    assert urls.canonical("https://müller-zeitung.de/brand") == "xn--mller-zeitung-wob.de/brand"


@given(st.text(max_size=80))
def test_any_text_gives_a_key_and_never_an_error(text: str) -> None:
    """Addresses come from the outside: nothing in them may raise."""
    assert isinstance(urls.canonical(text), str)
    assert isinstance(urls.canonical("https://news.example/" + text), str)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["C"]), max_size=60))
def test_the_key_of_a_key_is_the_key(tail: str) -> None:
    """Canonical form is a fixed point."""
    key = urls.canonical("https://news.example/" + tail)
    if key and "#" not in key and not key.startswith("google"):
        assert urls.canonical("https://" + key) == key


def test_the_amp_form_of_a_page_has_its_key() -> None:
    """The mark stands before the suffix."""
    assert urls.canonical("https://news.example/a.amp.html") == urls.canonical("https://news.example/a.html")
