"""Feeds: what a sync keeps, who may poll what, and for how long."""

from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest

from monitor.errors import PollReason, StoreError
from monitor.model import Feed, FeedState, Habits, Hints, Why
from monitor.store import Store, feeds
from tests.support.stored import LEASE, MINUTE, NOW, add_feeds

HABITS = Habits(
    rhythm={"v": 1, "n": 2.5},
    pull=0.25,
    planned_at=NOW,
    why=Why.RHYTHM,
    hints=Hints(MINUTE, frozenset({1, 23}), frozenset({6}), 60 * MINUTE),
    soft_hash="soft",
    failing_since=NOW - 9 * MINUTE,
    silent_since=NOW - 8 * MINUTE,
    gone_at=NOW - 7 * MINUTE,
    probed_at=NOW - 6 * MINUTE,
    distrusted_at=NOW - 5 * MINUTE,
    address="https://new.example/feed",
    moving_to="https://newer.example/feed",
    moving_since=NOW - 4 * MINUTE,
    moving_seen=2,
)


def claim_due(store: Store, *, now=NOW, limit=100, per_host=100, owner="me") -> list[FeedState]:
    return store.write(
        lambda conn: feeds.claim_due(conn, now=now, limit=limit, per_host=per_host, owner=owner, lease=LEASE)
    )


def save(store: Store, state: FeedState, *, owner: str = "me") -> bool:
    return store.write(lambda conn: feeds.save(conn, state, owner=owner))


def urls(states: list[FeedState]) -> list[str]:
    return [state.feed.url for state in states]


def test_a_new_feed_is_due_at_once(store: Store) -> None:
    """A feed just configured is due now, with nothing known of it."""
    (state,) = add_feeds(store, "https://example.org/feed")
    assert state == FeedState(id=state.id, feed=Feed("https://example.org/feed"), next_poll_at=NOW)
    assert store.read(feeds.next_due_at) == NOW
    assert claim_due(store, now=NOW - MINUTE) == []
    assert claim_due(store) == [state]


def test_every_setting_and_every_finding_is_kept(store: Store) -> None:
    """A feed comes back with all its settings, and a saved state with all its fields."""
    feed = Feed(
        "https://[::1]:8443/feed?x=1",
        name="Äther",
        tags=("agency", "ru"),
        language="ru",
        every=timedelta(seconds=0.5),
        allow_private=True,
    )
    store.write(lambda conn: feeds.sync(conn, [feed], now=NOW))
    (before,) = claim_due(store)
    after = FeedState(
        id=before.id,
        feed=feed,
        next_poll_at=NOW + MINUTE,
        title="Title \N{PILE OF POO}",
        etag='W/"x"',
        last_modified="Sat, 28 Mar 2026 10:00:00 GMT",
        wire_hash="abc",
        not_before=NOW + 2 * MINUTE,
        first_polled_at=NOW - MINUTE,
        last_polled_at=NOW,
        last_success_at=NOW,
        reason=PollReason.RATE_LIMITED,
        detail="429",
        failures=3,
        items_seen=2**40,
        habits=HABITS,
    )
    unset = [f.name for f in fields(after) if getattr(after, f.name) == getattr(before, f.name)]
    unset += [f.name for f in fields(HABITS) if getattr(HABITS, f.name) == getattr(Habits(), f.name)]
    assert unset == ["id", "feed"], "give every field a value of its own, so that none can be forgotten"
    assert save(store, after)
    assert store.read(feeds.states) == [after]
    assert [state.habits for state in claim_due(store, now=NOW + 3 * MINUTE)] == [HABITS]
    store.write(lambda conn: feeds.release(conn, owner="me"))
    assert store.read(feeds.next_due_at) == NOW + 2 * MINUTE, "the later of the two times holds"


def test_sync_counts_what_it_changes(store: Store) -> None:
    """Feeds are added, changed, removed and returned; an unchanged configuration changes nothing."""
    one, two = Feed("https://one.example/"), Feed("https://two.example/")

    def sync(*wanted: Feed) -> tuple[int, ...]:
        return store.write(lambda conn: feeds.sync(conn, wanted, now=NOW))

    assert sync(one, two, one) == (2, 0, 0, 0)
    assert sync(one, two) == (0, 0, 0, 0)
    assert sync(replace(one, name="One"), two) == (0, 1, 0, 0)
    assert sync(two) == (0, 0, 0, 1)
    assert urls(store.read(feeds.states)) == [two.url]
    assert urls(store.read(lambda conn: feeds.states(conn, active_only=False))) == [one.url, two.url]
    assert sync(one, two) == (0, 0, 1, 0)


