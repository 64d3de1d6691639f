"""A daily sign that a channel works: a message that says so. One that is not delivered is told elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from monitor.alerting import localtime
from monitor.model import ALL_DAYS, Alert, AlertId, AlertKind, ChannelSpec, Priority
from monitor.pipeline.placement import delivery_key, zone_of
from monitor.store import alerts, outbox


def reached_slot(spec: ChannelSpec, now: datetime) -> datetime | None:
    """When the last canary was due; None when the channel wants none."""
    if spec.canary is None:
        return None
    return localtime.at_or_before(now, spec.canary, ALL_DAYS, zone_of(spec))


def next_slot(spec: ChannelSpec, now: datetime) -> datetime | None:
    """When the next one is due."""
    return None if spec.canary is None else localtime.after(now, spec.canary, ALL_DAYS, zone_of(spec))


def enqueue(
    conn: Connection,
    spec: ChannelSpec,
    recipients: Sequence[str],
    slot_at: datetime,
    installation: str,
    *,
    now: datetime,
) -> None:
    """Queue the message of one slot, once."""
    key = f"canary|{spec.name}|{slot_at.isoformat()}"
    alert = Alert(
        id=AlertId(0),  # given by the database
        rule="newsmonitor",
        kind=AlertKind.CANARY,
        decided_at=now,
        priority=Priority.LOW,
        headline=f"newsmonitor is well, and {spec.name} works",
        detail="This comes every day. When it does not, look at: newsmonitor health",
    )
    alert_id = alerts.insert(conn, alert, unique_key=key)
    if alert_id is None:
        return
    for recipient in recipients:
        outbox.enqueue(
            conn,
            alert_id=alert_id,
            channel=spec.name,
            recipient=recipient,
            key=delivery_key(installation, key, spec.name, recipient),
            now=now,
            due_at=now,
        )
