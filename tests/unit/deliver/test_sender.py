"""The sender: one channel's threads, with a channel and an outbox made by hand."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerting.breaker import Breaker
from monitor.deliver.sender import WINDOW, Hooks, Sender
from monitor.errors import DeliveryReason
from monitor.model import AlertId, Delivery, DeliveryId, DeliveryState, Outcome
from tests.support.messages import notification

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DRAIN = timedelta(seconds=10)


def delivery(number: int) -> Delivery:
    return Delivery(
        id=DeliveryId(number),
        alert_id=AlertId(number),
        channel="desk",
        recipient=f"reader-{number}",
        key=f"key-{number}",
        state=DeliveryState.SENDING,
        created_at=START,
        due_at=START,
        attempts=1,
    )


class Clock:
    """A wall clock that moves when told."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


class FakeChannel:
    """Answers what it is told; waits at `gate` first when it has one."""

    name = "desk"
    recipients = ("",)

    def __init__(self, *outcomes: Outcome | Exception) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[str] = []
        self.threads: set[int] = set()
        self.gate: threading.Event | None = None
        self.entered = threading.Event()
        self.closed = threading.Event()

    def send(self, message, recipient):
        self.threads.add(threading.get_ident())
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(20)
        self.sent.append(recipient)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close(self):
        self.closed.set()


class Outbox:
    """Deliveries waiting, and what was recorded of them."""

    def __init__(self, *waiting: Delivery) -> None:
        self.waiting = list(waiting)
        self.recorded: list[tuple[int, Outcome]] = []
        self.late: list[tuple[int, Outcome]] = []
        self.changes: list[tuple[Breaker, Breaker]] = []
        self.errors: list[Exception] = []
        self.batches: list[int] = []
        self.released: list[int] = []
        self.claims = 0
        self.most_claimed = 0
        self.claim_errors: list[Exception] = []
        self.record_errors: list[Exception] = []
        self.prepared = notification
        self.event = threading.Condition()

    def hooks(self) -> Hooks:
        return Hooks(
            claim=self.claim,
            prepare=lambda claimed: [self.prepared() for _ in claimed],
            record=self.record,
            release=self.release,
            next_due=lambda: None,
            on_late=lambda one, outcome: self._note(self.late, (one.id, outcome)),
            on_change=lambda *change: self._note(self.changes, change),
            on_error=lambda error: self._note(self.errors, error),
        )

    def claim(self, limit):
        self.claims += 1
        if self.claim_errors:
            raise self.claim_errors.pop(0)
        with self.event:
            taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
            self.most_claimed = max(self.most_claimed, len(taken))
        return taken

    def record(self, settled):
        if self.record_errors:
            raise self.record_errors.pop(0)
        self.batches.append(len(settled))
        for one, outcome in settled:
            self._note(self.recorded, (one.id, outcome))

    def release(self, deliveries):
        with self.event:
            self.waiting = [*deliveries, *self.waiting]
            self.released += [one.id for one in deliveries]
            self.event.notify_all()

    def wait_for(self, condition):
        with self.event:
            assert self.event.wait_for(condition, timeout=10)

    def _note(self, where, what):
        with self.event:
            where.append(what)
            self.event.notify_all()


@pytest.fixture
def running():
    """Starts senders and stops them in the end."""
    senders = []

    def start(channel, outbox, *, deadline=timedelta(seconds=20), clock=None, prepare=None):
        hooks = replace(outbox.hooks(), prepare=prepare) if prepare else outbox.hooks()
        sender = Sender(channel, hooks, deadline=deadline, now=clock or Clock(), random=lambda: 0.5)
        senders.append((sender, channel))
        sender.start()
        return sender

    yield start
    for sender, channel in senders:
        if channel.gate is not None:
            channel.gate.set()
        assert sender.stop(DRAIN)


def test_what_is_due_is_sent_in_order_and_recorded(running):
    """Each delivery is claimed, sent to its recipient and recorded, in one sending thread."""
    channel, outbox = FakeChannel(), Outbox(delivery(1), delivery(2), delivery(3))
    running(channel, outbox)
    outbox.wait_for(lambda: len(outbox.recorded) == 3)
    assert channel.sent == ["reader-1", "reader-2", "reader-3"]
    assert outbox.recorded == [(1, Outcome()), (2, Outcome()), (3, Outcome())]
    assert len(channel.threads) == 1


