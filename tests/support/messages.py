"""Ready-made notifications and channel specs for tests of channels."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import ChannelSpec, Notification, Priority

DECIDED_AT = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


def notification(**changes: Any) -> Notification:
    """A notification about a ferry; every field may be changed by name."""
    fields: dict[str, Any] = {
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
    return Notification(**{**fields, **changes})


def spec(url: str, **changes: Any) -> ChannelSpec:
    """A channel of that address, with a deadline fit for tests."""
    return ChannelSpec("desk", url, **{"deadline": timedelta(seconds=5), **changes})
