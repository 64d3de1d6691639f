"""Notices: alerts about newsmonitor itself, told through the same outbox as any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Alert, AlertId, AlertKind, ChannelSpec, Priority
from monitor.pipeline.placement import Addressees, Placement


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell. `key` identifies it: it is told once, whoever tells it again."""

    key: str
    rule: str  # which rule it concerns; "newsmonitor" when none
    headline: str
    detail: str
    priority: Priority = Priority.HIGH


def enqueue(
    conn: Connection,
    notice: Notice,
    recipients: Mapping[str, Sequence[str]],
    *,
    installation: str,
    now: datetime,
    channels: Mapping[str, ChannelSpec] | None = None,
) -> AlertId | None:
    """Queue the notice for all recipients of these channels; None when it was told before.

    With `channels`, their digests, storm limits and quiet hours count.
    """
    key = f"notice|{notice.key}"
    alert = Alert(
        id=AlertId(0),  # given by the database
        rule=notice.rule,
        kind=AlertKind.NOTICE,
        decided_at=now,
        priority=notice.priority,
        headline=notice.headline,
        detail=notice.detail,
    )
    placement = Placement(installation, recipients, channels or {})
    return placement.place(conn, alert, Addressees(tuple(recipients)), key=key, now=now, due_at=now)
