"""What becomes of each element of an item of RSS and of an entry of Atom. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias
from xml.etree.ElementTree import Element

from monitor.formats.plain.dates import instant
from monitor.formats.plain.item import Item
from monitor.formats.plain.names import Names, is_quiet
from monitor.formats.plain.odd import Odd
from monitor.formats.plain.tree import as_shown, text

IGNORED = frozenset(
    "comments enclosure "
    "dc:identifier dc:publisher dc:rights dc:type dc:format dc:source dc:coverage dc:relation "
    "media:thumbnail media:credit media:copyright media:rating media:text media:hash media:player "
    "media:restriction media:adult media:community media:statistics media:license media:status "
    "itunes:duration itunes:explicit itunes:block itunes:order itunes:episode itunes:season "
    "itunes:episodeType itunes:image itunes:subtitle itunes:title itunes:isClosedCaptioned "
    "georss:point georss:featurename georss:featureName feedburner:info feedburner:feedFlare "
    "feedburner:emailServiceId feedburner:feedburnerHostname".split()
)
_CONTAINERS = frozenset({"media:group", "media:content"})
_COMMUNITY = frozenset({"media:starRating", "media:statistics", "media:tags"})
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_LINK_ATTRIBUTES = frozenset({"href", "rel", "type", "title", "hreflang", "length"})

# What RSS asks for: an address, and the name behind it.
_ADDRESS = re.compile(
    r"[A-Za-z0-9_.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,4} \(([^()@<>&;]*[^()@<>&;\s][^()@<>&;]*)\)"
)

Take: TypeAlias = Callable[[Item, Element], None]


def read_item(element: Element, names: Names, *, is_atom: bool) -> Item:
    """An item of RSS, or an entry of Atom. Raises Odd."""
    if element.attrib:
        raise Odd("attributes of an item")
    known, found = _ENTRY if is_atom else _ITEM, Item(is_atom)
    for child in element:
        name = names.of(child)
        take = known.get(name)
        if take is not None:
            take(found, child)
        else:
            _pass_by(found, child, name, names, depth=1)
    return found


def _pass_by(found: Item, element: Element, name: str, names: Names, *, depth: int) -> None:
    """An element that says nothing of the article, or something about a picture or film in it."""
    if name in _CONTAINERS and depth < 4:
        for child in element:
            _pass_by(found, child, names.of(child), names, depth=depth + 1)
    elif name == "media:community" and all(names.of(it) in _COMMUNITY and not len(it) for it in element):
        return
    elif name == "media:title":
        found.take_title(text(element), depth, plain=_is_plain(element, "plain"), aside=True)
    elif name == "media:description":
        found.take_summary(
            text(element),
            depth,
            plain=_is_plain(element, "html"),
            plain_content=_is_plain(element, "plain"),
        )
    elif not (name in IGNORED or is_quiet(name)) or len(element):
        raise Odd(f"<{name}> in an item")


def _is_plain(element: Element, default: str, *also: str) -> bool:
    """Whether the text is declared to be plain. Raises Odd for more than the two common kinds."""
    kind = element.get("type", default)
    if not element.attrib.keys() <= {"type", *also} or kind not in ("text", "plain", "html"):
        raise Odd(f"attributes of {element.tag}")
    return kind != "html"


def _bare(element: Element, *allowed: str) -> str:
    """The text of an element without attributes but those allowed."""
    if element.attrib and not element.attrib.keys() <= set(allowed):
        raise Odd(f"attributes of {element.tag}")
    return text(element)


def full(element: Element, *allowed: str) -> str:
    """The same, if there is any. Raises Odd."""
    value = _bare(element, *allowed)
    if not value:
        raise Odd(f"an empty {element.tag}")
    return value


def item_link(found: Item, element: Element) -> None:
    """Its link is its page, and an alternate of it."""
    value = _bare(element)
    if "&" in value and (";" in value or "&amp" in value):
        raise Odd("entities in a link")
    found.link = value
    found.alternates.append(value)


def _item_guid(found: Item, element: Element) -> None:
    found.guid = _bare(element, "isPermaLink")
    if element.get("isPermaLink", "true") == "true" and found.link is None:
        found.link = found.guid


def _item_author(found: Item, element: Element) -> None:
    name = full(element)
    if "@" in name:
        named = _ADDRESS.fullmatch(name)
        if named is None or found.authors:
            raise Odd("an unusual address among the authors")
        name = named[1].strip()
    found.authors.append(name)


def _item_category(found: Item, element: Element) -> None:
    found.tags.append(full(element, "domain"))


def _item_keywords(found: Item, element: Element) -> None:
    found.tags += filter(None, map(str.strip, full(element).split(",")))


def _item_source(found: Item, element: Element) -> None:
    found.outlet = _bare(element, "url")
    found.title_seen = -1


def _item_published(found: Item, element: Element) -> None:
    found.published = instant(full(element))


def _item_updated(found: Item, element: Element) -> None:
    found.updated = instant(full(element))


def _item_origin(found: Item, element: Element) -> None:
    found.origin = _bare(element)


def _item_title(found: Item, element: Element) -> None:
    found.take_title(_bare(element), 1, plain=False)


def _item_summary(found: Item, element: Element) -> None:
    found.take_summary(_bare(element), 1, plain=False, plain_content=False)


def _item_content(found: Item, element: Element) -> None:
    found.take_content(_bare(element), plain=False)


def link(element: Element) -> tuple[str, str, str]:
    """Relation, address and type of a link element of Atom."""
    href = element.get("href", "")
    if len(element) or not href or not element.attrib.keys() <= _LINK_ATTRIBUTES:
        raise Odd("a link without an address")
    return element.get("rel", "alternate").lower(), href, element.get("type", "text/html").lower()


def _foreign_link(_: Item, element: Element) -> None:
    """A link element of Atom in an item of RSS."""
    if link(element)[0] == "alternate":
        raise Odd("a second link")


def _atom_link(found: Item, element: Element) -> None:
    relation, href, kind = link(element)
    if relation == "alternate":
        found.take_alternate(href, kind)


def atom_id(found: Item, element: Element) -> None:
    """Serves as the link where there is none yet."""
    found.guid = _bare(element)
    if found.link is None:
        found.link = found.guid


def _atom_title(found: Item, element: Element) -> None:
    found.take_title(text(element), 1, plain=_is_plain(element, "text"))


def _atom_summary(found: Item, element: Element) -> None:
    plain = _is_plain(element, "text")
    found.take_summary(text(element), 1, plain=plain, plain_content=plain)


def _atom_content(found: Item, element: Element) -> None:
    plain = _is_plain(element, "text", _BASE)  # what is in it has a base of its own, the item has not
    found.take_content(text(element), plain=plain)


def atom_author(found: Item, element: Element) -> None:
    """One more author."""
    found.authors.append(_person(element))


def _person(element: Element) -> str:
    parts = {child.tag.rpartition("}")[2]: child for child in element}
    known = all(child.tag.startswith("{http://www.w3.org/2005/Atom}") for child in element)
    if (
        element.attrib
        or len(parts) != len(element)
        or not known
        or not parts.keys() <= {"name", "uri", "email"}
    ):
        raise Odd("an unusual author")
    name = (parts["name"].text or "").strip() if "name" in parts else ""
    if not name or any(map(len, element)) or (not name.isascii() and as_shown(name) != name):
        raise Odd("an author without a name")
    return name


def atom_contributor(_: Item, element: Element) -> None:
    """Checked, and left out."""
    _person(element)


def _atom_category(found: Item, element: Element) -> None:
    if len(element) or (element.text or "").strip():
        raise Odd("a category with contents")
    found.tags.append(element.get("term") or element.get("label") or "")


def _atom_rights(_: Item, element: Element) -> None:
    text(element)


_ITEM: Mapping[str, Take] = {
    "title": _item_title,
    "link": item_link,
    "description": _item_summary,
    "itunes:summary": _item_summary,
    "content:encoded": _item_content,
    "guid": _item_guid,
    "pubDate": _item_published,
    "dc:date": _item_updated,
    "atom:updated": _item_updated,
    "author": _item_author,
    "dc:creator": _item_author,
    "itunes:author": _item_author,
    "category": _item_category,
    "dc:subject": _item_category,
    "media:keywords": _item_keywords,
    "source": _item_source,
    "atom:link": _foreign_link,
    "feedburner:origLink": _item_origin,
}
_ENTRY: Mapping[str, Take] = {
    "atom:title": _atom_title,
    "atom:link": _atom_link,
    "atom:id": atom_id,
    "atom:published": _item_published,
    "atom:updated": _item_updated,
    "atom:summary": _atom_summary,
    "atom:content": _atom_content,
    "atom:author": atom_author,
    "atom:contributor": atom_contributor,
    "atom:category": _atom_category,
    "atom:rights": _atom_rights,
    "media:keywords": _item_keywords,
    "feedburner:origLink": _item_origin,
}
