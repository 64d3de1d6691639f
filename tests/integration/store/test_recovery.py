"""After a crash, or a jump of the wall clock: leases of the dead end, and nothing waits out of reach."""

from dataclasses import replace
from datetime import timedelta

from monitor.errors import DeliveryReason
from monitor.model import DeliveryState
from monitor.store import Store, feeds, heartbeat, installation, outbox, recovery
from tests.support.stored import LEASE, MINUTE, NOW, add_delivery, add_feeds, claim


def test_taking_over_ends_every_lease(store: Store) -> None:
    """Feeds are due as before; deliveries are due now, as possible repeats; the dead are not heard."""
    add_feeds(store, "https://a.example/", "https://b.example/")
    for owner in ("one", "two"):
        store.write(
            lambda conn, owner=owner: feeds.claim_due(
                conn, now=NOW, limit=1, per_host=1, owner=owner, lease=LEASE
            )
        )
    add_delivery(store, "sending")
    add_delivery(store, "waiting", due_at=NOW + 9 * MINUTE)
    (sending,) = claim(store)
    assert store.write(lambda conn: recovery.take_over(conn, now=NOW + MINUTE)) == 1
    assert store.write(lambda conn: recovery.take_over(conn, now=NOW + MINUTE)) == 0
    assert store.read(feeds.next_due_at) == NOW
    again = store.read(lambda conn: outbox.get(conn, sending.id))
    assert (again.state, again.due_at, again.maybe_sent) == (DeliveryState.PENDING, NOW + MINUTE, True)
    assert [d.key for d in claim(store, now=NOW + MINUTE, owner="new")] == ["sending"]
    assert not store.write(
        lambda conn: outbox.finish(
            conn,
            sending.id,
            owner="me",
            state=DeliveryState.SENT,
            reason=None,
            detail="",
            due_at=None,
            now=NOW + MINUTE,
        )
    )


def test_a_clock_set_back_moves_every_due_time(store: Store) -> None:
    """What was due in ten minutes is due in ten minutes; leases too; what is settled stays."""
    add_feeds(store, "https://a.example/", "https://b.example/")
    (leased,) = store.write(
        lambda conn: feeds.claim_due(conn, now=NOW, limit=1, per_host=1, owner="me", lease=LEASE)
    )
    (saved,) = store.write(
        lambda conn: feeds.claim_due(conn, now=NOW, limit=1, per_host=1, owner="me", lease=LEASE)
    )
    saved = replace(saved, next_poll_at=NOW + MINUTE, not_before=NOW + 2 * MINUTE, last_polled_at=NOW)
    assert store.write(lambda conn: feeds.save(conn, saved, owner="me"))
    add_delivery(store, "sent")
    (sent,) = claim(store)
    store.write(
        lambda conn: outbox.finish(
            conn,
            sent.id,
            owner="me",
            state=DeliveryState.SENT,
            reason=None,
            detail="",
            due_at=None,
            now=NOW,
        )
    )
    add_delivery(store, "sending")
    claim(store)
    add_delivery(store, "waiting", due_at=NOW + 10 * MINUTE)

    year = timedelta(days=365)
    store.write(lambda conn: recovery.shift(conn, by=-year, now=NOW - year))

    states = {state.id: state for state in store.read(feeds.states)}
    assert states[saved.id] == replace(
        saved, next_poll_at=NOW + MINUTE - year, not_before=NOW + 2 * MINUTE - year
    )
    assert states[leased.id].next_poll_at == NOW - year
    assert store.read(feeds.next_due_at) == NOW + 2 * MINUTE - year
    rows = {d.key: d for d in store.read(lambda conn: outbox.recent(conn, limit=9))}
    assert rows["waiting"].due_at == NOW + 10 * MINUTE - year
    assert rows["sent"].due_at == NOW
    assert store.write(lambda conn: outbox.sweep(conn, now=NOW + LEASE - MINUTE - year)) == 0
    assert store.write(lambda conn: outbox.sweep(conn, now=NOW + LEASE - year)) == 1


def test_no_jump_of_the_clock_ages_a_delivery(store: Store) -> None:
    """Ahead, it becomes as much younger; back, none is from the future. Due times stay: they are due."""
    add_delivery(store, "waiting", due_at=NOW + MINUTE)
    year = timedelta(days=365)

    def waiting():
        (found,) = store.read(lambda conn: outbox.recent(conn, limit=9))
        return found

    store.write(lambda conn: recovery.shift(conn, by=year, now=NOW + year))
    assert (waiting().created_at, waiting().due_at) == (NOW + year, NOW + MINUTE)
    store.write(lambda conn: recovery.shift(conn, by=-year, now=NOW + MINUTE))
    assert waiting().created_at == NOW + MINUTE
    store.write(lambda conn: recovery.shift(conn, by=-MINUTE, now=NOW + 2 * MINUTE))
    assert waiting().created_at == NOW + MINUTE


def test_an_installation_has_one_name(store: Store) -> None:
    """The first candidate stays, and is not taken for a sign of life."""

    def name(candidate: str) -> str:
        return store.write(lambda conn: installation.name(conn, candidate=candidate, now=NOW))

    assert name("first") == "first"
    assert name("second") == "first"
    assert store.read(heartbeat.read) is None


def test_work_is_what_is_due_or_being_sent(store: Store) -> None:
    """Of the channels asked for; what waits for later is none yet."""

    def has_work(*channels: str, now=NOW) -> bool:
        return store.read(lambda conn: outbox.has_work(conn, channels, now=now))

    assert store.read(outbox.oldest_due_at) is None
    add_delivery(store, "later", due_at=NOW + MINUTE)
    add_delivery(store, "much later", channel="chat", due_at=NOW + 2 * MINUTE)
    assert store.read(outbox.oldest_due_at) == NOW + MINUTE
    assert not has_work("mail", "chat")
    assert has_work("mail", "chat", now=NOW + MINUTE)
    assert not has_work("chat", now=NOW + MINUTE)
    assert not has_work(now=NOW + MINUTE)
    claim(store, now=NOW + MINUTE)
    assert has_work("mail")
    assert store.read(outbox.oldest_due_at) == NOW + 2 * MINUTE


def test_a_late_success_settles_what_was_unknown(store: Store) -> None:
    """It is sent after all, unless somebody has begun to send it again."""
    add_delivery(store)
    (first,) = claim(store)

    def finish(state: DeliveryState) -> None:
        assert store.write(
            lambda conn: outbox.finish(
                conn,
                first.id,
                owner="me",
                state=state,
                reason=DeliveryReason.UNKNOWN,
                detail="no answer",
                due_at=None,
                now=NOW,
            )
        )

    def settle() -> bool:
        return store.write(lambda conn: outbox.settle_late(conn, first.id, now=NOW + MINUTE))

    finish(DeliveryState.PENDING)
    claim(store)
    assert not settle()
    finish(DeliveryState.UNKNOWN)
    assert settle()
    assert not settle()
    row = store.read(lambda conn: outbox.get(conn, first.id))
    assert (row.state, row.sent_at, row.reason) == (DeliveryState.SENT, NOW + MINUTE, None)
