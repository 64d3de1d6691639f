"""RSS 2.0 and Atom as most publishers write them, read in a thirtieth of the time. Pure.

Only what can be read without any doubt; the rest raises `plainxml.Odd` and is for the reader that
knows every dialect. What is read here has to come out as it would there, field by field: so its
habits are kept (which of two descriptions is the summary, what becomes the link of an item without
one), and whatever would need a habit that is not kept here is odd.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element

from monitor.formats import entry, hints, plainxml
from monitor.formats.plainxml import Names, Odd, instant, text
from monitor.model import Article, Document

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_IGNORED = frozenset(
    "comments enclosure "
    "dc:identifier dc:publisher dc:rights dc:type dc:format dc:source dc:coverage dc:relation "
    "media:thumbnail media:credit media:copyright media:rating media:text media:hash media:player "
    "media:restriction media:adult media:community media:statistics media:license media:status "
    "itunes:duration itunes:explicit itunes:block itunes:order itunes:episode itunes:season "
    "itunes:episodeType itunes:image itunes:subtitle itunes:title itunes:isClosedCaptioned "
    "georss:point georss:featurename georss:featureName feedburner:info feedburner:feedFlare "
    "feedburner:emailServiceId feedburner:feedburnerHostname".split()
)
_CHANNEL_IGNORED = _IGNORED | frozenset(
    "copyright docs generator lastBuildDate pubDate managingEditor webMaster rating cloud skipHours skipDays "
    "dc:creator dc:date".split()
)
_CONTAINERS = frozenset({"media:group", "media:content"})
_LINK_ATTRIBUTES = frozenset({"href", "rel", "type", "title", "hreflang", "length"})
_HTML = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})


def read(body: bytes, *, url: str, content_type: str = "", language: str = "") -> Document:
    """Read a feed found at `url`; `language` is for one that names none. Raises Odd."""
    root, names = plainxml.parse(body, content_type)
    if root.tag == "rss":
        (channel,) = _only(root)
        if channel.tag != "channel" or channel.attrib:
            raise Odd("no channel")
        found = _Feed(names, _root_language(root, {"version"}), items="item")
        found.read(channel, _CHANNEL)
    elif root.tag == "{http://www.w3.org/2005/Atom}feed":
        found = _Feed(names, _root_language(root, set()), items="atom:entry", is_atom=True)
        found.read(root, _ATOM_FEED)
    else:
        raise Odd(f"a {root.tag}")
    return found.document(body, url=url, language=language)


def _only(root: Element) -> Element:
    if len(root) != 1:
        raise Odd("not one channel")
    return root


def _root_language(root: Element, allowed: set[str]) -> str:
    if not root.attrib.keys() <= {*allowed, _LANG}:
        raise Odd("attributes of the root")
    given = root.get(_LANG)
    if given is not None and not entry.language(given):
        raise Odd("a language that is none")
    return entry.language(given)


@dataclass(slots=True)
class _Entry:
    """An item while its elements come by, in the terms of the reader whose habits are kept."""

    is_atom: bool = False
    guid: str | None = None
    link: str | None = None
    alternates: list[str] = field(default_factory=list)
    title: str = ""
    title_is_plain: bool = False
    title_at: int | None = None  # how deep in the item the kept one stood
    title_seen: int = -1  # how deep the last one stood that was not empty
    summary: str | None = None
    summary_is_plain: bool = False
    summary_at: int | None = None
    has_summary: bool = False  # one of its own, not a content that serves as one
    contents: list[str] = field(default_factory=list)
    has_content: bool = False
    authors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    outlet: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    origin: str = ""

    def take_title(self, value: str, depth: int, *, plain: bool, aside: bool = False) -> None:
        """`aside`: the title of something else in the item, such as a picture."""
        if not -1 < self.title_seen <= depth:
            if self.title_at is None or depth <= self.title_at:
                self.title, self.title_at = value, depth
            self.title_is_plain = plain
        if value and not aside:
            self.title_seen = depth

    def take_summary(self, value: str, depth: int, *, plain: bool, plain_content: bool) -> None:
        """The second of two descriptions is the content, where there is none."""
        if self.summary is not None and not self.has_content:
            self.take_content(value, plain=plain_content)
            return
        if self.summary_at is None or depth <= self.summary_at:
            self.summary, self.summary_at = value, depth
        self.summary_is_plain, self.has_summary = plain, True

    def take_content(self, value: str, *, plain: bool) -> None:
        """A text as content; it stands for the summary where there is none."""
        self.has_content = True
        self.contents.append(self.marked_up(value, plain, entry.LONGEST_TEXT))
        if self.summary is None:
            self.summary = value

    def take_alternate(self, href: str, kind: str) -> None:
        """A link element of Atom to the article's own page."""
        self.alternates.append(href)
        if kind in _HTML:
            self.link = href

    def marked_up(self, value: str, plain: bool, limit: int) -> str:
        """Cleaned; in Atom, what is declared to be plain is made HTML where it would be misread."""
        given = entry.text(value, limit)
        return entry.markup(given) if plain and self.is_atom else given

    def page(self) -> str:
        """The address of the article's own page."""
        if self.link and self.link != self.guid:
            return self.link
        is_address = bool(self.link) and str(self.link).startswith(("http://", "https://"))
        return next(filter(None, self.alternates), str(self.link) if is_address else "")

    def article(self, source: entry.Source, *, language: str, author: str) -> Article | None:
        """The article, or None where nothing could be told of it."""
        url = entry.link(self.page(), source.url)
        title = " ".join(self.marked_up(self.title, self.title_is_plain, entry.LONGEST_TITLE).split())
        summary = ""
        if self.has_summary:
            summary = self.marked_up(self.summary or "", self.summary_is_plain, entry.LONGEST_TEXT)
        content = max(self.contents, key=len, default="")
        if not (self.guid or url or title or summary or content):
            return None
        has_text = self.title_at is not None or self.has_summary or self.contents
        origin = entry.link(self.origin, source.url)
        return Article(
            id=entry.identity(self.guid, url, title, summary, content),
            title=title,
            summary=summary,
            content=content,
            url=url,
            source=entry.line(self.outlet) or source.title,
            author=_joined(self.authors) or author,
            language=entry.language(language if has_text else "", source.language),
            tags=entry.tags(self.tags),
            published_at=self.published if self.published or self.is_atom else self.updated,
            updated_at=self.updated,
            aliases=(origin,) if origin else (),
        )


