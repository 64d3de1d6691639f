"""The state of a feed after a poll: when it is polled next, and what was learnt. Pure.

After success `monitor.schedule.plan` decides. What the server asks for (freshness up to 24 hours,
Retry-After up to 7 days) always wins.

After failures in a row the wait doubles up to 24 hours, 0 to 20 % of chance on top:

| reason                     | first wait            | doubles                | longest              |
|----------------------------|-----------------------|------------------------|----------------------|
| 404, 401, 403 and the like | 2 hours               | every failure          | a week, after a week |
| 410                        | 1 hour                | no: then never again   |                      |
| 429 without Retry-After    | 1 hour                | every failure          | 24 hours             |
| DNS                        | the feed's interval   | every fourth failure   | 24 hours             |
| anything else              | the feed's interval   | every failure          | 24 hours             |

The interval of a feed that has none is half the time between two articles, from 5 to 30 minutes.
For private feeds with a shorter interval than the usual 30 minutes all these times shrink in
proportion: one polled every second waits 1, 2, 4 … 48 seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor.errors import PollReason
from monitor.model import FeedState, Hints, Why
from monitor.schedule import plan, rhythm
from monitor.schedule.plan import PRIVATE_FLOOR, PUBLIC_FLOOR, USUAL_INTERVAL, Policy
from monitor.schedule.rhythm import Rhythm

__all__ = ["NEVER", "PRIVATE_FLOOR", "PUBLIC_FLOOR", "Answer", "Policy"]

LONGEST_FRESHNESS = timedelta(hours=24)
LONGEST_BACKOFF = timedelta(hours=24)
LONGEST_RETRY_AFTER = timedelta(days=7)
WEEKLY = timedelta(days=7)
"""How long a feed that is refused or missing is tried daily, and then the time between two polls."""
CONFIRMATION = timedelta(hours=1)
"""How long after a first 410 a second one is believed."""
NEVER = datetime(9000, 1, 1, tzinfo=UTC)

_MISSING = frozenset({PollReason.FORBIDDEN, PollReason.NOT_FOUND})
_FIRST_WAIT = {
    PollReason.FORBIDDEN: timedelta(hours=2),
    PollReason.NOT_FOUND: timedelta(hours=2),
    PollReason.GONE: CONFIRMATION,
    PollReason.RATE_LIMITED: timedelta(hours=1),
}
_DNS_PACE = 0.25  # a resolver that says "try again" is seldom the feed's fault
_MOST_DOUBLINGS = 40.0  # keeps the arithmetic finite; the ceiling is reached long before


@dataclass(frozen=True, slots=True)
class Answer:
    """What a poll that went well brought, as far as the next one depends on it."""

    fresh_for: timedelta | None = None  # says the server
    hints: Hints | None = None  # says the document; None when it was not read anew
    listed: Sequence[datetime | None] = ()  # the dates of all articles in it
    published: Sequence[datetime | None] = ()  # the dates of those that are new
    alerted: int = 0  # how many of these made an alert
    conditional: bool = True  # the server can say "not modified"


def after_success(
    state: FeedState, answer: Answer, *, now: datetime, jitter: float, policy: Policy
) -> tuple[FeedState, Rhythm]:
    """The state after a poll that brought a document or a 304, and the rhythm in it. `jitter` is from [0, 1).

    What the server asked for earlier and is not over yet stands: the poll came by another way.
    """
    before = rhythm.from_json(state.habits.rhythm)
    known = _learn(before, state.last_success_at, answer, now)
    hints = state.habits.hints if answer.hints is None else answer.hints
    made = plan.make(
        state.feed,
        known,
        policy,
        polled_at=now,
        now=now,
        jitter=jitter,
        hints=hints,
        conditional=answer.conditional,
        first=state.first_polled_at is None,
    )
    fresh_until = now + min(answer.fresh_for, LONGEST_FRESHNESS) if answer.fresh_for else None
    at, why = _no_sooner(made.at, made.why, fresh_until, Why.FRESH)
    at, why = _no_sooner(at, why, state.not_before, _asked(state))
    habits = replace(
        state.habits,
        rhythm=rhythm.to_json(known, like=(before, state.habits.rhythm or {}) if before else None),
        pull=_pull(state, known, policy, now),
        planned_at=now,
        why=why,
        hints=hints,
        failing_since=None,
        gone_at=None,
    )
    after = replace(
        state,
        next_poll_at=at,
        not_before=_latest(now, fresh_until, state.not_before),
        first_polled_at=state.first_polled_at or now,
        last_polled_at=now,
        last_success_at=now,
        reason=None,
        detail="",
        failures=0,
        habits=habits,
    )
    return after, known


def _learn(before: Rhythm | None, since: datetime | None, answer: Answer, now: datetime) -> Rhythm:
    if before is None or since is None:
        period = answer.hints.update_period if answer.hints else None
        return rhythm.seed(answer.listed or answer.published, now=now, period=period)
    return rhythm.observe(before, now=now, since=since, published=answer.published, alerted=answer.alerted)


def _pull(state: FeedState, known: Rhythm, policy: Policy, now: datetime) -> float:
    return plan.pull(known, now=now, share=policy.share) if plan.shares_budget(state.feed, policy) else 0.0


def after_failure(
    state: FeedState,
    *,
    now: datetime,
    jitter: float,
    policy: Policy,
    reason: PollReason,
    detail: str,
    retry_after: timedelta | None,
) -> FeedState:
    """The state after a poll that brought nothing. `jitter` is from [0, 1).

    Articles, validators, the rhythm and `first_polled_at` (when the first document was read) stay as
    they are, and so does an earlier `not_before` that is not over yet.
    """
    failures = state.failures + 1
    since = state.habits.failing_since or now
    asked = now + min(retry_after, LONGEST_RETRY_AFTER) if retry_after else None
    not_before = _latest(now, asked, state.not_before)
    wait = backoff(state, policy, reason=reason, failures=failures, jitter=jitter, failing_for=now - since)
    at, why = _no_sooner(now + wait, Why.BACKOFF, not_before, Why.RETRY_AFTER)
    gone_at = _gone_at(state, reason, since, now)
    if gone_at is not None:
        at, why = NEVER, Why.GONE
    habits = replace(state.habits, planned_at=None, why=why, failing_since=since, gone_at=gone_at)
    return replace(
        state,
        next_poll_at=at,
        not_before=not_before,
        last_polled_at=now,
        reason=reason,
        detail=detail,
        failures=failures,
        habits=habits,
    )


def _gone_at(state: FeedState, reason: PollReason, since: datetime, now: datetime) -> datetime | None:
    """A 410 is believed when it is said twice, some time apart."""
    if reason is not PollReason.GONE:
        return None
    again = state.reason is PollReason.GONE and state.last_polled_at is not None
    scale = _scale(state)
    if again and now - since >= CONFIRMATION * scale:
        return state.habits.gone_at or now
    return None


def after_push(before: FeedState, after: FeedState) -> FeedState:
    """The state `after` a hub brought a document of the feed, which says nothing of the feed's own server.

    When and why that is asked next stands as it was if it fails or is gone.
    """
    if not before.failures:
        return after
    habits = replace(
        after.habits,
        planned_at=None,
        why=before.habits.why,
        failing_since=before.habits.failing_since,
        gone_at=before.habits.gone_at,
    )
    return replace(
        after,
        next_poll_at=before.next_poll_at,
        not_before=before.not_before,
        last_polled_at=before.last_polled_at,
        reason=before.reason,
        detail=before.detail,
        failures=before.failures,
        habits=habits,
    )


def replan(state: FeedState, *, now: datetime, jitter: float, policy: Policy) -> FeedState:
    """The same feed with its next poll planned anew, because the price may have changed.

    One that failed, is gone, does not share the budget or is unknown keeps its time. Never before
    `not_before`; a plan that is late by the new price comes within five minutes.
    """
    known = rhythm.from_json(state.habits.rhythm)
    waits = state.failures or state.habits.gone_at or state.last_polled_at is None
    if known is None or waits or not plan.shares_budget(state.feed, policy):
        return replace(state, habits=replace(state.habits, planned_at=None))
    assert state.last_polled_at is not None  # noqa: S101  (for the type checker)
    made = plan.make(
        state.feed,
        known,
        policy,
        polled_at=state.last_polled_at,
        now=now,
        jitter=0.5,
        hints=state.habits.hints,
        conditional=bool(state.etag or state.last_modified),
    )
    at, why = _no_sooner(made.at, made.why, state.not_before, _asked(state))
    soonest = now + PUBLIC_FLOOR * jitter
    if soonest > at:
        at = max(soonest, state.not_before or soonest)
    habits = replace(state.habits, planned_at=now, why=why, pull=_pull(state, known, policy, now))
    return replace(state, next_poll_at=at, habits=habits)


def backoff(
    state: FeedState,
    policy: Policy,
    *,
    reason: PollReason,
    failures: int,
    jitter: float,
    failing_for: timedelta = timedelta(),
) -> timedelta:
    """The wait after so many failures in a row (from 1); never falls as they grow."""
    every, scale = _every(state, policy), _scale(state, policy)
    first = max(every, _FIRST_WAIT.get(reason, timedelta()) * scale)
    is_long = reason in _MISSING and failing_for >= WEEKLY * scale
    ceiling = max(every, (WEEKLY if is_long else LONGEST_BACKOFF) * scale)
    if is_long:
        return ceiling
    pace = _DNS_PACE if reason is PollReason.DNS else 1.0
    doublings = min((failures - 1) * pace, _MOST_DOUBLINGS)
    wait = min(first, ceiling).total_seconds() * 2.0**doublings * (1.0 + 0.2 * jitter)
    return timedelta(seconds=min(wait, ceiling.total_seconds()))


def _every(state: FeedState, policy: Policy) -> timedelta:
    if not plan.shares_budget(state.feed, policy):
        return plan.interval(state.feed, policy.every)
    known = rhythm.from_json(state.habits.rhythm)
    if known is None:
        return USUAL_INTERVAL
    at_a_time = timedelta(minutes=0.5 / rhythm.rate(known, now=known.known_at))
    return min(max(at_a_time, PUBLIC_FLOOR), USUAL_INTERVAL)


def _scale(state: FeedState, policy: Policy = Policy()) -> float:  # noqa: B008  (frozen)
    """Private feeds with a short interval of their own wait less."""
    every = state.feed.every or policy.every
    if not state.feed.allow_private or every is None:
        return 1.0
    return min(1.0, max(every, PRIVATE_FLOOR) / USUAL_INTERVAL)


def _latest(now: datetime, *moments: datetime | None) -> datetime | None:
    """The latest of those that are not over yet."""
    return max((moment for moment in moments if moment is not None and moment > now), default=None)


def _asked(state: FeedState) -> Why:
    """Why a feed waits until `not_before`: for freshness, or for its host's other feeds."""
    held = state.is_held or state.habits.why is Why.RETRY_AFTER
    return Why.RETRY_AFTER if held else Why.FRESH


def _no_sooner(moment: datetime, why: Why, not_before: datetime | None, instead: Why) -> tuple[datetime, Why]:
    return (not_before, instead) if not_before and not_before > moment else (moment, why)
