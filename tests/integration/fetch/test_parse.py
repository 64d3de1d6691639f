"""Documents and the articles that they are read as."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import dedup
from monitor.errors import PollReason
from monitor.fetch.parse import Failed, parse_document
from monitor.model import Article
from tests.support import feeds

DATA = Path(__file__).parents[2] / "data" / "feeds"
DOCUMENTS = sorted(path for path in DATA.iterdir() if not path.name.endswith(".expected.jsonl"))
URL = "https://feeds.example/dir/feed"


def articles(body: bytes, *, content_type: str = "", language: str = "") -> tuple[Article, ...]:
    document = parse_document(body, url=URL, content_type=content_type, feed_language=language)
    assert not isinstance(document, Failed), document
    return document.articles


def only(item: str, **options: str) -> Article:
    (article,) = articles(feeds.rss(item), **options)
    return article


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_are_read_as_expected(path):
    """Each document beside the articles that it holds, key by key."""
    expected = path.with_name(path.name + ".expected.jsonl").read_text().splitlines()
    found = [article.to_dict() for article in articles(path.read_bytes())]
    assert found == [json.loads(line) for line in expected]


def test_the_document_itself_is_described():
    """Title, home page, language, ttl, and how many entries were empty."""
    document = parse_document((DATA / "rss20.xml").read_bytes(), url=URL)
    assert (document.title, document.link, document.language) == (
        "Example Agency",
        "https://example.org/",
        "en-gb",
    )
    assert (document.hints.ttl, document.skipped) == (timedelta(hours=1), 1)


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [
        ("60", timedelta(hours=1)),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("9" * 40, None),
        ("999999", timedelta(days=7)),
    ],
)
def test_ttl_is_minutes_within_reason(ttl, expected):
    """Nonsense is no ttl; a week is the most."""
    assert parse_document(feeds.rss(channel=f"<ttl>{ttl}</ttl>"), url=URL).hints.ttl == expected


@pytest.mark.parametrize(
    ("body", "content_type", "reason", "words"),
    [
        (b"", "", PollReason.EMPTY, "empty"),
        (b"<!DOCTYPE html><html><head><title>Log in</title>", "text/html", PollReason.NOT_A_FEED, "web page"),
        (b"hello", "text/plain", PollReason.NOT_A_FEED, "neither"),
        (b'{"error": "no"}', "application/json", PollReason.NOT_A_FEED, "JSON"),
        (b'{"items": [', "application/json", PollReason.BROKEN, "line 1"),
        (b"<rss><channel><title>x", "", PollReason.BROKEN, "line 1"),
        (
            b"<?xml version='1.0'?>\n<rss>\n<channel></rss>",
            "",
            PollReason.BROKEN,
            "line 3, column 12: mismatched tag",
        ),
        (b"<x><item>", "", PollReason.BROKEN, "not well-formed"),
        (b"<x><channel/></x>", "", PollReason.NOT_A_FEED, "neither"),
    ],
)
def test_what_is_no_feed_is_told(body, content_type, reason, words):
    """The reason is the finest that fits, the place is that of the document itself."""
    failed = parse_document(body, url=URL, content_type=content_type)
    assert isinstance(failed, Failed)
    assert failed.reason is reason
    assert words in failed.detail


@pytest.mark.parametrize(
    "body", [b"<rss version='2.0'><channel/></rss>", b"<feed xmlns='http://www.w3.org/2005/Atom'/>"]
)
def test_a_feed_without_entries_is_a_feed(body):
    """A quiet day is no failure, whatever type the server gives it."""
    assert articles(body, content_type="text/html") == ()


def test_the_bytes_are_never_taken_for_a_file_name(tmp_path):
    """A body that reads like a path opens nothing."""
    secret = tmp_path / "rss><item>"
    secret.write_bytes(feeds.simple())
    assert isinstance(parse_document(str(secret).encode(), url=URL), Failed)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "http://"]
)
def test_links_that_are_no_web_address_are_dropped(link):
    """The article stays, its link does not; a guid is no better."""
    article = only(f"<title>t</title><link>{link}</link><guid>{link}</guid>")
    assert (article.title, article.url) == ("t", "")


def test_a_guid_that_is_an_address_stands_in_for_the_link():
    """RSS says so, and only whole web addresses count."""
    assert only("<guid>https://a.example/1</guid><title>t</title>").url == "https://a.example/1"
    assert only("<guid>17</guid><title>t</title>").url == ""


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://evil.example/", "https://feeds.example/dir/x"),
        ("javascript:alert(1)//", "https://feeds.example/dir/x"),
        ("http://[broken", "https://feeds.example/dir/x"),
        ("/other/", "https://feeds.example/other/x"),
        ("https://feeds.example/deep/er/", "https://feeds.example/deep/er/x"),
    ],
)
def test_relative_links_stay_at_the_feeds_own_host(base, expected):
    """An xml:base counts within the feed's host and nowhere else."""
    body = (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}"><entry><id>1</id><title>t</title>'
        '<link href="x"/></entry></feed>'
    )
    assert articles(body.encode())[0].url == expected