def _joined(authors: list[str]) -> str:
    names = dict.fromkeys(line for name in authors if (line := entry.line(name)))
    return ", ".join(names)[: entry.LONGEST_NAME]


@dataclass(slots=True)
class _Feed:
    """A feed while its elements come by."""

    names: Names
    root_language: str
    items: str
    is_atom: bool = False
    title: str = ""
    title_at: int = 0
    language: str = ""
    page: _Entry = field(default_factory=_Entry)  # the links, id and author of the feed itself
    related: dict[str, str] = field(default_factory=dict)
    ttl: str | None = None
    period: str | None = None
    frequency: str | None = None
    entries: list[_Entry] = field(default_factory=list)

    def read(self, parent: Element, elements: Mapping[str, "_TakeFeed"]) -> None:
        """Take all of a channel's elements."""
        self.language = self.root_language
        item_elements = _ATOM_ENTRY if self.is_atom else _ITEM
        for element in parent:
            name = self.names.of(element)
            if name == self.items:
                self.entries.append(_read_item(element, self.names, item_elements, self.is_atom))
            elif take := elements.get(name):
                take(self, element)
            elif not (name in _CHANNEL_IGNORED or name.startswith("itunes:") or plainxml.is_quiet(name)):
                raise Odd(f"<{name}> in a feed")
            elif name.startswith("itunes:"):
                _check_itunes(element)
            elif len(element) and name not in ("skipHours", "skipDays"):
                raise Odd(f"elements within <{name}>")

    def document(self, body: bytes, *, url: str, language: str) -> Document:
        """The document, made of what was taken."""
        if not self.entries:
            raise Odd("no items")
        source = entry.Source(
            url=url, title=entry.line(self.title), language=entry.language(self.language, language)
        )
        author = _joined(self.page.authors) if self.is_atom else ""
        made = [one.article(source, language=self.root_language, author=author) for one in self.entries]
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


_TakeFeed = Callable[[_Feed, Element], None]
_TakeItem = Callable[[_Entry, Element], None]


