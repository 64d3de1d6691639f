"""The values that flow through the program: frozen, comparable, free of behaviour that does I/O.

Instants are aware UTC and end in `_at`; durations are `timedelta`. Ids of rows are `NewType`s of
int. Text from feeds is as the feed gave it (it may be HTML) until `monitor.text` makes it visible.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, NamedTuple, NewType, Self

from monitor.errors import DecisionReason, DeliveryReason, PollReason

FeedId = NewType("FeedId", int)
ArticleId = NewType("ArticleId", int)
StoryId = NewType("StoryId", int)
AlertId = NewType("AlertId", int)
DeliveryId = NewType("DeliveryId", int)


# --- feeds and articles -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A polled address, as configured. The address is its identity."""

    url: str
    name: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    every: timedelta | None = None
    allow_private: bool = False

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


@dataclass(frozen=True, slots=True)
class Article:
    """One article. `id` is unique within its source; title, summary and content may be HTML."""

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
            **texts,
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
    ttl: timedelta | None = None


# --- deduplication ----------------------------------------------------------------------------


class ArticleKind(StrEnum):
    """What an article is to those seen before."""

    NEW = "new"
    DUPLICATE = "duplicate"  # the same item of the same feed, unchanged
    UPDATE = "update"  # the same item, its text changed
    COPY = "copy"  # the same text or address from elsewhere
    SERIES = "series"  # a new issue of a recurring form
    ROUNDUP = "roundup"  # a digest of several articles


@dataclass(frozen=True, slots=True)
class Keys:
    """The exact identities of an article; an empty text means "has none"."""

    guid: str  # within its feed; hashed when long
    urls: tuple[str, ...]  # canonical address keys: the link and its aliases
    body_hash: str  # of the normalised words; "" when the text is too short to identify
    title_hash: str  # of the normalised title; "" below four words
    content_hash: str  # of title, summary and content as visible text: has anything changed?


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """An earlier article, as much of it as deduplication needs."""

    id: ArticleId
    feed_id: FeedId
    story_id: StoryId
    content_hash: str
    body_hash: str
    title_hash: str
    source: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an article was found to be, of which earlier one, and by which key."""

    kind: ArticleKind
    of: ArticleRef | None = None
    reason: str = ""  # "guid", "url", "body", "title" or ""


# --- rules, matches, alerts -------------------------------------------------------------------


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class AlertScope(StrEnum):
    """What a rule alerts once about."""

    STORY = "story"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Score:
    """A weighted query: the weights of the terms found must reach the threshold."""

    threshold: float
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FeedSelector:
    """Which feeds a rule reads; all of them when empty. Tags and addresses/names are alternatives."""

    tags: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()  # names or addresses


@dataclass(frozen=True, slots=True)
class Rule:
    """A named unit of the configuration. Exactly one of `query` and `score` is set."""

    name: str
    query: str = ""
    score: Score | None = None
    channels: tuple[str, ...] = ()
    feeds: FeedSelector = FeedSelector()
    languages: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    max_age: timedelta = timedelta(hours=24)
    alert: AlertScope = AlertScope.STORY
    follow_up: tuple[int, ...] = ()
    throttle: timedelta | None = None
    hold: timedelta | None = None
    should_match: tuple[str, ...] = ()
    should_not_match: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The query as a person reads it, weights and threshold included."""
        if self.score is None:
            return self.query
        terms = ", ".join(f"{term}: {weight:g}" for term, weight in self.score.terms.items())
        return f"score of at least {self.score.threshold:g} from {terms}"


class Span(NamedTuple):
    """Half-open range of characters in the visible text of one field."""

    field: str  # "title", "summary", "body", or "author", "tag", "url", "source", "lang"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A rule matched an article, and these places made it (in reading order, without overlaps)."""

    rule: str
    spans: tuple[Span, ...] = ()
    score: float | None = None
    notes: tuple[str, ...] = ()  # e.g. "language unknown: taken as a match"


class AlertKind(StrEnum):
    STORY = "story"  # the first article of a story
    ARTICLE = "article"  # every article, or an edited one that matches now
    FOLLOW_UP = "follow_up"  # more outlets
    NOTICE = "notice"  # about newsmonitor itself: a feed, a channel, the storage


@dataclass(frozen=True, slots=True)
class Alert:
    """A decision to tell: rule × story. Holds all that a message about it needs."""

    id: AlertId
    rule: str
    kind: AlertKind
    decided_at: datetime
    priority: Priority = Priority.NORMAL
    story_id: StoryId | None = None
    article: Article | None = None  # None for a notice
    spans: tuple[Span, ...] = ()
    query: str = ""
    reason: DecisionReason | None = None
    notes: tuple[str, ...] = ()
    headline: str = ""  # of a notice
    detail: str = ""  # of a notice
    first_of_thread: bool = True
    seen_at: datetime | None = None
    outlets: int = 1  # how many carry the story by now


# --- delivery ---------------------------------------------------------------------------------


class OnUnknown(StrEnum):
    """What to do when a channel gave no answer."""

    RESEND = "resend"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel as configured. `url` holds secrets and never shows in a repr."""

    name: str
    url: str = field(repr=False)
    time_zone: str = "UTC"
    deadline: timedelta = timedelta(seconds=60)  # for one send
    max_age: timedelta = timedelta(hours=72)  # of an alert, before it is given up
    on_unknown: OnUnknown = OnUnknown.RESEND
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Notification:
    """A rendered message for one recipient. Each channel takes the form that it can show."""

    key: str  # the delivery's idempotency key: the same in every repeat
    thread: str  # the same for all messages about one rule × story
    first_of_thread: bool
    title: str  # one line, at most 200 characters
    text: str  # the whole message as plain text
    short: str  # the same for a chat: headline, why, link, alert id
    html: str
    payload: Mapping[str, Any]  # the same as data
    priority: Priority
    decided_at: datetime
    repeat: bool = False  # an earlier attempt may have arrived


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox: one alert, one channel, one recipient."""

    id: DeliveryId
    alert_id: AlertId
    channel: str
    recipient: str
    key: str
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    maybe_sent: bool = False  # an earlier attempt got no answer, so this one may repeat it
    reason: DeliveryReason | None = None
    detail: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. `reason` None means the channel took the message."""

    reason: DeliveryReason | None = None
    detail: str = ""
    retry_after: timedelta | None = None

    @property
    def sent(self) -> bool:
        return self.reason is None
