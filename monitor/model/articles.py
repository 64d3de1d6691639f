"""Feeds, what is remembered of them, and the articles that they bring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Self

from monitor.errors import PollReason
from monitor.model.ids import FeedId
from monitor.model.polling import Habits, Hints


class FullText(StrEnum):
    """Which articles of a feed get the text of their own page."""

    NEVER = "never"
    MATCH = "match"  # those that some rule may match
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Feed:
    """A polled address, as configured. The address is its identity."""

    url: str
    name: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    every: timedelta | None = None
    allow_private: bool = False
    source: str = ""  # what reads its documents; "": a feed, or a sitemap if it is one
    options: tuple[tuple[str, str], ...] = ()  # of the source
    full_text: FullText = FullText.NEVER

    @property
    def label(self) -> str:
        """What to call it in front of people."""
        return self.name or self.url


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed and what is remembered of its polls. `etag` and `last_modified` are kept verbatim."""

    id: FeedId
    feed: Feed
    next_poll_at: datetime
    title: str = ""
    etag: str | None = None
    last_modified: str | None = None
    wire_hash: str | None = None
    not_before: datetime | None = None
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    reason: PollReason | None = None
    detail: str = ""
    failures: int = 0
    items_seen: int = 0
    habits: Habits = field(default_factory=Habits)

    @property
    def due_at(self) -> datetime:
        """When it is polled next: as planned, or when its host may be asked again."""
        return max(self.next_poll_at, self.not_before or self.next_poll_at)

    @property
    def is_held(self) -> bool:
        """Whether another feed of its host was told to leave the host alone for longer than is planned."""
        return self.due_at > self.next_poll_at


@dataclass(frozen=True, slots=True)
class Article:
    """One article. `id` is unique within its source; title, summary and content may be HTML.

    `aliases` are further addresses that it was reached by (after redirects), `declared` are those
    that its page gives as its own (canonical, og:url, amphtml); they only serve to recognise it.
    """

    id: str
    title: str = ""
    summary: str = ""
    content: str = ""
    url: str = ""
    source: str = ""
    author: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    aliases: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> Self:
        """Read the keys of `FILE.jsonl`: all optional but `id`; dates are ISO 8601 or RFC 5322.

        Raises ValueError naming the key at fault. Keys that are not known are ignored.
        """
        if mapping.get("id") in (None, ""):
            raise ValueError("an article needs an `id`")
        texts = {key: _text(mapping, key) for key in _ARTICLE_TEXTS}
        return cls(
            id=str(mapping["id"]),
            tags=_tags(mapping.get("tags")),
            published_at=_instant(mapping, "published"),
            updated_at=_instant(mapping, "updated"),
            **texts,  # type: ignore[arg-type]  # texts all of them
        )

    def to_dict(self) -> dict[str, Any]:
        """The same keys, plus `updated`; instants as ISO 8601 in UTC, None where unknown."""
        return {
            "id": self.id,
            "url": self.url,
            "title": self.title,
            "author": self.author,
            "published": self.published_at.isoformat() if self.published_at else None,
            "updated": self.updated_at.isoformat() if self.updated_at else None,
            "summary": self.summary,
            "content": self.content,
            "tags": list(self.tags),
            "language": self.language,
            "source": self.source,
        }


_ARTICLE_TEXTS = ("title", "summary", "content", "url", "source", "author", "language")


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"`{key}` must be a text, not {type(value).__name__}")
    return value


def _tags(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not all(isinstance(tag, str) for tag in value):
        raise ValueError("`tags` must be a list of texts")
    return tuple(value)


def _instant(mapping: Mapping[str, Any], key: str) -> datetime | None:
    value = mapping.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"`{key}` must be a date as text")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            raise ValueError(f"`{key}` is not a date: {value!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Document:
    """What one feed document says. `skipped` counts the entries that could not be read."""

    title: str = ""
    link: str = ""
    language: str = ""
    articles: tuple[Article, ...] = ()
    skipped: int = 0
    hints: Hints = field(default_factory=Hints)
    older: str = ""  # the address of the page before this one (RFC 5005), if the document names it
    hub: str = ""  # who pushes the feed, and under which address (WebSub)
    topic: str = ""
    further: tuple[str, ...] = ()  # addresses of documents whose articles belong to this one too
