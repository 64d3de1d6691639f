"""RSS 2.0 and Atom as most publishers write them, read in a fraction of the time. Pure.

Only what can be read without any doubt; the rest raises `Odd` and is for the reader that knows
every dialect. What is read here has to come out as it would there, field by field: so its habits
are kept (which of two descriptions is the summary, what becomes the link of an item without one),
and whatever would need a habit that is not kept here is odd.
"""

from xml.etree.ElementTree import Element

from monitor.formats import entry
from monitor.formats.plain import tree
from monitor.formats.plain.feed import PlainFeed
from monitor.formats.plain.odd import Odd
from monitor.model import Document

__all__ = ["MOST_BYTES", "Odd", "read"]

MOST_BYTES = tree.MOST_BYTES
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def read(body: bytes, *, url: str, content_type: str = "", language: str = "") -> Document:
    """Read a feed found at `url`; `language` is for one that names none. Raises Odd."""
    root, names = tree.parse(body, content_type)
    if root.tag == "rss":
        found, parent = PlainFeed(names, _language_of(root, {"version"})), _channel(root)
    elif root.tag == "{http://www.w3.org/2005/Atom}feed":
        found, parent = PlainFeed(names, _language_of(root, set()), is_atom=True), root
    else:
        raise Odd(f"a {root.tag}")
    found.read(parent)
    return found.document(body, url=url, language=language)


def _channel(root: Element) -> Element:
    if len(root) != 1 or root[0].tag != "channel" or root[0].attrib:
        raise Odd("no plain channel")
    return root[0]


def _language_of(root: Element, allowed: set[str]) -> str:
    if not root.attrib.keys() <= {*allowed, _LANG}:
        raise Odd("attributes of the root")
    given = root.get(_LANG)
    if given is not None and not entry.language(given):
        raise Odd("a language that is none")
    return entry.language(given)