def _read_item(element: Element, names: Names, elements: Mapping[str, _TakeItem], is_atom: bool) -> _Entry:
    if element.attrib:
        raise Odd("attributes of an item")
    found = _Entry(is_atom)
    for child in element:
        name = names.of(child)
        take = elements.get(name)
        if take is not None:
            take(found, child)
        else:
            _pass_by(found, child, name, names, depth=1)
    return found


def _pass_by(found: _Entry, element: Element, name: str, names: Names, *, depth: int) -> None:
    """An element that says nothing of the article, or something about a picture or film in it."""
    if name in _CONTAINERS and depth < 4:
        for child in element:
            _pass_by(found, child, names.of(child), names, depth=depth + 1)
    elif name == "media:title":
        found.take_title(text(element), depth, plain=_is_plain(element, "plain"), aside=True)
    elif name == "media:description":
        found.take_summary(
            text(element),
            depth,
            plain=_is_plain(element, "html"),
            plain_content=_is_plain(element, "plain"),
        )
    elif not (name in _IGNORED or plainxml.is_quiet(name)) or len(element):
        raise Odd(f"<{name}> in an item")


def _is_plain(element: Element, default: str) -> bool:
    """Whether the text is declared to be plain. Raises Odd for more than the two common kinds."""
    kind = element.get("type", default)
    if (element.attrib and element.attrib.keys() != {"type"}) or kind not in ("text", "plain", "html"):
        raise Odd(f"attributes of {element.tag}")
    return kind != "html"


def _bare(element: Element, *allowed: str) -> str:
    """The text of an element without attributes but those allowed."""
    if element.attrib and not element.attrib.keys() <= set(allowed):
        raise Odd(f"attributes of {element.tag}")
    return text(element)


def _full(element: Element, *allowed: str) -> str:
    value = _bare(element, *allowed)
    if not value:
        raise Odd(f"an empty {element.tag}")
    return value


def _check_itunes(element: Element) -> None:
    if element.tag.endswith("}summary"):
        raise Odd("a second description of the feed")  # which would count as its first item's content
    for child in element.iter():
        if not child.tag.startswith("{http://www.itunes.com/"):
            raise Odd("others within iTunes' elements")


def _item_link(found: _Entry, element: Element) -> None:
    value = _bare(element)
    if "&" in value and (";" in value or "&amp" in value):
        raise Odd("entities in a link")
    found.link = value
    found.alternates.append(value)


def _item_guid(found: _Entry, element: Element) -> None:
    found.guid = _bare(element, "isPermaLink")
    if element.get("isPermaLink", "true") == "true" and found.link is None:
        found.link = found.guid


def _item_author(found: _Entry, element: Element) -> None:
    name = _full(element)
    if "@" in name:
        raise Odd("an address among the authors")
    found.authors.append(name)


def _item_category(found: _Entry, element: Element) -> None:
    found.tags.append(_full(element, "domain"))


def _item_source(found: _Entry, element: Element) -> None:
    found.outlet = _bare(element, "url")
    found.title_seen = -1


def _item_published(found: _Entry, element: Element) -> None:
    found.published = instant(_full(element))


def _item_updated(found: _Entry, element: Element) -> None:
    found.updated = instant(_full(element))


def _item_origin(found: _Entry, element: Element) -> None:
    found.origin = _bare(element)


def _item_title(found: _Entry, element: Element) -> None:
    found.take_title(_bare(element), 1, plain=False)


def _item_summary(found: _Entry, element: Element) -> None:
    found.take_summary(_bare(element), 1, plain=False, plain_content=False)


def _item_content(found: _Entry, element: Element) -> None:
    found.take_content(_bare(element), plain=False)


def _link(element: Element) -> tuple[str, str, str]:
    """Relation, address and type of a link element of Atom."""
    href = element.get("href", "")
    if len(element) or not href or not element.attrib.keys() <= _LINK_ATTRIBUTES:
        raise Odd("a link without an address")
    return element.get("rel", "alternate").lower(), href, element.get("type", "text/html").lower()


def _foreign_link(_: _Entry, element: Element) -> None:
    """A link element of Atom in an item of RSS."""
    if _link(element)[0] == "alternate":
        raise Odd("a second link")


def _atom_link(found: _Entry, element: Element) -> None:
    relation, href, kind = _link(element)
    if relation == "alternate":
        found.take_alternate(href, kind)


