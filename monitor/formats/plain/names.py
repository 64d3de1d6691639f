"""The names of a document's elements, by namespaces whose prefixes mean what they mean everywhere. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from monitor.formats.plain.odd import Odd

_NAMESPACE = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")

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


def declared_in(body: bytes) -> Names:
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