def test_a_feed_that_comes_back_has_its_state(store: Store) -> None:
    """A feed removed and configured again knows its validators and due time."""
    (state,) = add_feeds(store, "https://example.org/feed")
    (claimed,) = claim_due(store)
    known = replace(claimed, etag='"1"', next_poll_at=NOW + MINUTE, items_seen=7)
    assert save(store, known)
    store.write(lambda conn: feeds.sync(conn, [], now=NOW))
    assert store.read(feeds.states) == []
    assert store.read(feeds.next_due_at) is None
    store.write(lambda conn: feeds.sync(conn, [state.feed], now=NOW + 10 * MINUTE))
    assert store.read(feeds.states) == [known]
    assert urls(claim_due(store, now=NOW + MINUTE)) == [state.feed.url]


def test_the_result_of_a_removed_feed_is_dropped(store: Store) -> None:
    """A poll that ends after its feed was removed, or was removed and returned, changes nothing."""
    (state,) = add_feeds(store, "https://example.org/feed")
    (claimed,) = claim_due(store)
    store.write(lambda conn: feeds.sync(conn, [], now=NOW))
    assert not save(store, replace(claimed, etag='"late"'))
    store.write(lambda conn: feeds.sync(conn, [state.feed], now=NOW))
    assert not save(store, replace(claimed, etag='"late"'))
    assert store.read(feeds.states)[0].etag is None


def test_a_sync_leaves_running_polls_alone(store: Store) -> None:
    """New settings of a feed being polled neither end its lease nor let another poller in."""
    (state,) = add_feeds(store, "https://example.org/feed")
    (claimed,) = claim_due(store)
    renamed = replace(state.feed, name="New", every=MINUTE)
    store.write(lambda conn: feeds.sync(conn, [renamed], now=NOW))
    assert claim_due(store, owner="other") == []
    assert save(store, claimed)
    assert store.read(feeds.states)[0].feed == renamed


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        pytest.param(timedelta(minutes=5), 5, id="shorter: brought forward"),
        pytest.param(timedelta(hours=2), 30, id="longer: not before what was planned"),
        pytest.param(None, 30, id="back to the default: from the next poll on"),
    ],
)
def test_a_changed_interval_takes_effect(store: Store, every: timedelta | None, expected: int) -> None:
    """A shorter interval counts from the last poll; a longer one from the next."""
    (state,) = add_feeds(store, "https://example.org/feed")
    (claimed,) = claim_due(store)
    assert save(store, replace(claimed, last_polled_at=NOW, next_poll_at=NOW + 30 * MINUTE))
    changed = replace(state.feed, every=every, name="x")
    store.write(lambda conn: feeds.sync(conn, [changed], now=NOW + MINUTE))
    assert store.read(feeds.next_due_at) == NOW + expected * MINUTE


def test_a_shorter_interval_does_not_override_the_servers_wish(store: Store) -> None:
    """A feed that may not be polled before a time waits for it, whatever `every` says."""
    (state,) = add_feeds(store, "https://example.org/feed")
    (claimed,) = claim_due(store)
    later = NOW + 30 * MINUTE
    assert save(store, replace(claimed, last_polled_at=NOW, next_poll_at=later, not_before=later))
    changed = replace(state.feed, every=MINUTE)
    store.write(lambda conn: feeds.sync(conn, [changed], now=NOW))
    assert store.read(feeds.next_due_at) == later


def test_a_leased_feed_is_nobody_elses(store: Store) -> None:
    """While a lease runs the feed is not due; afterwards it is, and the late poller's result is refused."""
    (state,) = add_feeds(store, "https://example.org/feed")
    (mine,) = claim_due(store)
    assert claim_due(store, owner="other", now=NOW + LEASE - MINUTE) == []
    assert store.read(feeds.next_due_at) == NOW + LEASE
    assert claim_due(store, owner="other", now=NOW + LEASE) == [state]
    assert not save(store, mine)
    assert save(store, mine, owner="other")


def test_a_saved_feed_is_free(store: Store) -> None:
    """Saving ends the lease: the feed is due again when its state says so, and only one save counts."""
    add_feeds(store, "https://example.org/feed")
    (claimed,) = claim_due(store)
    assert save(store, replace(claimed, next_poll_at=NOW + MINUTE))
    assert not save(store, replace(claimed, next_poll_at=NOW))
    assert claim_due(store) == []
    assert len(claim_due(store, now=NOW + MINUTE)) == 1


def test_release_gives_back_what_was_taken(store: Store) -> None:
    """Released feeds are due when they were before the claim; other owners keep theirs."""
    add_feeds(store, "https://a.example/", "https://b.example/", "https://c.example/")
    (first,) = claim_due(store, limit=1)
    assert save(store, replace(first, next_poll_at=NOW + MINUTE, not_before=NOW + 3 * MINUTE))
    assert len(claim_due(store, limit=1, owner="other")) == 1
    assert len(claim_due(store, now=NOW + 3 * MINUTE)) == 2
    assert store.write(lambda conn: feeds.release(conn, owner="me")) == 2
    assert store.write(lambda conn: feeds.release(conn, owner="me")) == 0
    assert urls(claim_due(store)) == ["https://c.example/"]
    assert claim_due(store, now=NOW + 2 * MINUTE) == []
    assert urls(claim_due(store, now=NOW + 3 * MINUTE)) == ["https://a.example/"]


