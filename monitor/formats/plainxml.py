"""XML without surprises: well-formed, in UTF-8, without a document type, of namespaces that are known.

Whatever is odd raises `Odd`, which does not mean that it is wrong: only that a more patient reader
has to look at it. The standard library's expat does the parsing; without a document type there are
no entities to expand and nothing to fetch, and the text it is given bounds what it takes. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from xml.etree.ElementTree import Element, ParseError, XMLParser

from monitor.formats import entry

MOST_BYTES = 1024 * 1024  # some 15 ms
MOST_ELEMENTS = 50_000
_ENCODINGS = ("utf-8", "utf8", "us-ascii")
_HARMLESS_CHARSETS = (*_ENCODINGS, "iso-8859-1", "windows-1252", "latin-1", "latin1", "ascii")
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["']([\w-]{1,20})["'])?"""
)
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)
_NAMESPACE = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ROOT = re.compile(rb"<\w")  # expat takes no document type behind it
_C1 = re.compile("[\x80-\x9f]")
_C1_BYTES = re.compile(rb"\xc2[\x80-\x9f]")
_C1_REFERENCE = re.compile(rb"&#(?:0*1[2-5][0-9]|[xX]0*[89][0-9A-Fa-f]);")  # and a few more

# Namespaces by the prefix that stands for them everywhere. Those of `_QUIET` say nothing we read.
NAMESPACES: Mapping[str, str] = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.itunes.com/DTDs/Podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://purl.org/syndication/thread/1.0": "thread",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://wellformedweb.org/commentAPI/": "wfw",
    "http://www.georss.org/georss": "georss",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://webns.net/mvcb/": "admin",
    "http://madskills.com/public/xml/rss/module/trackback/": "trackback",
    "http://backend.userland.com/creativeCommonsRssModule": "creativecommons",
    "http://web.resource.org/cc/": "cc",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
_QUIET = frozenset(
    {"slash", "sy", "thr", "thread", "wfw", "geo", "trackback", "creativecommons", "admin", "cc"}
)
# Prefixes, and names without one, by which a lenient reader knows elements whatever their namespace.
_PREFIXES = frozenset((*NAMESPACES.values(), "psc", "xml", "l", "creativecommons", "foaf"))
_NAMES = frozenset(
    "rss channel feed rdf image textinput author authors managingeditor contributor name width height url "
    "href homepage uri email subtitle tagline rights copyright item entry language webmaster published "
    "issued pubdate updated modified lastbuilddate created expirationdate category keywords cloud link "
    "links guid id title description abstract info generator summary enclosure source content body "
    "fullitem newlocation tags where ttl publisher".split()
)


class Odd(Exception):
    """Something that has to be read with more patience."""


@dataclass(slots=True)
class Names:
    """The names of a document's elements: `{uri}local` as `prefix:local`, in small letters.

    Elements of namespaces that nobody knows become `?:local`, unless they could be taken for others.
    """

    by_default: frozenset[str] = frozenset()  # unknown namespaces of elements without a prefix
    _known: dict[str, str] = field(default_factory=dict)

    def of(self, element: Element) -> str:
        """The element's name. Raises Odd."""
        name = self._known.get(element.tag)
        if name is None:
            name = self._known[element.tag] = self._make(element.tag)
        return name

    def _make(self, tag: str) -> str:
        uri, _, local = tag.rpartition("}")
        uri = uri[1:]
        if not uri:
            return local
        prefix = NAMESPACES.get(uri)
        if prefix is not None:
            return f"{prefix}:{local}"
        if uri in self.by_default and (local.lower() in _NAMES or "_" in local):
            raise Odd(f"{local} of an unknown namespace")
        return f"?:{local}"


def is_quiet(name: str) -> bool:
    """Whether no element of this name says anything about an article."""
    return name.partition(":")[0] in _QUIET or name.startswith("?:")


def parse(body: bytes, content_type: str = "") -> tuple[Element, Names]:
    """The root of a document, and the names of its elements. Raises Odd."""
    body = body[3:] if body.startswith(b"\xef\xbb\xbf") else body.lstrip(b" \t\r\n")
    _check(body, content_type)
    names = _names(body)
    parser = XMLParser()  # noqa: S314  (no document type: see _check)
    try:
        parser.feed(body)
        return parser.close(), names
    except (ParseError, ValueError, LookupError) as error:
        raise Odd(str(error)) from None


