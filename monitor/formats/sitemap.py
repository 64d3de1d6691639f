"""Reads sitemaps (sitemaps.org 0.9) with Google's news extension, and sitemap indexes. Pure.

A news sitemap lists the articles of the last two days with title, date and language. An index has no
articles but further sitemaps: of these, the ones that say "news", else the latest. What is older than
three days is left out: sitemaps list a site's whole past.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.parsers import expat

from monitor.errors import PollReason
from monitor.formats import entry
from monitor.formats.source import Page, Source, Unreadable, refuse_options
from monitor.model import Article, Document

MOST_BYTES = 50 * 1024 * 1024  # decompressed; what the protocol allows
MOST_ARTICLES = 5_000
MOST_FURTHER = 10
NEWS_AGE = timedelta(days=3)
_MOST_DEPTH = 20
_LONGEST_VALUE = 10_000
_GZIP = b"\x1f\x8b"
_ROOT = re.compile(
    rb"\s*(?:<\?[^>]{0,2000}\?>\s*|<!--.{0,20000}?-->\s*)*<(?:[\w.-]{1,40}:)?(urlset|sitemapindex)[\s>]",
    re.DOTALL,
)


def looks_like_one(body: bytes) -> bool:
    """Whether this is a sitemap or an index, compressed or not, by its beginning."""
    if body.startswith(_GZIP):
        try:
            body = zlib.decompressobj(wbits=31).decompress(body[:65_536], 65_536)
        except zlib.error:
            return False
    return _ROOT.match(body.removeprefix(b"\xef\xbb\xbf")) is not None


def create(options: Mapping[str, str]) -> Source:
    """The source `sitemap`; it takes no options."""
    refuse_options(options)
    return read


def read(page: Page) -> Document:
    """The articles of a sitemap, or the addresses of an index in `further`. Raises Unreadable.

    Articles whose dates lie more than three days back are left out, and so are, counted as skipped,
    those beyond the five thousandth.
    """
    listing = _parse(_decompress(page.body))
    if listing.root == "sitemapindex":
        return Document(further=_choose(listing.rows, page))
    since = page.now - NEWS_AGE
    articles: list[Article] = []
    skipped = 0
    for row in listing.rows:
        article = _article(row, page)
        if article is None or len(articles) >= MOST_ARTICLES:
            skipped += 1
        elif _is_new(article.published_at or article.updated_at, since):
            articles.append(article)
    skipped += listing.is_cut
    return Document(articles=entry.tell_apart(articles), skipped=skipped)


def _decompress(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    unzip = zlib.decompressobj(wbits=31)
    try:
        plain = unzip.decompress(body, MOST_BYTES)
    except zlib.error as error:
        raise Unreadable(f"not readable as gzip: {error}") from None
    if unzip.unconsumed_tail:
        limit = MOST_BYTES // (1024 * 1024)
        raise Unreadable(f"more than {limit} MiB when decompressed", PollReason.TOO_LARGE)
    return plain


Row = dict[str, str]  # path below the entry, such as `news/title` → its text


@dataclass
class _Listing:
    """Follows the elements and gathers the entries of the list."""

    root: str = ""
    rows: list[Row] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    row: Row = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    is_cut: bool = False  # it broke off in the middle

    def start(self, name: str, _attributes: Mapping[str, str]) -> None:
        name = name.rpartition(":")[2].lower()
        if not self.path:
            self.root = name
            if name not in ("urlset", "sitemapindex"):
                raise Unreadable(f"this is <{name[:40]}>, not a sitemap", PollReason.NOT_A_FEED)
        self.path.append(name)
        if len(self.path) > _MOST_DEPTH:
            raise Unreadable(f"nested more than {_MOST_DEPTH} levels deep")
        if len(self.path) == 2:
            self.row = {}
        self.text = []

    def characters(self, data: str) -> None:
        if len(self.text) < 64:
            self.text.append(data[:_LONGEST_VALUE])

    def end(self, _name: str) -> None:
        key = "/".join(self.path[2:])
        if key and self.text:
            self.row.setdefault(key, "".join(self.text)[:_LONGEST_VALUE].strip())
        if len(self.path) == 2:
            self.rows.append(self.row)
        self.path.pop()
        self.text = []

    def refuse_doctype(self, *_declaration: Any) -> None:
        raise Unreadable("a document type declaration, which a sitemap has no use for")


def _parse(body: bytes) -> _Listing:
    parser, listing = expat.ParserCreate(), _Listing()
    parser.StartElementHandler = listing.start
    parser.CharacterDataHandler = listing.characters
    parser.EndElementHandler = listing.end
    parser.StartDoctypeDeclHandler = listing.refuse_doctype
    parser.buffer_text = True
    try:
        parser.Parse(body.lstrip(), True)
    except expat.ExpatError as error:
        if not listing.rows:
            reason = expat.ErrorString(error.code)
            raise Unreadable(
                f"not well-formed at line {error.lineno}, column {error.offset + 1}: {reason}"
            ) from None
        listing.is_cut = True
    except LookupError as error:
        raise Unreadable(str(error)) from None
    return listing


def _choose(rows: list[Row], page: Page) -> tuple[str, ...]:
    """The sitemaps of an index that may hold news, the latest first; those that say so, if any do."""
    since = page.now - NEWS_AGE
    dated = []
    for row in rows:
        url, changed_at = entry.link(row.get("loc"), page.url), entry.iso_instant(row.get("lastmod"))
        if url and url != page.url and _is_new(changed_at, since):
            dated.append((changed_at or since, url))
    named = [item for item in dated if "news" in item[1].rpartition("/")[2].lower()]
    latest = sorted(named or dated, key=lambda item: item[0], reverse=True)
    return tuple(dict.fromkeys(url for _, url in latest))[:MOST_FURTHER]


def _is_new(moment: datetime | None, since: datetime) -> bool:
    return moment is None or moment >= since


def _article(row: Row, page: Page) -> Article | None:
    url = entry.link(row.get("loc"), page.url)
    if not url:
        return None
    return Article(
        id=entry.identity("", url),
        title=entry.markup(entry.line(row.get("news/title"), entry.LONGEST_TITLE)),
        url=url,
        source=entry.line(row.get("news/publication/name")),
        language=entry.language(row.get("news/publication/language"), page.language),
        tags=entry.tags(re.split("[,;]", row.get("news/keywords", ""))),
        published_at=entry.iso_instant(row.get("news/publication_date")),
        updated_at=entry.iso_instant(row.get("lastmod")),
    )
