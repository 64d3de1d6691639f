"""What goes out for a claimed delivery: the message as things stand now, or why there is nothing to send.

Looks nothing up: what is told and the silences that hold are given.
"""

from collections.abc import Collection
from datetime import datetime

from monitor.alerting import backoff
from monitor.deliver import digests, render
from monitor.errors import DeliveryReason
from monitor.model import ChannelSpec, Delivery, Notification, Outcome
from monitor.pipeline.contents import Content
from monitor.pipeline.silencing import Silencing

MOVED = "the channel no longer has this recipient; those that it has get the alert"


def ready(
    delivery: Delivery,
    found: Content | None,
    held: Silencing,
    *,
    spec: ChannelSpec,
    known: Collection[str],
    now: datetime,
) -> Notification | Outcome:
    """`found`: what it tells; None when that is gone. `known`: whom the channel may write to."""
    if delivery.recipient not in known:
        return Outcome(DeliveryReason.CHANNEL_REMOVED, MOVED)
    if backoff.is_expired(delivery, now=now, max_age=spec.max_age):
        last = f"; last: {delivery.reason}: {delivery.detail}" if delivery.reason else ""
        return Outcome(DeliveryReason.EXPIRED, f"older than the channel's max_age{last}")
    if found is None:
        return Outcome(DeliveryReason.RENDERING, f"alert {delivery.alert_id} is not in the database")
    alert, told = found
    if delivery.escalates and alert.acknowledged_at is not None:
        return Outcome(DeliveryReason.ACKNOWLEDGED, f"by {alert.acknowledged_by}")
    if (silence := held.holds_for(alert)) is not None:
        return Outcome(DeliveryReason.SILENCED, held.note(silence))
    if told is not None:
        return digests.render(
            told,
            alert_id=alert.id,
            delivery_key=delivery.key,
            now=now,
            time_zone=spec.time_zone,
            repeat=delivery.maybe_sent,
        )
    return render.render(
        alert,
        delivery_key=delivery.key,
        now=now,
        time_zone=spec.time_zone,
        repeat=delivery.maybe_sent,
    )
