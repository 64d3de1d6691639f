"""When a feed is polled next, after a poll that went well and after one that failed.

After success: the feed's own interval (`every`), else the default one, ±10 %. An RSS `ttl` raises
the default, never an `every` that was configured. Public feeds are never polled more often than
every five minutes. What the server asks for (freshness up to 24 hours, Retry-After up to 7 days)
always wins.

After failures in a row the wait doubles up to 24 hours, 0 to 20 % of chance on top:

| reason                     | first wait            | doubles                |
|----------------------------|-----------------------|------------------------|
| 404, 401, 403 and the like | 2 hours               | every failure          |
| 410                        | 24 hours              |                        |
| 429 without Retry-After    | 1 hour                | every failure          |
| DNS                        | the feed's interval   | every fourth failure   |
| anything else              | the feed's interval   | every failure          |

For private feeds with a shorter interval than the usual 30 minutes all these times shrink in
proportion: one polled every second waits 1, 2, 4 … 48 seconds.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import PollReason
from monitor.model import Feed, FeedState

PUBLIC_FLOOR = timedelta(minutes=5)
PRIVATE_FLOOR = timedelta(seconds=1)
LONGEST_FRESHNESS = timedelta(hours=24)
LONGEST_TTL = timedelta(hours=24)
LONGEST_BACKOFF = timedelta(hours=24)
LONGEST_RETRY_AFTER = timedelta(days=7)
USUAL_INTERVAL = timedelta(minutes=30)

_FIRST_WAIT = {
    PollReason.FORBIDDEN: timedelta(hours=2),
    PollReason.NOT_FOUND: timedelta(hours=2),
    PollReason.GONE: timedelta(hours=24),
    PollReason.RATE_LIMITED: timedelta(hours=1),
}
_DNS_PACE = 0.25  # a resolver that says "try again" is seldom the feed's fault
_MOST_DOUBLINGS = 40.0  # keeps the arithmetic finite; the ceiling is reached long before


def after_success(
    state: FeedState,
    *,
    now: datetime,
    jitter: float,
    default_every: timedelta,
    fresh_for: timedelta | None,
    ttl: timedelta | None,
) -> FeedState:
    """The state after a poll that brought a document or a 304. `jitter` is from [0, 1).

    `fresh_for` is what the answer's headers say, `ttl` what the document says.
    """
    every = interval(state.feed, default_every)
    if ttl is not None and state.feed.every is None:
        every = max(every, min(ttl, LONGEST_TTL))
    not_before = now + min(fresh_for, LONGEST_FRESHNESS) if fresh_for else None
    wait = max(_floor(state.feed), every * (0.9 + 0.2 * jitter))
    return replace(
        state,
        next_poll_at=_no_sooner(now + wait, not_before),
        not_before=not_before,
        first_polled_at=state.first_polled_at or now,
        last_polled_at=now,
        last_success_at=now,
        reason=None,
        detail="",
        failures=0,
    )


def after_failure(
    state: FeedState,
    *,
    now: datetime,
    jitter: float,
    default_every: timedelta,
    reason: PollReason,
    detail: str,
    retry_after: timedelta | None,
) -> FeedState:
    """The state after a poll that brought nothing. `jitter` is from [0, 1).

    Articles, validators and `first_polled_at` (when the first document was read) stay as they are,
    and so does an earlier `not_before` that is not over yet.
    """
    failures = state.failures + 1
    asked = now + min(retry_after, LONGEST_RETRY_AFTER) if retry_after else None
    pending = [moment for moment in (asked, state.not_before) if moment is not None and moment > now]
    not_before = max(pending, default=None)
    wait = backoff(state.feed, default_every, reason=reason, failures=failures, jitter=jitter)
    return replace(
        state,
        next_poll_at=_no_sooner(now + wait, not_before),
        not_before=not_before,
        last_polled_at=now,
        reason=reason,
        detail=detail,
        failures=failures,
    )


def interval(feed: Feed, default_every: timedelta) -> timedelta:
    """The time between two polls that go well, before chance: no shorter than the feed's floor."""
    return max(_floor(feed), feed.every or default_every)


def backoff(
    feed: Feed, default_every: timedelta, *, reason: PollReason, failures: int, jitter: float
) -> timedelta:
    """The wait after so many failures in a row (from 1); never falls as they grow."""
    every = interval(feed, default_every)
    scale = min(1.0, every / USUAL_INTERVAL) if feed.allow_private else 1.0
    first = max(every, _FIRST_WAIT.get(reason, timedelta()) * scale)
    ceiling = max(every, LONGEST_BACKOFF * scale)
    pace = _DNS_PACE if reason is PollReason.DNS else 1.0
    doublings = min((failures - 1) * pace, _MOST_DOUBLINGS)
    wait = min(first, ceiling).total_seconds() * 2.0**doublings * (1.0 + 0.2 * jitter)
    return timedelta(seconds=min(wait, ceiling.total_seconds()))


def _floor(feed: Feed) -> timedelta:
    return PRIVATE_FLOOR if feed.allow_private else PUBLIC_FLOOR


def _no_sooner(moment: datetime, not_before: datetime | None) -> datetime:
    return max(moment, not_before) if not_before else moment
