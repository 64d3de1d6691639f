"""Ready-made notifications and channel specs for tests of channels."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.deliver.render import render
from monitor.errors import DecisionReason
from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    Article,
    ChannelSpec,
    Notification,
    Priority,
    Span,
    StoryId,
)
from monitor.text import field_text

DECIDED_AT = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


def notification(**changes: Any) -> Notification:
    """A notification about a ferry; every field may be changed by name."""
    given: dict[str, Any] = {
        "key": "0123456789abcdef",
        "thread": "thread-of-the-ferry",
        "first_of_thread": True,
        "title": "[ports] Ferry runs aground off Trelleborg",
        "text": "Ferry runs aground off Trelleborg\n\nThe Baltic Post\n\nhttps://news.example/ferry\n",
        "short": "[ports] Ferry runs aground off Trelleborg\nThe Baltic Post\nmatched: ferry\n"
        "https://news.example/ferry #7",
        "html": "<!doctype html><html><body><h1>Ferry runs aground off Trelleborg</h1></body></html>",
        "payload": {"version": 1, "id": 7, "rule": "ports", "title": "Ferry runs aground off Trelleborg"},
        "priority": Priority.NORMAL,
        "decided_at": DECIDED_AT,
    }
    return Notification(**{**given, **changes})


def spec(url: str, **changes: Any) -> ChannelSpec:
    """A channel of that address, with a deadline fit for tests."""
    return ChannelSpec("desk", url, **{"deadline": timedelta(seconds=5), **changes})


ARTICLE = Article(
    id="urn:1",
    title="Ferry runs aground off Trelleborg",
    summary="Passengers wait for tugs.",
    content="<p>A passenger <b>ferry</b> ran aground.</p><p>Nobody was hurt.</p>",
    url="https://news.example/ferry?id=1",
    source="The Baltic Post",
    language="en",
    published_at=DECIDED_AT - timedelta(hours=2),
)


def alert(**changes: Any) -> Alert:
    """An alert about the ferry; keys of the article change it, others the alert."""
    names = {field.name for field in fields(Article)} - {"id"}
    article = replace(ARTICLE, **{key: value for key, value in changes.items() if key in names})
    spans = []
    for field in ("title", "summary", "body"):
        text = field_text(article, field)
        spans += [Span(field, m.start(), m.end()) for m in re.finditer("ferry|aground", text, re.IGNORECASE)]
    given: dict[str, Any] = {
        "id": AlertId(731),
        "rule": "ports",
        "kind": AlertKind.STORY,
        "decided_at": DECIDED_AT,
        "story_id": StoryId(9),
        "article": article,
        "spans": tuple(spans),
        "query": "ferry AND aground",
        "reason": DecisionReason.NEW_STORY,
    }
    return Alert(**given | {key: value for key, value in changes.items() if key not in names})


def rendered(key: str = "0123456789abcdef", **changes: Any) -> Notification:
    """The message about `alert(**changes)`, as channels get it."""
    return render(alert(**changes), delivery_key=key, now=DECIDED_AT, time_zone="Europe/Vienna")