def test_a_wake_up_is_heard_while_it_rests(running):
    """A new delivery does not wait for the next look at the outbox."""
    channel, outbox = FakeChannel(), Outbox()
    sender = running(channel, outbox)
    outbox.waiting.append(delivery(1))
    sender.wake()
    outbox.wait_for(lambda: outbox.recorded)


def test_a_message_that_cannot_be_rendered_holds_up_nobody(running):
    """The reason is recorded and the next delivery goes out."""
    channel, outbox = FakeChannel(), Outbox(delivery(1), delivery(2))
    broken = [ValueError("no template")]
    outbox.prepared = lambda: (_ for _ in ()).throw(broken.pop()) if broken else notification()
    running(channel, outbox)
    outbox.wait_for(lambda: len(outbox.recorded) == 2)
    assert outbox.recorded[0] == (1, Outcome(DeliveryReason.RENDERING, "ValueError: no template"))
    assert channel.sent == ["reader-2"]


def test_an_outcome_instead_of_a_message_is_recorded_unsent(running):
    """What has expired is not sent, and tells nothing about the channel."""
    channel, outbox = FakeChannel(), Outbox(delivery(1))
    outbox.prepared = lambda: Outcome(DeliveryReason.EXPIRED, "3 days old")
    sender = running(channel, outbox)
    outbox.wait_for(lambda: outbox.recorded)
    assert channel.sent == []
    assert sender.breaker == Breaker()


def test_a_channel_that_raises_is_a_failure_that_passes(running):
    """Even a channel that breaks its promise cannot end the thread."""
    channel, outbox = FakeChannel(RuntimeError("bug")), Outbox(delivery(1), delivery(2))
    running(channel, outbox)
    outbox.wait_for(lambda: len(outbox.recorded) == 2)
    assert outbox.recorded[0] == (1, Outcome(DeliveryReason.TRANSIENT, "RuntimeError: bug"))
    assert outbox.recorded[1][1].sent


class TestBreaker:
    """The channel rests as a whole."""

    def test_after_three_failures_nothing_is_claimed_until_the_pause_is_over(self, running):
        """Then a single delivery decides whether the channel goes on."""
        down = Outcome(DeliveryReason.TRANSIENT, "down")
        channel = FakeChannel(down, down, down, down)
        outbox = Outbox(*(delivery(n) for n in range(1, 8)))
        clock = Clock()
        sender = running(channel, outbox, clock=clock)
        outbox.wait_for(lambda: outbox.changes)
        assert len(channel.sent) == 3
        sender.wake()
        assert sender.breaker.until == START + timedelta(seconds=22.5)

        clock.at = sender.breaker.until
        sender.wake()
        outbox.wait_for(lambda: len(outbox.changes) == 2)
        assert len(channel.sent) == 4

        clock.at = sender.breaker.until
        sender.wake()
        outbox.wait_for(lambda: len(outbox.recorded) == 7)
        assert sender.breaker == Breaker()
        assert [after.until is None for _, after in outbox.changes] == [False, False, True]

    def test_a_refused_login_pauses_at_once(self, running):
        """One attempt shows it; the other alerts stay in the outbox."""
        channel = FakeChannel(Outcome(DeliveryReason.CONFIGURATION, "SMTP 535"))
        outbox = Outbox(delivery(1), delivery(2))
        sender = running(channel, outbox)
        outbox.wait_for(lambda: outbox.changes and outbox.recorded)
        assert (len(channel.sent), len(outbox.waiting)) == (1, 1)
        assert sender.breaker.reason is DeliveryReason.CONFIGURATION


