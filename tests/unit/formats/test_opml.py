"""Subscription lists."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.formats import opml
from monitor.model import Feed

DATA = Path(__file__).parents[2] / "data" / "opml"
LIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Mine</title></head><body>
  <outline text="World">
    <outline text="Agencies" title="Agencies">
      <outline type="rss" text="One &amp; only" title="One" xmlUrl="https://one.example/rss" htmlUrl="https://one.example/"/>
    </outline>
    <outline type="rss" TEXT="Two" XMLURL="feed://two.example/rss" category="/news/ru,wire" language="ru_RU"/>
  </outline>
  <outline text="https://three.example/" xmlUrl="https://three.example/"/>
  <outline text="Elsewhere"><outline text="Other name" xmlUrl="https://one.example/rss"/></outline>
  <outline text="feed:https" xmlUrl="feed:https://four.example/"/>
</body></opml>
"""


def test_folders_and_categories_become_tags():
    """Each address once, with the tags of all its folders; names and languages are read too."""
    assert opml.read(LIST) == (
        Feed("https://one.example/rss", name="One", tags=("World", "Agencies", "Elsewhere")),
        Feed("http://two.example/rss", name="Two", tags=("World", "news", "ru", "wire"), language="ru-RU"),
        Feed("https://three.example/"),
        Feed("https://four.example/", name="feed:https"),
    )


EXPORTS = {
    "miniflux": (
        Feed("https://stadt.example/feed.atom", "Städtische Meldungen", ("All",)),
        Feed("https://wire.example/world.rss?lang=en&n=50", "Wire <World>", ("Wires & agencies",)),
        Feed("https://bare.example/rss", "", ("Wires & agencies",)),
    ),
    "feedly": (
        Feed("http://world.example/rss.xml", "Example World", ("World, politics", "Must read")),
        Feed("http://zh.example/rss", "中文新闻", ("World, politics",)),
        Feed("http://loose.example/feed", "Without a folder"),
    ),
    "inoreader": (
        Feed("https://cert.example/advisories.xml", "Advisories", ("Security",)),
        Feed("https://tom.example/feed", "Tom & Co", ("Security",)),
        Feed("https://two.example/posts.atom", "2 ality"),
    ),
    "freshrss": (
        Feed("https://exemple.example/une.rss", "L'Exemple", ("News & analysis",)),
        Feed("https://council.example/news", "City council", ("News & analysis",), source="html+xpath"),
        Feed("https://register.example/export.xml", "Register", ("News & analysis",), source="xml+xpath"),
        Feed("https://api.example/alerts", "Alerts API", ("Data",), source="json+dotnotation"),
        Feed("https://embedded.example/", "Embedded", ("Data",), source="html+xpath+json+dotnotation"),
        Feed("https://micro.example/feed.json", "Micro", ("Data",)),
    ),
}


@pytest.mark.parametrize("program", EXPORTS)
def test_what_other_readers_export_is_read(program):
    """Their folders become tags; what else they note about a feed has no say here."""
    assert opml.read((DATA / f"{program}.opml").read_bytes()) == EXPORTS[program]


@pytest.mark.parametrize("program", EXPORTS)
def test_what_was_imported_can_be_exported_again(program):
    """Nothing is lost between reading another list and writing ours; what is scraped is not written."""
    feeds_read = opml.read((DATA / f"{program}.opml").read_bytes())
    readable = tuple(feed for feed in feeds_read if not feed.source)
    assert opml.read(opml.write(readable)) == readable


def test_each_tag_is_a_folder_for_readers_that_know_nothing_else():
    """A feed with two tags stands in two folders, one without stands beside them."""
    written = opml.write(
        [Feed("http://a/", tags=("x", "y")), Feed("http://b/", tags=("y",)), Feed("http://c/")]
    )
    body = ET.fromstring(written).find("body")
    shown = [
        (outline.get("text"), [inner.get("xmlUrl") for inner in outline]) for outline in body if len(outline)
    ]
    assert shown == [("x", ["http://a/"]), ("y", ["http://b/"]), ("y", ["http://a/"])]
    assert [outline.get("xmlUrl") for outline in body if not len(outline)] == ["http://c/"]


