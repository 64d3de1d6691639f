"""From the outbox to a channel and back: what is recorded after each kind of outcome, on both databases."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from monitor.alerting import breaker
from monitor.alerting.breaker import Breaker
from monitor.deliver.channel import Context
from monitor.errors import DeliveryReason, StoreError
from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    Article,
    ChannelSpec,
    DeliveryState,
    Notification,
    Outcome,
)
from monitor.pipeline.desk import Desk
from monitor.pipeline.dispatch import Dispatcher
from monitor.store import Store, alerts, outbox

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAIL = ChannelSpec("mail", "console://")
OTHERS = {"mail": ("desk@news.example",), "chat": ("",), "file": ("",)}


class Post:
    """A desk over a store with one alert queued for `mail`."""

    def __init__(self, store: Store, spec: ChannelSpec) -> None:
        self.store = store
        self.time = START
        self.desk = Desk(store, spec, lambda: OTHERS, "me", "here", lambda: self.time, lambda: 0.5)
        alert = Alert(
            AlertId(0), "R", AlertKind.STORY, START, article=Article("1", title="Whales seen"), query="whales"
        )
        self.alert = store.write(lambda conn: alerts.insert(conn, alert, unique_key="k"))
        assert self.alert is not None
        alert_id = self.alert
        store.write(
            lambda conn: outbox.enqueue(
                conn,
                alert_id=alert_id,
                channel="mail",
                recipient="desk@news.example",
                key="k1",
                now=START,
                due_at=START,
            )
        )

    def attempt(self, outcome: Outcome) -> DeliveryState:
        """Claim, render, pretend to send, record; the state afterwards."""
        (delivery,) = self.desk.claim(1)
        ready = self.desk.prepare(delivery)
        assert isinstance(ready, Notification)
        self.desk.record(delivery, outcome)
        kept = self.store.read(lambda conn: outbox.get(conn, delivery.id))
        assert kept is not None
        return kept.state

    def notices(self) -> list[Alert]:
        """Alerts about newsmonitor itself."""
        found = self.store.read(lambda conn: alerts.recent(conn, limit=9))
        return [alert for alert in found if alert.kind is AlertKind.NOTICE]


@pytest.fixture
def post(store: Store) -> Post:
    """A desk for the channel `mail`."""
    return Post(store, MAIL)


def test_a_sent_delivery_is_done(post: Post) -> None:
    """Nothing is due afterwards."""
    assert post.attempt(Outcome()) is DeliveryState.SENT
    assert post.desk.next_due() is None


def test_a_transient_failure_is_due_again_within_half_a_minute(post: Post) -> None:
    """Full jitter: half of 30 s at a random number of one half."""
    assert post.attempt(Outcome(DeliveryReason.TRANSIENT, "busy")) is DeliveryState.PENDING
    assert post.desk.next_due() == START + timedelta(seconds=15)
    assert post.desk.claim(1) == []
    post.time += timedelta(seconds=15)
    assert post.attempt(Outcome()) is DeliveryState.SENT


def test_a_repeat_after_an_unknown_outcome_is_marked(post: Post) -> None:
    """The reader is told that the message may come twice; it carries the same key."""
    assert post.attempt(Outcome(DeliveryReason.UNKNOWN, "no answer")) is DeliveryState.PENDING
    post.time += timedelta(minutes=1)
    (delivery,) = post.desk.claim(1)
    ready = post.desk.prepare(delivery)
    assert isinstance(ready, Notification)
    assert ready.repeat
    assert ready.key == "k1"


def test_a_late_success_spares_the_repeat(post: Post) -> None:
    """An attempt that outlived its deadline and then arrived is not sent again."""
    (delivery,) = post.desk.claim(1)
    post.desk.record(delivery, Outcome(DeliveryReason.UNKNOWN, "no answer in time"))
    post.desk.record_late(delivery, Outcome())
    kept = post.store.read(lambda conn: outbox.get(conn, delivery.id))
    assert kept is not None
    assert kept.state is DeliveryState.SENT


def test_an_alert_that_is_given_up_is_told_on_the_other_channels(post: Post) -> None:
    """Dead, and a notice says which alert, why, and how to send it after all."""
    assert post.attempt(Outcome(DeliveryReason.PERMANENT, "550 no such user")) is DeliveryState.DEAD
    (notice,) = post.notices()
    assert "mail" in notice.headline
    assert "550 no such user" in notice.detail
    assert "newsmonitor deliveries retry" in notice.detail
    queued = post.store.read(lambda conn: outbox.of_alert(conn, notice.id))
    assert [delivery.channel for delivery in queued] == ["chat", "file"]


def test_the_fallback_alone_is_told_when_there_is_one(store: Store) -> None:
    """`fallback: file` names who hears of it."""
    post = Post(store, replace(MAIL, fallback="file"))
    post.attempt(Outcome(DeliveryReason.PERMANENT, "no"))
    queued = post.store.read(lambda conn: outbox.of_alert(conn, post.notices()[0].id))
    assert [delivery.channel for delivery in queued] == ["file"]


def test_an_alert_past_the_channels_max_age_expires_and_is_told(post: Post) -> None:
    """Nothing is sent after three days; somebody hears of it."""
    post.time += MAIL.max_age
    (delivery,) = post.desk.claim(1)
    ready = post.desk.prepare(delivery)
    assert isinstance(ready, Outcome)
    post.desk.record(delivery, ready)
    kept = post.store.read(lambda conn: outbox.get(conn, delivery.id))
    assert kept is not None
    assert kept.state is DeliveryState.EXPIRED
    assert len(post.notices()) == 1


def test_an_expired_alert_that_is_retried_is_sent(post: Post) -> None:
    """Its age counts anew, else it would expire again at once."""
    post.time += MAIL.max_age
    (delivery,) = post.desk.claim(1)
    post.desk.record(delivery, Outcome(DeliveryReason.EXPIRED, "too old"))
    assert post.store.write(lambda conn: outbox.retry(conn, dead=True, now=post.time)) == 1
    assert post.attempt(Outcome()) is DeliveryState.SENT


def test_a_lost_notice_raises_no_further_notice(post: Post) -> None:
    """A chain of notices about notices would never end."""
    post.attempt(Outcome(DeliveryReason.PERMANENT, "no"))
    other = Desk(
        post.store,
        ChannelSpec("chat", "console://"),
        lambda: OTHERS,
        "me",
        "here",
        lambda: START,
        lambda: 0.5,
    )
    (delivery,) = other.claim(1)
    other.record(delivery, Outcome(DeliveryReason.PERMANENT, "no"))
    assert len(post.notices()) == 1


class Lines:
    """A stream that can be waited for."""

    def __init__(self) -> None:
        self.text = ""
        self._grown = threading.Condition()

    def write(self, text: str) -> int:
        with self._grown:
            self.text += text
            self._grown.notify_all()
        return len(text)

    def flush(self) -> None:
        """Nothing to do."""

    def isatty(self) -> bool:
        return False

    def wait_for(self, part: str) -> None:
        """Until this has been written."""
        with self._grown:
            assert self._grown.wait_for(lambda: part in self.text, timeout=10), self.text


@pytest.fixture
def stream() -> Lines:
    """What a console channel writes."""
    return Lines()


@pytest.fixture
def dispatcher(store: Store, stream: Lines) -> Iterator[Dispatcher]:
    """A dispatcher whose consoles write into `stream`."""
    context = Context(stream=stream)  # type: ignore[arg-type]
    made = Dispatcher(store, context, owner="me", now=lambda: datetime.now(UTC), random=lambda: 0.5)
    yield made
    made.stop(timedelta(seconds=5))


def test_channels_come_and_go(store: Store, dispatcher: Dispatcher, stream: Lines) -> None:
    """A removed channel's deliveries stay pending; when it comes back they go out."""
    fresh = datetime.now(UTC)
    dispatcher.apply([ChannelSpec("chat", "console://")], drain=timedelta(seconds=5))
    assert dict(dispatcher.recipients) == {"chat": ("",)}
    alert = Alert(AlertId(0), "R", AlertKind.NOTICE, fresh, headline="A word about the storage")
    alert_id = store.write(lambda conn: alerts.insert(conn, alert, unique_key="n"))
    assert alert_id is not None
    store.write(
        lambda conn: outbox.enqueue(
            conn, alert_id=alert_id, channel="mail", recipient="", key="n1", now=fresh, due_at=fresh
        )
    )
    assert dispatcher.finish(timedelta(seconds=5))
    assert store.read(outbox.counts)[DeliveryState.PENDING] == 1
    dispatcher.apply([MAIL], drain=timedelta(seconds=5))
    stream.wait_for("A word about the storage")
    assert dispatcher.finish(timedelta(seconds=5))
    assert store.read(outbox.counts)[DeliveryState.SENT] == 1


