"""Reads JSON Feed 1.0 and 1.1 (jsonfeed.org): a JSON object with `version` and `items`. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from monitor.formats import entry
from monitor.model import Article, Document

_VERSION = "jsonfeed.org/version/1"


class NotAFeed(ValueError):
    """JSON, but not a JSON Feed."""


def read(data: bytes, *, url: str, language: str = "") -> Document:
    """The document found at `url`. `language` is for entries of a feed that names none.

    Raises NotAFeed, or ValueError with place and reason when it is not JSON. An item that cannot be
    read is skipped and counted.
    """
    feed = _load(data)
    version, items = feed.get("version"), feed.get("items")
    if not isinstance(items, list) or not (isinstance(version, str) and _VERSION in version):
        raise NotAFeed("JSON, but not a JSON Feed")
    source = entry.Source(
        url=url,
        title=entry.line(feed.get("title")),
        language=entry.language(feed.get("language"), language),
    )
    authors = _authors(feed)
    articles = [_read_item(item, source, authors) for item in items]
    readable = [article for article in articles if article is not None]
    return Document(
        title=source.title,
        link=entry.link(feed.get("home_page_url"), url),
        language=entry.language(feed.get("language")),
        articles=entry.tell_apart(readable),
        skipped=len(articles) - len(readable),
        older=entry.link(feed.get("next_url"), url),
        hub=entry.link(_hub(feed), url),
        topic=entry.link(feed.get("feed_url"), url),
    )


def _load(data: bytes) -> Mapping[str, Any]:
    try:
        loaded = json.loads(data)
    except RecursionError:
        raise ValueError("not readable as JSON: nested too deep") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"not readable as JSON: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not readable as JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError as error:  # a number of a million digits
        raise ValueError(f"not readable as JSON: {error}") from None
    if not isinstance(loaded, dict):
        raise NotAFeed("JSON, but not a JSON Feed")
    return loaded


def _read_item(item: object, source: entry.Source, feed_authors: str) -> Article | None:
    if not isinstance(item, dict):
        return None
    title = entry.markup(entry.line(item.get("title"), entry.LONGEST_TITLE))
    summary = entry.markup(entry.text(item.get("summary"), entry.LONGEST_TEXT))
    content = entry.text(item.get("content_html"), entry.LONGEST_TEXT)
    content = content or entry.markup(entry.text(item.get("content_text"), entry.LONGEST_TEXT))
    guid = item.get("id")
    guid = guid if isinstance(guid, str) else str(guid) if isinstance(guid, int | float) else ""
    url = entry.link(item.get("url"), source.url) or entry.link(item.get("external_url"), source.url)
    if not (guid or url or title or summary or content):
        return None
    return Article(
        id=entry.identity(guid, url, title, summary, content),
        title=title,
        summary=summary,
        content=content,
        url=url or entry.link(guid if "://" in guid else "", source.url),
        source=source.title,
        author=_authors(item) or feed_authors,
        language=entry.language(item.get("language"), source.language),
        tags=entry.tags(_list(item.get("tags"))),
        published_at=entry.iso_instant(item.get("date_published")),
        updated_at=entry.iso_instant(item.get("date_modified")),
    )


def _hub(feed: Mapping[str, Any]) -> object:
    """The first hub of the kind that we speak with."""
    hubs = (hub for hub in _list(feed.get("hubs")) if isinstance(hub, dict))
    return next((hub.get("url") for hub in hubs if str(hub.get("type")).lower() == "websub"), "")


def _authors(holder: Mapping[str, Any]) -> str:
    """The names of `authors` (1.1) or `author` (1.0)."""
    authors: Iterable[Any] = _list(holder.get("authors")) or [holder.get("author")]
    names = (entry.line(author.get("name")) for author in authors if isinstance(author, dict))
    return ", ".join(dict.fromkeys(name for name in names if name))[: entry.LONGEST_NAME]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
