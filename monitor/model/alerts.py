"""Alerts: the decisions to tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from monitor.errors import DecisionReason
from monitor.model.articles import Article
from monitor.model.ids import AlertId, StoryId
from monitor.model.rules import Priority, Span


class AlertKind(StrEnum):
    STORY = "story"  # the first article of a story
    ARTICLE = "article"  # every article, or an edited one that matches now
    FOLLOW_UP = "follow_up"  # more outlets
    UPDATE = "update"  # a changed version, or a correction, of what was told
    NOTICE = "notice"  # about newsmonitor itself: a feed, a channel, the storage
    CANARY = "canary"  # a daily sign that a channel works
    DIGEST = "digest"  # several alerts in one message


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different from what was told before: sentences, and the headlines where they differ."""

    reasons: tuple[str, ...] = ()
    title_before: str = ""
    title_after: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "reasons": list(self.reasons),
            "title_before": self.title_before,
            "title_after": self.title_after,
            "added": list(self.added),
            "removed": list(self.removed),
        }

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> Self:
        """What `to_dict` made."""
        return cls(
            reasons=tuple(mapping.get("reasons", ())),
            title_before=mapping.get("title_before", ""),
            title_after=mapping.get("title_after", ""),
            added=tuple(mapping.get("added", ())),
            removed=tuple(mapping.get("removed", ())),
        )


@dataclass(frozen=True, slots=True)
class Alert:
    """A decision to tell: rule × story. Holds all that a message about it needs."""

    id: AlertId
    rule: str
    kind: AlertKind
    decided_at: datetime
    priority: Priority = Priority.NORMAL
    story_id: StoryId | None = None
    thread_id: StoryId | None = None  # the story that the thread began with, where it was taken into this one
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
    collect_until: datetime | None = None  # part of a storm, which is told in one message then
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    reports: int = 0  # articles of the story that are no copies, when that was counted
    copies: int = 0  # and those that are
    difference: Difference | None = None  # of an update
