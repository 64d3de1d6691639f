"""The outbox: nothing is claimed twice, finished by strangers, or forgotten."""

from datetime import datetime

import pytest

from monitor.errors import DeliveryReason, StoreError
from monitor.model import AlertId, Delivery, DeliveryId, DeliveryState
from monitor.store import Store, outbox
from monitor.store.outbox import Attempt
from tests.support.stored import LEASE, MINUTE, NOW, add_alert, add_delivery, claim


def finish(
    store: Store,
    delivery: Delivery,
    state: DeliveryState = DeliveryState.SENT,
    *,
    owner: str = "me",
    reason: DeliveryReason | None = None,
    detail: str = "",
    due_at: datetime | None = None,
    now: datetime = NOW,
) -> bool:
    return store.write(
        lambda conn: outbox.finish(
            conn,
            delivery.id,
            owner=owner,
            state=state,
            reason=reason,
            detail=detail,
            due_at=due_at,
            now=now,
        )
    )


def only(store: Store) -> Delivery:
    (delivery,) = store.read(lambda conn: outbox.recent(conn, limit=9))
    return delivery


def sweep(store: Store, now: datetime) -> int:
    return store.write(lambda conn: outbox.sweep(conn, now=now))


def test_a_delivery_is_queued_once(store: Store) -> None:
    """The key decides: a second delivery with it is not queued, even after the first was sent."""
    alert_id = add_alert(store)

    def enqueue(key: str) -> bool:
        return store.write(
            lambda conn: outbox.enqueue(
                conn,
                alert_id=alert_id,
                channel="mail",
                recipient="a@b",
                key=key,
                now=NOW,
                due_at=NOW + MINUTE,
            )
        )

    assert enqueue("k")
    assert not enqueue("k")
    delivery = only(store)
    assert delivery == Delivery(
        delivery.id, alert_id, "mail", "a@b", "k", DeliveryState.PENDING, NOW, NOW + MINUTE
    )
    assert finish(store, claim(store, now=NOW + MINUTE)[0])
    assert not enqueue("k")
    with pytest.raises(StoreError):
        store.write(
            lambda conn: outbox.enqueue(
                conn, alert_id=AlertId(999), channel="x", recipient="", key="other", now=NOW, due_at=NOW
            )
        )


def test_a_claim_takes_what_is_due_of_its_channel(store: Store) -> None:
    """Longest due first, no more than asked for, nothing of other channels, nothing twice."""
    for n, minutes in enumerate((3, 1, 2, 9)):
        add_delivery(store, f"m{n}", due_at=NOW + minutes * MINUTE)
    add_delivery(store, "other", channel="chat")
    assert claim(store) == []
    later = NOW + 5 * MINUTE
    first = claim(store, now=later, limit=2)
    assert [d.key for d in first] == ["m1", "m2"]
    assert all(d.state is DeliveryState.SENDING and d.attempts == 1 for d in first)
    assert [d.key for d in claim(store, now=later)] == ["m0"]
    assert claim(store, now=later) == []
    assert store.read(lambda conn: outbox.next_due_at(conn, "mail")) == NOW + 9 * MINUTE
    assert store.read(lambda conn: outbox.next_due_at(conn, "none")) is None
    assert store.read(outbox.channels_pending) == {"mail", "chat"}


def test_a_sent_delivery_is_done(store: Store) -> None:
    """It is never claimed again; when it was sent, and the attempt, are on record."""
    add_delivery(store)
    (claimed,) = claim(store)
    assert finish(store, claimed, detail="250 ok", now=NOW + MINUTE)
    sent = only(store)
    assert (sent.state, sent.sent_at, sent.detail) == (DeliveryState.SENT, NOW + MINUTE, "250 ok")
    assert claim(store, now=NOW + 99 * MINUTE) == []
    assert store.read(lambda conn: outbox.attempts(conn, sent.id)) == [
        Attempt(sent.id, "me", NOW, NOW + MINUTE, DeliveryState.SENT, None, "250 ok")
    ]
    assert store.read(outbox.channels_pending) == set()