def test_a_mended_channel_sends_at_once_what_failed_before(
    store: Store, dispatcher: Dispatcher, stream: Lines
) -> None:
    """A channel that is new or changed does not wait out the back-off of its failed deliveries."""
    post = Post(store, MAIL)
    post.time = datetime.now(UTC)
    assert post.attempt(Outcome(DeliveryReason.CONFIGURATION, "401")) is DeliveryState.PENDING
    dispatcher.apply([MAIL], drain=timedelta(seconds=5))
    stream.wait_for("Whales seen")


class Unsteady:
    """A store whose reads or writes fail when told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.no_reads = False
        self.no_writes = False

    def read(self, function):
        if self.no_reads:
            raise StoreError("the server restarts")
        return self._store.read(function)

    def write(self, function):
        if self.no_writes:
            raise StoreError("another process holds the lock")
        return self._store.write(function)


def test_a_database_that_cannot_be_read_costs_no_alert(store: Store) -> None:
    """The message cannot be made for the moment: that is tried again, not given up."""
    post = Post(store, MAIL)
    unsteady = Unsteady(store)
    post.desk.store = unsteady  # type: ignore[assignment]
    (delivery,) = post.desk.claim(1)
    unsteady.no_reads = True
    outcome = post.desk.prepare(delivery)
    assert isinstance(outcome, Outcome)
    post.desk.record(delivery, outcome)
    kept = store.read(lambda conn: outbox.get(conn, delivery.id))
    assert kept is not None
    assert (kept.state, kept.reason) == (DeliveryState.PENDING, DeliveryReason.TRANSIENT)


def test_a_send_whose_claim_ran_out_meanwhile_is_not_repeated(post: Post) -> None:
    """The database was away for longer than the lease, or the clock jumped: sent is sent."""
    (delivery,) = post.desk.claim(1)
    post.time += timedelta(minutes=5)
    assert post.store.write(lambda conn: outbox.sweep(conn, now=post.time)) == 1
    post.desk.record(delivery, Outcome())
    kept = post.store.read(lambda conn: outbox.get(conn, delivery.id))
    assert kept is not None
    assert kept.state is DeliveryState.SENT


def test_a_channel_starts_although_the_database_is_away(store: Store, stream: Lines) -> None:
    """It sends as soon as the database is back, without another reload."""
    unsteady = Unsteady(store)
    unsteady.no_writes = True
    post = Post(store, MAIL)
    context = Context(stream=stream)  # type: ignore[arg-type]
    made = Dispatcher(unsteady, context, owner="me", now=lambda: post.time, random=lambda: 0.5)  # type: ignore[arg-type]
    try:
        made.apply([MAIL], drain=timedelta(0))
        unsteady.no_writes = False
        made.wake()
        stream.wait_for("Whales seen")
    finally:
        made.stop(timedelta(seconds=5))


@pytest.mark.parametrize("before", [("",), ("x@news.example", "y@news.example")])
def test_an_alert_to_recipients_of_old_goes_to_those_of_now(store: Store, before: tuple[str, ...]) -> None:
    """The channel became another kind, or its address was corrected: each new recipient gets it once."""
    post = Post(store, MAIL)
    post.desk.others = lambda: {"mail": before, "chat": ("",)}
    (delivery,) = post.desk.claim(1)
    outcome = post.desk.prepare(delivery)
    assert isinstance(outcome, Outcome)
    post.desk.record(delivery, outcome)
    found = store.read(lambda conn: outbox.recent(conn, limit=9))
    assert {(d.recipient, d.state) for d in found} == {
        ("desk@news.example", DeliveryState.DEAD),
        *((name, DeliveryState.PENDING) for name in before),
    }
    assert post.notices() == []


def test_refused_credentials_are_told_elsewhere_once_a_day(post: Post) -> None:
    """Nobody else would know for three days: the channel itself cannot tell."""
    hooks = post.desk.hooks()
    outcome = Outcome(DeliveryReason.CONFIGURATION, "401 Unauthorized")
    closed, paused = Breaker(), breaker.after(Breaker(), outcome, now=post.time, random=0.5)
    hooks.on_change(closed, paused)
    hooks.on_change(paused, breaker.after(paused, outcome, now=post.time, random=0.5))
    hooks.on_change(closed, paused)
    (notice,) = post.notices()
    assert "401 Unauthorized" in notice.detail
    queued = post.store.read(lambda conn: outbox.of_alert(conn, notice.id))
    assert [delivery.channel for delivery in queued] == ["chat", "file"]


def test_many_alerts_given_up_at_once_make_few_notices(post: Post) -> None:
    """Fifty alerts expire together: five are told one by one, the rest in one notice."""
    alert_id = post.alert
    assert alert_id is not None
    for number in range(49):
        post.store.write(
            partial(
                outbox.enqueue,
                alert_id=alert_id,
                channel="mail",
                recipient="desk@news.example",
                key=f"more {number}",
                now=START,
                due_at=START,
            )
        )
    post.time += MAIL.max_age
    while claimed := post.desk.claim(10):
        for delivery in claimed:
            outcome = post.desk.prepare(delivery)
            assert isinstance(outcome, Outcome)
            post.desk.record(delivery, outcome)
    notices = post.notices()
    assert len(notices) == 6
    assert sum("Further alerts" in notice.headline for notice in notices) == 1
