"""From raw values to those of an article."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.formats import entry
from monitor.model import Article

BASE = "https://example.org/feeds/world.rss"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.example/x", "https://a.example/x"),
        (" /x y ", "https://example.org/x%20y"),
        ("x?a=1&b=2", "https://example.org/feeds/x?a=1&b=2"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("mailto:a@b.example", ""),
        ("http://", ""),
        ("http://[broken", ""),
        ("", ""),
        ("https://a.example/" + "x" * 5000, ""),
        (None, ""),
        (7, ""),
    ],
)
def test_links_are_absolute_web_addresses_or_nothing(value, expected):
    """Other schemes, broken and huge addresses vanish."""
    assert entry.link(value, BASE) == expected


@pytest.mark.parametrize("plain", ["AT&T", "1 < 2", "a & b", "x > y", "", "R&D 50%"])
def test_harmless_plain_text_stays_as_it_is(plain):
    """Text that HTML reads as the same text is not touched."""
    assert entry.markup(plain) == plain


@pytest.mark.parametrize(
    ("plain", "expected"),
    [("a <b> c", "a &lt;b&gt; c"), ("&amp; is &", "&amp;amp; is &amp;"), ("&#60;", "&amp;#60;")],
)
def test_plain_text_that_html_would_misread_is_escaped(plain, expected):
    """What looks like markup and is none survives being read as HTML."""
    assert entry.markup(plain) == expected


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (["de_AT"], "de-AT"),
        ([None, "", "en"], "en"),
        (["English, please", "fr"], "fr"),
        (["x" * 99], ""),
        ([], ""),
    ],
)
def test_the_first_language_tag_counts(candidates, expected):
    """Anything that is no language tag is passed over."""
    assert entry.language(*candidates) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),  # noqa: DTZ001  (naive on purpose)
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))), datetime(2025, 12, 31, 22, tzinfo=UTC)),
        (datetime(1970, 1, 1, tzinfo=UTC), None),
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-2))), None),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))), None),
        (None, None),
    ],
)
def test_instants_are_utc_and_plausible(moment, expected):
    """The zero of Unix time and the end of the calendar are nobody's date."""
    assert entry.instant(moment) == expected


@pytest.mark.parametrize("value", ["soon", "2026-13-01", "", None, 5, "2" * 100, "99999-01-01"])
def test_dates_that_are_none_are_none(value):
    """An unreadable date is unknown."""
    assert entry.iso_instant(value) is None


def test_identity_prefers_guid_then_link_then_content():
    """Each is the fall-back of the one before; what is huge is hashed, the same way each time."""
    assert entry.identity("g", "https://a.example/", "t") == "g"
    assert entry.identity("", "https://a.example/", "t") == "https://a.example/"
    nameless = entry.identity("", "", "title", "summary")
    assert nameless.startswith("sha256:")
    assert nameless == entry.identity(None, "", "title", "summary") != entry.identity("", "", "title", "")
    huge = entry.identity("g" * 1_000_000, "")
    assert len(huge) < 100
    assert huge != entry.identity("g" * 999_999, "")


def test_tags_are_distinct_clean_and_few():
    """Order is kept; what is no text is dropped."""
    assert entry.tags(["b", " a\n", "b", None, 3, ""]) == ("b", "a")
    assert len(entry.tags(str(n) for n in range(1000))) == entry.MOST_TAGS


def test_controls_and_surrogates_do_not_pass():
    """NUL and lone surrogates would fail the database in the middle of a batch."""
    assert "\0" not in entry.text("a\0b", 10)
    assert "\ud800" not in entry.text("a\ud800b", 10)


def test_articles_that_share_an_id_are_told_apart_by_address_or_title():
    """Only those that differ get an id of their own; a later poll gives the same ids again."""
    shared = [Article("0", url="https://a.example/1"), Article("0", url="https://a.example/2")]
    others = [Article("7", title="same"), Article("7", title="same"), Article("8")]
    first, second, *rest = entry.tell_apart([*shared, *others])
    assert first.id != second.id
    assert [article.id for article in rest] == ["7", "7", "8"]
    assert entry.tell_apart([*shared, *others])[:2] == (first, second)


def test_articles_of_one_address_without_guids_are_told_apart_by_title():
    """The address is all that they have for an id. Two versions of an entry with a guid stay one."""
    link = "https://a.example/latest"
    first, second = entry.tell_apart([Article(link, title="a", url=link), Article(link, title="b", url=link)])
    assert len({first.id, second.id, link}) == 3
    versions = [Article("7", title="a", url=link), Article("7", title="b", url=link)]
    assert [article.id for article in entry.tell_apart(versions)] == ["7", "7"]
    broken = entry.tell_apart([Article("7", title=title, url=link) for title in "abc"])
    assert len({article.id for article in broken}) == 3