def test_a_failed_attempt_comes_again_when_it_is_due(store: Store) -> None:
    """Back to pending with the reason, claimable from its new due time, attempts counted."""
    add_delivery(store)
    for number in (1, 2):
        now = NOW + (number - 1) * MINUTE
        (claimed,) = claim(store, now=now)
        assert claimed.attempts == number
        assert finish(
            store,
            claimed,
            DeliveryState.PENDING,
            reason=DeliveryReason.TRANSIENT,
            detail="451",
            due_at=NOW + number * MINUTE,
            now=now,
        )
        waiting = only(store)
        assert (waiting.due_at, waiting.reason) == (NOW + number * MINUTE, DeliveryReason.TRANSIENT)
        assert (waiting.maybe_sent, waiting.detail) == (False, "451")
        assert claim(store, now=now) == []
    assert len(store.read(lambda conn: outbox.attempts(conn, claimed.id))) == 2


@pytest.mark.parametrize("state", [DeliveryState.UNKNOWN, DeliveryState.DEAD, DeliveryState.EXPIRED])
def test_other_ends_are_ends(store: Store, state: DeliveryState) -> None:
    """Unknown, dead and expired deliveries are not claimed again by themselves, and stay due as they were."""
    add_delivery(store)
    (claimed,) = claim(store)
    assert finish(store, claimed, state, reason=DeliveryReason.PERMANENT)
    assert claim(store, now=NOW + 99 * MINUTE) == []
    assert (only(store).state, only(store).due_at, only(store).sent_at) == (state, NOW, None)
    assert store.read(outbox.counts) == dict.fromkeys(DeliveryState, 0) | {state: 1}


def test_after_no_answer_every_attempt_may_be_a_repeat(store: Store) -> None:
    """An attempt of unknown outcome marks the delivery for good."""
    add_delivery(store)
    (first,) = claim(store)
    assert finish(store, first, DeliveryState.PENDING, reason=DeliveryReason.UNKNOWN)
    (second,) = claim(store)
    assert second.maybe_sent
    assert finish(store, second, DeliveryState.PENDING, reason=DeliveryReason.TRANSIENT)
    assert only(store).maybe_sent


def test_only_the_owner_finishes(store: Store) -> None:
    """A stranger's word, a second word, and a word about an unclaimed delivery count for nothing."""
    add_delivery(store)
    assert not finish(store, only(store))
    (claimed,) = claim(store)
    assert not finish(store, claimed, owner="other")
    assert finish(store, claimed)
    assert not finish(store, claimed, DeliveryState.DEAD)
    assert only(store).state is DeliveryState.SENT
    assert len(store.read(lambda conn: outbox.attempts(conn, claimed.id))) == 1


def test_a_lease_that_is_over_is_swept(store: Store) -> None:
    """The delivery is pending and due again, marked as perhaps sent; the late sender is not heard."""
    add_delivery(store, "one")
    add_delivery(store, "two")
    claim(store, limit=1, now=NOW)
    (second,) = claim(store, limit=1, now=NOW + MINUTE)
    assert sweep(store, NOW + LEASE - MINUTE) == 0
    assert sweep(store, NOW + LEASE) == 1
    assert sweep(store, NOW + LEASE) == 0
    assert finish(store, second), "its own lease still runs"
    (again,) = claim(store, now=NOW + LEASE, owner="other")
    assert (again.key, again.maybe_sent, again.attempts) == ("one", True, 2)
    assert not finish(store, again, owner="me")
    abandoned = store.read(lambda conn: outbox.attempts(conn, again.id))
    assert abandoned == [
        Attempt(
            again.id,
            "me",
            NOW,
            NOW + LEASE,
            DeliveryState.PENDING,
            DeliveryReason.UNKNOWN,
            outbox.ABANDONED,
        )
    ]


