"""Reads and writes OPML, the subscription lists that feed readers exchange. Pure.

Folders become tags, and so does `category`. What another reader scrapes gets its type as `source`.
What concerns safety or politeness (`every`,
`allow_private`) is neither written nor read: a list from somebody else has no say in it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat

from monitor.formats import entry
from monitor.model import Feed

MOST_BYTES = 16 * 1024 * 1024
MOST_FEEDS = 100_000
MOST_DEPTH = 50
_MOST_TAGS = 20
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(data: bytes) -> tuple[Feed, ...]:
    """The feeds listed, each address once, in the list's order; one in several folders has the tags of all.

    Addresses are as given, except that `feed:` becomes http: they may be of any scheme.
    Raises ValueError with line and column.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES // (1024 * 1024)} MiB")
    parser = expat.ParserCreate()
    outline = _Outline(parser)
    parser.StartElementHandler = outline.start
    parser.EndElementHandler = outline.end
    parser.StartDoctypeDeclHandler = outline.refuse_doctype
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "") or expat.ErrorString(error.code)
        raise ValueError(
            f"line {error.lineno}, column {error.offset + 1}: not well-formed: {reason}"
        ) from None
    except LookupError as error:
        raise ValueError(f"line 1, column 1: {error}") from None
    return tuple(outline.feeds.values())


def write(feeds: Iterable[Feed], *, title: str = "newsmonitor") -> bytes:
    """An OPML 2.0 document in UTF-8; `read` gives the same feeds again, in their order.

    A feed stands in a folder for each of its tags, since most readers know nothing else; `category`
    has the tags too, for their order.
    """
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = _xml(title)
    body = ET.SubElement(root, "body")
    listed = list(feeds)
    for tag, members in groupby(listed, key=lambda feed: feed.tags[:1]):
        _write_folder(body, "".join(tag), members)
    further = dict.fromkeys(tag for feed in listed for tag in feed.tags[1:])
    for tag in further:
        _write_folder(body, tag, (feed for feed in listed if tag in feed.tags[1:]))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _write_folder(body: ET.Element, name: str, members: Iterable[Feed]) -> None:
    """The feeds in a folder; without a name, beside all folders."""
    folder = ET.SubElement(body, "outline", text=_xml(name), title=_xml(name)) if name else body
    for feed in members:
        attributes = {"text": feed.label, "type": "rss", "xmlUrl": feed.url}
        if feed.name:
            attributes["title"] = feed.name
        if tags := [tag for tag in feed.tags if not re.search("[,/]", tag)]:
            attributes["category"] = ",".join(tags)
        if feed.language:
            attributes["language"] = feed.language
        ET.SubElement(folder, "outline", {key: _xml(value) for key, value in attributes.items()})


def _xml(value: str) -> str:
    return _NOT_XML.sub("\ufffd", value)


@dataclass
class _Outline:
    """Follows the elements; `folders` holds a name (or "") for each open outline."""

    parser: expat.XMLParserType
    feeds: dict[str, Feed] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    depth: int = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth == 1 and name.lower() != "opml":
            self._refuse(f"this is <{name[:40]}>, not <opml>")
        if self.depth > MOST_DEPTH:
            self._refuse(f"nested more than {MOST_DEPTH} levels deep")
        if name.lower() == "outline":
            self._open({key.lower(): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self.depth -= 1
        if name.lower() == "outline":
            self.folders.pop()

    def refuse_doctype(self, *_declaration: Any) -> None:
        self._refuse("a document type declaration, which a subscription list has no use for")

    def _refuse(self, why: str) -> NoReturn:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        raise ValueError(f"line {line}, column {column}: {why}")

    def _open(self, attributes: Mapping[str, str]) -> None:
        url = _address(attributes.get("xmlurl", ""))
        name = entry.line(attributes.get("title") or attributes.get("text"))
        self.folders.append("" if url else name)
        if not url:
            return
        if len(self.feeds) >= MOST_FEEDS:
            self._refuse(f"more than {MOST_FEEDS:,} feeds")
        categories = re.split("[,/]", attributes.get("category", ""))
        tags = tuple(dict.fromkeys(tag for tag in (*self.folders, *map(entry.line, categories)) if tag))
        known = self.feeds.get(url) or Feed(
            url=url,
            name=name if name != url else "",
            language=entry.language(attributes.get("language")),
            source=_source(attributes.get("type", "")),
        )
        self.feeds[url] = replace(known, tags=tuple(dict.fromkeys((*known.tags, *tags)))[:_MOST_TAGS])


def _source(kind: str) -> str:
    """What some readers scrape has a type such as `HTML+XPath`; all others are feeds, whatever they say."""
    return entry.line(kind).lower() if "+" in kind else ""


def _address(value: str) -> str:
    """The address meant; some readers write `feed:` before it or instead of its scheme."""
    url = entry.text(value, entry.LONGEST_URL).strip()
    if url.lower().startswith("feed:"):
        rest = url[5:]
        return f"http:{rest}" if rest.startswith("//") else rest
    return url