def _check(body: bytes, content_type: str) -> None:
    if len(body) > MOST_BYTES or body.count(b"<") > 2 * MOST_ELEMENTS:
        raise Odd("large")
    if not body.startswith(b"<"):
        raise Odd("something before the first element")
    declared = _DECLARATION.match(body)
    if body.startswith(b"<?xml") and not declared:
        raise Odd("an unusual declaration")
    if declared and declared[1] and declared[1].decode("ascii").lower() not in _ENCODINGS:
        raise Odd("another encoding")
    claimed = _CHARSET.search(content_type)
    if claimed and body.isascii() and claimed[1].lower() not in _HARMLESS_CHARSETS:
        raise Odd("another character set")
    root = _ROOT.search(body)
    if root is None or b"<!d" in body[: root.start()].lower() or b"<!e" in body[: root.start()].lower():
        raise Odd("a document type")
    if b"xml:base" in body:
        raise Odd("a base")
    if _C1_BYTES.search(body) or (b"&#" in body and _C1_REFERENCE.search(body)):
        raise Odd("C1 controls, which mean other characters")


def _names(body: bytes) -> Names:
    """What the document's prefixes stand for. Raises Odd when one means something else than usual."""
    meant: dict[bytes, bytes] = {}
    unknown = set()
    for prefix, *quoted in _NAMESPACE.findall(body):
        uri = quoted[0] or quoted[1]
        if prefix and meant.setdefault(prefix, uri) != uri:
            raise Odd("a prefix of two meanings")
        text = uri.decode("utf-8", "replace")
        if not uri or text in NAMESPACES:
            continue
        if prefix.decode("ascii", "replace").lower() in _PREFIXES or _is_almost_known(text):
            raise Odd(f"the namespace {text}")
        if not prefix:
            unknown.add(text)
    return Names(frozenset(unknown))


def _is_almost_known(uri: str) -> bool:
    """Whether a lenient reader would take it for one that means something."""
    lower = uri.lower()
    return "userland.com" in lower or lower in _LOWER or any(part in lower for part in _LEGACY)


_LOWER = frozenset(uri.lower() for uri in NAMESPACES)
_LEGACY = (
    "purl.org/",
    "my.netscape.com",
    "blogs.law.harvard.edu",
    "cyber.law.harvard.edu",
    "example.com/",
    "uri/of/echo",
    "podcast-1.0.dtd",
    "&",
)


def text(element: Element) -> str:
    """The text of an element that holds nothing else, as a lenient reader would show it. Raises Odd."""
    if len(element):
        raise Odd(f"elements within {element.tag}")
    return as_shown((element.text or "").strip())


def as_shown(value: str) -> str:
    """With UTF-8 that was taken for Latin-1 put right. Raises Odd where that gives C1 controls."""
    if value.isascii():
        return value
    try:
        value = value.encode("iso-8859-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value
    if _C1.search(value):
        raise Odd("control characters")
    return value


_MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_ZONES = {
    "GMT": 0,
    "UTC": 0,
    "UT": 0,
    "Z": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
}
_ZONES |= {"PST": -8, "PDT": -7}
_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r" (?:([+-])(\d\d)(\d\d)|([A-Z]{1,3}))",
    re.ASCII,
)
_W3C = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:([+-])(\d\d):(\d\d)|Z)", re.ASCII
)


def instant(value: str) -> datetime | None:
    """The instant of a date in the form that its standard asks for, in whole seconds. Raises Odd."""
    try:
        if found := _RFC822.fullmatch(value):
            day, month, year, hour, minute, second, sign, hours, minutes, name = found.groups()
            zone = timezone(timedelta(hours=_ZONES[name])) if name else _offset(sign, hours, minutes)
            return _moment(int(year), _MONTHS[month], int(day), hour, minute, second, zone)
        if found := _W3C.fullmatch(value):
            year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
            zone = _offset(sign, hours, minutes) if sign else UTC
            return _moment(int(year), int(month), int(day), hour, minute, second, zone)
    except (KeyError, ValueError, OverflowError):
        pass
    raise Odd(f"the date {value[:50]}")


def _offset(sign: str, hours: str, minutes: str) -> timezone:
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(east if sign == "+" else -east)


def _moment(
    year: int, month: int, day: int, hour: str, minute: str, second: str, zone: timezone
) -> datetime | None:
    return entry.instant(datetime(year, month, day, int(hour), int(minute), int(second), tzinfo=zone))
