"""The values that flow through the program: frozen, comparable, free of behaviour that does I/O.

Instants are aware UTC and end in `_at`; durations are `timedelta`. Ids of rows are `NewType`s of
int. Text from feeds is as the feed gave it (it may be HTML) until `monitor.text` makes it visible.
"""

from monitor.model.alerts import Alert, AlertKind, Difference
from monitor.model.articles import Article, Document, Feed, FeedState, FullText
from monitor.model.delivery import (
    Bundle,
    ChannelSpec,
    Delivery,
    DeliveryState,
    DigestContent,
    Notification,
    OnUnknown,
    Outcome,
)
from monitor.model.identity import ArticleKind, ArticleRef, Keys, Verdict
from monitor.model.ids import AlertId, ArticleId, DeliveryId, FeedId, SilenceId, StoryId
from monitor.model.policy import ALL_DAYS, MIDNIGHT, Active, Digest, Escalation, QuietHours, Silence, Storm
from monitor.model.polling import Event, EventKind, Habits, Hints, Why
from monitor.model.rules import AlertScope, FeedSelector, Match, Priority, Rule, Score, Span

__all__ = [
    "ALL_DAYS",
    "MIDNIGHT",
    "Active",
    "Alert",
    "AlertId",
    "AlertKind",
    "AlertScope",
    "Article",
    "ArticleId",
    "ArticleKind",
    "ArticleRef",
    "Bundle",
    "ChannelSpec",
    "Delivery",
    "DeliveryId",
    "DeliveryState",
    "Difference",
    "Digest",
    "DigestContent",
    "Document",
    "Escalation",
    "Event",
    "EventKind",
    "Feed",
    "FeedId",
    "FeedSelector",
    "FeedState",
    "FullText",
    "Habits",
    "Hints",
    "Keys",
    "Match",
    "Notification",
    "OnUnknown",
    "Outcome",
    "Priority",
    "QuietHours",
    "Rule",
    "Score",
    "Silence",
    "SilenceId",
    "Span",
    "Storm",
    "StoryId",
    "Verdict",
    "Why",
]
