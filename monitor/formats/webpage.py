"""Reads the articles off a web page by CSS selectors. Pure; needs the extra `[pages]` (lxml, cssselect).

An article is what `item` selects, and is told by its link: one that is listed again, under another
headline or in another place, is the same. A selector may end in `@attribute`, which takes that
attribute instead of the text.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from monitor.errors import PollReason
from monitor.formats import entry
from monitor.formats.source import Page, Source, Unreadable, refuse_options
from monitor.model import Article, Document

KEYS = ("item", "title", "link", "date", "date_format", "summary", "author")
INSTALL = "pip install 'newsmonitor[pages]'"
MOST_ARTICLES = 1_000
_ATTRIBUTE = re.compile(r"\s*@([\w:.-]+)$")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class Selector(NamedTuple):
    """Which elements, and what of the first of them: an attribute, or its text when that is ""."""

    find: Callable[[Any], list[Any]]
    attribute: str


def create(options: Mapping[str, str]) -> Source:
    """The source `page`. Raises ValueError for a selector that cannot be used, or without the extra."""
    refuse_options(options, known=KEYS)
    if "item" not in options:
        raise ValueError("it needs `item`: the selector of one article")
    written = {name: text for name, text in options.items() if name != "date_format"}
    selectors = {name: compile_selector(text, name) for name, text in written.items()}
    date_format = options.get("date_format", "")

    def read(page: Page) -> Document:
        return _read(page, selectors, date_format, options["item"])

    return read


def compile_selector(text: str, name: str) -> Selector:
    """A selector ready for use. Raises ValueError saying what is wrong with it."""
    try:
        from cssselect import HTMLTranslator, SelectorError
        from lxml import etree
    except ImportError:
        raise ValueError(f"reading pages needs an extra: {INSTALL}") from None
    attribute = ""
    if found := _ATTRIBUTE.search(text):
        attribute, text = found[1].lower(), text[: found.start()]
    try:
        path = HTMLTranslator().css_to_xpath(text) if text else "self::*"
        find: Callable[[Any], list[Any]] = etree.XPath(path)
    except (SelectorError, etree.XPathError) as error:
        raise ValueError(f"`{name}` is no CSS selector: {error}") from None
    return Selector(find, attribute)


def _read(page: Page, selectors: Mapping[str, Selector], date_format: str, shown: str) -> Document:
    root = _parse(page)
    base = _base(root, page.url)
    items = selectors["item"].find(root)
    articles: dict[str, Article] = {}
    skipped = 0
    for item in items:
        article = _article(item, selectors, date_format, base, page.language)
        if article is None or len(articles) >= MOST_ARTICLES:
            skipped += 1
        else:
            articles.setdefault(article.id, article)
    if not articles:
        what = f"{len(items)} of `{shown}`, none with a link" if items else f"`{shown}` selects nothing"
        raise Unreadable(
            f"no articles in the page: {what[:200]}; has the page changed?", PollReason.NO_ARTICLES
        )
    title = " ".join("".join(root.xpath("//title[1]//text()")).split())
    return Document(
        title=entry.line(title),
        link=page.url,
        language=entry.language(root.get("lang")),
        articles=tuple(articles.values()),
        skipped=skipped,
    )


def _parse(page: Page) -> Any:
    from lxml import etree, html

    named = _CHARSET.search(page.content_type)
    try:
        parser = html.HTMLParser(encoding=named[1] if named else None)
    except LookupError:  # a charset that there is not: the page may know better
        parser = html.HTMLParser()
    try:
        root = html.document_fromstring(page.body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise Unreadable(f"not readable as HTML: {error}"[:300]) from None
    return root


def _base(root: Any, url: str) -> str:
    for href in root.xpath("//base/@href")[:1]:
        return entry.link(href, url) or url
    return url


def _article(
    item: Any, selectors: Mapping[str, Selector], date_format: str, base: str, language: str
) -> Article | None:
    """The article of one element; None when there is no link in it."""
    url = entry.link(_link(item, selectors.get("link")), base)
    if not url:
        return None
    title = _value(item, selectors["title"]) if "title" in selectors else _headline(item)
    return Article(
        id=entry.identity("", _without_fragment(url)),
        title=entry.markup(entry.line(title, entry.LONGEST_TITLE)),
        summary=entry.markup(entry.line(_optional(item, selectors, "summary"), entry.LONGEST_TEXT)),
        url=url,
        author=entry.line(_optional(item, selectors, "author")),
        language=entry.language(_language(item), language),
        published_at=_date(item, selectors.get("date"), date_format),
    )


def _without_fragment(url: str) -> str:
    """A place within the page says nothing, unless it is a route: `#/news/1`, `#!news/1`."""
    page, _, fragment = url.partition("#")
    return url if fragment.startswith(("/", "!")) else page


def _link(item: Any, selector: Selector | None) -> str:
    """Where the item leads: by the selector, else by itself, the first link in it, or the link around it."""
    if selector is None:
        found = item.xpath("self::a[@href] | .//a[@href] | ancestor::a[@href]")
        own = [link for link in found if link is item]
        return str((own or found)[0].get("href")) if found else ""
    if selector.attribute:
        return _value(item, selector)
    return next((str(link.get("href") or "") for link in selector.find(item)), "")


def _headline(item: Any) -> str:
    """The first heading, else the text of the first link that has one, else all text."""
    for path in (".//h1|.//h2|.//h3|.//h4|.//h5|.//h6", "self::a|.//a[@href]"):
        for element in item.xpath(path):
            if text := _text(element):
                return text
    return _text(item)


def _optional(item: Any, selectors: Mapping[str, Selector], name: str) -> str:
    return _value(item, selectors[name]) if name in selectors else ""


def _value(item: Any, selector: Selector) -> str:
    """What the first element found says."""
    for element in selector.find(item):
        text = str(element.get(selector.attribute) or "") if selector.attribute else _text(element)
        if text:
            return text
    return ""


def _text(element: Any) -> str:
    """The visible text of an element, blocks kept apart."""
    parts = element.xpath(".//text()[not(ancestor::script or ancestor::style)]")
    return " ".join(" ".join(parts).split())


def _language(item: Any) -> str:
    for found in item.xpath("ancestor-or-self::*[@lang][1]/@lang"):
        return str(found)
    return ""


def _date(item: Any, selector: Selector | None, date_format: str) -> datetime | None:
    """By the selector, else what the first <time> says. ISO 8601, a mail's date, or the given format."""
    if selector is None:
        text = next(iter(item.xpath(".//time/@datetime")), "")
        return entry.iso_instant(text)
    elements = selector.find(item)
    if not selector.attribute and elements and elements[0].get("datetime"):
        return entry.iso_instant(elements[0].get("datetime"))
    text = _value(item, selector)[:200]
    try:
        if date_format:
            return entry.instant(datetime.strptime(text, date_format))  # noqa: DTZ007 (UTC unless it says)
        return entry.iso_instant(text) or entry.instant(parsedate_to_datetime(text))
    except ValueError:
        return None
