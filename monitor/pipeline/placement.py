"""From an alert to the outbox: the alert, and a delivery for each channel and recipient as they want it.

Whether there is an alert at all was decided before; `alerting.placing` decides when and how it goes to
each channel. All of it is part of the transaction that brings the alert.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from hashlib import blake2b
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.alerting import placing
from monitor.alerting.placing import Place
from monitor.alerting.storm import NOTHING, Recent
from monitor.errors import DeliveryReason
from monitor.model import Alert, AlertId, AlertKind, ArticleId, ChannelSpec, Escalation, Priority
from monitor.store import alerts, bundles, outbox

_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_NO_CHANNELS: Mapping[str, ChannelSpec] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Addressees:
    """Whom an alert goes to: channels, those recipients that its rule names itself, and who comes next."""

    channels: Sequence[str]
    recipients: Mapping[str, Sequence[str]] = field(default_factory=lambda: _NONE)
    escalate: Escalation | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Puts alerts into the outbox. `recipients`: each channel's own; `channels`: their policies."""

    installation: str
    recipients: Mapping[str, Sequence[str]]
    channels: Mapping[str, ChannelSpec] = field(default_factory=lambda: _NO_CHANNELS)

    def place(
        self,
        conn: Connection,
        alert: Alert,
        to: Addressees,
        *,
        key: str,
        article_id: ArticleId | None = None,
        now: datetime,
        due_at: datetime,
    ) -> AlertId | None:
        """Write the alert and its deliveries; None when this alert exists already."""
        alert_id = alerts.insert(conn, alert, unique_key=key, article_id=article_id)
        if alert_id is None:
            return None
        for channel in to.channels:
            where = self._place(conn, channel, alert, now=now, due_at=due_at)
            for recipient in self._recipients(channel, to.recipients):
                self._add(conn, alert_id, alert, channel, recipient, key, where, now)
        if to.escalate is not None and alert.priority is Priority.HIGH:
            self._escalate(conn, alert_id, alert, to, key, now)
        return alert_id

    def pass_on(
        self,
        conn: Connection,
        alert: Alert,
        channel: str,
        recipients: Iterable[str],
        *,
        key: str,
        created_at: datetime,
        due_at: datetime,
    ) -> None:
        """Give an alert that waited for somebody else to those whom the channel reaches now."""
        where = self._place(conn, channel, alert, now=created_at, due_at=due_at)
        for recipient in recipients:
            self._add(conn, alert.id, alert, channel, recipient, key, where, created_at)

    def _recipients(self, channel: str, own: Mapping[str, Sequence[str]]) -> Sequence[str]:
        return own.get(channel) or self.recipients.get(channel, ("",))

    def _place(
        self, conn: Connection, channel: str, alert: Alert, *, now: datetime, due_at: datetime
    ) -> Place:
        spec = self.channels.get(channel)
        if spec is None:  # the configuration does not name it any more
            return Place(due_at)
        return placing.place(
            spec,
            alert.priority,
            now=now,
            due_at=due_at,
            zone=zone_of(spec),
            rule=alert.rule,
            collect_until=alert.collect_until,
            recent=_recent(conn, spec, now),
        )

    def _add(
        self,
        conn: Connection,
        alert_id: AlertId,
        alert: Alert,
        channel: str,
        recipient: str,
        key: str,
        where: Place,
        now: datetime,
        *,
        escalates: bool = False,
    ) -> None:
        outbox.add(
            conn,
            alert_id=alert_id,
            channel=channel,
            recipient=recipient,
            key=delivery_key(self.installation, key, channel, recipient),
            now=now,
            due_at=where.due_at,
            urgent=alert.priority is Priority.HIGH,
            reason=where.reason,
            waits_for=where.bundle,
            escalates=escalates,
        )

    def _escalate(
        self, conn: Connection, alert_id: AlertId, alert: Alert, to: Addressees, key: str, now: datetime
    ) -> None:
        """Prepare what will be told unless somebody acknowledges the alert; a storm's in one message too."""
        escalation = to.escalate
        if escalation is None or alert.kind not in (AlertKind.STORY, AlertKind.ARTICLE):
            return
        due_at = max(now, alert.collect_until or now) + escalation.after
        bundle = f"storm:{alert.rule}" if alert.collect_until is not None else ""
        where = Place(due_at, bundle, DeliveryReason.ESCALATION)
        for channel in escalation.to:
            for recipient in self._recipients(channel, to.recipients):
                escalation_key = f"{key}|escalation"
                self._add(
                    conn, alert_id, alert, channel, recipient, escalation_key, where, now, escalates=True
                )


def _recent(conn: Connection, spec: ChannelSpec, now: datetime) -> Recent:
    if spec.storm is None:
        return NOTHING
    return bundles.recent_storm(conn, spec.name, since=now - spec.storm.within, now=now)


def zone_of(spec: ChannelSpec) -> tzinfo:
    """Where the channel's people are. The configuration knows only zones that there are."""
    return ZoneInfo(spec.time_zone)


def delivery_key(installation: str, alert_key: str, channel: str, recipient: str) -> str:
    """The idempotency key of one delivery: the same whenever and by whomever it is attempted.

    With the installation's name in it, a database begun anew never gives a message an old one's id.
    """
    identity = f"{installation}\0{alert_key}\0{channel}\0{recipient}"
    return blake2b(identity.encode(), digest_size=16).hexdigest()
