"""Telling elsewhere what one channel could not tell: alerts that were given up, and that it refuses all."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.alerting import backoff
from monitor.alerting.breaker import Breaker
from monitor.deliver import hygiene
from monitor.model import AlertKind, ChannelSpec, Delivery
from monitor.pipeline import notice
from monitor.pipeline.notice import Notice
from monitor.store import alerts

MOST_NOTICES = 5  # an hour about alerts that one channel gave up; the rest is told in one
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Losses:
    """One channel's losses. `others` are all channels with their recipients, `specs` as configured."""

    spec: ChannelSpec
    others: Callable[[], Mapping[str, Sequence[str]]]
    installation: str
    specs: Callable[[], Mapping[str, ChannelSpec]] = dict
    given_up: deque[datetime] = field(default_factory=lambda: deque(maxlen=MOST_NOTICES))

    def count(self, now: datetime) -> None:
        """Remember that an alert was given up."""
        self.given_up.append(now)

    def tell(self, conn: Connection, delivery: Delivery, after: backoff.Next, now: datetime) -> None:
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
                f"{attempts}: {cause}.\n{hygiene.link(alert.article.url) if alert.article else ''}\n"
                f"When the cause is mended: newsmonitor deliveries retry {delivery.id}"
            ),
        )
        if len(self.given_up) == MOST_NOTICES and now - self.given_up[0] < HOUR:
            told = self._many_given_up(now)
        self._enqueue(conn, told, now)

    def tell_of_refusal(self, conn: Connection, breaker: Breaker, now: datetime) -> None:
        """Login or address are refused: somebody must act, and this channel cannot tell it. Once a day."""
        name = self.spec.name
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
        self._enqueue(conn, told, now)

    def _enqueue(self, conn: Connection, told: Notice, now: datetime) -> None:
        elsewhere = self.elsewhere()
        if elsewhere:
            notice.enqueue(
                conn, told, elsewhere, installation=self.installation, now=now, channels=self.specs()
            )

    def _many_given_up(self, now: datetime) -> Notice:
        """One notice for all that is given up in this hour of the clock beyond the first few."""
        name = self.spec.name
        return Notice(
            key=f"many_given_up|{name}|{now:%Y-%m-%dT%H}",
            rule="newsmonitor",
            headline=f"Further alerts could not be delivered by {name}",
            detail=(
                f"More than {MOST_NOTICES} within an hour: the others are not told one by one.\n"
                f"See them: newsmonitor deliveries list --channel {name} --dead\n"
                "When the cause is mended: newsmonitor deliveries retry --dead"
            ),
        )

    def elsewhere(self) -> Mapping[str, Sequence[str]]:
        """The fallback and its recipients, or without one all other channels and theirs."""
        others = self.others()
        names = [self.spec.fallback] if self.spec.fallback else list(others)
        return {name: others.get(name, ("",)) for name in names if name != self.spec.name}
