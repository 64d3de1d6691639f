"""Makes articles of the entries that feedparser found. Knows its dictionaries, imports nothing of it."""

from calendar import timegm
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from monitor.formats import entry
from monitor.model import Article, Document, Hints

Raw = Mapping[str, Any]


def read(feed: Raw, entries: Iterable[Raw], *, version: str, source: entry.Source, hints: Hints) -> Document:
    """The whole document; an entry that cannot be read is skipped and counted."""
    is_atom = version.startswith("atom")
    author = _author(feed) if is_atom else ""  # of an RSS feed it is the editor, not the author
    articles, skipped = [], 0
    for raw in entries:
        try:
            article = _read_entry(raw, source, feed_author=author, is_atom=is_atom)
        except (AttributeError, KeyError, TypeError, ValueError, IndexError):
            article = None
        if article is None:
            skipped += 1
        else:
            articles.append(article)
    return Document(
        title=source.title,
        link=entry.link(_link(feed), source.url),
        language=entry.language(_get(feed, "language")),
        articles=entry.tell_apart(articles),
        skipped=skipped,
        hints=hints,
        older=entry.link(_older(feed), source.url),
        hub=entry.link(_related(feed, "hub"), source.url),
        topic=entry.link(_related(feed, "self"), source.url),
    )


def _read_entry(raw: Raw, source: entry.Source, *, feed_author: str, is_atom: bool) -> Article | None:
    base = _base(raw, source.url)
    url = entry.link(_link(raw), base)
    title = _marked_up(_get(raw, "title"), _get(raw, "title_detail"), is_atom, entry.LONGEST_TITLE)
    title = " ".join(title.split())
    summary = _summary(raw, is_atom)
    content = _content(raw, is_atom)
    guid = _get(raw, "id")
    if not (guid or url or title or summary or content):
        return None
    published, updated = _instant(raw, "published_parsed"), _instant(raw, "updated_parsed")
    if published is None:
        # RSS 1.0 has one date only, and its Dublin Core name reads as "updated".
        published = _instant(raw, "created_parsed") or (None if is_atom else updated)
    return Article(
        id=entry.identity(guid, url, title, summary, content),
        title=title,
        summary=summary,
        content=content,
        url=url,
        source=_outlet(raw) or source.title,
        author=_author(raw) or feed_author,
        language=_language(raw, source.language),
        tags=entry.tags(_tag_texts(raw)),
        published_at=published,
        updated_at=updated,
        aliases=_aliases(raw, base),
    )


def _aliases(raw: Raw, base: str) -> tuple[str, ...]:
    """The article's own address, where the feed's links lead over a counter (FeedBurner)."""
    own = _get(raw, "feedburner_origlink")
    found = entry.link(own, base) if isinstance(own, str) else ""
    return (found,) if found else ()


def _older(feed: Raw) -> str:
    """The page before this one: of an archive, or of a paged feed (RFC 5005)."""
    return _related(feed, "prev-archive", "next")


def _related(feed: Raw, *relations: str) -> str:
    """The first link of the feed that is of the first of these relations that it has."""
    links = [link for link in _get(feed, "links") or [] if isinstance(link, dict)]
    for relation in relations:
        for link in links:
            href = _get(link, "href")
            if _get(link, "rel") == relation and isinstance(href, str):
                return href
    return ""


def _get(raw: Raw, key: str) -> Any:
    """The value under exactly this key: feedparser's own look-up has fall-backs that lie."""
    return dict.get(raw, key) if isinstance(raw, dict) else None


def _base(raw: Raw, url: str) -> str:
    """What links are relative to: the feed's address, or an xml:base at the feed's own host."""
    for key in ("title_detail", "summary_detail"):
        base = _get(_get(raw, key) or {}, "base")
        if not isinstance(base, str) or not base:
            continue
        try:
            absolute = urljoin(url, base)
            if urlsplit(absolute).netloc == urlsplit(url).netloc:
                return absolute
        except ValueError:
            return url
    return url


def _link(raw: Raw) -> str:
    """The entry's own page: its link, else the first alternate of any type.

    Where there is no link, feedparser shows the id there: then only a whole web address will do.
    """
    found = _get(raw, "link")
    if not found or found == _get(raw, "id"):
        links = _get(raw, "links") or []
        alternates = (_get(link, "href") for link in links if _get(link, "rel") == "alternate")
        is_address = isinstance(found, str) and found.startswith(("http://", "https://"))
        found = next((href for href in alternates if href), found if is_address else "")
    return found if isinstance(found, str) else ""


def _marked_up(value: Any, detail: Any, is_atom: bool, limit: int) -> str:
    """As given, except that Atom's declared plain text becomes HTML where it would be misread as such.

    RSS does not say which of the two it is.
    """
    given = entry.text(value, limit)
    is_plain = is_atom and _get(detail or {}, "type") == "text/plain"
    return entry.markup(given) if is_plain else given


def _summary(raw: Raw, is_atom: bool) -> str:
    """The summary, if the entry has one: without, feedparser shows the content there."""
    detail = _get(raw, "summary_detail")
    return _marked_up(_get(raw, "summary"), detail, is_atom, entry.LONGEST_TEXT) if detail else ""


def _content(raw: Raw, is_atom: bool) -> str:
    """The longest of the texts an entry gives as its content."""
    parts = _get(raw, "content") or []
    texts = (_marked_up(_get(part, "value"), part, is_atom, entry.LONGEST_TEXT) for part in parts)
    return max(texts, key=len, default="")


def _outlet(raw: Raw) -> str:
    """The outlet that an aggregated entry comes from."""
    return entry.line(_get(_get(raw, "source") or {}, "title"))


def _author(raw: Raw) -> str:
    authors = _get(raw, "authors") or []
    names = (entry.line(_get(author, "name") or _get(author, "email")) for author in authors)
    joined = ", ".join(dict.fromkeys(name for name in names if name))
    return joined[: entry.LONGEST_NAME] or entry.line(_get(raw, "author"))


def _language(raw: Raw, fallback: str) -> str:
    details = [_get(raw, "title_detail"), *(_get(raw, "content") or []), _get(raw, "summary_detail")]
    inherited = (_get(detail or {}, "language") for detail in details)
    return entry.language(_get(raw, "language"), *inherited, fallback)


def _tag_texts(raw: Raw) -> Iterable[Any]:
    return (_get(tag, "term") or _get(tag, "label") for tag in _get(raw, "tags") or [])


def _instant(raw: Raw, key: str) -> datetime | None:
    """feedparser's dates are time tuples in UTC, some of them of impossible years."""
    parsed = _get(raw, key)
    if not parsed:
        return None
    try:
        return entry.instant(datetime.fromtimestamp(timegm(parsed), UTC))
    except (ValueError, OverflowError, OSError, TypeError):
        return None
