"""One channel's outgoing side: waits for deliveries, sends one at a time, reports what became of each.

Two daemon threads. The *sending* thread does nothing but `channel.send`, which may block for as long
as it likes. The *steering* thread claims, prepares, watches the deadline and records. While a channel
takes one message after the other, deliveries are claimed and recorded several at a time, so that one
commit serves many; the first after a pause or a failure goes alone. What was claimed and could not
go any more (the channel failed, we are to stop) is put back.

A send that outlives its deadline is recorded as unknown at once; until it ends the channel is
*wedged*: nothing more is claimed and no other thread is started for it. Should it end well after
all, `on_late` hears of it, so that the repeat can be saved.

Knows no database and makes no policy: `claim`, `prepare`, `record` and `next_due` bring those.
"""

import contextlib
import itertools
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerting import breaker
from monitor.alerting.breaker import Breaker
from monitor.deliver.channel import Channel, Resting
from monitor.errors import DeliveryReason
from monitor.model import Delivery, Notification, Outcome

LONGEST_WAIT = timedelta(seconds=60)  # so that a jump of the clock delays nothing for longer
SHORTEST_WAIT = timedelta(seconds=1)  # when something is due but another holds it
ERROR_WAITS = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds, after the database said no


WINDOW = 64  # deliveries claimed at a time at most: what a kill can repeat, and mark as perhaps sent
PACE = 4  # successes in a row that widen the window by one
LONGEST_HOLD = 20.0  # seconds that a claimed delivery may wait for its turn; its lease allows for it
LINGER = 0.03  # seconds that a result may wait for others to be recorded with it
IDLE = 10.0  # seconds without a message, after which a channel may hang up

# Failures that the next message would meet as well, so that it waits until this one is judged.
_OF_THE_CHANNEL = {
    DeliveryReason.CONFIGURATION,
    DeliveryReason.THROTTLED,
    DeliveryReason.TRANSIENT,
    DeliveryReason.UNKNOWN,
}
Settled = tuple[Delivery, Outcome]


def _ignore(*_: object) -> None:
    """Nobody wants to hear."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a sender needs of the pipeline. All are called from the steering thread and may block.

    `claim(n)`: lease up to n due deliveries of this channel, for the channel's deadline and
    LONGEST_HOLD at least. `prepare`: for each of them the message, or an Outcome when there is nothing
    to send (expired, removed). `record`: store outcomes of attempts; each claimed delivery comes once,
    here or in `release`, again only if it raised. `release`: put back what was claimed and not tried.
    `next_due`: when something will be due. `on_late`: an attempt recorded as unknown arrived after all.
    `on_change`: the breaker opened, closed or opened again. `on_error`: something raised; the sender
    goes on.
    """

    claim: Callable[[int], list[Delivery]]
    prepare: Callable[[list[Delivery]], list[Notification | Outcome]]
    record: Callable[[list[Settled]], None]
    release: Callable[[list[Delivery]], None]
    next_due: Callable[[], datetime | None]
    on_late: Callable[[Delivery, Outcome], None] = _ignore
    on_change: Callable[[Breaker, Breaker], None] = _ignore
    on_error: Callable[[Exception], None] = _ignore