def test_retry_makes_failed_deliveries_due(store: Store) -> None:
    """The dead, those named, or a channel's; never those sent or being sent; attempts count anew."""
    ends = {
        "dead": DeliveryState.DEAD,
        "unknown": DeliveryState.UNKNOWN,
        "expired": DeliveryState.EXPIRED,
        "sent": DeliveryState.SENT,
    }
    for key, state in ends.items():
        add_delivery(store, key, channel="chat" if key == "unknown" else "mail")
        (claimed,) = claim(store, channel="chat" if key == "unknown" else "mail")
        assert finish(store, claimed, state)
    add_delivery(store, "sending")
    claim(store)
    add_delivery(store, "pending", due_at=NOW + 60 * MINUTE)
    by_key = {d.key: d for d in store.read(lambda conn: outbox.recent(conn, limit=9))}
    later = NOW + 5 * MINUTE

    def retry(**options) -> int:
        return store.write(lambda conn: outbox.retry(conn, now=later, **options))

    assert retry(dead=True, channel="chat") == 0
    assert retry(dead=True) == 2, "the dead one and the expired one"
    again = store.read(lambda conn: outbox.get(conn, by_key["dead"].id))
    assert (again.state, again.due_at, again.attempts) == (DeliveryState.PENDING, later, 0)
    assert retry(ids=[by_key["unknown"].id, by_key["sent"].id, DeliveryId(999)]) == 1
    assert store.read(lambda conn: outbox.get(conn, by_key["unknown"].id)).maybe_sent
    assert retry(channel="mail") == 3, "both again, and the one that was waiting"
    assert retry(ids=[]) == 0
    assert {d.key for d in claim(store, now=later)} == {"dead", "expired", "pending"}
    with pytest.raises(ValueError, match="name deliveries"):
        retry()


def test_deliveries_are_listed(store: Store) -> None:
    """The latest first, of one state or channel if asked; those of an alert in the order of queueing."""
    alert_id = add_alert(store)
    for n in range(3):
        add_delivery(store, f"d{n}", alert_id=alert_id, channel=("mail", "chat")[n % 2], now=NOW + n * MINUTE)
    (claimed,) = claim(store, channel="chat")

    def recent(**options) -> list[str]:
        return [d.key for d in store.read(lambda conn: outbox.recent(conn, **({"limit": 9} | options)))]

    assert recent() == ["d2", "d1", "d0"]
    assert recent(limit=1) == ["d2"]
    assert recent(state=DeliveryState.SENDING) == ["d1"]
    assert recent(channel="mail") == ["d2", "d0"]
    assert [d.key for d in store.read(lambda conn: outbox.of_alert(conn, alert_id))] == ["d0", "d1", "d2"]
    assert store.read(lambda conn: outbox.get(conn, claimed.id)) == claimed
    assert store.read(lambda conn: outbox.get(conn, DeliveryId(999))) is None


def test_what_was_tried_in_vain_is_counted(store: Store) -> None:
    """Of the attempts after a given one; a delivery that was sent in the end does not count."""
    assert store.read(outbox.last_attempt) == 0
    for key in ("old", "lost", "sent"):
        add_delivery(store, key)

    def finish(delivery: Delivery, state: DeliveryState) -> None:
        assert store.write(
            lambda conn: outbox.finish(
                conn, delivery.id, owner="me", state=state, reason=None, detail="", due_at=None, now=NOW
            )
        )

    old, lost, sent = claim(store)
    finish(old, DeliveryState.DEAD)
    before = store.read(outbox.last_attempt)
    assert store.read(lambda conn: outbox.unsent_since(conn, before)) == 0
    finish(lost, DeliveryState.PENDING)
    finish(sent, DeliveryState.SENT)
    assert store.read(lambda conn: outbox.unsent_since(conn, before)) == 1
