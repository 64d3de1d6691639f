"""An alert made up for trying: templates when they are read, channels when they are looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.errors import DecisionReason
from monitor.model import Alert, AlertId, AlertKind, Article, Priority, Span, StoryId

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
WHEN: dict[str, Any] = {"now": NOW, "time_zone": "UTC"}
_TITLE = "Passenger ferry runs aground off Trelleborg"
_TEXT = (
    "A passenger ferry with 214 people on board ran aground off Trelleborg on Monday morning in thick fog, "
    "the coast guard said. Nobody was hurt; tugs are on their way."
)


def alert(now: datetime = NOW, *, priority: Priority = Priority.NORMAL) -> Alert:
    """A story of half an hour ago."""
    article = Article(
        id="urn:sample",
        title=_TITLE,
        summary=_TEXT,
        content=_TEXT,
        url="https://news.example/2026/ferry-aground",
        source="The Baltic Post",
        author="Anna Lindqvist",
        language="en",
        published_at=now - timedelta(minutes=31),
    )
    return Alert(
        id=AlertId(0),
        rule="Ferries",
        kind=AlertKind.STORY,
        decided_at=now,
        priority=priority,
        story_id=StoryId(0),
        article=article,
        spans=(*_places("title", _TITLE), *_places("body", _TEXT)),
        query="ferry AND aground",
        reason=DecisionReason.NEW_STORY,
        seen_at=now,
        outlets=3,
    )


def _places(field: str, text: str) -> tuple[Span, ...]:
    found = ((text.find(word), word) for word in ("ferry", "aground"))
    return tuple(Span(field, start, start + len(word)) for start, word in found)
