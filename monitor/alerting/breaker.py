"""When a whole channel rests: after failures in a row, when it asks to wait, when it is misconfigured. Pure.

closed ── 3 transient failures, a throttle, a refusal ──▶ open until T ──▶ half-open: one delivery goes
out; if it arrives the breaker closes, else the channel rests again, for longer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerting import backoff
from monitor.errors import DeliveryReason
from monitor.model import Outcome

THRESHOLD = 3  # failures in a row
FIRST = timedelta(seconds=30)
CAP = timedelta(minutes=1)  # so that a recovery is seen soon; one delivery each time costs little
CONFIGURATION_CAP = timedelta(hours=1)

_FAILURES = {DeliveryReason.TRANSIENT, DeliveryReason.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Breaker:
    """One channel's state. `reason` and `detail` tell why it rests, for `channels list` and notices."""

    failures: int = 0  # in a row
    pauses: int = 0  # in a row, without a delivery between them
    until: datetime | None = None
    reason: DeliveryReason | None = None
    detail: str = ""

    def is_open(self, now: datetime) -> bool:
        """Whether nothing may be sent yet. A pause beyond the longest is of a clock that ran ahead."""
        return self.until is not None and now < self.until <= now + backoff.LONGEST_WAIT


def after(breaker: Breaker, outcome: Outcome, *, now: datetime, random: float) -> Breaker:
    """The breaker after one attempt that ended `now`. `random` is in [0, 1).

    An answer that refuses one message for good shows that the channel works. An attempt that never
    reached the channel (expired, not rendered) changes nothing.
    """
    if outcome.reason is None or outcome.reason is DeliveryReason.PERMANENT:
        return Breaker()
    if outcome.reason is DeliveryReason.CONFIGURATION:
        pause = backoff.ceiling(breaker.pauses, first=backoff.CONFIGURATION_PAUSE, cap=CONFIGURATION_CAP)
        return _paused(breaker, outcome, now + pause)
    if outcome.reason is DeliveryReason.THROTTLED:
        pause = backoff.throttle(breaker.pauses, asked=outcome.retry_after)
        return _paused(breaker, outcome, now + pause)
    if outcome.reason not in _FAILURES:
        return breaker
    failures = breaker.failures + 1
    if failures < THRESHOLD and breaker.until is None:
        return Breaker(failures=failures, reason=outcome.reason, detail=outcome.detail)
    pause = backoff.ceiling(breaker.pauses, first=FIRST, cap=CAP) * (0.5 + random / 2)
    return _paused(breaker, outcome, now + pause)


def _paused(breaker: Breaker, outcome: Outcome, until: datetime) -> Breaker:
    failures = breaker.failures + (outcome.reason in _FAILURES)
    return Breaker(failures, breaker.pauses + 1, until, outcome.reason, outcome.detail)
