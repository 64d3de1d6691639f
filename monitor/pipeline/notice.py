"""Notices: alerts about newsmonitor itself, told through the same outbox as any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Alert, AlertId, AlertKind, Priority
from monitor.pipeline.tell import delivery_key
from monitor.store import alerts, outbox


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell. `key` identifies it: it is told once, whoever tells it again."""

    key: str
    rule: str  # which rule it concerns; "newsmonitor" when none
    headline: str
    detail: str


def enqueue(
    conn: Connection,
    notice: Notice,
    recipients: Mapping[str, Sequence[str]],
    *,
    installation: str,
    now: datetime,
) -> AlertId | None:
    """Queue the notice for all recipients of these channels; None when it was told before."""
    key = f"notice|{notice.key}"
    alert = Alert(
        id=AlertId(0),  # given by the database
        rule=notice.rule,
        kind=AlertKind.NOTICE,
        decided_at=now,
        priority=Priority.HIGH,
        headline=notice.headline,
        detail=notice.detail,
    )
    alert_id = alerts.insert(conn, alert, unique_key=key)
    if alert_id is None:
        return None
    for channel, names in recipients.items():
        for recipient in names:
            outbox.enqueue(
                conn,
                alert_id=alert_id,
                channel=channel,
                recipient=recipient,
                key=delivery_key(installation, key, channel, recipient),
                now=now,
                due_at=now,
            )
    return alert_id
