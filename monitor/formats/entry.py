"""What all feed formats have in common: how an entry's raw values become those of an `Article`.

Feeds are hostile: every value is cleaned and cut here, links that are not http(s) vanish, and dates
that no news item has become None. Knows no format.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from urllib.parse import urljoin, urlsplit

from monitor.model import Article
from monitor.text import clean

# Characters. Long enough for what newsrooms publish; a document is capped in bytes beside these.
LONGEST_TITLE = 2_000
LONGEST_TEXT = 1_000_000
LONGEST_NAME = 500
LONGEST_URL = 4_096
LONGEST_ID = 500
MOST_TAGS = 100
_VERSIONS = 2  # of one entry in a document

_YEARS = range(1980, 2100)
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,7}")
# Whole addresses as nearly all are: they stand as they are, and to take them apart costs ten times as much.
_PLAIN_LINK = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?/[\w%~!$'()*+,:@=&./-]*(?:\?[\w%~!$'()*+,:@=&./-]+)?",
    re.ASCII,
)
_LOOKS_LIKE_MARKUP = re.compile(r"<[A-Za-z/!?]|&(?:#|[A-Za-z]\w{0,31};)")


@dataclass(frozen=True, slots=True)
class Source:
    """What the document around an entry gives to it. `url` is where the document was found."""

    url: str
    title: str = ""
    language: str = ""


def text(value: object, limit: int) -> str:
    """A cleaned and cut text; "" for whatever is none."""
    return clean(value[:limit]) if isinstance(value, str) else ""


def line(value: object, limit: int = LONGEST_NAME) -> str:
    """The same on one line without blanks around it."""
    return " ".join(text(value, limit).split())


def markup(plain: str) -> str:
    """Plain text such that reading it as HTML gives it back; unchanged wherever that is so already."""
    return escape(plain, quote=False) if _LOOKS_LIKE_MARKUP.search(plain) else plain


def link(value: object, base: str) -> str:
    """An absolute http(s) address, resolved against `base`; "" for any other."""
    found = text(value, LONGEST_URL + 1).strip()
    if not found or len(found) > LONGEST_URL:
        return ""
    if _PLAIN_LINK.fullmatch(found):
        return found
    try:
        absolute = urljoin(base, found)
        parts = urlsplit(absolute)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return absolute.replace(" ", "%20") if usable and not re.search(r"[\t\n]", absolute) else ""


def language(*candidates: object) -> str:
    """The first candidate that is a language tag, with hyphens: `de-AT`."""
    for candidate in candidates:
        tag = candidate.strip().replace("_", "-") if isinstance(candidate, str) else ""
        if _LANGUAGE.fullmatch(tag):
            return tag
    return ""


def tags(values: Iterable[object]) -> tuple[str, ...]:
    """Distinct tags in their order, at most a hundred."""
    found = dict.fromkeys(tag for value in values if (tag := line(value)))
    return tuple(found)[:MOST_TAGS]


def instant(moment: datetime | None) -> datetime | None:
    """In UTC (a naive one is taken for UTC); None for years in which nothing was published online."""
    if moment is None:
        return None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if moment.year in _YEARS else None


def iso_instant(value: object) -> datetime | None:
    """The instant of an ISO 8601 text."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        return instant(datetime.fromisoformat(value.strip()))
    except ValueError:
        return None


def identity(guid: object, url: str, *contents: str) -> str:
    """What tells an entry apart within its feed: its guid, else its link, else a hash of what it says."""
    given = line(guid, LONGEST_TEXT) if isinstance(guid, str) else ""
    return _short(given or url) or _digest("\0".join(contents))


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_ID else _digest(value)


def _digest(value: str) -> str:
    return "sha256:" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def tell_apart(articles: Sequence[Article]) -> tuple[Article, ...]:
    """Give those that wrongly share an id (a feed with one guid or one link for all) one of their own.

    Entries with the same id, address and title are the same and stay as they are. So do two that share a
    guid and an address: a document may hold two versions of one entry.
    """
    users: dict[str, dict[str, set[str]]] = {}  # id → address → titles
    for article in articles:
        users.setdefault(article.id, {}).setdefault(article.url, set()).add(article.title)
    return tuple(_told_apart(article, users[article.id]) for article in articles)


def _told_apart(article: Article, users: Mapping[str, Collection[str]]) -> Article:
    """By its address if that is its own, so that an edited title makes no new article; else by its title."""
    titles = len(users[article.url])
    is_versions = titles <= _VERSIONS and article.id != _short(article.url)
    if len(users) == 1 and (titles == 1 or is_versions):
        return article
    if not article.url:
        return replace(article, id=identity("", "", article.id, article.title))
    by_title = () if titles == 1 or is_versions else (article.title,)
    return replace(article, id=identity("", "", article.id, article.url, *by_title))
