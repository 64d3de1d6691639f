"""The values that flow through the program: frozen, comparable, free of behaviour that does I/O.

Instants are aware UTC and end in `_at`; durations are `timedelta`. Ids of rows are `NewType`s of
int. Text from feeds is as the feed gave it (it may be HTML) until `monitor.text` makes it visible.
"""

from monitor.model.alerts import Alert, AlertKind
from monitor.model.articles import Article, Document, Feed, FeedState, FullText
from monitor.model.delivery import ChannelSpec, Delivery, DeliveryState, Notification, OnUnknown, Outcome
from monitor.model.identity import ArticleKind, ArticleRef, Keys, Verdict
from monitor.model.ids import AlertId, ArticleId, DeliveryId, FeedId, StoryId
from monitor.model.polling import Event, EventKind, Habits, Hints, Why
from monitor.model.rules import AlertScope, FeedSelector, Match, Priority, Rule, Score, Span

__all__ = [
    "Alert",
    "AlertId",
    "AlertKind",
    "AlertScope",
    "Article",
    "ArticleId",
    "ArticleKind",
    "ArticleRef",
    "ChannelSpec",
    "Delivery",
    "DeliveryId",
    "DeliveryState",
    "Document",
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
    "Rule",
    "Score",
    "Span",
    "StoryId",
    "Verdict",
    "Why",
]
