"""When a feed is polled next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import PollReason
from monitor.model import Feed, FeedId, FeedState, Habits, Hints, Why
from monitor.schedule import due
from monitor.schedule.due import Answer, Policy

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MIDDLE = 0.5  # the jitter that changes a success's interval by nothing


def state(*, every: timedelta | None = None, private: bool = False, **known) -> FeedState:
    feed = Feed("https://example.org/feed", every=every, allow_private=private)
    return FeedState(id=FeedId(1), feed=feed, next_poll_at=NOW, **known)


def succeed(before: FeedState, *, jitter=MIDDLE, default_every=30 * MINUTE, fresh_for=None, ttl=None):
    answer = Answer(fresh_for=fresh_for, hints=Hints(ttl=ttl))
    return due.after_success(before, answer, now=NOW, jitter=jitter, policy=Policy(every=default_every))[0]


def fail(
    before: FeedState, reason=PollReason.TIMEOUT, *, jitter=0.0, retry_after=None, default_every=30 * MINUTE
):
    return due.after_failure(
        before, now=NOW, jitter=jitter, policy=Policy(every=default_every), reason=reason, detail="why",
        retry_after=retry_after,
    )  # fmt: skip


def waits(before: FeedState, reason: PollReason, count: int) -> list[timedelta]:
    """The waits of so many failures in a row."""
    found = []
    for _ in range(count):
        before = fail(before, reason)
        found.append(before.next_poll_at - NOW)
    return found


@pytest.mark.parametrize(
    ("before", "given", "expected"),
    [
        (state(), {}, 30 * MINUTE),
        (state(every=2 * HOUR), {}, 2 * HOUR),
        (state(every=MINUTE), {}, 5 * MINUTE),
        (state(), {"default_every": MINUTE}, 5 * MINUTE),
        (state(every=timedelta(seconds=1), private=True), {}, timedelta(seconds=1)),
        (state(every=timedelta(milliseconds=1), private=True), {}, timedelta(seconds=1)),
        (state(), {"ttl": HOUR}, HOUR),
        (state(), {"ttl": MINUTE}, 30 * MINUTE),
        (state(), {"ttl": timedelta(days=30)}, timedelta(hours=24)),
        (state(every=10 * MINUTE), {"ttl": HOUR}, 10 * MINUTE),
        (state(), {"fresh_for": 3 * HOUR}, 3 * HOUR),
        (state(), {"fresh_for": MINUTE}, 30 * MINUTE),
        (state(), {"fresh_for": timedelta(days=9)}, timedelta(hours=24)),
        (state(every=timedelta(seconds=1), private=True), {"fresh_for": HOUR}, HOUR),
        (state(every=timedelta(days=3)), {}, timedelta(days=3)),
    ],
)
def test_the_wait_after_success(before, given, expected):
    """The configured interval within its floor; ttl raises a default; freshness always wins."""
    assert succeed(before, **given).next_poll_at - NOW == expected


@pytest.mark.parametrize(("jitter", "factor"), [(0.0, 0.9), (0.5, 1.0), (0.999999, 1.1)])
def test_chance_spreads_polls_by_a_tenth(jitter, factor):
    """Feeds with the same interval drift apart."""
    wait = succeed(state(), jitter=jitter).next_poll_at - NOW
    assert wait / (30 * MINUTE) == pytest.approx(factor, abs=1e-4)


def test_chance_never_goes_below_the_floor():
    """Five minutes are five minutes."""
    assert succeed(state(every=5 * MINUTE), jitter=0.0).next_poll_at - NOW == 5 * MINUTE


def test_success_clears_failures_and_is_remembered():
    """One good poll ends a streak; the first one is kept as such."""
    before = state(failures=7, reason=PollReason.DNS, detail="no such name", not_before=NOW)
    after = succeed(before)
    assert (after.failures, after.reason, after.detail, after.not_before) == (0, None, "", None)
    assert after.first_polled_at == after.last_polled_at == after.last_success_at == NOW
    earlier = NOW - HOUR
    assert succeed(state(first_polled_at=earlier)).first_polled_at == earlier


def test_failure_is_remembered_and_keeps_what_we_have():
    """Reason and count change; validators and the first document's time do not."""
    before = state(etag='"1"', last_modified="x", wire_hash="h", failures=2)
    after = fail(before, PollReason.TLS)
    assert (after.reason, after.detail, after.failures, after.last_polled_at) == (
        PollReason.TLS,
        "why",
        3,
        NOW,
    )
    assert (after.etag, after.last_modified, after.wire_hash) == ('"1"', "x", "h")
    assert after.first_polled_at is None
    assert after.last_success_at is None


