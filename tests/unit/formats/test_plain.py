"""The reader of plain feeds: the same as the patient reader, or nothing."""

import pytest

from monitor.fetch.parse import parse_document
from monitor.formats import plain
from monitor.model import Document

URL = "https://news.example/feed"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:odd="urn:odd" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
ITEM = "<title>Quake</title><link>https://news.example/1</link><guid>https://news.example/1</guid>"


def rss(items: str, *, channel: str = "", root: str = SPACES) -> bytes:
    head = f"<title>News</title><link>/home</link>{channel}"
    return f'<rss version="2.0" {root}><channel>{head}{items}</channel></rss>'.encode()


def atom(entries: str, *, feed: str = "", root: str = "") -> bytes:
    head = f"<title>News</title><id>urn:feed</id>{feed}"
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES} {root}>{head}{entries}</feed>'.encode()


PLAIN_ITEMS = [
    ITEM,
    "<title/><link>https://news.example/1</link>",
    "<title>One guid</title><guid>https://news.example/9</guid>",
    "<title>No link</title><guid isPermaLink='false'>https://news.example/9</guid>",
    "<title>No address</title><guid>tag:1</guid>",
    "<title>Empty link</title><guid>https://news.example/8</guid><link/>",
    "<title>Relative</title><link>/8</link>",
    "<link>https://news.example/1</link>",
    "<slash:comments>4</slash:comments>",
    ITEM + "<description>A &lt;b&gt;bold&lt;/b&gt; text</description><content:encoded>Long</content:encoded>",
    ITEM + "<content:encoded>Long</content:encoded><description>short</description>",
    ITEM + "<content:encoded>Long</content:encoded>",
    ITEM + "<description/><content:encoded>Long</content:encoded>",
    ITEM + "<description>one</description><description>two</description>",
    ITEM + "<description>one</description><media:description>a picture</media:description>",
    ITEM + "<media:description>a picture</media:description><description>one</description>",
    ITEM + "<itunes:summary>one</itunes:summary><description>two</description>",
    ITEM
    + "<media:group><media:content url='x'><media:title>Picture</media:title></media:content></media:group>",
    "<media:content><media:title>Picture</media:title></media:content>" + ITEM,
    "<media:title>Picture</media:title><link>https://news.example/3</link>",
    ITEM + "<media:title>Picture</media:title>",
    ITEM + "<source url='https://a.example'>Agency</source><media:title>Picture</media:title>",
    ITEM + "<title>Again</title>",
    ITEM + "<pubDate>Mon, 23 Nov 2026 10:00:00 +0130</pubDate>",
    ITEM + "<pubDate>3 Nov 2026 10:00:00 EST</pubDate>",
    ITEM + "<pubDate>Tue, 03 Nov 1066 10:00:00 GMT</pubDate>",
    ITEM + "<dc:date>2026-11-23T10:00:00.25-03:30</dc:date>",
    ITEM + "<pubDate>2026-11-23T10:00:00Z</pubDate><dc:date>2026-11-24T10:00:00Z</dc:date>",
    ITEM + "<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><author>Ann</author>",
    ITEM + "<category domain='x'>A</category><category domain='x'>B</category><category>A</category>",
    ITEM + "<dc:subject>S</dc:subject><odd:title>not a title</odd:title><odd:thing a='1'>x</odd:thing>",
    ITEM + "<source url='https://a.example/f'>Agency</source>",
    ITEM + "<author>noreply@blogger.com (Ann B. Example)</author>",
    ITEM + "<author>ann@a.ex (Änn)</author><dc:creator>Bob</dc:creator>",
    ITEM + "<media:keywords>one, two,, three </media:keywords><category>two</category>",
    ITEM + "<media:community><media:starRating count='3'/><media:statistics views='1'/></media:community>",
    ITEM + "<feedburner:origLink>https://real.example/1</feedburner:origLink>",
    ITEM + "<atom:link rel='replies' href='https://news.example/1/c'/>",
    "<title>Caf\u00e9 \u201cquoted\u201d</title><description>\u65e5\u672c</description><link>https://x.example/</link>",
    "<title>CafÃ©</title><link>https://x.example/</link>",
    "<title>a<!-- b -->c <![CDATA[<i>d</i> &amp; ]]></title><link>https://x.example/</link>",
]
ENTRY = "<id>urn:1</id><title>Quake</title><link href='https://news.example/1'/><updated>2026-11-23T10:00:00Z</updated>"
PLAIN_ENTRIES = [
    ENTRY,
    "<id>https://news.example/9</id><title>Only an id</title>",
    "<id>urn:1</id><title type='html'>A &lt;b&gt;</title>",
    "<id>urn:1</id><title>A &lt;b&gt; in plain text</title><summary>x &lt;y&gt;</summary>",
    ENTRY + "<summary type='html'>a</summary><content type='html'>&lt;p&gt;b&lt;/p&gt;</content>",
    ENTRY + "<content>b &lt; c &lt;p&gt;</content><summary>a</summary>",
    ENTRY + "<content>only</content>",
    "<id>u:1</id><link href='/1'/><content type='html' xml:base='https://else.example/x/'>a</content>",
    ENTRY + "<author><name>Ann</name><uri>https://a.example</uri></author><author><name>Bob</name></author>",
    ENTRY + "<author><email>bob@b.example</email><name>Bob</name></author>",
    ENTRY + "<category term='a' label='A'/><category label='B'/><category term=''/>",
    ENTRY + "<link rel='enclosure' href='https://news.example/1.mp3'/><link rel='edit' href='/e'/>",
    ENTRY + "<link rel='alternate' type='application/pdf' href='/pdf'/>",
    "<id>urn:1</id><title>Pdf</title><link type='application/pdf' href='/pdf'/>",
    ENTRY + "<published>2026-11-22T10:00:00+01:00</published><rights>mine</rights>",
    ENTRY + "<contributor><name>C</name></contributor>",
    ENTRY + "<media:group><media:community><media:statistics views='9'/></media:community></media:group>",
    ENTRY + "<media:group><media:title>T</media:title><media:description>D</media:description></media:group>",
]
CHANNELS = [
    "<language>de_AT</language><ttl>60</ttl><sy:updatePeriod>hourly</sy:updatePeriod>",
    "<atom:link rel='self' href='https://news.example/feed'/><atom:link rel='hub' href='https://hub.example/'/>",
    "<atom:link rel='next' href='?page=2'/><image><url>u</url><title>Other</title><link>/o</link></image>",
    "<skipHours><hour>1</hour></skipHours><managingEditor>ed@news.example</managingEditor>",
    "<itunes:owner><itunes:name>N</itunes:name></itunes:owner><itunes:author>A</itunes:author>",
]


