"""Sitemaps: what of them is news."""

import contextlib
import gzip
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PollReason
from monitor.formats import sitemap
from monitor.formats.source import Page, Unreadable
from monitor.model import Article, Document

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://news.example/sitemap.xml"
NEWS = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc>https://news.example/a?x=1&amp;y=2</loc>
    <lastmod>2026-11-23T10:30:00Z</lastmod>
    <image:image><image:title>A picture</image:title></image:image>
    <news:news>
      <news:publication>
        <news:name>Example News</news:name> <news:language>en</news:language>
      </news:publication>
      <news:publication_date>2026-11-23T11:00:00+01:00</news:publication_date>
      <news:title><![CDATA[Russia & Venezuela]]></news:title>
      <news:keywords>oil, trade ,</news:keywords>
    </news:news>
  </url>
  <url><loc>https://news.example/old</loc><lastmod>2026-11-19</lastmod></url>
  <url><loc>/relative</loc></url>
  <url><loc>javascript:alert(1)</loc></url>
</urlset>"""


def page(body: bytes, url: str = URL, language: str = "") -> Page:
    return Page(body, url, NOW, "application/xml", language)


def urlset(*locs: str) -> bytes:
    inside = "".join(f"<url><loc>{loc}</loc></url>" for loc in locs)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</urlset>'.encode()


def index(*rows: tuple[str, str]) -> bytes:
    inside = "".join(
        f"<sitemap><loc>{loc}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</sitemap>" for loc, at in rows
    )
    return (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</sitemapindex>'.encode()
    )


def test_news_are_read_with_all_they_say():
    """Title, date, outlet, language and keywords; an image's title is not the article's."""
    document = sitemap.read(page(NEWS))
    assert document.articles[0] == Article(
        id="https://news.example/a?x=1&y=2",
        title="Russia & Venezuela",
        url="https://news.example/a?x=1&y=2",
        source="Example News",
        language="en",
        tags=("oil", "trade"),
        published_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        updated_at=datetime(2026, 11, 23, 10, 30, tzinfo=UTC),
    )


def test_only_what_is_new_or_undated_is_taken():
    """Four days old is left out; links are made absolute, and what is no web address is skipped."""
    document = sitemap.read(page(NEWS))
    assert [article.url for article in document.articles][1:] == ["https://news.example/relative"]
    assert document.skipped == 1


@pytest.mark.parametrize("body", [NEWS, gzip.compress(NEWS), b"\xef\xbb\xbf" + NEWS, b"\n " + urlset("/a")])
def test_it_is_recognised_by_its_beginning(body):
    """Compressed or not, and whatever its server calls it."""
    assert sitemap.looks_like_one(body)
    assert sitemap.read(page(body)).articles


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"<html><urlset>", b"\x1f\x8bbroken", b'{"urlset": 1}'])
def test_other_things_are_no_sitemap(body):
    """Neither feeds nor pages nor what only looks compressed."""
    assert not sitemap.looks_like_one(body)


def test_an_index_leads_to_the_sitemaps_that_say_news():
    """The latest first; old ones are not worth a visit."""
    rows = [
        ("https://news.example/archive-2019.xml", "2019-01-01"),
        ("https://news.example/pages.xml", "2026-11-23"),
        ("https://news.example/news-2.xml", "2026-11-22T10:00:00Z"),
        ("/news-1.xml.gz", "2026-11-23T10:00:00Z"),
        ("https://news.example/sitemap.xml", "2026-11-23"),
    ]
    assert sitemap.read(page(index(*rows))) == Document(
        further=("https://news.example/news-1.xml.gz", "https://news.example/news-2.xml")
    )


def test_an_index_without_news_leads_to_its_latest():
    """At most ten of them."""
    rows = [(f"https://news.example/{n:02}.xml", f"2026-11-23T{n:02}:00:00Z") for n in range(14)]
    further = sitemap.read(page(index(*rows))).further
    assert len(further) == sitemap.MOST_FURTHER
    assert further[0].endswith("/13.xml")


def test_what_lies_beyond_the_limit_is_counted():
    """Five thousand articles of one document are enough."""
    document = sitemap.read(page(urlset(*(f"/{n}" for n in range(sitemap.MOST_ARTICLES + 7)))))
    assert (len(document.articles), document.skipped) == (sitemap.MOST_ARTICLES, 7)


def test_one_that_breaks_off_keeps_what_was_there():
    """And the missing rest is counted."""
    document = sitemap.read(page(NEWS[: NEWS.index(b"<url><loc>/relative")]))
    assert (len(document.articles), document.skipped) == (1, 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<rss/>", "this is <rss>, not a sitemap"),
        (b"<urlset><url>", "not well-formed at line 1, column 14"),
        (b'<!DOCTYPE u [<!ENTITY a "b">]><urlset/>', "document type"),
        (b"<urlset>" + b"<a>" * 30, "nested more than 20"),
        (b"\x1f\x8b" + b"x" * 40, "not readable as gzip"),
    ],
)
def test_what_cannot_be_read_says_why(body, words):
    """With the place, where there is one."""
    with pytest.raises(Unreadable) as caught:
        sitemap.read(page(body))
    assert words in caught.value.detail


def test_a_bomb_is_not_unpacked():
    """Decompression ends at the protocol's own limit."""
    bomb = zlib.compressobj(wbits=31)
    body = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(60)) + bomb.flush()
    with pytest.raises(Unreadable) as caught:
        sitemap.read(page(body))
    assert caught.value.reason is PollReason.TOO_LARGE


def test_it_takes_no_options():
    """A misspelt option must not be ignored."""
    with pytest.raises(ValueError, match="no option `depth`; it takes none"):
        sitemap.create({"depth": "3"})


@given(st.binary(max_size=300), st.integers(0, len(NEWS)))
def test_whatever_comes_is_read_or_refused(noise, at):
    """Noise within a sitemap raises nothing else."""
    for body in (noise, NEWS[:at] + noise + NEWS[at:], b"<urlset>" + noise):
        with contextlib.suppress(Unreadable):
            assert isinstance(sitemap.read(page(body)), Document)