def _atom_id(found: _Entry, element: Element) -> None:
    found.guid = _bare(element)
    if found.link is None:
        found.link = found.guid


def _atom_title(found: _Entry, element: Element) -> None:
    found.take_title(text(element), 1, plain=_is_plain(element, "text"))


def _atom_summary(found: _Entry, element: Element) -> None:
    plain = _is_plain(element, "text")
    found.take_summary(text(element), 1, plain=plain, plain_content=plain)


def _atom_content(found: _Entry, element: Element) -> None:
    found.take_content(text(element), plain=_is_plain(element, "text"))


def _atom_author(found: _Entry, element: Element) -> None:
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
    if not name or any(map(len, element)) or (not name.isascii() and plainxml.as_shown(name) != name):
        raise Odd("an author without a name")
    return name


def _atom_contributor(_: _Entry, element: Element) -> None:
    _person(element)


def _atom_category(found: _Entry, element: Element) -> None:
    if len(element) or (element.text or "").strip():
        raise Odd("a category with contents")
    found.tags.append(element.get("term") or element.get("label") or "")


def _atom_rights(_: _Entry, element: Element) -> None:
    text(element)


_ITEM: Mapping[str, _TakeItem] = {
    "title": _item_title,
    "link": _item_link,
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
    "source": _item_source,
    "atom:link": _foreign_link,
    "feedburner:origLink": _item_origin,
}
_ATOM_ENTRY: Mapping[str, _TakeItem] = {
    "atom:title": _atom_title,
    "atom:link": _atom_link,
    "atom:id": _atom_id,
    "atom:published": _item_published,
    "atom:updated": _item_updated,
    "atom:summary": _atom_summary,
    "atom:content": _atom_content,
    "atom:author": _atom_author,
    "atom:contributor": _atom_contributor,
    "atom:category": _atom_category,
    "atom:rights": _atom_rights,
    "feedburner:origLink": _item_origin,
}


def _feed_title(feed: _Feed, element: Element) -> None:
    if feed.title:
        raise Odd("two titles")
    if element.attrib and not element.attrib.keys() <= {"type"}:
        raise Odd("attributes of a title")
    feed.title = text(element)


def _feed_link(feed: _Feed, element: Element) -> None:
    relation, href, kind = _link(element)
    feed.related.setdefault(relation, href)
    if relation == "alternate":
        feed.page.take_alternate(href, kind)


def _feed_text(name: str) -> _TakeFeed:
    def take(feed: _Feed, element: Element) -> None:
        setattr(feed, name, _full(element))

    return take


def _feed_image(_: _Feed, element: Element) -> None:
    allowed = {"title", "link", "description", "url", "width", "height"}
    if element.attrib or any(len(child) or child.attrib or child.tag not in allowed for child in element):
        raise Odd("an unusual image")


def _feed_ignored(_: _Feed, element: Element) -> None:
    if len(element):
        raise Odd(f"elements within {element.tag}")


def _of_page(take: _TakeItem) -> _TakeFeed:
    return lambda feed, element: take(feed.page, element)


_CHANNEL: Mapping[str, _TakeFeed] = {
    "title": _feed_title,
    "link": _of_page(_item_link),
    "description": _feed_ignored,
    "category": _feed_ignored,
    "language": _feed_text("language"),
    "ttl": _feed_text("ttl"),
    "sy:updatePeriod": _feed_text("period"),
    "sy:updateFrequency": _feed_text("frequency"),
    "image": _feed_image,
    "atom:link": _feed_link,
}
_ATOM_FEED: Mapping[str, _TakeFeed] = {
    "atom:title": _feed_title,
    "atom:link": _feed_link,
    "atom:id": _of_page(_atom_id),
    "atom:author": _of_page(_atom_author),
    "atom:contributor": _of_page(_atom_contributor),
    "atom:subtitle": _feed_ignored,
    "atom:updated": _feed_ignored,
    "atom:generator": _feed_ignored,
    "atom:logo": _feed_ignored,
    "atom:icon": _feed_ignored,
    "atom:rights": _feed_ignored,
    "atom:category": _feed_ignored,
    "sy:updatePeriod": _feed_text("period"),
    "sy:updateFrequency": _feed_text("frequency"),
}