def both(body: bytes) -> tuple[Document, object]:
    return plain.read(body, url=URL), parse_document(body, url=URL)


@pytest.mark.parametrize("item", PLAIN_ITEMS)
def test_an_item_of_rss_is_read_as_the_patient_reader_does(item: str) -> None:
    """Field by field, also after and before another item."""
    other = "<item><title>Other</title><guid>g2</guid></item>"
    for items in (f"<item>{item}</item>", f"<item>{item}</item>{other}", f"{other}<item>{item}</item>"):
        found, meant = both(rss(items))
        assert found == meant


@pytest.mark.parametrize("entry", PLAIN_ENTRIES)
def test_an_entry_of_atom_is_read_as_the_patient_reader_does(entry: str) -> None:
    """Field by field, in a feed with an author and a language of its own too."""
    found, meant = both(atom(f"<entry>{entry}</entry>"))
    assert found == meant
    found, meant = both(
        atom(f"<entry>{entry}</entry>", feed="<author><name>Ed</name></author>", root="xml:lang='en-GB'")
    )
    assert found == meant


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_is_read_as_the_patient_reader_does(channel: str) -> None:
    """Language, hints, hub and older pages come out the same, also behind the items."""
    for body in (
        rss(f"<item>{ITEM}</item>", channel=channel),
        rss(f"<item>{ITEM}</item>{channel}"),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n'
        + rss(f"<item>{ITEM}</item>", channel=channel),
        b"\n  " + rss(f"<item>{ITEM}</item>", channel=channel),
    ):
        found, meant = both(body)
        assert found == meant


