"""The daemon's sign of life."""

from monitor.store import Store, heartbeat
from monitor.store.heartbeat import Heartbeat
from tests.support.stored import MINUTE, NOW


def test_the_last_sign_of_life_replaces_the_one_before(store: Store) -> None:
    """None before the first; then always the latest, with its facts."""
    assert store.read(heartbeat.read) is None
    store.write(lambda conn: heartbeat.beat(conn, now=NOW, facts={"feeds": 3}))
    facts = {"rules": ["ä"], "failing": None, "since": 1.5}
    store.write(lambda conn: heartbeat.beat(conn, now=NOW + MINUTE, facts=facts))
    store.write(lambda conn: heartbeat.beat(conn, now=NOW, facts={}, name="another"))
    assert store.read(heartbeat.read) == Heartbeat(NOW + MINUTE, facts)
