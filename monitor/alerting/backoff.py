"""What happens to a delivery after an attempt: done, once more at T, put aside, or given up. Pure.

A channel that fails is asked again after a random part of 30 s · 2ⁿ, at most an hour ("full jitter":
many alerts that failed together do not come back together), until the alert is older than the
channel's `max_age`. Says nothing about the channel as a whole; that is `breaker`'s business.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import DeliveryReason
from monitor.model import Delivery, DeliveryState, OnUnknown, Outcome

FIRST = timedelta(seconds=30)
CAP = timedelta(hours=1)
FLOOR = timedelta(seconds=1)  # a channel that just failed is never asked again in the same second
THROTTLE_FIRST = timedelta(seconds=60)
CONFIGURATION_PAUSE = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)  # of what a service may ask for by Retry-After

_FINAL = {
    DeliveryReason.PERMANENT: DeliveryState.DEAD,
    DeliveryReason.RENDERING: DeliveryState.DEAD,
    DeliveryReason.CHANNEL_REMOVED: DeliveryState.DEAD,
    DeliveryReason.EXPIRED: DeliveryState.EXPIRED,
    DeliveryReason.ACKNOWLEDGED: DeliveryState.CANCELLED,
    DeliveryReason.SILENCED: DeliveryState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Next:
    """What to write into the outbox. `maybe_sent`: a later attempt may repeat what already arrived."""

    state: DeliveryState
    due_at: datetime
    reason: DeliveryReason | None = None
    detail: str = ""
    maybe_sent: bool = False


def after_attempt(
    delivery: Delivery,
    outcome: Outcome,
    *,
    now: datetime,
    random: float,
    max_age: timedelta,
    on_unknown: OnUnknown,
) -> Next:
    """Decide about one attempt that ended `now`. `random` is in [0, 1).

    `delivery.attempts` counts attempts begun, this one included. The age is counted from `born_at`; the
    last due time is the end of that age, so that an expiry is recorded when it happens.
    """
    maybe_sent = delivery.maybe_sent or outcome.reason is DeliveryReason.UNKNOWN
    if outcome.reason is None:
        return Next(DeliveryState.SENT, now)
    if outcome.reason in _FINAL:
        return Next(_FINAL[outcome.reason], now, outcome.reason, outcome.detail, maybe_sent)
    if outcome.reason is DeliveryReason.UNKNOWN and on_unknown is OnUnknown.HOLD:
        return Next(DeliveryState.UNKNOWN, now, outcome.reason, outcome.detail, maybe_sent)
    if is_expired(delivery, now=now, max_age=max_age):
        detail = f"given up after {_words(max_age)}; last: {outcome.reason}"
        detail += f": {outcome.detail}" if outcome.detail else ""
        return Next(DeliveryState.EXPIRED, now, DeliveryReason.EXPIRED, detail, maybe_sent)
    due_at = min(now + wait(delivery, outcome, random=random), born_at(delivery) + max_age)
    return Next(DeliveryState.PENDING, due_at, outcome.reason, outcome.detail, maybe_sent)


def is_expired(delivery: Delivery, *, now: datetime, max_age: timedelta) -> bool:
    """Whether it is too old to be worth an attempt."""
    return now - born_at(delivery) >= max_age


def born_at(delivery: Delivery) -> datetime:
    """From when its age counts: what was held back on purpose is as new as when that ended."""
    return (
        delivery.created_at if delivery.held_until is None else max(delivery.created_at, delivery.held_until)
    )


def wait(delivery: Delivery, outcome: Outcome, *, random: float) -> timedelta:
    """How long until the next attempt, after one that failed for a reason that may pass."""
    failed_before = max(0, delivery.attempts - 1)
    if outcome.reason is DeliveryReason.CONFIGURATION:
        return CONFIGURATION_PAUSE
    if outcome.reason is DeliveryReason.THROTTLED:
        return throttle(failed_before, asked=outcome.retry_after)
    return max(FLOOR, ceiling(failed_before, first=FIRST, cap=CAP) * random)


def throttle(times: int, *, asked: timedelta | None) -> timedelta:
    """The wait a service asked for (bounded by a day), else a minute that doubles up to an hour."""
    if asked is not None:
        return min(max(asked, FLOOR), LONGEST_WAIT)
    return ceiling(times, first=THROTTLE_FIRST, cap=CAP)


def ceiling(times: int, *, first: timedelta, cap: timedelta) -> timedelta:
    """`first` doubled `times` times, at most `cap`."""
    return min(cap, first * (1 << min(times, 20)))


def _words(duration: timedelta) -> str:
    hours = duration / timedelta(hours=1)
    return f"{hours:g} h" if hours >= 1 else f"{duration.total_seconds():g} s"
