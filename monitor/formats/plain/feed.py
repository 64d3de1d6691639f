"""A plain feed while its elements come by, and the document that it becomes. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.etree.ElementTree import Element

from monitor.formats import entry, hints
from monitor.formats.plain import elements
from monitor.formats.plain.item import Item, joined
from monitor.formats.plain.names import Names, is_quiet
from monitor.formats.plain.odd import Odd
from monitor.formats.plain.tree import text
from monitor.model import Document

_IGNORED = elements.IGNORED | frozenset(
    "copyright docs generator lastBuildDate pubDate managingEditor webMaster rating cloud skipHours skipDays "
    "dc:creator dc:date".split()
)


@dataclass(slots=True)
class PlainFeed:
    """RSS 2.0 or Atom, while its elements come by."""

    names: Names
    root_language: str
    is_atom: bool = False
    title: str = ""
    language: str = ""
    page: Item = field(default_factory=Item)  # the links, id and author of the feed itself
    related: dict[str, str] = field(default_factory=dict)
    ttl: str | None = None
    period: str | None = None
    frequency: str | None = None
    items: list[Item] = field(default_factory=list)

    def read(self, parent: Element) -> None:
        """Take all elements of RSS's channel or Atom's feed. Raises Odd."""
        self.language = self.root_language
        known, items = (_ATOM, "atom:entry") if self.is_atom else (_RSS, "item")
        for element in parent:
            name = self.names.of(element)
            if name == items:
                self.items.append(elements.read_item(element, self.names, is_atom=self.is_atom))
            elif take := known.get(name):
                take(self, element)
            elif not (name in _IGNORED or name.startswith("itunes:") or is_quiet(name)):
                raise Odd(f"<{name}> in a feed")
            elif name.startswith("itunes:"):
                _check_itunes(element)
            elif len(element) and name not in ("skipHours", "skipDays"):
                raise Odd(f"elements within <{name}>")

    def document(self, body: bytes, *, url: str, language: str) -> Document:
        """The document, made of what was taken. Raises Odd."""
        if not self.items:
            raise Odd("no items")
        source = entry.Source(
            url=url, title=entry.line(self.title), language=entry.language(self.language, language)
        )
        author = joined(self.page.authors) if self.is_atom else ""
        made = [one.article(source, language=self.root_language, author=author) for one in self.items]
        articles = [article for article in made if article is not None]
        older = self.related.get("prev-archive") or self.related.get("next") or ""
        return Document(
            title=source.title,
            link=entry.link(self.page.page(), url),
            language=entry.language(self.language),
            articles=entry.tell_apart(articles),
            skipped=len(made) - len(articles),
            hints=hints.read(body, ttl=self.ttl, period=self.period, frequency=self.frequency),
            older=entry.link(older, url),
            hub=entry.link(self.related.get("hub", ""), url),
            topic=entry.link(self.related.get("self", ""), url),
        )


_Take: TypeAlias = Callable[[PlainFeed, Element], None]


def _check_itunes(element: Element) -> None:
    if element.tag.endswith("}summary"):
        raise Odd("a second description of the feed")  # which would count as its first item's content
    for child in element.iter():
        if not child.tag.startswith("{http://www.itunes.com/"):
            raise Odd("others within iTunes' elements")


def _feed_title(feed: PlainFeed, element: Element) -> None:
    if feed.title:
        raise Odd("two titles")
    if element.attrib and not element.attrib.keys() <= {"type"}:
        raise Odd("attributes of a title")
    feed.title = text(element)


def _feed_link(feed: PlainFeed, element: Element) -> None:
    relation, href, kind = elements.link(element)
    feed.related.setdefault(relation, href)
    if relation == "alternate":
        feed.page.take_alternate(href, kind)


def _feed_text(name: str) -> _Take:
    def take(feed: PlainFeed, element: Element) -> None:
        setattr(feed, name, elements.full(element))

    return take


def _feed_image(_: PlainFeed, element: Element) -> None:
    allowed = {"title", "link", "description", "url", "width", "height"}
    if element.attrib or any(len(child) or child.attrib or child.tag not in allowed for child in element):
        raise Odd("an unusual image")


def _feed_ignored(_: PlainFeed, element: Element) -> None:
    if len(element):
        raise Odd(f"elements within {element.tag}")


def _of_page(take: elements.Take) -> _Take:
    return lambda feed, element: take(feed.page, element)


_RSS: Mapping[str, _Take] = {
    "title": _feed_title,
    "link": _of_page(elements.item_link),
    "description": _feed_ignored,
    "category": _feed_ignored,
    "language": _feed_text("language"),
    "ttl": _feed_text("ttl"),
    "sy:updatePeriod": _feed_text("period"),
    "sy:updateFrequency": _feed_text("frequency"),
    "image": _feed_image,
    "atom:link": _feed_link,
}
_ATOM: Mapping[str, _Take] = {
    "atom:title": _feed_title,
    "atom:link": _feed_link,
    "atom:id": _of_page(elements.atom_id),
    "atom:author": _of_page(elements.atom_author),
    "atom:contributor": _of_page(elements.atom_contributor),
    "atom:subtitle": _feed_ignored,
    "atom:published": _feed_ignored,
    "atom:updated": _feed_ignored,
    "atom:generator": _feed_ignored,
    "atom:logo": _feed_ignored,
    "atom:icon": _feed_ignored,
    "atom:rights": _feed_ignored,
    "atom:category": _feed_ignored,
    "sy:updatePeriod": _feed_text("period"),
    "sy:updateFrequency": _feed_text("frequency"),
}
