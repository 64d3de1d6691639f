"""What may bring a poll forward, and what it must not override: freshness, Retry-After, back-off, 410."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.errors import PollReason
from monitor.model import Feed, FeedId, FeedState, Habits, Why
from monitor.schedule import due, plan
from monitor.store import Store, feeds, habits, hosts, intervals
from tests.support.stored import LEASE, MINUTE, NOW, add_feeds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + 5 * HOUR
URL = "https://example.org/feed"


def polled(store: Store, url: str = URL, **values: object) -> FeedState:
    """A feed polled at NOW, due in five hours, and otherwise like this."""
    state = next(one for one in store.read(feeds.states) if one.feed.url == url)
    settled = replace(state, **{"last_polled_at": NOW, "next_poll_at": LATER, **values})  # type: ignore[arg-type]
    claim(store, url)
    assert store.write(lambda conn: feeds.save(conn, settled, owner="me"))
    return state


def claim(store: Store, url: str = URL) -> FeedState:
    (state,) = store.write(lambda conn: feeds.claim(conn, [url], now=NOW, owner="me", lease=LEASE))
    return state


def due_at(store: Store) -> datetime:
    found = store.read(feeds.next_due_at)
    assert found is not None
    return found


WELL = pytest.param({}, NOW + MINUTE, id="a feed that is well comes sooner")
FAILING = pytest.param({"failures": 3, "reason": PollReason.CONNECT}, LATER, id="one that backs off waits")
GONE = pytest.param(
    {"failures": 2, "reason": PollReason.GONE, "next_poll_at": due.NEVER, "habits": Habits(gone_at=NOW)},
    due.NEVER,
    id="one that is gone stays gone",
)
ASKED = pytest.param({"not_before": NOW + 2 * HOUR}, NOW + 2 * HOUR, id="what its server asked for stands")
CASES = pytest.mark.parametrize(("state", "expected"), [WELL, FAILING, GONE, ASKED])


@CASES
def test_a_shorter_default_interval(store: Store, state: dict[str, object], expected: datetime) -> None:
    """Brings polls forward as far as may be."""
    add_feeds(store, URL)
    polled(store, **state)
    store.write(lambda conn: intervals.settle(conn, HOUR, now=NOW))
    store.write(lambda conn: intervals.settle(conn, MINUTE, now=NOW))
    assert due_at(store) == expected


@CASES
def test_a_shorter_interval_of_its_own(store: Store, state: dict[str, object], expected: datetime) -> None:
    """Likewise."""
    add_feeds(store, URL)
    polled(store, **state)
    store.write(lambda conn: feeds.sync(conn, [Feed(URL, every=MINUTE)], now=NOW))
    assert due_at(store) == expected


@CASES
def test_what_a_hub_has_said(store: Store, state: dict[str, object], expected: datetime) -> None:
    """Likewise, and never sooner than the least time between two polls."""
    add_feeds(store, URL)
    before = polled(store, **state)
    store.write(lambda conn: feeds.hasten(conn, before.id, now=NOW + MINUTE))
    assert due_at(store) == max(expected, NOW + plan.PUBLIC_FLOOR)


def test_what_a_hub_has_said_much_later(store: Store) -> None:
    """Then the feed is due at once; one never polled is so anyway, one being polled is left alone."""
    add_feeds(store, URL)
    before = polled(store)
    store.write(lambda conn: feeds.hasten(conn, before.id, now=NOW + HOUR))
    assert due_at(store) == NOW + HOUR
    claim(store)
    store.write(lambda conn: feeds.hasten(conn, before.id, now=NOW + 2 * HOUR))
    assert due_at(store) == NOW + LEASE


@CASES
def test_a_plan_made_elsewhere_meanwhile(store: Store, state: dict[str, object], expected: datetime) -> None:
    """A plan is kept only as far as what another process has learnt since permits."""
    add_feeds(store, URL)
    before = polled(store, **state)
    made = [(before.id, NOW + MINUTE, Habits(pull=0.5, planned_at=NOW, why=Why.RHYTHM))]
    store.write(lambda conn: habits.plan(conn, made))
    assert due_at(store) == expected


def test_a_host_that_asked_is_left_alone_by_the_polls_in_flight(store: Store) -> None:
    """One of its feeds hears Retry-After while another is being polled: both wait."""
    loud, quiet = add_feeds(store, "https://example.org/1", "https://example.org/2")
    claimed = claim(store, quiet.feed.url)
    store.write(lambda conn: hosts.hold(conn, loud.id, until=NOW + DAY))
    assert max(state.next_poll_at for state in store.read(feeds.states)) == NOW
    answered = replace(claimed, next_poll_at=NOW + HOUR, not_before=NOW + 2 * HOUR)
    assert store.write(lambda conn: feeds.save(conn, answered, owner="me"))
    after = next(state for state in store.read(feeds.states) if state.id == quiet.id)
    assert after.not_before == NOW + DAY
    assert claimable(store, NOW + DAY - MINUTE) == [loud.feed.url]
    assert quiet.feed.url in claimable(store, NOW + DAY)


def test_what_a_feed_asks_for_itself_outlasts_what_its_host_did(store: Store) -> None:
    """The later of the two moments is kept."""
    loud, quiet = add_feeds(store, "https://example.org/1", "https://example.org/2")
    claimed = claim(store, quiet.feed.url)
    store.write(lambda conn: hosts.hold(conn, loud.id, until=NOW + HOUR))
    answered = replace(claimed, next_poll_at=NOW + HOUR, not_before=NOW + DAY)
    assert store.write(lambda conn: feeds.save(conn, answered, owner="me"))
    assert claimable(store, NOW + DAY - MINUTE) == [loud.feed.url]


def claimable(store: Store, now: datetime) -> list[str]:
    found = store.write(
        lambda conn: feeds.claim_due(conn, now=now, limit=9, per_host=9, owner="you", lease=LEASE)
    )
    store.write(lambda conn: feeds.release(conn, owner="you"))
    return [state.feed.url for state in found]


def test_a_host_that_slows_us_down_is_not_hurried_by_a_new_plan(store: Store) -> None:
    """A 429 without a time: others wait one more interval, new ones an hour; a new price changes nothing."""
    urls = [f"https://example.org/{number}" for number in range(3)]
    loud, known, _ = add_feeds(store, *urls)
    polled(store, known.feed.url)
    for url in (urls[0], urls[2]):
        claim(store, url)
    store.write(lambda conn: hosts.slow(conn, loud.id, now=NOW + HOUR))
    store.write(lambda conn: feeds.release(conn, owner="me"))
    waits = {state.feed.url: state.not_before for state in store.read(feeds.states)}
    assert waits == {urls[0]: None, urls[1]: NOW + 6 * HOUR, urls[2]: NOW + 2 * HOUR}
    made: list[tuple[FeedId, datetime, Habits]] = [(known.id, NOW + HOUR, Habits())]
    store.write(lambda conn: habits.plan(conn, made))
    assert known.feed.url not in claimable(store, NOW + 6 * HOUR - MINUTE)


def test_slowing_down_leaves_alone_what_fails_and_what_is_private(store: Store) -> None:
    """The one backs off by itself; of the other the operator is the owner."""
    entries = [Feed(URL), Feed("https://example.org/b"), Feed("https://example.org/c", allow_private=True)]
    store.write(lambda conn: feeds.sync(conn, entries, now=NOW))
    polled(store, entries[1].url, failures=1)
    (loud, *others) = store.read(feeds.states)
    store.write(lambda conn: hosts.slow(conn, loud.id, now=NOW))
    assert [state.not_before for state in store.read(feeds.states)[1:]] == [None, None]
    store.write(lambda conn: hosts.hold(conn, loud.id, until=LATER))
    assert [state.not_before for state in store.read(feeds.states)[1:]] == [LATER, None]
    assert len(others) == 2