@pytest.mark.parametrize(
    ("reason", "hours"),
    [
        (PollReason.TIMEOUT, [0.5, 1, 2, 4, 8, 16, 24, 24]),
        (PollReason.SERVER_ERROR, [0.5, 1, 2, 4, 8, 16, 24, 24]),
        (PollReason.BROKEN, [0.5, 1, 2]),
        (PollReason.NOT_FOUND, [2, 4, 8, 16, 24, 24]),
        (PollReason.FORBIDDEN, [2, 4, 8, 16, 24, 24]),
        (PollReason.RATE_LIMITED, [1, 2, 4, 8, 16, 24, 24]),
    ],
)
def test_the_waits_of_failures_in_a_row(reason, hours):
    """Each reason has its first wait, doubles, and ends at a day."""
    assert waits(state(), reason, len(hours)) == [h * HOUR for h in hours]


def test_dns_failures_back_off_gently():
    """It takes four failures of a resolver to double the wait."""
    found = waits(state(), PollReason.DNS, 9)
    assert found[0] == 30 * MINUTE
    assert found[4] == 60 * MINUTE
    assert found[8] == 120 * MINUTE


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        (PollReason.CONNECT, [1, 2, 4, 8, 16, 32, 48, 48]),
        (PollReason.NOT_FOUND, [4, 8, 16, 32, 48]),
        (PollReason.RATE_LIMITED, [2, 4, 8]),
    ],
)
def test_private_feeds_back_off_in_proportion(reason, seconds):
    """One polled every second recovers within a minute."""
    before = state(every=timedelta(seconds=1), private=True)
    assert waits(before, reason, len(seconds)) == [timedelta(seconds=s) for s in seconds]


def test_an_interval_beyond_a_day_is_its_own_ceiling():
    """A feed polled weekly is not polled daily because it fails."""
    assert waits(state(every=timedelta(days=7)), PollReason.TIMEOUT, 2) == [timedelta(days=7)] * 2


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(2 * HOUR, 2 * HOUR), (MINUTE, HOUR), (timedelta(), HOUR), (timedelta(days=400), timedelta(days=7))],
)
def test_retry_after_wins_when_it_is_longer(asked, expected):
    """What the server asks for is kept, for a week at most."""
    assert fail(state(), PollReason.RATE_LIMITED, retry_after=asked).next_poll_at - NOW == expected


def test_an_earlier_promise_outlives_a_failure():
    """A forced poll that fails does not shorten the freshness that was promised before."""
    after = fail(state(not_before=NOW + 5 * HOUR), PollReason.TIMEOUT, retry_after=HOUR)
    assert after.not_before == after.next_poll_at == NOW + 5 * HOUR
    assert fail(state(not_before=NOW - HOUR)).not_before is None


@pytest.mark.parametrize("why", [Why.FRESH, Why.RETRY_AFTER])
def test_a_poll_by_another_way_forgets_no_promise(why):
    """What was asked for and is not over stands after a success that asks for less."""
    later = NOW + 5 * HOUR
    before = replace(state(not_before=later, habits=Habits(why=why)), next_poll_at=later)
    after = succeed(before, fresh_for=HOUR)
    assert (after.next_poll_at, after.not_before, after.habits.why) == (later, later, why)
    over = succeed(replace(before, not_before=NOW - MINUTE), fresh_for=HOUR)
    assert (over.next_poll_at, over.not_before) == (NOW + HOUR, NOW + HOUR)


def test_a_push_is_no_word_of_the_feeds_own_server():
    """A feed that fails goes on backing off, and one that is gone stays gone, whatever its hub pushes."""
    learnt = Habits(why=Why.GONE, failing_since=NOW - 24 * HOUR, gone_at=NOW - HOUR)
    gone = state(failures=2, reason=PollReason.GONE, detail="410", habits=learnt)
    gone = replace(gone, next_poll_at=due.NEVER)
    after = due.after_push(gone, succeed(gone))
    assert (after.next_poll_at, after.reason, after.failures) == (due.NEVER, PollReason.GONE, 2)
    assert (after.habits.why, after.habits.gone_at, after.habits.planned_at) == (Why.GONE, NOW - HOUR, None)
    assert after.last_success_at == NOW
    assert due.after_push(state(), succeed(state())) == succeed(state())
