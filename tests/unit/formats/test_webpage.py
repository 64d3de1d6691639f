"""Pages without a feed: articles by CSS selectors."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PollReason
from monitor.formats import webpage
from monitor.formats.source import Page, Unreadable
from monitor.model import Article, Document

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://ministry.example/press/"
PAGE = b"""<!doctype html><html lang="de-AT"><head><title>Press |
 Ministry</title><style>article{}</style></head><body>
<nav><a href="/">Home</a></nav>
<article class="teaser"><time datetime="2026-11-23T09:00:00+01:00">today</time>
  <h2>Oil <b>&amp;</b> gas &lt;b&gt;</h2><p class=lead>Prices <script>track()</script>rise.</p>
  <span class=by>A. Author</span><a href="../news/1#top">more</a></article>
<article class="teaser"><h2>No link here</h2></article>
<article class="teaser"><h2><a href="https://other.example/2?a=1&amp;b=2">Second</a></h2></article>
<a href="/news/3"><article class="teaser" lang=en><h3>Around</h3></article></a>
<article class="teaser"><h2>Again</h2><a href="../news/1#top">more</a></article>
<a class=bare href="/news/4">Bare <i>link</i></a>
</body></html>"""


def read(
    options: dict[str, str], body: bytes = PAGE, content_type: str = "text/html; charset=utf-8"
) -> Document:
    return webpage.create(options)(Page(body, URL, NOW, content_type, "de"))


def test_articles_are_told_by_their_links():
    """What has no link is skipped, what is listed twice is one; languages are inherited."""
    document = read({"item": "article.teaser", "summary": ".lead", "author": ".by"})
    assert document == Document(
        title="Press | Ministry",
        link=URL,
        language="de-AT",
        articles=(
            Article(
                id="https://ministry.example/news/1",
                title="Oil &amp; gas &lt;b&gt;",
                summary="Prices rise.",
                url="https://ministry.example/news/1#top",
                author="A. Author",
                language="de-AT",
                published_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
            ),
            Article(
                id="https://other.example/2?a=1&b=2",
                title="Second",
                url="https://other.example/2?a=1&b=2",
                language="de-AT",
            ),
            Article(
                id="https://ministry.example/news/3",
                title="Around",
                url="https://ministry.example/news/3",
                language="en",
            ),
        ),
        skipped=1,
    )


def test_an_item_may_be_the_link_itself():
    """Then its text is the title."""
    (article,) = read({"item": "a.bare"}).articles
    assert (article.title, article.url) == ("Bare link", "https://ministry.example/news/4")


@pytest.mark.parametrize(
    ("html", "options", "expected"),
    [
        ("<i>23.11.2026 14:05</i>", {"date": "i", "date_format": "%d.%m.%Y %H:%M"}, (14, 5)),
        ("<i>2026-11-23T15:00:00+01:00</i>", {"date": "i"}, (14, 0)),
        ("<i>Mon, 23 Nov 2026 14:10:00 GMT</i>", {"date": "i"}, (14, 10)),
        ("<i data-at='2026-11-23T14:20Z'>x</i>", {"date": "i @data-at"}, (14, 20)),
        ("<time datetime='2026-11-23T14:30Z'>x</time>", {"date": "time"}, (14, 30)),
        ("<i>yesterday</i>", {"date": "i"}, None),
        ("<i>32.11.2026</i>", {"date": "i", "date_format": "%d.%m.%Y"}, None),
    ],
)
def test_dates_are_read_as_the_page_writes_them(html, options, expected):
    """By ISO 8601, a mail's date or the format given; one that cannot be read is no date."""
    (article,) = read({"item": "div", **options}, f"<div><a href=/a>A</a>{html}</div>".encode()).articles
    at = article.published_at
    assert (at and (at.hour, at.minute)) == expected


def test_selectors_may_take_attributes():
    """Of the title and of the link."""
    body = b"<div><b title='The title'>x</b><i data-href='/9'></i></div>"
    (article,) = read({"item": "div", "title": "b @title", "link": "i @data-href"}, body).articles
    assert (article.title, article.url) == ("The title", "https://ministry.example/9")


@pytest.mark.parametrize(
    ("charset", "content_type"),
    [
        ("windows-1251", "text/html; charset=windows-1251"),
        ("utf-8", "text/html"),
        ("utf-8", "x; charset=none"),
    ],
)
def test_the_character_set_is_the_servers_or_the_pages(charset, content_type):
    """And one that does not exist is ignored."""
    body = f"<meta charset={charset}><a href=/1>Новости</a>".encode(charset)
    (article,) = read({"item": "a"}, body, content_type).articles
    assert article.title == "Новости"


@pytest.mark.parametrize(
    ("item", "words"),
    [("div.gone", "`div.gone` selects nothing"), ("h2", "none with a link")],
)
def test_a_page_without_articles_is_a_failure(item, words):
    """A page that was rebuilt must not look like one without news."""
    body = b"<h2>One</h2><h2>Two</h2>" if item == "h2" else PAGE
    with pytest.raises(Unreadable) as caught:
        read({"item": item}, body)
    assert caught.value.reason is PollReason.NO_ARTICLES
    assert words in caught.value.detail


def test_a_base_in_the_page_counts():
    """Links are relative to it."""
    (article,) = read({"item": "a"}, b"<base href='https://cdn.example/x/'><a href=y>t</a>").articles
    assert article.url == "https://cdn.example/x/y"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs `item`"),
        ({"item": "a["}, "`item` is no CSS selector"),
        ({"item": "a", "titel": "b"}, "no option `titel`; it knows item, title"),
        ({"item": "a", "date": "i::first"}, "`date` is no CSS selector"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, words):
    """Before anything is fetched."""
    with pytest.raises(ValueError, match=words.replace("[", r"\[")):
        webpage.create(options)


@given(st.binary(max_size=400))
def test_whatever_comes_is_read_or_refused(noise):
    """Noise raises nothing but what the seam knows."""
    for body in (noise, b"<a href=/x>" + noise):
        with contextlib.suppress(Unreadable):
            assert read({"item": "a"}, body).articles
