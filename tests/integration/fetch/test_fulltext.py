"""Texts and addresses off articles' pages, read in a worker process."""

import asyncio

import pytest

from monitor.errors import PollReason
from monitor.fetch import fulltext
from monitor.fetch.outcome import Failed
from monitor.fetch.workers import ParserPool
from monitor.model import Document
from tests.support.articlepage import page

URL = "https://www.news.example/2026/1?utm_source=rss"


def read(body: bytes, content_type: str = "text/html; charset=utf-8") -> Document | Failed:
    async def main() -> Document | Failed:
        pool = ParserPool(memory_limit=768 * 1024 * 1024)
        try:
            return await pool.parse(body, url=URL, content_type=content_type, source=fulltext.NAME)
        finally:
            await pool.close()

    return asyncio.run(main())


def test_the_text_and_the_addresses_of_a_page_are_read():
    """Not its navigation, its notices or its scripts; < and & stay what they were."""
    body = page(
        "Tankers & <pipelines>",
        head="<LINK REL='Canonical' href='/2026/1'><meta property='og:url' content='https://news.example/2026/1'>"
        "<link rel=amphtml href='https://amp.news.example/1'>",
    )
    document = read(body)
    assert isinstance(document, Document), document
    (article,) = document.articles
    assert "Tankers &amp; &lt;pipelines&gt; were seen" in article.content
    assert article.content.startswith("<p>")
    for furniture in ("Home", "cookies", "track("):
        assert furniture not in article.content
    assert (article.url, article.language) == (URL, "en")
    assert article.declared == (
        "https://www.news.example/2026/1",
        "https://news.example/2026/1",
        "https://amp.news.example/1",
    )


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", "text/html", "not readable as HTML"),
        (b"%PDF-1.7", "application/pdf", "not a page but application/pdf"),
        (b"<html><body><form>Log in</form></body></html>", "text/html", "no text in the page"),
        (b"<html><p>Please accept cookies.</p></html>", "text/html", "no text in the page"),
    ],
)
def test_a_page_without_a_text_says_so(body, content_type, words):
    """An empty one, a PDF, a login, a notice."""
    failed = read(body, content_type)
    assert isinstance(failed, Failed)
    assert (failed.reason, words in failed.detail) == (PollReason.NO_TEXT, True), failed


def test_a_home_page_is_nobodys_address():
    """Pages that call their site's front page canonical are common."""
    document = read(page("Tankers", head="<link rel=canonical href='/'>"))
    assert isinstance(document, Document)
    assert document.articles[0].declared == ()


HOSTILE = (b"<div>" * 200_000, b"<p>" + b"&#x110000;<![CDATA[" * 50_000, b"\xff\xfe<" * 99_999)


@pytest.mark.parametrize("body", HOSTILE, ids=["deep", "entities", "broken"])
def test_hostile_markup_ends(body):
    """Depth, entities and broken encodings: a text or a failure, in bounded time."""
    assert isinstance(read(body), Document | Failed)