@pytest.mark.parametrize(
    "date",
    ["Mon, 02 Nov 99999 10:00:00 GMT", "0", "1" * 100_000, "Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", "",
     "Mon, 30 Feb 2026 10:00:00 GMT"],
)  # fmt: skip
def test_absurd_dates_are_unknown(date):
    """No crash, no year 99999, no beginning of Unix time."""
    assert only(f"<title>t</title><pubDate>{date}</pubDate>").published_at is None


def test_a_counted_link_has_the_articles_own_address_beside_it():
    """FeedBurner leads readers over itself, and says where to: by that the article is recognised."""
    body = feeds.rss(
        "<guid>1</guid><link>https://feeds.feedburner.com/~r/a/~3/x/</link>"
        '<b:origLink xmlns:b="http://rssnamespace.org/feedburner/ext/1.0">https://a.example/news/1</b:origLink>'
    )
    (article,) = articles(body)
    assert article.aliases == ("https://a.example/news/1",)
    assert dedup.keys(article).urls == ("feeds.feedburner.com/~r/a/~3/x", "a.example/news/1")
    assert only("<guid>1</guid><link>https://a.example/1</link>").aliases == ()


def test_controls_and_surrogates_are_cleaned():
    """What no database takes does not come out of here."""
    article = only("<guid>a\x00b</guid><title>c\x01d&#xD800;</title><description>e\x0bf&#0;</description>")
    assert (article.id, article.title, article.summary) == ("ab", "cd\ufffd", "ef\ufffd")


def test_markup_is_kept_as_given():
    """Nothing is sanitised here: what is shown is made safe where it is shown."""
    article = only(
        "<title>&lt;script&gt;x&lt;/script&gt;</title>"
        "<description>&lt;a href='javascript:y'&gt;</description>"
    )
    assert article.title == "<script>x</script>"
    assert article.summary == "<a href='javascript:y'>"


def test_a_huge_guid_is_hashed():
    """Its hash is as good an identity as a megabyte."""
    assert only(f"<guid>{'g' * 1_000_000}</guid><title>t</title>").id.startswith("sha256:")


def test_fields_are_cut():
    """One field cannot fill the database."""
    article = only(
        f"<title>{'t' * 5000}</title><description>{'d' * 1_100_000}</description>"
        f"<author>{'a' * 9000}</author>"
    )
    assert (len(article.title), len(article.summary), len(article.author)) == (2000, 1_000_000, 500)


@pytest.mark.parametrize(
    ("encoding", "content_type", "title"),
    [
        ("koi8-r", "text/xml; charset=koi8-r", "Привет"),
        ("utf-8", "text/xml; charset=iso-8859-1", "Grüße"),
        ("utf-8-sig", "text/xml; charset=windows-1251", "Grüße"),
        ("iso-8859-1", "application/rss+xml; charset=iso-8859-1", "Grüße"),
        ("cp1252", "text/xml", "Grüße – ok"),
        ("shift_jis", "text/xml; charset=Shift_JIS", "日本"),
        ("gb18030", "text/xml; charset=gb2312", "中文"),
    ],
)
def test_character_sets(encoding, content_type, title):
    """Headers are believed unless the bytes prove them wrong."""
    body = f"<rss version='2.0'><channel><item><title>{title}</title></item></channel></rss>".encode(encoding)
    assert articles(body, content_type=content_type)[0].title == title


@pytest.mark.parametrize(
    "charset", ["zlib", "hex", "rot13", "idna", "no-such", "unicode_escape", "utf-7", "base64"]
)
def test_odd_character_sets_do_no_harm(charset):
    """Codecs that are not character sets, or dangerous ones, are survived."""
    body = f"<?xml version='1.0' encoding='{charset}'?><rss><channel><item><title>t</title></item>"
    parse_document(body.encode(), url=URL, content_type=f"text/xml; charset={charset}")


def test_language_comes_from_entry_feed_or_configuration():
    """The nearest word counts."""
    dc = "<dc:language xmlns:dc='http://purl.org/dc/elements/1.1/'>es</dc:language>"
    body = feeds.rss(f"<title>a</title>{dc}", "<title>b</title>", channel="<language>de</language>")
    assert [article.language for article in articles(body, language="fr")] == ["es", "de"]
    assert only("<title>c</title>", language="fr").language == "fr"


def test_no_external_entity_is_read(tmp_path):
    """Neither files nor addresses named by a document are opened."""
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET")
    body = (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY % p SYSTEM "file://{secret}">%p;]>'
        "<rss version='2.0'><channel><item><title>a&x;b</title></item></channel></rss>"
    )
    document = parse_document(body.encode(), url=URL)
    assert "SECRET" not in str(document)
