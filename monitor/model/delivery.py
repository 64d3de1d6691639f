"""Channels as configured, messages, and the deliveries of the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from monitor.errors import DeliveryReason
from monitor.model.alerts import Alert
from monitor.model.ids import AlertId, DeliveryId
from monitor.model.policy import Digest, QuietHours, Storm
from monitor.model.rules import Priority


class OnUnknown(StrEnum):
    """What to do when a channel gave no answer."""

    RESEND = "resend"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel as configured. `url` holds secrets and never shows in a repr."""

    name: str
    url: str = field(repr=False)
    time_zone: str = "UTC"
    deadline: timedelta = timedelta(seconds=60)  # for one send
    max_age: timedelta = timedelta(hours=72)  # of an alert, before it is given up
    on_unknown: OnUnknown = OnUnknown.RESEND
    fallback: str = ""
    unsubscribe: str = ""  # an address or a web page, for mail
    secret: str = field(default="", repr=False)  # signs what a webhook posts
    templates: Mapping[str, str] = field(default_factory=dict)  # by form: title, text, html, chat
    quiet_hours: tuple[QuietHours, ...] = ()
    digest: Digest | None = None
    storm: Storm | None = None
    backlog: int | None = None  # more alerts than this, after an outage, come in one message
    canary: time | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A rendered message for one recipient. Each channel takes the form that it can show."""

    key: str  # the delivery's idempotency key: the same in every repeat
    thread: str  # the same for all messages about one rule × story
    first_of_thread: bool
    title: str  # one line, at most 200 characters
    text: str  # the whole message as plain text
    short: str  # the same for a chat: headline, why, link, alert id
    html: str
    payload: Mapping[str, Any]  # the same as data
    priority: Priority
    decided_at: datetime
    repeat: bool = False  # an earlier attempt may have arrived
    template: str = ""  # for the message of a chat, instead of the built-in one
    content: object = None  # what it says, for channels with a format of their own: `deliver.view.View`


class DeliveryState(StrEnum):
    WAITING = "waiting"  # to be part of a digest, or within one that is being sent
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DIGESTED = "digested"  # sent within a digest
    UNKNOWN = "unknown"
    DEAD = "dead"
    EXPIRED = "expired"
    CANCELLED = "cancelled"  # not needed any more


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox: one alert, one channel, one recipient."""

    id: DeliveryId
    alert_id: AlertId
    channel: str
    recipient: str
    key: str
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    maybe_sent: bool = False  # an earlier attempt got no answer, so this one may repeat it
    reason: DeliveryReason | None = None
    detail: str = ""
    sent_at: datetime | None = None
    urgent: bool = False  # of high priority
    held_until: datetime | None = None  # its age counts from then
    bundle: str = ""  # which digest it waits for, or that it is one
    part_of: DeliveryId | None = None  # the delivery of the digest that holds it
    escalates: bool = False  # of an alert that nobody acknowledged


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. `reason` None means the channel took the message."""

    reason: DeliveryReason | None = None
    detail: str = ""
    retry_after: timedelta | None = None

    @property
    def sent(self) -> bool:
        return self.reason is None


class Bundle(StrEnum):
    """Why several alerts come in one message."""

    DIGEST = "digest"  # the channel tells at certain times
    STORM = "storm"  # there were too many
    BACKLOG = "backlog"  # they waited until the channel worked again


@dataclass(frozen=True, slots=True)
class DigestContent:
    """What a digest tells. `alerting.digest.group` puts the alerts in order."""

    bundle: Bundle
    until_at: datetime  # when it was made up
    since_at: datetime | None = None  # the first of its alerts
    alerts: tuple[Alert, ...] = ()
    name: str = ""  # the channel's, or the rule's whose storm it is
