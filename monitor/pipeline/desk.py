"""One channel's side of the outbox: claim, prepare, record, and tell elsewhere what could not be told here.

Runs in that channel's thread. Which channels there are is the dispatcher's business.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.alerting import backoff, quiet
from monitor.alerting.breaker import Breaker
from monitor.deliver.sender import Hooks, Settled
from monitor.errors import DeliveryReason, StoreError
from monitor.model import (
    AlertKind,
    ChannelSpec,
    Delivery,
    DeliveryState,
    Notification,
    Outcome,
)
from monitor.pipeline import bundling, canary, contents, outgoing, silencing
from monitor.pipeline.bundling import Bundler
from monitor.pipeline.losses import Losses
from monitor.pipeline.placement import Placement, zone_of
from monitor.pipeline.silencing import Lists
from monitor.store import Store, alerts, bundles, outbox
from monitor.telemetry import faults, logs

log = logs.get(__name__)

LEASE_MARGIN = timedelta(seconds=60)  # beyond a send's deadline: rendering, recording, a slow disk
_GIVEN_UP = (DeliveryState.DEAD, DeliveryState.EXPIRED)
EMPTY, CANARY = "digest", "canary"  # what is told at certain times though there may be nothing to tell

Named = Mapping[str, Mapping[str, Sequence[str]]]  # rule → channel → recipients


@dataclass(slots=True)
class Desk:
    """One channel's deliveries."""

    store: Store
    spec: ChannelSpec
    others: Callable[[], Mapping[str, Sequence[str]]]  # all channels and their recipients
    owner: str
    installation: str
    now: Callable[[], datetime]
    random: Callable[[], float]
    wake: Callable[[], None] = lambda: None  # the other channels have something to send
    named: Callable[[], Named] = dict  # the recipients that rules name
    specs: Callable[[], Mapping[str, ChannelSpec]] = dict
    lists: Callable[[], Lists] = dict  # that the queries of silences name
    is_settled: bool = False  # what was found failed has been made due
    has_resumed: bool = False  # after an outage
    slots: dict[str, datetime] = field(default_factory=dict)  # the latest that were looked at
    losses: Losses = field(init=False)

    def __post_init__(self) -> None:
        self.losses = Losses(self.spec, self.others, self.installation, self.specs)

    def hooks(self) -> Hooks:
        """What the sender calls."""
        return Hooks(
            claim=self.claim,
            prepare=self.prepare_all,
            record=self.record_all,
            release=self.release,
            next_due=self.next_due,
            on_late=self.record_late,
            on_change=self._log_change,
            on_error=self._log_error,
        )

    def claim(self, limit: int) -> list[Delivery]:
        """Lease the next due deliveries, after making the digests that are due."""
        now = self.now()
        if not self.is_settled:
            # The channel is new, changed or back: what failed may work now.
            has_resumed = self.has_resumed
            self.store.write(lambda conn: self._settle(conn, now, has_resumed=has_resumed))
            self.is_settled, self.has_resumed = True, False
        claimed = self.store.write(lambda conn: self._claim(conn, limit, now))
        self.slots |= self._slots(now)
        if claimed:
            faults.point("claimed")
        return claimed

    def _settle(self, conn: Connection, now: datetime, *, has_resumed: bool) -> None:
        """Make due what failed; of very much, make one message."""
        waited = has_resumed or bundles.has_failed(conn, self.spec.name)
        outbox.hurry(conn, self.spec.name, now=now)
        if waited and self.spec.backlog is not None:
            bundles.merge(conn, self.spec.name, now=now, more_than=self.spec.backlog)

    def _claim(self, conn: Connection, limit: int, now: datetime) -> list[Delivery]:
        self._tell_at_times(conn, now)
        if self._quiet_until(now, urgent=True) is not None:
            return []
        return outbox.claim(
            conn,
            channel=self.spec.name,
            now=now,
            limit=limit,
            owner=self.owner,
            lease=self.spec.deadline + LEASE_MARGIN,
            urgent_only=self._quiet_until(now) is not None,
        )

    def _tell_at_times(self, conn: Connection, now: datetime) -> None:
        """Digests and canaries whose time has come, each once, whichever process looks first."""
        reached = {
            name: slot_at
            for name, slot_at in self._slots(now).items()
            if self.slots.get(name) != slot_at and bundles.reach(conn, self.spec.name, name, slot_at)
        }
        bundler = Bundler(self.spec, self._known(), self.installation, self.lists())
        orphans = bundler.cut(conn, now=now, empty_slot=reached.get(EMPTY))
        for orphan in orphans:
            self._pass_on(conn, orphan)
        bundles.close(
            conn,
            orphans,
            state=DeliveryState.DEAD,
            reason=DeliveryReason.CHANNEL_REMOVED,
            detail=outgoing.MOVED,
        )
        if CANARY in reached:
            canary.enqueue(conn, self.spec, self._own(), reached[CANARY], self.installation, now=now)

    def _slots(self, now: datetime) -> dict[str, datetime]:
        """The latest times at which something was to be told, whatever there was to tell."""
        slots = {EMPTY: bundling.reached_slot(self.spec, now), CANARY: canary.reached_slot(self.spec, now)}
        return {name: slot_at for name, slot_at in slots.items() if slot_at is not None}

    def quiet_until(self) -> datetime | None:
        """When the quiet hours that hold now end."""
        return self._quiet_until(self.now())

    def _quiet_until(self, now: datetime, *, urgent: bool = False) -> datetime | None:
        hours = self.spec.quiet_hours
        return quiet.quiet_until(hours, now=now, zone=zone_of(self.spec), urgent=urgent) if hours else None

    def next_due(self) -> datetime | None:
        """When the next delivery will be due, or may go out, or a digest has to be made."""
        now = self.now()
        moments = [
            *self.store.read(lambda conn: self._next_due(conn, now)),
            bundling.next_slot(self.spec, now),
            canary.next_slot(self.spec, now),
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    def _next_due(self, conn: Connection, now: datetime) -> list[datetime | None]:
        """Digests are made in quiet hours as well; what is due goes out when these let it."""
        name, quiet_until = self.spec.name, self._quiet_until(now)
        waiting, pending = bundles.next_due_at(conn, name), outbox.next_due_at(conn, name)
        if quiet_until is None or pending is None:
            return [waiting, pending]
        urgent = outbox.next_due_at(conn, name, urgent_only=True)
        passes_at = self._quiet_until(now, urgent=True) or now
        return [waiting, urgent and max(urgent, passes_at), max(pending, quiet_until)]

    def prepare(self, delivery: Delivery) -> Notification | Outcome:
        """The message, with the story as it stands now; or why there is nothing to send."""
        return self.prepare_all([delivery])[0]

    def prepare_all(self, deliveries: Sequence[Delivery]) -> list[Notification | Outcome]:
        """`prepare` for several, with one look into the database."""
        now = self.now()
        try:
            found, held = self.store.read(
                lambda conn: (
                    contents.of(conn, deliveries),
                    silencing.load(conn, lists=self.lists(), now=now),
                )
            )
        except StoreError as error:  # no fault of the alerts': they are tried again
            return [Outcome(DeliveryReason.TRANSIENT, str(error)[:500]) for _ in deliveries]
        known = self._known()
        return [
            outgoing.ready(one, found.get(one.id), held, spec=self.spec, known=known, now=now)
            for one in deliveries
        ]

    def release(self, deliveries: Sequence[Delivery]) -> None:
        """Put back what was claimed and not tried."""
        ids = [one.id for one in deliveries]
        self.store.write(lambda conn: outbox.release(conn, ids, owner=self.owner))

    def record(self, delivery: Delivery, outcome: Outcome) -> None:
        """Write down one attempt and what follows from it."""
        self.record_all([(delivery, outcome)])

    def record_all(self, settled: Sequence[Settled]) -> None:
        """Write down attempts and what follows from each, in one transaction."""
        now = self.now()
        results = [(delivery, self._next(delivery, outcome, now)) for delivery, outcome in settled]
        for _ in settled:
            faults.point("sent")
        self.store.write(lambda conn: self._write(conn, results, now))
        if any(after.state in _GIVEN_UP for _, after in results):
            self.wake()
        for delivery, after in results:
            if after.state in _GIVEN_UP and after.reason is not DeliveryReason.CHANNEL_REMOVED:
                self.losses.count(now)
            faults.point("recorded")
            self._log(delivery, after)

    def _next(self, delivery: Delivery, outcome: Outcome, now: datetime) -> backoff.Next:
        return backoff.after_attempt(
            delivery,
            outcome,
            now=now,
            random=self.random(),
            max_age=self.spec.max_age,
            on_unknown=self.spec.on_unknown,
        )

    def _write(
        self, conn: Connection, results: Sequence[tuple[Delivery, backoff.Next]], now: datetime
    ) -> None:
        sent = {one.id for one, after in results if after.state is DeliveryState.SENT}
        recorded = outbox.finish_sent(conn, sent, owner=self.owner, now=now) if sent else set()
        for missed in sent - recorded:
            # The claim ran out while the database was away, or the clock jumped: spare the repeat.
            outbox.settle_late(conn, missed, now=now)
        for delivery, after in results:
            if after.state is not DeliveryState.SENT:
                self._write_failed(conn, delivery, after, now)

    def _write_failed(self, conn: Connection, delivery: Delivery, after: backoff.Next, now: datetime) -> None:
        recorded = outbox.finish(
            conn,
            delivery.id,
            owner=self.owner,
            state=after.state,
            reason=after.reason,
            detail=after.detail,
            due_at=after.due_at,
            now=now,
        )
        if recorded and after.reason is DeliveryReason.CHANNEL_REMOVED:
            self._pass_on(conn, delivery)
        elif recorded and after.reason is DeliveryReason.SILENCED:
            outbox.silence(conn, delivery.alert_id, note=after.detail)
        elif recorded and after.state in _GIVEN_UP:
            self.losses.tell(conn, delivery, after, now)

    def _log(self, delivery: Delivery, after: backoff.Next) -> None:
        log.log(
            _level(after),
            "delivery",
            delivery=delivery.id,
            alert=delivery.alert_id,
            channel=self.spec.name,
            attempt=delivery.attempts,
            outcome=str(after.state),
            reason=str(after.reason) if after.reason else None,
            detail=after.detail,
            due_at=after.due_at.isoformat() if after.state is DeliveryState.PENDING else None,
        )

    def record_late(self, delivery: Delivery, _outcome: Outcome) -> None:
        """An attempt that was taken for unknown arrived: spare the repeat, if it has not begun."""
        saved = self.store.write(lambda conn: outbox.settle_late(conn, delivery.id, now=self.now()))
        log.info("delivery_late", delivery=delivery.id, channel=self.spec.name, repeat_spared=saved)

    def _own(self) -> Sequence[str]:
        """Those whom the channel's address names."""
        return self.others().get(self.spec.name, ("",))

    def _known(self) -> Sequence[str]:
        """All whom it may write to: those rules name as well."""
        named = (names.get(self.spec.name, ()) for names in self.named().values())
        return tuple(dict.fromkeys([*self._own(), *(name for names in named for name in names)]))

    def _pass_on(self, conn: Connection, delivery: Delivery) -> None:
        """The channel's address changed since: those it reaches now get the alert, unless they have it.

        Of a digest, each alert by itself.
        """
        inside = bundles.members(conn, delivery.id)
        for member in inside or [delivery]:
            alert, key = alerts.get(conn, member.alert_id), alerts.key_of(conn, member.alert_id)
            if alert is None or key is None or alert.kind is AlertKind.DIGEST:
                continue
            recipients = self.named().get(alert.rule, {}).get(self.spec.name) or self._own()
            placement = Placement(self.installation, self.others(), {self.spec.name: self.spec})
            placement.pass_on(
                conn,
                alert,
                self.spec.name,
                recipients,
                key=key,
                created_at=member.created_at,
                due_at=member.due_at,
            )

    def _log_change(self, before: Breaker, after: Breaker) -> None:
        if after.until is not None:
            log.warning("channel_paused", channel=self.spec.name, until=after.until.isoformat())
            refused = DeliveryReason.CONFIGURATION
            if after.reason is refused and before.reason is not refused:
                now = self.now()
                self.store.write(lambda conn: self.losses.tell_of_refusal(conn, after, now))
                self.wake()
        elif before.until is not None:
            log.info("channel_resumed", channel=self.spec.name)
            self.is_settled, self.has_resumed = False, True

    def _log_error(self, error: Exception) -> None:
        log.error("channel_error", channel=self.spec.name, error=error)


def _level(after: backoff.Next) -> int:
    if after.state in (DeliveryState.SENT, DeliveryState.CANCELLED):
        return logging.INFO
    is_kept = after.state is DeliveryState.PENDING or after.reason is DeliveryReason.CHANNEL_REMOVED
    return logging.WARNING if is_kept else logging.ERROR