def test_addresses_are_as_given():
    """Which schemes may be fetched is for others to say."""
    feeds = opml.read(b"<opml><body><outline text='x' xmlUrl='javascript:alert(1)'/></body></opml>")
    assert [feed.url for feed in feeds] == ["javascript:alert(1)"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1, column 1: not well-formed: no element found"),
        (b"<opml>\n  <body>\n</opml>", "line 3, column 3: not well-formed: mismatched tag"),
        (b"<rss/>", "line 1, column 1: this is <rss>, not <opml>"),
        (b"<!DOCTYPE opml><opml/>", "a document type declaration"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>\n<opml/>', "a document type declaration"),
        (b"<opml>" + b"<outline>" * 60, "nested more than 50 levels deep"),
        (b"\xff\xfe\x00", "not well-formed"),
        (b'<?xml version="1.0" encoding="no-such"?><opml/>', "unknown encoding"),
        (b" " * (opml.MOST_BYTES + 1), "larger than 16 MiB"),
    ],
)
def test_what_is_no_list_is_an_error_with_its_place(data, message):
    """The error says where and what."""
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        opml.read(data)


def test_entities_cannot_be_declared():
    """The billion laughs end at the document type, before any of them."""
    bomb = (
        b'<!DOCTYPE o [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;"/></body></opml>'
    )
    with pytest.raises(ValueError, match="document type"):
        opml.read(bomb)


def test_too_many_feeds_are_refused(monkeypatch):
    """A list is bounded in feeds, not only in bytes."""
    monkeypatch.setattr(opml, "MOST_FEEDS", 3)
    outlines = b"".join(b"<outline xmlUrl='http://x/%d'/>" % n for n in range(4))
    with pytest.raises(ValueError, match="more than 3 feeds"):
        opml.read(b"<opml><body>" + outlines + b"</body></opml>")


def test_hostile_attributes_are_cleaned_and_cut():
    """A name is one line of bounded length."""
    (feed,) = opml.read(b"<opml><outline xmlUrl='http://x/' text='a&#10;b " + b"c" * 9000 + b"'/></opml>")
    assert feed.name.startswith("a b ccc")
    assert len(feed.name) <= 500


words = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters=",/"), min_size=1, max_size=20
)
feeds = st.builds(
    Feed,
    url=words.map(lambda path: f"https://example.org/{path}"),
    name=st.just("") | words,
    tags=st.lists(words, unique=True, max_size=4).map(tuple),
    language=st.sampled_from(["", "de", "en-GB"]),
)


any_tags = st.lists(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9), unique=True, max_size=4
)


@given(st.lists(st.builds(Feed, url=words.map(lambda p: f"https://x.example/{p}"), tags=any_tags.map(tuple))))
def test_tags_with_commas_and_slashes_survive_in_folders(listed):
    """They cannot stand in `category`; the folders have them, perhaps in another order."""
    first = {feed.url: feed for feed in reversed(listed)}
    read_again = {feed.url: set(feed.tags) for feed in opml.read(opml.write(first.values()))}
    assert read_again == {url: set(feed.tags) for url, feed in first.items()}


@given(st.lists(feeds, unique_by=lambda feed: feed.url, max_size=5))
def test_what_is_written_is_read_again(listed):
    """Writing and reading gives the same feeds."""
    assert list(opml.read(opml.write(listed))) == listed


def test_every_and_allow_private_stay_at_home():
    """A list from somebody else says nothing about safety and politeness, and neither does ours."""
    from datetime import timedelta

    written = opml.write([Feed("http://10.0.0.1/", every=timedelta(seconds=1), allow_private=True)])
    assert opml.read(written) == (Feed("http://10.0.0.1/"),)


def test_characters_that_xml_cannot_hold_are_replaced():
    """A control character in a name does not spoil the list."""
    (feed,) = opml.read(opml.write([Feed("http://x/", name="a\x0bb\ud800c")]))
    assert feed.name == "a\ufffdb\ufffdc"