def test_the_longest_due_come_first(store: Store) -> None:
    """A claim smaller than the backlog takes the feeds that have waited longest."""
    states = add_feeds(store, *(f"https://h{n}.example/" for n in range(6)))
    for state in claim_due(store):
        assert save(store, replace(state, next_poll_at=NOW + (state.id % 4) * MINUTE))
    expected = sorted(states, key=lambda state: (state.id % 4, state.feed.url))
    assert urls(claim_due(store, now=NOW + 10 * MINUTE, limit=4)) == urls(expected[:4])


def test_a_host_is_never_polled_more_than_per_host_at_once(store: Store) -> None:
    """Running leases count; a host's name counts whatever its case and port."""
    hosts = ["https://a.example/", "http://A.example:8080/", "https://u@a.example/x", "https://b.example/"]
    add_feeds(store, *hosts)
    assert len(claim_due(store, per_host=2)) == 3
    assert claim_due(store, per_host=2) == []
    assert len(claim_due(store, per_host=3)) == 1
    assert claim_due(store, per_host=3, now=NOW + LEASE - MINUTE) == []


def test_expired_leases_do_not_count_towards_a_host(store: Store) -> None:
    """A poller that died does not block its host for ever."""
    add_feeds(store, "https://a.example/1", "https://a.example/2")
    assert len(claim_due(store, per_host=1)) == 1
    assert len(claim_due(store, per_host=1, now=NOW + LEASE, owner="other")) == 1


def test_a_host_with_a_long_backlog_holds_nobody_up(store: Store) -> None:
    """One claim reaches the feeds of other hosts behind hundreds of one host's."""
    crowd = [f"https://a-crowd.example/{n}" for n in range(300)]
    add_feeds(store, *crowd, "https://z1.example/", "https://z2.example/")
    claimed = claim_due(store, limit=8, per_host=2)
    assert sorted(urls(claimed))[2:] == ["https://z1.example/", "https://z2.example/"]
    assert len(claimed) == 4


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_a_claim_has_its_limit(store: Store, limit: int) -> None:
    """Never more feeds than asked for."""
    add_feeds(store, *(f"https://h{n}.example/" for n in range(5)))
    assert len(claim_due(store, limit=limit)) == limit


def test_named_feeds_are_claimed_due_or_not(store: Store) -> None:
    """A claim by address takes feeds that are not due, but none that is polled now or unknown."""
    add_feeds(store, "https://a.example/", "https://b.example/", "https://c.example/")
    (first,) = claim_due(store, limit=1, owner="other")
    for state in claim_due(store):
        assert save(store, replace(state, next_poll_at=NOW + 60 * MINUTE))

    def claim(names: list[str] | None) -> list[str]:
        return urls(store.write(lambda conn: feeds.claim(conn, names, now=NOW, owner="me", lease=LEASE)))

    assert claim([first.feed.url, "https://b.example/", "https://unknown.example/"]) == ["https://b.example/"]
    assert claim(None) == ["https://c.example/"]
    assert claim([]) == []


def test_a_text_that_cannot_be_kept_fails_alone(store: Store) -> None:
    """NUL and lone surrogates are refused with a clear error on both databases, and nothing is changed."""
    (state,) = add_feeds(store, "https://example.org/feed")
    (claimed,) = claim_due(store)
    for text in ("a\0b", "a\ud800b"):
        with pytest.raises(StoreError, match="character 1 cannot be stored"):
            save(store, replace(claimed, title=text))
    assert store.read(feeds.states) == [state]
    assert save(store, claimed), "the lease is still ours"


def test_a_lease_is_prolonged_by_its_owner_alone(store: Store) -> None:
    """Who still polls keeps the feed; who lost it does not get it back."""
    (state,) = add_feeds(store, "https://a.example/")

    def claim_as(owner: str, *, now: datetime) -> int:
        claimed = store.write(
            lambda conn: feeds.claim_due(conn, now=now, limit=9, per_host=9, owner=owner, lease=LEASE)
        )
        return len(claimed)

    def renew(owner: str, *, until: datetime) -> None:
        store.write(lambda conn: feeds.renew(conn, [state.id], owner=owner, until=until))

    assert claim_as("me", now=NOW) == 1
    renew("me", until=NOW + 3 * LEASE)
    renew("other", until=NOW)
    assert claim_as("other", now=NOW + 2 * LEASE) == 0
    assert claim_as("other", now=NOW + 3 * LEASE) == 1
    renew("me", until=NOW + 9 * LEASE)
    assert store.read(feeds.next_due_at) == NOW + 4 * LEASE
