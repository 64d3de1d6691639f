"""Alerts: the decisions to tell."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.errors import DecisionReason
from monitor.model.articles import Article
from monitor.model.ids import AlertId, StoryId
from monitor.model.rules import Priority, Span


class AlertKind(StrEnum):
    STORY = "story"  # the first article of a story
    ARTICLE = "article"  # every article, or an edited one that matches now
    FOLLOW_UP = "follow_up"  # more outlets
    NOTICE = "notice"  # about newsmonitor itself: a feed, a channel, the storage
    CANARY = "canary"  # a daily sign that a channel works
    DIGEST = "digest"  # several alerts in one message


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
    collect_until: datetime | None = None  # part of a storm, which is told in one message then
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
