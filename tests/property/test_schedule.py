"""What holds for every schedule, whatever the feed and the server."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PollReason
from monitor.model import Feed, FeedId, FeedState, Hints
from monitor.schedule import due
from monitor.schedule.due import Answer, Policy

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

durations = st.timedeltas(timedelta(milliseconds=1), timedelta(days=400))
optional = st.none() | durations
jitters = st.floats(0, 1, exclude_max=True)
reasons = st.sampled_from(PollReason)
feeds = st.builds(Feed, url=st.just("https://example.org/"), every=optional, allow_private=st.booleans())
states = st.builds(
    FeedState,
    id=st.just(FeedId(1)),
    feed=feeds,
    next_poll_at=st.just(NOW),
    not_before=st.none() | durations.map(lambda duration: NOW + duration),
    failures=st.integers(0, 10_000),
)


def floor(feed: Feed) -> timedelta:
    return due.PRIVATE_FLOOR if feed.allow_private else due.PUBLIC_FLOOR


@given(state=states, jitter=jitters, default=durations, fresh_for=optional, ttl=optional)
def test_success_keeps_floors_promises_and_bounds(state, jitter, default, fresh_for, ttl):
    """Never before promises end or the floor, never later than the longest of what was asked for."""
    answer = Answer(fresh_for=fresh_for, hints=Hints(ttl=ttl))
    after, _ = due.after_success(state, answer, now=NOW, jitter=jitter, policy=Policy(every=default))
    wait = after.next_poll_at - NOW
    before = (state.not_before or NOW) - NOW
    asked = max(min(fresh_for or timedelta(), DAY), before)
    every = max(floor(state.feed), state.feed.every or default)
    assert wait >= floor(state.feed)
    assert wait >= asked
    assert wait <= max(asked, every * 1.1, DAY * 1.1)
    assert after.not_before is None or after.next_poll_at >= after.not_before


@given(state=states, jitter=jitters, default=durations, reason=reasons, retry_after=optional)
def test_failure_keeps_floors_promises_and_bounds(state, jitter, default, reason, retry_after):
    """Never before Retry-After or an earlier promise, never later than the longest of what was asked for."""
    after = due.after_failure(
        state,
        now=NOW,
        jitter=jitter,
        policy=Policy(every=default),
        reason=reason,
        detail="",
        retry_after=retry_after,
    )
    wait = after.next_poll_at - NOW
    asked = min(retry_after or timedelta(), timedelta(days=7))
    promised = (state.not_before or NOW) - NOW
    every = max(floor(state.feed), state.feed.every or default)
    assert wait >= max(
        asked, promised, floor(state.feed), every if asked == promised == timedelta() else asked
    )
    assert wait <= max(asked, promised, every, DAY)
    assert after.failures == state.failures + 1


@given(feed=feeds, default=durations, reason=reasons, failures=st.integers(1, 1000), jitter=jitters)
def test_back_off_never_falls(feed, default, reason, failures, jitter):
    """One more failure never means an earlier poll."""
    before, after = (
        due.backoff(
            FeedState(FeedId(1), feed, NOW), Policy(default), reason=reason, failures=count, jitter=jitter
        )
        for count in (failures, failures + 1)
    )
    assert after >= before
