"""The rows of feeds whose polls brought no articles: written together, each for itself; on both databases."""

import asyncio
from dataclasses import replace

import pytest

from monitor.errors import StoreError
from monitor.model import Event, EventKind, FeedState
from monitor.pipeline import gathering
from monitor.pipeline.gathering import Gathering
from monitor.store import Store, events, feeds
from tests.support.stored import LEASE, MINUTE, NOW, add_feeds

SOON = NOW + 30 * MINUTE
URLS = [f"https://example.org/{number}" for number in range(gathering.MOST + 3)]


def leased(store: Store, *urls: str) -> list[FeedState]:
    add_feeds(store, *URLS)
    return store.write(lambda conn: feeds.claim(conn, urls or None, now=NOW, owner="me", lease=LEASE))


def polled(state: FeedState, **values: object) -> FeedState:
    return replace(state, last_polled_at=NOW, next_poll_at=SOON, **values)  # type: ignore[arg-type]


def happened(state: FeedState) -> list[Event]:
    return [Event(EventKind.FEED_SILENT, state.feed.url, NOW)]


async def keep_all(store: Store, states: list[FeedState]) -> list[object]:
    """What came of keeping these at one moment."""
    gathered = Gathering(store, "me")
    keeping = (gathered.keep(state, happened(state)) for state in states)
    return await asyncio.gather(*keeping, return_exceptions=True)


def test_more_than_a_group_is_kept_with_its_events(store: Store) -> None:
    """All of them, in more than one transaction, with the leases given back."""
    states = [polled(state) for state in leased(store)]
    assert asyncio.run(keep_all(store, states)) == [True] * len(URLS)
    assert {state.next_poll_at for state in store.read(feeds.states)} == {SOON}
    assert store.read(feeds.next_due_at) == SOON
    assert len(store.read(events.recent)) == len(URLS)


def test_a_lost_lease_concerns_that_feed_alone(store: Store) -> None:
    """Removed, or somebody else's: not kept, without its event; the others of the group are."""
    ours = leased(store, *URLS[1:3])
    store.write(
        lambda conn: feeds.claim(conn, [URLS[0]], now=NOW - 2 * LEASE, owner="other", lease=3 * LEASE)
    )
    theirs = next(state for state in store.read(feeds.states) if state.feed.url == URLS[0])
    kept = asyncio.run(keep_all(store, [polled(theirs), *map(polled, ours)]))
    assert kept == [False, True, True]
    assert store.read(feeds.states)[0].last_polled_at is None
    assert [event.subject for event in store.read(events.recent)] == URLS[1:3]


def test_a_row_that_cannot_be_stored_hurts_no_other(store: Store) -> None:
    """The database's refusal is for that feed alone."""
    first, second, third = leased(store, *URLS[:3])
    one, two, three = asyncio.run(
        keep_all(store, [polled(first), polled(second, etag="a\0b"), polled(third)])
    )
    assert one is True
    assert three is True
    assert isinstance(two, StoreError)
    assert "NUL" in str(two)


def test_a_poll_that_was_cancelled_leaves_the_others_waiting(store: Store) -> None:
    """Its row may be written or not; who waits beside it is told."""

    async def run() -> bool:
        gathered = Gathering(store, "me")
        first, second = (
            asyncio.create_task(gathered.keep(polled(it), ())) for it in leased(store, *URLS[:2])
        )
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(run())


def test_a_closed_database_is_told(store: Store) -> None:
    """At the end of the daemon nobody waits for ever."""
    (state,) = leased(store, URLS[0])
    store.close()
    (told,) = asyncio.run(keep_all(store, [polled(state)]))
    assert isinstance(told, StoreError)


@pytest.mark.parametrize("count", [1, 2])
def test_one_and_many_are_written_alike(store: Store, count: int) -> None:
    """Validators, hashes and reasons come back as they were, however many were written with them."""
    states = [
        polled(state, etag='W/"ü"', last_modified="yesterday", wire_hash="f00", title="Ünï 🐋")
        for state in leased(store, *URLS[:count])
    ]
    assert asyncio.run(keep_all(store, states)) == [True] * count
    assert store.read(feeds.states)[:count] == states