class TestDeadline:
    """A send that does not come back."""

    def test_it_is_unknown_at_the_deadline_and_wedges_the_channel(self, running):
        """It is recorded once, and no second message starts beside it."""
        channel, outbox = FakeChannel(), Outbox(delivery(1), delivery(2))
        channel.gate = threading.Event()
        sender = running(channel, outbox, deadline=timedelta(seconds=0.1))
        outbox.wait_for(lambda: outbox.recorded)
        assert outbox.recorded == [(1, Outcome(DeliveryReason.UNKNOWN, "no answer within 0.1 s"))]
        assert sender.wedged
        sender.wake()
        assert (outbox.claims, len(channel.threads)) == (1, 1)

    def test_its_late_success_is_told_and_the_channel_goes_on(self, running):
        """The pipeline can save the repeat; the unknown is not recorded again."""
        channel, outbox = FakeChannel(), Outbox(delivery(1), delivery(2))
        channel.gate = threading.Event()
        sender = running(channel, outbox, deadline=timedelta(seconds=0.1))
        outbox.wait_for(lambda: outbox.recorded)
        channel.gate.set()
        outbox.wait_for(lambda: len(outbox.recorded) == 2)
        assert outbox.late == [(1, Outcome())]
        assert [number for number, _ in outbox.recorded] == [1, 2]
        assert channel.sent == ["reader-1", "reader-2"]
        assert not sender.wedged

    def test_its_late_failure_is_dropped(self, running):
        """Unknown stays unknown: that it failed in the end does not mean that nothing arrived."""
        channel, outbox = FakeChannel(Outcome(DeliveryReason.TRANSIENT)), Outbox(delivery(1), delivery(2))
        channel.gate = threading.Event()
        running(channel, outbox, deadline=timedelta(seconds=0.1))
        outbox.wait_for(lambda: outbox.recorded)
        channel.gate.set()
        outbox.wait_for(lambda: len(outbox.recorded) == 2)
        assert outbox.late == []

    def test_a_wedged_channel_does_not_hold_up_the_end(self, running):
        """Stopping does not wait for what has been recorded already."""
        channel, outbox = FakeChannel(), Outbox(delivery(1))
        channel.gate = threading.Event()
        sender = running(channel, outbox, deadline=timedelta(seconds=0.1))
        outbox.wait_for(lambda: outbox.recorded)
        assert sender.stop(DRAIN)
        assert not channel.closed.is_set()
        channel.gate.set()
        assert channel.closed.wait(10)


class TestStop:
    """An orderly end."""

    def test_the_send_in_flight_is_finished_and_recorded(self, running):
        """Nothing else is claimed; then the channel is closed."""
        channel, outbox = FakeChannel(), Outbox(delivery(1), delivery(2))
        channel.gate = threading.Event()
        sender = running(channel, outbox)
        assert channel.entered.wait(10)
        stopping = threading.Thread(target=sender.stop, args=(DRAIN,))
        stopping.start()
        channel.gate.set()
        stopping.join(10)
        assert outbox.recorded == [(1, Outcome())]
        assert len(outbox.waiting) == 1
        assert channel.closed.wait(10)

    def test_a_drain_too_short_says_so(self, running):
        """The delivery stays leased; the caller knows."""
        channel, outbox = FakeChannel(), Outbox(delivery(1))
        channel.gate = threading.Event()
        sender = running(channel, outbox)
        assert channel.entered.wait(10)
        assert not sender.stop(timedelta(seconds=0.05))
        assert outbox.recorded == []

    def test_before_the_start_there_is_nothing_to_stop(self):
        """Stopping a sender that never ran returns at once."""
        sender = Sender(FakeChannel(), Outbox().hooks(), deadline=DRAIN, now=Clock(), random=lambda: 0.5)
        assert sender.stop(DRAIN)


class TestDatabaseFailures:
    """The outbox cannot be reached for a while."""

    def test_a_claim_that_fails_is_tried_again(self, running):
        """The error is told and the channel lives on."""
        channel, outbox = FakeChannel(), Outbox(delivery(1))
        outbox.claim_errors = [OSError("disk full")]
        sender = running(channel, outbox)
        outbox.wait_for(lambda: outbox.errors)
        sender.wake()
        outbox.wait_for(lambda: outbox.recorded)

    def test_a_result_is_recorded_before_anything_else_is_sent(self, running):
        """The message is not sent again because its record failed."""
        channel, outbox = FakeChannel(), Outbox(delivery(1), delivery(2))
        outbox.record_errors = [OSError("disk full")]
        running(channel, outbox)
        outbox.wait_for(lambda: len(outbox.recorded) == 2)
        assert channel.sent == ["reader-1", "reader-2"]
        assert [str(error) for error in outbox.errors] == ["disk full"]


