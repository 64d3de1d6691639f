"""What a delivery tells: its alert as the story stands now, or the alerts of a digest. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from monitor.model import (
    Alert,
    AlertKind,
    Delivery,
    DeliveryId,
    DeliveryState,
    DigestContent,
    Priority,
    StoryId,
)
from monitor.pipeline import bundling
from monitor.store import alerts, outbox, stories
from monitor.store.stories import Coverage

Content = tuple[Alert, DigestContent | None]


def of(conn: Connection, deliveries: Sequence[Delivery]) -> dict[DeliveryId, Content]:
    """What each tells, with the outlets that carry its story by now; without those whose alert is gone."""
    found = alerts.find(conn, [delivery.alert_id for delivery in deliveries])
    spread = stories.coverage(conn, [a.story_id for a in found.values() if a.story_id is not None])
    known = (delivery for delivery in deliveries if delivery.alert_id in found)
    return {one.id: _content(conn, one, found[one.alert_id], spread) for one in known}


def _content(
    conn: Connection, delivery: Delivery, alert: Alert, spread: Mapping[StoryId, Coverage]
) -> Content:
    if alert.kind is AlertKind.DIGEST:
        return alert, bundling.content(conn, alert, delivery)
    if alert.priority is Priority.HIGH:
        alert = replace(alert, notes=(*alert.notes, *_on_acknowledging(conn, alert, delivery)))
    if alert.story_id is not None and alert.story_id in spread:
        outlets, reports, copies = spread[alert.story_id]
        alert = replace(alert, outlets=max(1, outlets), reports=reports, copies=copies)
    return alert, None


def _on_acknowledging(conn: Connection, alert: Alert, delivery: Delivery) -> list[str]:
    """What a message says about an alert that somebody has to acknowledge."""
    how = f"newsmonitor alerts ack {alert.id}"
    if delivery.escalates:
        return [f"escalated: nobody has acknowledged this alert yet ({how})"]
    waiting = delivery.urgent and any(
        one.escalates and one.state is DeliveryState.PENDING for one in outbox.of_alert(conn, alert.id)
    )
    return [f"more people are told unless somebody acknowledges it: {how}"] if waiting else []
