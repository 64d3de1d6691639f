"""Deliveries of channels that are no longer configured: on both databases."""

from datetime import timedelta

from monitor.errors import DeliveryReason
from monitor.model import DeliveryState
from monitor.pipeline import orphans as settling
from monitor.store import Store, alerts, orphans, outbox
from tests.support.stored import NOW, add_delivery, claim

LATER = NOW + settling.PATIENCE + timedelta(seconds=1)


def _settle(store: Store, now=LATER) -> dict[str, int]:
    return store.write(lambda conn: settling.settle(conn, {"chat": ("",)}, installation="here", now=now))


def test_what_waits_for_a_removed_channel_is_counted_apart(store: Store) -> None:
    """By channel; what is due is asked of the others alone."""
    for key in "ab":
        add_delivery(store, key, channel="mail")
    assert store.read(lambda conn: orphans.waiting(conn, known=["chat"])) == {"mail": 2}
    assert store.read(lambda conn: orphans.waiting(conn, known=["chat", "mail"])) == {}
    assert store.read(lambda conn: orphans.oldest_due_at(conn, known=["chat"])) is None
    assert store.read(lambda conn: orphans.oldest_due_at(conn, known=["mail"])) == NOW


def test_after_three_days_it_ends_and_is_told_on_the_channels_there_are(store: Store) -> None:
    """Not before; once; and a retry makes it due again when the channel is back."""
    add_delivery(store, "a", channel="mail")
    assert _settle(store, NOW + settling.PATIENCE) == {}
    assert _settle(store) == {"mail": 1}
    assert _settle(store) == {}
    (ended,) = store.read(lambda conn: outbox.recent(conn, limit=9, channel="mail"))
    assert (ended.state, ended.reason) == (DeliveryState.DEAD, DeliveryReason.CHANNEL_REMOVED)
    (told,) = store.read(lambda conn: outbox.recent(conn, limit=9, channel="chat"))
    alert = store.read(lambda conn: alerts.get(conn, told.alert_id))
    assert alert is not None
    assert alert.headline == "Alerts for the channel mail were given up"
    assert store.write(lambda conn: outbox.retry(conn, dead=True, now=LATER)) == 1
    (again,) = store.read(lambda conn: outbox.recent(conn, limit=9, channel="mail"))
    assert again.state is DeliveryState.PENDING


def test_a_send_in_flight_is_left_alone(store: Store) -> None:
    """Its outcome is recorded as any other's."""
    add_delivery(store, "a", channel="mail")
    claim(store, limit=1)
    assert _settle(store) == {}
