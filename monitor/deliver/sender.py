"""One channel's outgoing side: waits for deliveries, sends one at a time, reports what became of each.

Two daemon threads. The *sending* thread does nothing but `channel.send`, which may block for as long
as it likes. The *steering* thread claims, prepares, watches the deadline and records. A send that
outlives its deadline is recorded as unknown at once; until it ends the channel is *wedged*: nothing
more is claimed and no other thread is started for it. Should it end well after all, `on_late` hears
of it, so that the repeat can be saved.

Knows no database and makes no policy: `claim`, `prepare`, `record` and `next_due` bring those.
"""

import itertools
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerting import breaker
from monitor.alerting.breaker import Breaker
from monitor.deliver.channel import Channel
from monitor.errors import DeliveryReason
from monitor.model import Delivery, Notification, Outcome

LONGEST_WAIT = timedelta(seconds=60)  # so that a jump of the clock delays nothing for longer
SHORTEST_WAIT = timedelta(seconds=1)  # when something is due but another holds it
ERROR_WAITS = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds, after the database said no


def _ignore(*_: object) -> None:
    """Nobody wants to hear."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a sender needs of the pipeline. All are called from the steering thread and may block.

    `claim(n)`: lease up to n due deliveries of this channel. `prepare`: the message, or an Outcome when
    there is nothing to send (expired, removed). `record`: store the outcome of an attempt; called
    exactly once for each claimed delivery, again only if it raised. `next_due`: when something will be due.
    `on_late`: an attempt recorded as unknown arrived after all. `on_change`: the breaker opened, closed or
    opened again. `on_error`: something raised; the sender goes on.
    """

    claim: Callable[[int], list[Delivery]]
    prepare: Callable[[Delivery], Notification | Outcome]
    record: Callable[[Delivery, Outcome], None]
    next_due: Callable[[], datetime | None]
    on_late: Callable[[Delivery, Outcome], None] = _ignore
    on_change: Callable[[Breaker, Breaker], None] = _ignore
    on_error: Callable[[Exception], None] = _ignore


class _Job:
    """One message handed to the sending thread."""

    def __init__(self, delivery: Delivery, notification: Notification) -> None:
        self.delivery = delivery
        self.notification = notification
        self.outcome: Outcome | None = None


class Sender:
    """One channel's two threads. `random` gives numbers in [0, 1) for the breaker's pauses."""

    def __init__(
        self,
        channel: Channel,
        hooks: Hooks,
        *,
        deadline: timedelta,
        now: Callable[[], datetime],
        random: Callable[[], float],
    ) -> None:
        self.channel = channel
        self._hooks = hooks
        self._deadline = deadline
        self._now = now
        self._random = random
        self._breaker = Breaker()
        self._changed = threading.Condition()  # guards the three below and the outcomes of jobs
        self._woken = False
        self._stopping = False
        self._wedged = False
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        name = f"channel {channel.name}"
        self._steering = threading.Thread(target=self._steer, name=name, daemon=True)
        self._sending = threading.Thread(target=self._send, name=f"{name} sending", daemon=True)

    @property
    def breaker(self) -> Breaker:
        """The channel's state as of the last attempt."""
        return self._breaker

    @property
    def wedged(self) -> bool:
        """Whether a send has outlived its deadline and has not come back."""
        return self._wedged

    def start(self) -> None:
        """Start both threads. Call once."""
        self._sending.start()
        self._steering.start()

    def wake(self) -> None:
        """Look for due deliveries now. Never blocks; from any thread."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def stop(self, drain: timedelta) -> bool:
        """Claim nothing more, wait at most `drain` for the send in flight and its record.

        Returns whether that was enough; if not, the delivery stays leased and is swept later.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._steering.ident is not None:
            self._steering.join(drain.total_seconds())
        return not self._steering.is_alive()

    # --- the steering thread --------------------------------------------------------------------

    def _steer(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                wait = self._round().total_seconds()
                failures = 0
            except Exception as error:  # the database is away, for example: never end the channel
                self._hooks.on_error(error)
                wait = ERROR_WAITS[min(failures, len(ERROR_WAITS) - 1)]
                failures += 1
            self._rest(wait)
        self._jobs.put(None)

    def _round(self) -> timedelta:
        """Send one delivery if one may go. Returns how long there will be nothing to do."""
        now = self._now()
        if self._breaker.until is not None and self._breaker.is_open(now):
            return self._breaker.until - now
        claimed = self._hooks.claim(1)
        if claimed:
            self._attempt(claimed[0])
            return timedelta(0)
        due_at = self._hooks.next_due()
        return LONGEST_WAIT if due_at is None else max(SHORTEST_WAIT, due_at - self._now())

    def _rest(self, seconds: float) -> None:
        with self._changed:
            bounded = min(seconds, LONGEST_WAIT.total_seconds())
            self._changed.wait_for(lambda: self._woken or self._stopping, timeout=bounded)
            self._woken = False

    def _attempt(self, delivery: Delivery) -> None:
        try:
            ready = self._hooks.prepare(delivery)
        except Exception as error:  # one alert that cannot be rendered must not hold up the others
            self._hooks.on_error(error)
            ready = Outcome(DeliveryReason.RENDERING, f"{type(error).__name__}: {error}"[:500])
        if isinstance(ready, Outcome):
            self._settle(delivery, ready)
            return
        job = _Job(delivery, ready)
        self._jobs.put(job)
        with self._changed:
            in_time = self._changed.wait_for(
                lambda: job.outcome is not None, timeout=self._deadline.total_seconds()
            )
            self._wedged = not in_time
        if job.outcome is not None and in_time:
            self._settle(delivery, job.outcome)
        else:
            self._settle(delivery, Outcome(DeliveryReason.UNKNOWN, self._too_late()))
            self._outlast(job)

    def _outlast(self, job: _Job) -> None:
        """Wait until the wedged send ends, or until we are told to stop."""
        with self._changed:
            self._changed.wait_for(lambda: job.outcome is not None or self._stopping)
            self._wedged = job.outcome is None
        if job.outcome is None:
            return
        self._learn(job.outcome)
        if job.outcome.sent:
            self._hooks.on_late(job.delivery, job.outcome)

    def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        """Record it, however long the database needs: sending on without would repeat all of it."""
        for wait in itertools.chain(ERROR_WAITS, itertools.repeat(ERROR_WAITS[-1])):
            try:
                self._hooks.record(delivery, outcome)
                break
            except Exception as error:
                self._hooks.on_error(error)
            with self._changed:
                if self._changed.wait_for(lambda: self._stopping, timeout=wait):
                    return
        self._learn(outcome)

    def _learn(self, outcome: Outcome) -> None:
        before = self._breaker
        self._breaker = breaker.after(before, outcome, now=self._now(), random=self._random())
        if self._breaker.until != before.until:
            self._hooks.on_change(before, self._breaker)

    def _too_late(self) -> str:
        return f"no answer within {self._deadline.total_seconds():g} s"

    # --- the sending thread ---------------------------------------------------------------------

    def _send(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                outcome = self.channel.send(job.notification, job.delivery.recipient)
            except Exception as error:  # a channel does not raise; if one does, it must not wedge us
                outcome = Outcome(DeliveryReason.TRANSIENT, f"{type(error).__name__}: {error}"[:500])
            with self._changed:
                job.outcome = outcome
                self._changed.notify_all()
        self.channel.close()
