"""What polling has learnt of feeds: kept whole, planned anew when old, summed up; on both databases."""

from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest

from monitor.config import load
from monitor.model import Feed, FeedId, FeedState, Habits, Hints, Why
from monitor.pipeline.pacing import FULL, Pacer
from monitor.schedule import plan, rhythm
from monitor.store import Store, feeds, habits
from tests.support.stored import LEASE, MINUTE, NOW, add_feeds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KNOWN = Habits(
    rhythm=rhythm.to_json(rhythm.seed([NOW - 8 * HOUR * n for n in range(20)], now=NOW)),
    pull=0.05,
    planned_at=NOW,
    why=Why.RHYTHM,
    hints=Hints(HOUR, frozenset({0, 23}), frozenset({6}), DAY),
    soft_hash="soft",
    failing_since=NOW - 9 * MINUTE,
    silent_since=NOW - 8 * MINUTE,
    gone_at=NOW - 7 * MINUTE,
    probed_at=NOW - 6 * MINUTE,
    distrusted_at=NOW - 5 * MINUTE,
    address="https://new.example/ünï",
    moving_to="https://newer.example/feed",
    moving_since=NOW - 4 * MINUTE,
    moving_seen=2,
)
WELL = replace(KNOWN, failing_since=None, silent_since=None, gone_at=None, hints=Hints())


def keep(store: Store, kept: Habits, *urls: str) -> list[FeedState]:
    """Feeds with these habits."""
    states = add_feeds(store, *urls)
    for state in states:
        store.write(lambda conn, id_=state.id: habits.save_many(conn, [(id_, kept)]))
    return store.read(lambda conn: feeds.get_many(conn, [state.id for state in states]))


def polled(store: Store, state: FeedState, **values: object) -> None:
    settled = replace(state, last_polled_at=NOW, next_poll_at=NOW + 5 * HOUR, etag='"1"', **values)  # type: ignore[arg-type]
    store.write(lambda conn: feeds.claim(conn, [state.feed.url], now=NOW, owner="me", lease=LEASE))
    assert store.write(lambda conn: feeds.save(conn, settled, owner="me"))


def stale(store: Store, before: datetime, limit: int = 9) -> list[FeedId]:
    return store.read(lambda conn: habits.stale(conn, before=before, limit=limit))


def test_habits_come_back_whole(store: Store) -> None:
    """Every field, in microseconds and in any script; saving again replaces all of them."""
    assert all(getattr(KNOWN, field.name) != getattr(Habits(), field.name) for field in fields(Habits))
    (state,) = keep(store, KNOWN, "https://example.org/1")
    assert state.habits == KNOWN
    assert store.read(habits.get_all) == {state.id: KNOWN}
    store.write(lambda conn: habits.save_many(conn, [(state.id, Habits())]))
    assert store.read(habits.get_all) == {state.id: Habits()}
    assert rhythm.from_json(state.habits.rhythm) is not None


def test_the_oldest_plans_are_made_anew_first(store: Store) -> None:
    """Not those that were never made, are being polled, or belong to feeds that were removed."""
    states = keep(store, WELL, *(f"https://example.org/{n}" for n in range(5)))
    ages = [3 * HOUR, HOUR, 2 * HOUR, 4 * HOUR, 5 * HOUR]
    for state, age in zip(states, ages, strict=True):
        kept = replace(WELL, planned_at=NOW - age)
        store.write(lambda conn, id_=state.id, kept=kept: habits.save_many(conn, [(id_, kept)]))
    unplanned = replace(WELL, planned_at=None)
    store.write(lambda conn: habits.save_many(conn, [(states[4].id, unplanned)]))
    assert stale(store, NOW) == [states[n].id for n in (3, 0, 2, 1)]
    assert stale(store, NOW - 90 * MINUTE, limit=2) == [states[3].id, states[0].id]
    store.write(lambda conn: feeds.claim(conn, [states[3].feed.url], now=NOW, owner="me", lease=LEASE))
    store.write(lambda conn: feeds.sync(conn, [state.feed for state in states[1:]], now=NOW))
    assert stale(store, NOW) == [states[2].id, states[1].id]


def test_the_parts_of_the_budget_are_summed_up(store: Store) -> None:
    """Of active feeds that share it; none is nothing."""
    assert store.read(habits.total_pull) == (0.0, 0)
    states = keep(store, replace(WELL, pull=0.25), *(f"https://example.org/{n}" for n in range(4)))
    store.write(lambda conn: habits.save_many(conn, [(states[3].id, replace(WELL, pull=0.0))]))
    assert store.read(habits.total_pull) == (pytest.approx(0.75), 3)
    store.write(lambda conn: feeds.sync(conn, [state.feed for state in states[1:]], now=NOW))
    assert store.read(habits.total_pull) == (pytest.approx(0.5), 2)


def test_a_plan_moves_the_poll_and_nothing_that_was_learnt(store: Store) -> None:
    """Its time, its reason, what it rests on."""
    (state,) = keep(store, WELL, "https://example.org/1")
    polled(store, state)
    made = Habits(pull=0.5, planned_at=NOW + HOUR, why=Why.CEILING)
    store.write(lambda conn: habits.plan(conn, [(state.id, NOW + 2 * HOUR, made)]))
    (after,) = store.read(feeds.states)
    assert after.next_poll_at == store.read(feeds.next_due_at) == NOW + 2 * HOUR
    assert after.habits == replace(WELL, pull=0.5, planned_at=NOW + HOUR, why=Why.CEILING)
    store.write(lambda conn: habits.plan(conn, []))


def test_plans_are_made_anew_by_the_price(store: Store, tmp_path) -> None:
    """In batches; sooner when the price has fallen, but never those of feeds that wait for a reason."""
    (tmp_path / "c.yaml").write_text(
        "feeds: ['https://example.org/1']\nrules: {R: x}\nchannels: {c: 'console://'}\n"
    )
    config = load(tmp_path)
    well, held, failing = keep(store, WELL, *(f"https://example.org/{n}" for n in range(3)))
    polled(store, well)
    polled(store, held, not_before=NOW + 4 * HOUR)
    polled(store, failing, failures=1)
    pacer = Pacer()
    store.write(lambda conn: pacer.load(conn, config, now=NOW))
    policy = plan.Policy(price=10.0)
    pacer._policy = policy
    later = NOW + plan.REPLAN + MINUTE
    assert pacer.replan(store, config, now=later, jitter=0.5) == 3
    waits = {state.id: state.due_at for state in store.read(feeds.states)}
    assert later <= waits[well.id] <= later + plan.PUBLIC_FLOOR
    assert (waits[held.id], waits[failing.id]) == (NOW + 4 * HOUR, NOW + 5 * HOUR)
    assert pacer.replan(store, config, now=later, jitter=0.5) == 0 < FULL
    assert {state.feed for state in store.read(feeds.states)} == {
        Feed(f"https://example.org/{n}") for n in range(3)
    }
