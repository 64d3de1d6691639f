"""One channel's side of the outbox: claim, prepare, record, and tell elsewhere what could not be told here.

Runs in that channel's thread. Which channels there are is the dispatcher's business.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.alerting import backoff
from monitor.alerting.breaker import Breaker
from monitor.deliver import render
from monitor.deliver.sender import Hooks, Settled
from monitor.errors import DeliveryReason, StoreError
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
from monitor.pipeline.tell import delivery_key
from monitor.store import Store, alerts, articles, outbox
from monitor.telemetry import faults, logs

log = logs.get(__name__)

LEASE_MARGIN = timedelta(seconds=60)  # beyond a send's deadline: rendering, recording, a slow disk
MOVED = "the channel no longer has this recipient; those that it has get the alert"
MOST_NOTICES = 5  # an hour about alerts that one channel gave up; the rest is told in one
HOUR = timedelta(hours=1)
_GIVEN_UP = (DeliveryState.DEAD, DeliveryState.EXPIRED)


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
    is_settled: bool = False  # what was found failed has been made due
    given_up: deque[datetime] = field(default_factory=lambda: deque(maxlen=MOST_NOTICES))

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
        """Lease the next due deliveries."""
        if not self.is_settled:
            # The channel is new or changed: what failed may work now.
            self.store.write(lambda conn: outbox.hurry(conn, self.spec.name, now=self.now()))
            self.is_settled = True
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
        return self.prepare_all([delivery])[0]

    def prepare_all(self, deliveries: Sequence[Delivery]) -> list[Notification | Outcome]:
        """`prepare` for several, with one look into the database."""
        now = self.now()
        try:
            found = self.store.read(lambda conn: _current(conn, [one.alert_id for one in deliveries]))
        except StoreError as error:  # no fault of the alerts': they are tried again
            return [Outcome(DeliveryReason.TRANSIENT, str(error)[:500]) for _ in deliveries]
        return [self._ready(one, found.get(one.alert_id), now) for one in deliveries]

    def _ready(self, delivery: Delivery, alert: Alert | None, now: datetime) -> Notification | Outcome:
        if delivery.recipient not in self._recipients():
            return Outcome(DeliveryReason.CHANNEL_REMOVED, MOVED)
        if backoff.is_expired(delivery, now=now, max_age=self.spec.max_age):
            last = f"; last: {delivery.reason}: {delivery.detail}" if delivery.reason else ""
            return Outcome(DeliveryReason.EXPIRED, f"older than the channel's max_age{last}")
        if alert is None:
            return Outcome(DeliveryReason.RENDERING, f"alert {delivery.alert_id} is not in the database")
        return render.render(
            alert,
            delivery_key=delivery.key,
            now=now,
            time_zone=self.spec.time_zone,
            repeat=delivery.maybe_sent,
        )

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
                self.given_up.append(now)
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
        elif recorded and after.state in _GIVEN_UP:
            self._tell_elsewhere(conn, delivery, after, now)

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

    def _recipients(self) -> Sequence[str]:
        return self.others().get(self.spec.name, ("",))

    def _pass_on(self, conn: Connection, delivery: Delivery) -> None:
        """The channel's address changed since: those it reaches now get the alert, unless they have it."""
        alert_key = alerts.key_of(conn, delivery.alert_id)
        if alert_key is None:
            return
        for recipient in self._recipients():
            outbox.enqueue(
                conn,
                alert_id=delivery.alert_id,
                channel=self.spec.name,
                recipient=recipient,
                key=delivery_key(self.installation, alert_key, self.spec.name, recipient),
                now=delivery.created_at,
                due_at=delivery.due_at,
            )

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
        told = Notice(
            key=f"given_up|{delivery.key}",
            rule=alert.rule,
            headline=f"An alert could not be delivered by {self.spec.name}",
            detail=(
                f"Alert {delivery.alert_id} of the rule {alert.rule!r} ({told_about}) was given up after "
                f"{attempts}: {cause}.\n"
                f"When the cause is mended: newsmonitor deliveries retry {delivery.id}"
            ),
        )
        if len(self.given_up) == MOST_NOTICES and now - self.given_up[0] < HOUR:
            told = self._many_given_up(now)
        notice.enqueue(conn, told, self._elsewhere(), installation=self.installation, now=now)

    def _many_given_up(self, now: datetime) -> Notice:
        """One notice for all that is given up in this hour of the clock beyond the first few."""
        name = self.spec.name
        return Notice(
            key=f"many_given_up|{name}|{now:%Y-%m-%dT%H}",
            rule="newsmonitor",
            headline=f"Further alerts could not be delivered by {name}",
            detail=(
                f"More than {MOST_NOTICES} within an hour: the others are not told one by one.\n"
                f"See them: newsmonitor deliveries list --channel {name}\n"
                "When the cause is mended: newsmonitor deliveries retry --dead"
            ),
        )

    def _tell_of_pause(self, breaker: Breaker) -> None:
        """Login or address are refused: somebody must act, and this channel cannot tell it. Once a day."""
        name, now = self.spec.name, self.now()
        told = Notice(
            key=f"channel_refused|{name}|{now:%Y-%m-%d}",
            rule="newsmonitor",
            headline=f"The channel {name} takes no messages",
            detail=(
                f"{breaker.reason}: {breaker.detail}\n"
                "Its alerts are kept and tried again now and then. Correct the channel in the configuration: "
                "they are sent at once when it is read."
            ),
        )
        elsewhere = self._elsewhere()
        if elsewhere:
            self.store.write(
                lambda conn: notice.enqueue(conn, told, elsewhere, installation=self.installation, now=now)
            )
            self.wake()

    def _elsewhere(self) -> Mapping[str, Sequence[str]]:
        """The fallback and its recipients, or without one all other channels and theirs."""
        others = self.others()
        names = [self.spec.fallback] if self.spec.fallback else list(others)
        return {name: others.get(name, ("",)) for name in names if name != self.spec.name}

    def _log_change(self, before: Breaker, after: Breaker) -> None:
        if after.until is not None:
            log.warning("channel_paused", channel=self.spec.name, until=after.until.isoformat())
            refused = DeliveryReason.CONFIGURATION
            if after.reason is refused and before.reason is not refused:
                self._tell_of_pause(after)
        elif before.until is not None:
            log.info("channel_resumed", channel=self.spec.name)

    def _log_error(self, error: Exception) -> None:
        log.error("channel_error", channel=self.spec.name, error=error)


def _current(conn: Connection, ids: Sequence[AlertId]) -> dict[AlertId, Alert]:
    """The alerts as stored, with the number of outlets that carry their stories by now."""
    found = alerts.find(conn, ids)
    stories = [alert.story_id for alert in found.values() if alert.story_id is not None]
    outlets = articles.count_outlets_of(conn, stories) if stories else {}
    return {
        id_: alert
        if alert.story_id is None
        else replace(alert, outlets=max(1, outlets.get(alert.story_id, 1)))
        for id_, alert in found.items()
    }


def _level(after: backoff.Next) -> int:
    if after.state is DeliveryState.SENT:
        return logging.INFO
    is_kept = after.state is DeliveryState.PENDING or after.reason is DeliveryReason.CHANNEL_REMOVED
    return logging.WARNING if is_kept else logging.ERROR
