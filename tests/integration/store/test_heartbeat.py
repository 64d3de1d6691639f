"""The daemon's sign of life."""

import pytest

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


def test_each_daemon_has_a_sign_of_its_own(store: Store) -> None:
    """The latest first; what is no daemon's is left out."""
    names = [heartbeat.daemon(owner) for owner in ("a:1:x", "b:2:y")]
    for minutes, name in enumerate([*names, "installation", heartbeat.DAEMON]):
        now = NOW + minutes * MINUTE
        store.write(lambda conn, name=name, now=now: heartbeat.beat(conn, now=now, facts={}, name=name))
    assert [beat.name for beat in store.read(heartbeat.daemons)] == [heartbeat.DAEMON, *reversed(names)]


@pytest.mark.parametrize(
    ("alone", "kept"),
    [(True, ["daemon me"]), (False, ["daemon me", "daemon quiet"])],
    ids=["alone", "shared"],
)
def test_daemons_that_ended_are_forgotten(store: Store, alone: bool, kept: list[str]) -> None:
    """Those that were stopped and those long silent; alone on the database all others; nothing else ever."""
    rows = [
        ("daemon me", NOW, {"stopped": True}),
        ("daemon stopped", NOW, {"stopped": True}),
        ("daemon quiet", NOW - heartbeat.FORGOTTEN, {}),
        ("daemon silent", NOW - heartbeat.FORGOTTEN - MINUTE, {}),
        ("installation", NOW - 9 * heartbeat.FORGOTTEN, {"name": "x"}),
    ]
    for name, at, facts in rows:
        store.write(lambda conn, n=name, a=at, f=facts: heartbeat.beat(conn, now=a, facts=f, name=n))
    store.write(lambda conn: heartbeat.retire(conn, beside="daemon me", alone=alone, now=NOW))
    assert [beat.name for beat in store.read(heartbeat.daemons)] == kept
    assert store.read(lambda conn: heartbeat.read(conn, name="installation")) is not None