@dataclass(slots=True, eq=False)
class _Job:
    """One message handed to the sending thread. `started` is of the monotonic clock."""

    delivery: Delivery
    notification: Notification
    claimed: float
    started: float | None = None
    is_called_off: bool = False
    outcome: Outcome | None = None

    @property
    def is_done(self) -> bool:
        return self.is_called_off or self.outcome is not None


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
        self._changed = threading.Condition()  # guards the five below and the jobs
        self._watched: _Job | None = None  # the one whose end the steering thread is to hear of
        self._woken = False
        self._stopping = False
        self._wedged = False
        self._halted = False  # a message failed: what has not begun is called off
        self._streak = 0  # messages taken in a row
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
        """Send what may go. Returns how long there will be nothing to do."""
        now = self._now()
        if self._breaker.until is not None and self._breaker.is_open(now):
            return self._breaker.until - now
        claimed = self._hooks.claim(self._window)
        if claimed:
            self._attempt(claimed)
            return timedelta(0)
        due_at = self._hooks.next_due()
        return LONGEST_WAIT if due_at is None else max(SHORTEST_WAIT, due_at - self._now())

    @property
    def _window(self) -> int:
        """How many may be claimed at once: one, until the channel has shown that it takes more."""
        return min(WINDOW, 1 + self._streak // PACE)

    def _rest(self, seconds: float) -> None:
        with self._changed:
            bounded = min(seconds, LONGEST_WAIT.total_seconds())
            self._changed.wait_for(lambda: self._woken or self._stopping, timeout=bounded)
            self._woken = False

    def _attempt(self, claimed: list[Delivery]) -> None:
        """Send these; while they go, fetch more in time, so that the channel never waits for us."""
        with self._changed:
            self._halted = False
        waiting = self._hand_over(claimed)
        while waiting:
            done = self._await(waiting)
            if not done:
                self._give_up_on(waiting)
                return
            del waiting[: len(done)]
            self._put_back([job for job in done if job.is_called_off])
            self._settle([(job.delivery, job.outcome) for job in done if job.outcome is not None])
            if not self._halted and not self._stopping and 0 < len(waiting) <= self._window // 2:
                waiting += self._more(self._window - len(waiting))

    def _more(self, limit: int) -> list[_Job]:
        try:
            claimed = self._hooks.claim(limit)
        except Exception as error:  # those that wait are sent and recorded all the same
            self._hooks.on_error(error)
            return []
        return self._hand_over(claimed) if claimed else []

    def _hand_over(self, claimed: list[Delivery]) -> list[_Job]:
        """Prepare what was claimed and give it to the sending thread."""
        at = time.monotonic()
        ready = self._prepared(claimed)
        jobs = [_Job(one, message, at) for one, message in ready if not isinstance(message, Outcome)]
        for job in jobs:
            self._jobs.put(job)
        self._settle([(one, outcome) for one, outcome in ready if isinstance(outcome, Outcome)])
        return jobs

    def _prepared(self, claimed: list[Delivery]) -> list[tuple[Delivery, Notification | Outcome]]:
        try:
            return list(zip(claimed, self._hooks.prepare(claimed), strict=True))
        except Exception as error:
            self._hooks.on_error(error)
            if len(claimed) == 1:
                broken = Outcome(DeliveryReason.RENDERING, f"{type(error).__name__}: {error}"[:500])
                return [(claimed[0], broken)]
        # One alert that cannot be rendered must not hold up the others.
        return [pair for one in claimed for pair in self._prepared([one])]

    def _await(self, waiting: list[_Job]) -> list[_Job]:
        """Those at the head that are done with, as many as one record is worth; none: the first is overdue.

        They are all that wait, or half of a window, or what came within LINGER.
        """
        enough = min(len(waiting), max(1, self._window // 2))
        done: list[_Job] = []
        linger_until = None
        with self._changed:
            while True:
                done += itertools.takewhile(lambda job: job.is_done, waiting[len(done) :])
                if len(done) >= enough or (done and (self._halted or self._stopping)):
                    return done
                now = time.monotonic()
                if done and linger_until is None:
                    linger_until = now + LINGER
                if linger_until is not None:
                    left = linger_until - now
                else:  # one that has not started may do so at once, and is looked at again in time
                    left = (waiting[0].started or now) + self._deadline.total_seconds() - now
                if left <= 0:
                    self._wedged = self._halted = not done
                    return done
                self._watched = waiting[enough - 1] if done else waiting[0]
                self._changed.wait(left)

    def _give_up_on(self, waiting: list[_Job]) -> None:
        """The first is wedged: it is unknown, the others are put back, and we wait for it to end."""
        first, *others = waiting
        with self._changed:
            for job in others:
                job.is_called_off = True
        self._put_back(others)
        self._settle([(first.delivery, Outcome(DeliveryReason.UNKNOWN, self._too_late()))])
        self._outlast(first)

    def _put_back(self, jobs: list[_Job]) -> None:
        if jobs:
            self._insist(lambda: self._hooks.release([job.delivery for job in jobs]))

    def _outlast(self, job: _Job) -> None:
        """Wait until the wedged send ends, or until we are told to stop."""
        with self._changed:
            self._watched = job
            self._changed.wait_for(lambda: job.outcome is not None or self._stopping)
            self._wedged = job.outcome is None
        if job.outcome is None:
            return
        self._learn(job.outcome)
        if job.outcome.sent:
            self._hooks.on_late(job.delivery, job.outcome)

    def _settle(self, settled: list[Settled]) -> None:
        """Record it, however long the database needs: sending on without would repeat all of it."""
        if settled and self._insist(lambda: self._hooks.record(settled)):
            for _, outcome in settled:
                self._learn(outcome)

    def _insist(self, write: Callable[[], None]) -> bool:
        """Write until it is written, or until we are told to stop; whether it is written."""
        for wait in itertools.chain(ERROR_WAITS, itertools.repeat(ERROR_WAITS[-1])):
            try:
                write()
            except Exception as error:
                self._hooks.on_error(error)
            else:
                return True
            with self._changed:
                if self._changed.wait_for(lambda: self._stopping, timeout=wait):
                    return False
        return False

    def _learn(self, outcome: Outcome) -> None:
        before = self._breaker
        if outcome.sent:
            self._streak += 1
        elif outcome.reason in _OF_THE_CHANNEL:
            self._streak = 0
        self._breaker = breaker.after(before, outcome, now=self._now(), random=self._random())
        if self._breaker.until != before.until:
            self._hooks.on_change(before, self._breaker)

    def _too_late(self) -> str:
        return f"no answer within {self._deadline.total_seconds():g} s"

    # --- the sending thread ---------------------------------------------------------------------

    def _send(self) -> None:
        while (job := self._next()) is not None:
            if not self._begin(job):
                continue
            outcome = self._sent(job)
            with self._changed:
                job.outcome = outcome
                self._halted = self._halted or outcome.reason in _OF_THE_CHANNEL
                self._tell_of(job)
        self.channel.close()

    def _begin(self, job: _Job) -> bool:
        """Whether it may still go."""
        with self._changed:
            now = time.monotonic()
            if self._stopping or self._halted or now - job.claimed > LONGEST_HOLD:
                job.is_called_off = True
            else:
                job.started = now
                return True
            self._tell_of(job)
            return False

    def _tell_of(self, job: _Job) -> None:
        """Wake the steering thread if it waits for this one: for each, it would cost as much as a send."""
        if job is self._watched or self._halted or self._stopping:
            self._changed.notify_all()

    def _next(self) -> _Job | None:
        """The next job; the channel hears when there is none for a while."""
        try:
            return self._jobs.get(timeout=IDLE)
        except queue.Empty:
            if isinstance(self.channel, Resting):
                with contextlib.suppress(Exception):  # it had its chance to be polite
                    self.channel.rest()
        return self._jobs.get()

    def _sent(self, job: _Job) -> Outcome:
        try:
            return self.channel.send(job.notification, job.delivery.recipient)
        except Exception as error:  # a channel does not raise; if one does, it must not wedge us
            return Outcome(DeliveryReason.TRANSIENT, f"{type(error).__name__}: {error}"[:500])
