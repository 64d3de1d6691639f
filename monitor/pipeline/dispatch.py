"""From the outbox to people: each channel's deliveries are claimed, rendered, sent and recorded.

A channel that the configuration no longer names keeps its deliveries pending, listed and not lost,
until it is named again. An alert that is given up is told on another channel.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from sqlalchemy import Connection

from monitor.alerting import backoff
from monitor.alerting.breaker import Breaker
from monitor.deliver import channel as channels
from monitor.deliver import render
from monitor.deliver.sender import Hooks, Sender
from monitor.errors import DeliveryReason
from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    ChannelSpec,
    Delivery,
    DeliveryState,
    Notification,
    Outcome,
)
from monitor.pipeline import notice
from monitor.pipeline.notice import Notice
from monitor.store import Store, alerts, articles, outbox
from monitor.telemetry import faults, logs

log = logs.get(__name__)

LEASE_MARGIN = timedelta(seconds=60)  # beyond a send's deadline: rendering, recording, a slow disk


@dataclass(frozen=True, slots=True)
class Desk:
    """One channel's deliveries: claim, prepare, record. Runs in that channel's thread."""

    store: Store
    spec: ChannelSpec
    others: Callable[[], Mapping[str, Sequence[str]]]  # all channels and their recipients
    owner: str
    installation: str
    now: Callable[[], datetime]
    random: Callable[[], float]

    def hooks(self) -> Hooks:
        """What the sender calls."""
        return Hooks(
            claim=self.claim,
            prepare=self.prepare,
            record=self.record,
            next_due=self.next_due,
            on_late=self.record_late,
            on_change=self._log_change,
            on_error=self._log_error,
        )

    def claim(self, limit: int) -> list[Delivery]:
        """Lease the next due deliveries."""
        claimed = self.store.write(
            lambda conn: outbox.claim(
                conn,
                channel=self.spec.name,
                now=self.now(),
                limit=limit,
                owner=self.owner,
                lease=self.spec.deadline + LEASE_MARGIN,
            )
        )
        if claimed:
            faults.point("claimed")
        return claimed

    def next_due(self) -> datetime | None:
        """When the next delivery will be due."""
        return self.store.read(lambda conn: outbox.next_due_at(conn, self.spec.name))

    def prepare(self, delivery: Delivery) -> Notification | Outcome:
        """The message, with the story as it stands now; or why there is nothing to send."""
        now = self.now()
        if backoff.is_expired(delivery, now=now, max_age=self.spec.max_age):
            last = f"; last: {delivery.reason}: {delivery.detail}" if delivery.reason else ""
            return Outcome(DeliveryReason.EXPIRED, f"older than the channel's max_age{last}")
        alert = self.store.read(lambda conn: _current(conn, delivery.alert_id))
        if alert is None:
            return Outcome(DeliveryReason.RENDERING, f"alert {delivery.alert_id} is not in the database")
        return render.render(
            alert,
            delivery_key=delivery.key,
            now=now,
            time_zone=self.spec.time_zone,
            repeat=delivery.maybe_sent,
        )

    def record(self, delivery: Delivery, outcome: Outcome) -> None:
        """Write down one attempt and what follows from it."""
        faults.point("sent")
        now = self.now()
        after = backoff.after_attempt(
            delivery,
            outcome,
            now=now,
            random=self.random(),
            max_age=self.spec.max_age,
            on_unknown=self.spec.on_unknown,
        )
        given_up = after.state in (DeliveryState.DEAD, DeliveryState.EXPIRED)

        def write(conn: Connection) -> None:
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
            if recorded and given_up:
                self._tell_elsewhere(conn, delivery, after, now)

        self.store.write(write)
        faults.point("recorded")
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

    def _tell_elsewhere(
        self, conn: Connection, delivery: Delivery, after: backoff.Next, now: datetime
    ) -> None:
        """Raise a notice about an alert that was given up: on the fallback, else on all other channels."""
        alert = alerts.get(conn, delivery.alert_id)
        if alert is None or alert.kind is AlertKind.NOTICE:
            return  # a notice about a lost notice would never end
        told_about = alert.article.title if alert.article else alert.headline
        attempts = f"{delivery.attempts} attempt{'' if delivery.attempts == 1 else 's'}"
        cause = f"{after.reason}: {after.detail}" if after.detail else f"{after.reason}"
        notice.enqueue(
            conn,
            Notice(
                key=f"given_up|{delivery.key}",
                rule=alert.rule,
                headline=f"An alert could not be delivered by {self.spec.name}",
                detail=(
                    f"Alert {delivery.alert_id} of the rule {alert.rule!r} ({told_about}) was given up after "
                    f"{attempts}: {cause}.\n"
                    f"When the cause is mended: newsmonitor deliveries retry {delivery.id}"
                ),
            ),
            self._elsewhere(),
            installation=self.installation,
            now=now,
        )

    def _elsewhere(self) -> Mapping[str, Sequence[str]]:
        """The fallback and its recipients, or without one all other channels and theirs."""
        others = self.others()
        names = [self.spec.fallback] if self.spec.fallback else list(others)
        return {name: others.get(name, ("",)) for name in names if name != self.spec.name}

    def _log_change(self, before: Breaker, after: Breaker) -> None:
        if after.until is not None:
            log.warning("channel_paused", channel=self.spec.name, until=after.until.isoformat())
        elif before.until is not None:
            log.info("channel_resumed", channel=self.spec.name)

    def _log_error(self, error: Exception) -> None:
        log.error("channel_error", channel=self.spec.name, error=error)


class Dispatcher:
    """The channels in use, each with its sender. A reload replaces those that changed."""

    def __init__(
        self,
        store: Store,
        context: channels.Context,
        *,
        owner: str,
        now: Callable[[], datetime],
        random: Callable[[], float],
    ) -> None:
        self._store = store
        self._context = context
        self._owner = owner
        self._now = now
        self._random = random
        self._running: dict[str, tuple[ChannelSpec, Sender]] = {}
        self._lock = threading.Lock()
        self._recipients: Mapping[str, Sequence[str]] = MappingProxyType({})

    @property
    def recipients(self) -> Mapping[str, Sequence[str]]:
        """Each channel's recipients. Replaced, never changed."""
        return self._recipients

    def apply(self, specs: Sequence[ChannelSpec], *, drain: timedelta) -> None:
        """Make these the channels in use. All are made before any is stopped or started.

        Raises DeliveryError when one cannot be made; then everything stays as it was.
        """
        with self._lock:
            wanted = {spec.name: spec for spec in specs}
            kept = {
                name: running for name, running in self._running.items() if wanted.get(name) == running[0]
            }
            made = {name: (spec, self._sender(spec)) for name, spec in wanted.items() if name not in kept}
            for name, (_, sender) in self._running.items():
                if name not in kept:
                    sender.stop(drain)
            self._running = {name: (kept | made)[name] for name in wanted}
            self._recipients = MappingProxyType(
                {name: sender.channel.recipients for name, (_, sender) in self._running.items()}
            )
            for name, (_, sender) in made.items():
                # What failed under another address need not wait out its back-off.
                self._store.write(partial(outbox.hurry, channel=name, now=self._now()))
                sender.start()

    def wake(self) -> None:
        """New deliveries may be due."""
        for _, sender in list(self._running.values()):
            sender.wake()

    def stop(self, drain: timedelta) -> bool:
        """Let sends in flight end, for `drain` at most in all; whether that was enough."""
        with self._lock:
            senders = [sender for _, sender in self._running.values()]
            stopping = [
                threading.Thread(target=sender.stop, args=(drain,), daemon=True) for sender in senders
            ]
            for thread in stopping:
                thread.start()
            for thread in stopping:
                thread.join(drain.total_seconds() + 1)
            return all(sender.stop(timedelta(0)) for sender in senders)

    def finish(self, limit: timedelta) -> bool:
        """Wait until nothing that is due is left to send, at most for `limit`; whether that was enough.

        Channels that rest after failures are not waited for: their deliveries stay for the next run.
        """
        self.wake()
        deadline = time.monotonic() + limit.total_seconds()
        while time.monotonic() < deadline:
            awake = [name for name in self._running if name not in self.paused()]
            if not self._store.read(partial(outbox.has_work, channels=awake, now=self._now())):
                return True
            time.sleep(0.05)
        return False

    def paused(self) -> list[str]:
        """The channels that do not take messages at present."""
        return [
            name
            for name, (_, sender) in self._running.items()
            if sender.wedged or sender.breaker.until is not None
        ]

    def _sender(self, spec: ChannelSpec) -> Sender:
        desk = Desk(
            self._store,
            spec,
            others=lambda: self._recipients,
            owner=self._owner,
            installation=self._context.instance,
            now=self._now,
            random=self._random,
        )
        return Sender(
            channels.create(spec, self._context),
            desk.hooks(),
            deadline=spec.deadline,
            now=self._now,
            random=self._random,
        )


def _current(conn: Connection, alert_id: AlertId) -> Alert | None:
    """The alert as stored, with the number of outlets that carry its story by now."""
    alert = alerts.get(conn, alert_id)
    if alert is None or alert.story_id is None:
        return alert
    return replace(alert, outlets=max(1, articles.count_outlets(conn, alert.story_id)))


def _level(after: backoff.Next) -> int:
    if after.state is DeliveryState.SENT:
        return logging.INFO
    return logging.WARNING if after.state is DeliveryState.PENDING else logging.ERROR