class TestWindow:
    """Several deliveries at a time, once the channel has shown that it takes them."""

    def test_the_first_goes_alone_and_more_follow_as_it_goes_well(self, running):
        """Claims and records grow with the successes, up to the limit; all are sent once, in order."""
        channel = FakeChannel()
        outbox = Outbox(*(delivery(n) for n in range(300)))
        running(channel, outbox)
        outbox.wait_for(lambda: len(outbox.recorded) == 300)
        assert [number for number, _ in outbox.recorded] == list(range(300))
        assert channel.sent == [f"reader-{n}" for n in range(300)]
        assert outbox.batches[0] == 1
        assert 1 < outbox.most_claimed <= WINDOW

    def test_after_a_failure_what_has_not_begun_is_put_back(self, running):
        """None of it counts as tried, and the channel begins with one again."""
        failure = Outcome(DeliveryReason.THROTTLED, "HTTP 429")
        channel = FakeChannel(*[Outcome()] * 100, failure)
        outbox = Outbox(*(delivery(n) for n in range(200)))
        sender = running(channel, outbox)
        outbox.wait_for(lambda: len(outbox.recorded) == 101 and len(outbox.waiting) == 99)
        assert len(channel.sent) == 101
        assert outbox.recorded[-1] == (100, failure)
        assert outbox.released == list(range(101, 101 + len(outbox.released)))
        assert sender.breaker.until is not None

    def test_behind_a_wedged_send_the_others_are_put_back(self, running):
        """They do not wait for it, nor are they taken for tried."""
        channel = FakeChannel()
        outbox = Outbox(*(delivery(n) for n in range(100)))
        sender = running(channel, outbox)
        outbox.wait_for(lambda: len(outbox.recorded) == 100)
        channel.gate = threading.Event()
        sender._deadline = timedelta(seconds=0.1)
        outbox.waiting += [delivery(n) for n in range(100, 110)]
        sender.wake()
        outbox.wait_for(lambda: len(outbox.recorded) == 101 and len(outbox.waiting) == 9)
        assert outbox.recorded[-1][1].reason is DeliveryReason.UNKNOWN
        assert sorted(outbox.released) == list(range(101, 110))

    def test_one_of_several_that_cannot_be_rendered_harms_only_itself(self, running):
        """Preparing them together fails, one by one tells which."""
        channel = FakeChannel()
        outbox = Outbox(*(delivery(n) for n in range(60)))

        def prepared(claimed):
            if any(one.id == 50 for one in claimed):
                raise ValueError("broken")
            return [notification() for _ in claimed]

        sender = running(channel, outbox, prepare=prepared)
        outbox.wait_for(lambda: len(outbox.recorded) == 60)
        unsent = [(number, outcome.reason) for number, outcome in outbox.recorded if not outcome.sent]
        assert unsent == [(50, DeliveryReason.RENDERING)]
        assert sender.breaker == Breaker()

    def test_a_stop_puts_back_what_has_not_begun(self, running):
        """The send in flight is recorded, the rest waits in the outbox for the next run."""
        channel = FakeChannel()
        outbox = Outbox(*(delivery(n) for n in range(100)))
        sender = running(channel, outbox)
        outbox.wait_for(lambda: len(outbox.recorded) == 100)
        channel.gate = threading.Event()
        channel.entered.clear()
        outbox.waiting += [delivery(n) for n in range(100, 110)]
        sender.wake()
        assert channel.entered.wait(10)
        stopping = threading.Thread(target=sender.stop, args=(DRAIN,))
        stopping.start()
        while not sender._stopping:
            threading.Event().wait(0.01)
        channel.gate.set()
        stopping.join(10)
        assert len(outbox.recorded) == 101
        assert len(outbox.waiting) == 9
