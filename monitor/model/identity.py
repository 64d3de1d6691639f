"""What deduplication says of an article: its keys, and what it is to those seen before."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import ArticleId, FeedId, StoryId


class ArticleKind(StrEnum):
    """What an article is to those seen before."""

    NEW = "new"
    DUPLICATE = "duplicate"  # the same item of the same feed, unchanged
    UPDATE = "update"  # a new version: the same item with another text, or its outlet's new item that says so
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
    reason: str = ""  # "guid", "url", "canonical", "body", "title", "wording", "story" or ""
    story_id: StoryId | None = None  # the story it joins; None: that of the article it copies, else a new one

    @property
    def is_same_item(self) -> bool:
        """Whether it is an item that is there, unchanged or in a new version, and not one more."""
        is_known = self.kind in (ArticleKind.DUPLICATE, ArticleKind.UPDATE)
        return is_known and self.reason in ("guid", "url")

    @property
    def is_reissue(self) -> bool:
        """Whether it is a new version that came as an item of its own."""
        return self.kind is ArticleKind.UPDATE and not self.is_same_item