def test_items_that_share_an_id_are_told_apart_as_elsewhere() -> None:
    """A feed with one guid for all its items gives each one an id of its own."""
    items = "".join(
        f"<item><title>T{n}</title><guid isPermaLink='false'>same</guid></item>" for n in range(3)
    )
    found, meant = both(rss(items))
    assert found == meant
    assert len({article.id for article in found.articles}) == 3


ODD = {
    "a document type": b'<!DOCTYPE rss [<!ENTITY a "aaaa">]>' + rss(f"<item>{ITEM}</item>"),
    "an entity": rss("<item><title>&nbsp;</title></item>"),
    "cut off": rss(f"<item>{ITEM}</item>")[:-9],
    "another encoding": b'<?xml version="1.0" encoding="iso-8859-1"?>' + rss(f"<item>{ITEM}</item>"),
    "UTF-16": rss(f"<item>{ITEM}</item>").decode().encode("utf-16"),
    "not UTF-8": rss("<item><title>Caf\xe9</title></item>").decode().encode("latin-1"),
    "RSS 1.0": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><item/></rdf:RDF>',
    "a base": rss(f"<item xml:base='https://else.example/'>{ITEM}</item>"),
    "a base of the feed": atom(f"<entry>{ENTRY}</entry>", root="xml:base='https://else.example/'"),
    "a base of a title": atom("<entry><title xml:base='/x/'>a</title></entry>"),
    "a base of a link": atom("<entry><title>a</title><link xml:base='/x/' href='1'/></entry>"),
    "a base of a summary": atom("<entry><title>a</title><summary xml:base='/x/'>b</summary></entry>"),
    "markup in a title": rss("<item><title>a <b>b</b></title></item>"),
    "XHTML": atom(f"<entry>{ENTRY}<content type='xhtml'><div>x</div></content></entry>"),
    "base64": atom(f"<entry>{ENTRY}<content type='image/png'>aGk=</content></entry>"),
    "a date of its own kind": rss(f"<item>{ITEM}<pubDate>yesterday</pubDate></item>"),
    "an impossible date": rss(f"<item>{ITEM}<pubDate>Mon, 31 Feb 2026 10:00:00 GMT</pubDate></item>"),
    "C1 controls": rss("<item><title>&#147;quoted&#148;</title></item>"),
    "an unknown element": rss(f"<item>{ITEM}<summary>x</summary></item>"),
    "an unknown default namespace": rss(f"<item>{ITEM}<title xmlns='urn:x'>x</title></item>"),
    "a prefix that lies": rss(f"<item>{ITEM}</item>", root='xmlns:dc="urn:not-dublin"'),
    "a prefix of two meanings": rss(f"<item>{ITEM}<a xmlns:odd='urn:2'/></item>"),
    "an address as author": rss(f"<item>{ITEM}<author>a@b.example</author></item>"),
    "a second address as author": rss(f"<item>{ITEM}{2 * '<author>a@b.ex (Ann)</author>'}</item>"),
    "a language inside": atom("<entry><title xml:lang='fr'>x</title></entry>"),
    "no items": rss(""),
    "nothing": b"",
    "a page": b"<html><body/></html>",
    "JSON": b'{"version": "https://jsonfeed.org/version/1"}',
    "large": rss(f"<item>{ITEM}<description>{'x' * 1_100_000}</description></item>"),
    "deep": rss("<item>" + "<odd:a>" * 30_000 + "</odd:a>" * 30_000 + "</item>"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_left_to_the_patient_reader(what: str) -> None:
    """Nothing is read half, nothing is guessed, nothing crashes."""
    with pytest.raises(plain.Odd):
        plain.read(ODD[what], url=URL)


def test_a_character_set_that_contradicts_the_bytes_is_odd() -> None:
    """An ASCII document that is said to be UTF-16 is read by who can find out; Latin-1 changes nothing."""
    body = rss(f"<item>{ITEM}</item>")
    with pytest.raises(plain.Odd):
        plain.read(body, url=URL, content_type="application/xml; charset=utf-16")
    kind = 'text/xml; charset="ISO-8859-1"'
    assert plain.read(body, url=URL, content_type=kind) == parse_document(body, url=URL, content_type=kind)


LAUGHS = "".join(f"<!ENTITY l{n} '" + f"&l{n - 1};" * 10 + "'>" for n in range(1, 10))
MANY = " ".join(f"a{n}='1'" for n in range(50_000))
PLAIN = rss(f"<item>{ITEM}</item>")
HOSTILE = {
    "a billion laughs": f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>'.encode()
    + rss("<item><title>&l9;</title></item>"),
    "a quadratic bomb": f'<!DOCTYPE r [<!ENTITY a "{"x" * 9_000}">]>'.encode()
    + rss(f"<item><title>{'&a;' * 9_000}</title></item>"),
    "a file as an entity": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + rss("<item><title>&x;</title></item>"),
    "a parameter entity from the network": b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]>'
    + PLAIN,
    "a document type from the network": b'<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd">' + PLAIN,
    "a document type behind a comment": b"<!-- <rss> -->\n<!DOCTYPE r [<!ENTITY a 'b'>]>" + PLAIN,
    "a document type behind a declaration": b'<?xml version="1.0"?><!doctype r>' + PLAIN,
    "a document type within": rss(f"<!DOCTYPE r [<!ENTITY a 'b'>]><item>{ITEM}</item>"),
    "a document type in UTF-7": b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE r+AD4-' + PLAIN,
    "a huge depth": rss("<item>" + "<odd:a>" * 49_000 + "</odd:a>" * 49_000 + "</item>"),
    "too many elements": rss("<item>" + "<odd:a/>" * 110_000 + "</item>"),
    "too many attributes": rss(f"<item {MANY}>{ITEM}</item>"),
    "one attribute twice": rss(f"<item a='1' a='2'>{ITEM}</item>"),
    "a NUL": rss("<item><title>a\0b</title></item>"),
    "a NUL by reference": rss("<item><title>a&#0;b</title></item>"),
    "a surrogate by reference": rss("<item><title>a&#xD800;b</title></item>"),
    "a control character": rss("<item><title>a\x0cb</title></item>"),
    "UTF-16 that says UTF-8": PLAIN.decode().encode("utf-16-le"),
    "UTF-32": PLAIN.decode().encode("utf-32"),
    "a declaration that lies": b'<?xml version="1.0" encoding="utf-16"?>' + PLAIN,
    "EBCDIC": b'<?xml version="1.0" encoding="cp037"?>' + PLAIN,
    "an encoding that is none": b'<?xml version="1.0" encoding="rot13"?>' + PLAIN,
    "overlong UTF-8": rss("<item><title>@</title></item>").replace(b"@", b"\xc0\xbc"),
    "surrogates in UTF-8": rss("<item><title>@</title></item>").replace(b"@", b"\xed\xa0\x80"),
    "half a character at the end": PLAIN + b"\xe2\x82",
    "a second document": PLAIN + PLAIN,
    "XML 1.1": b'<?xml version="1.1"?>' + PLAIN,
    "an inclusion": rss(
        "<item><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd'/><a/></item>"
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_documents_are_refused(what: str) -> None:
    """Before or by the parser, without expanding, fetching or crashing anything."""
    with pytest.raises(plain.Odd):
        plain.read(HOSTILE[what], url=URL)


def test_processing_instructions_are_not_followed() -> None:
    """A style sheet is neither fetched nor a reason to refuse."""
    body = b'<?xml version="1.0"?><?xml-stylesheet href="http://127.0.0.1:1/x.xsl" type="text/xsl"?>' + PLAIN
    assert plain.read(body, url=URL) == parse_document(body, url=URL)
