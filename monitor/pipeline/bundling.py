"""Digests: what waits at a channel becomes one message when it is due. Within the transaction of a claim.

A digest is an alert of its own with one delivery for each recipient, so all that holds for deliveries
holds for it: it is tried again, expires, is listed and retried. What it tells ends as it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.alerting import digest
from monitor.errors import DeliveryReason
from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    Bundle,
    ChannelSpec,
    Delivery,
    DeliveryId,
    DeliveryState,
    DigestContent,
    Priority,
)
from monitor.pipeline import silencing
from monitor.pipeline.placement import delivery_key, zone_of
from monitor.pipeline.silencing import Lists, Silencing
from monitor.store import alerts, articles, bundles, outbox
from monitor.store.bundles import Group

_WHAT = {Bundle.DIGEST: "Digest", Bundle.STORM: "Many alerts at once", Bundle.BACKLOG: "Alerts that waited"}


@dataclass(frozen=True, slots=True)
class Bundler:
    """Makes one channel's digests. `recipients` are those that it reaches, or that rules name."""

    spec: ChannelSpec
    recipients: Sequence[str]
    installation: str
    lists: Lists = field(default_factory=dict)  # that the queries of silences name

    def cut(self, conn: Connection, *, now: datetime, empty_slot: datetime | None = None) -> list[Delivery]:
        """Make the digests that are due. Returns what waited for somebody whom the channel does not reach.

        `empty_slot`: a slot that was reached just now and is told even when there is nothing to tell.
        """
        orphans: list[Delivery] = []
        groups = bundles.due(conn, self.spec.name, now=now)
        held = silencing.load(conn, lists=self.lists, now=now) if groups else silencing.NONE
        for group in groups:
            members = bundles.take(conn, self.spec.name, group, now=now)
            members = _without_silenced(conn, members, held)
            if group.recipient not in self.recipients:
                orphans += members
            elif members:
                self._make(conn, group, members, now)
        if empty_slot is not None:
            for recipient in self.recipients:
                group = Group(recipient, Bundle.DIGEST)
                self._insert(conn, group, self._slot_key(group, empty_slot), [], now)
        return orphans

    def _make(self, conn: Connection, group: Group, members: Sequence[Delivery], now: datetime) -> None:
        plan = self.spec.digest
        if group.bundle != Bundle.DIGEST or plan is None:
            # A delivery is part of one digest only, so its id names the digest.
            key = f"{group.bundle}|{self.spec.name}|{group.recipient}|{members[0].id}"
        else:
            key = self._slot_key(group, digest.slot_at_or_before(plan, now, zone_of(self.spec)))
        made = self._insert(conn, group, key, members, now)
        if made is not None:
            bundles.join(conn, members, made)
        elif plan is not None:  # this slot was told already: these came too late for it
            bundles.postpone(conn, members, due_at=digest.slot_after(plan, now, zone_of(self.spec)))

    def _slot_key(self, group: Group, slot_at: datetime) -> str:
        return f"{group.bundle}|{self.spec.name}|{group.recipient}|{slot_at.isoformat()}"

    def _insert(
        self, conn: Connection, group: Group, key: str, members: Sequence[Delivery], now: datetime
    ) -> DeliveryId | None:
        """The alert that stands for the digest, and its delivery; None when this digest was made before."""
        kind, rule = bundle_of(group.bundle)
        count = "nothing new" if not members else f"{len(members)} alert{'' if len(members) == 1 else 's'}"
        alert = Alert(
            id=AlertId(0),  # given by the database
            rule=rule or self.spec.name,
            kind=AlertKind.DIGEST,
            decided_at=now,
            priority=Priority.HIGH if any(member.urgent for member in members) else Priority.NORMAL,
            headline=f"{_WHAT[kind]}: {count}",
        )
        alert_id = alerts.insert(conn, alert, unique_key=key)
        if alert_id is None:
            return None
        return outbox.add(
            conn,
            alert_id=alert_id,
            channel=self.spec.name,
            recipient=group.recipient,
            key=delivery_key(self.installation, key, self.spec.name, group.recipient),
            now=now,
            due_at=now,
            urgent=alert.priority is Priority.HIGH,
            tells=group.bundle,
        )


def _without_silenced(conn: Connection, members: list[Delivery], held: Silencing) -> list[Delivery]:
    """Those that no silence holds for; the others end here."""
    if not held.silences:
        return members
    told = alerts.find(conn, [member.alert_id for member in members])
    kept = []
    for member in members:
        alert = told.get(member.alert_id)
        silence = held.holds_for(alert) if alert is not None else None
        if silence is None:
            kept.append(member)
            continue
        state, reason, note = DeliveryState.CANCELLED, DeliveryReason.SILENCED, held.note(silence)
        bundles.close(conn, [member], state=state, reason=reason, detail=note)
        outbox.silence(conn, member.alert_id, note=note)
    return kept


def bundle_of(text: str) -> tuple[Bundle, str]:
    """What kind of digest a bundle's name stands for, and of which rule it is ("" for a channel's)."""
    kind, _, rule = text.partition(":")
    return Bundle(kind), rule


def content(conn: Connection, alert: Alert, delivery: Delivery) -> DigestContent:
    """What a digest tells, each story with the outlets that carry it by now."""
    kind, rule = bundle_of(delivery.bundle)
    told = list(alerts.find(conn, bundles.alert_ids(conn, delivery.id)).values())
    stories = [one.story_id for one in told if one.story_id is not None]
    outlets = articles.count_outlets_of(conn, stories) if stories else {}
    current = [
        replace(one, outlets=max(1, outlets.get(one.story_id, 1))) if one.story_id is not None else one
        for one in told
    ]
    return DigestContent(
        bundle=kind,
        until_at=alert.decided_at,
        since_at=min((one.decided_at for one in current), default=None),
        alerts=tuple(current),
        name=rule,
    )


def next_slot(spec: ChannelSpec, now: datetime) -> datetime | None:
    """When a digest is due even if there is nothing to tell."""
    if spec.digest is None or not spec.digest.empty:
        return None
    return digest.slot_after(spec.digest, now, zone_of(spec))


def reached_slot(spec: ChannelSpec, now: datetime) -> datetime | None:
    """The latest time at which a digest was due even if there was nothing to tell."""
    if spec.digest is None or not spec.digest.empty:
        return None
    return digest.slot_at_or_before(spec.digest, now, zone_of(spec))
