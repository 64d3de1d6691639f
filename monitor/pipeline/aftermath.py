"""What follows from a poll for its feed: the state it is left in, and what is worth telling of it.

Decides by `monitor.schedule`; does no I/O, so that it can run inside of the poll's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import PollReason
from monitor.fetch.outcome import Failed, FetchRequest, Fresh, Unchanged
from monitor.model import Document, Event, EventKind, FeedState, Why
from monitor.schedule import due, leases, loss, moves, rhythm, silence, trust
from monitor.schedule.due import Answer
from monitor.schedule.plan import Policy

TOLD_AFTER = timedelta(days=3)
"""How long a feed fails before it is an event."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a poll that went well brought."""

    fetched: Fresh | Unchanged
    document: Document  # with the articles of older pages, if any were read
    listed: int = 0  # articles in the first page
    soft_hash: str | None = None  # None when the body was not read
    unchanged: bool = False
    conditional: bool = True  # validators were sent
    overlaps: bool = True  # with what was known, after all older pages
    waits: bool = False  # pages of its articles are still to be fetched
    pushed_until: datetime | None = None  # the lease of a feed that its hub pushes
    is_push: bool = False  # by the hub just now: the feed's own server was not asked


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the articles of a poll."""

    published: Sequence[datetime | None] = ()  # dates of those never seen in this feed
    alerted: int = 0


def request(state: FeedState, *, now: datetime) -> FetchRequest:
    """What is asked of a feed: where it is now, with validators while they are believed."""
    conditional = trust.sends_validators(state, now=now)
    address = moves.address(state)
    return FetchRequest(
        address,
        state.etag if conditional else None,
        state.last_modified if conditional else None,
        # What was allowed is the configured host, not one that its server names.
        state.feed.allow_private and address == state.feed.url,
    )


def after_success(
    before: FeedState, brought: Brought, counted: Counted, *, now: datetime, jitter: float, policy: Policy
) -> tuple[FeedState, list[Event]]:
    """The state after a poll that went well, and the events of it."""
    fetched = brought.fetched
    anew = not brought.unchanged
    answer = Answer(
        fresh_for=fetched.fresh_for,
        hints=brought.document.hints if anew else None,
        listed=[article.published_at for article in brought.document.articles],
        published=counted.published,
        alerted=counted.alerted,
        conditional=isinstance(fetched, Unchanged) or bool(fetched.etag or fetched.last_modified),
    )
    after, known = due.after_success(before, answer, now=now, jitter=jitter, policy=policy)
    after = _with_validators(before, _relaxed(after, brought.pushed_until, now), brought)
    if brought.is_push:
        after = due.after_push(before, after)
    events = [] if brought.is_push else _recovered(before, now)
    habits = moves.after_success(before, after.habits, fetched.permanent_url, now=now)
    if habits.address != before.habits.address:
        events.append(_moved(before, habits.address or before.feed.url, now))
    if isinstance(fetched, Fresh) and not brought.conditional:
        habits = replace(habits, probed_at=now)
        if (
            trust.is_lie(
                before, etag=fetched.etag, last_modified=fetched.last_modified, new=len(counted.published)
            )
            and before.habits.distrusted_at is None
        ):
            habits = replace(habits, distrusted_at=now)
            events.append(_event(before, EventKind.FEED_DISTRUSTED, now, _DISTRUSTED))
        elif before.habits.distrusted_at and now - before.habits.distrusted_at >= trust.DISTRUST:
            habits = replace(habits, distrusted_at=None)
    since = silence.silent_since(known, now=now)
    if since is not None and before.habits.silent_since is None:
        events.append(_silent(before, since, now))
    if since is None and before.habits.silent_since is not None and counted.published:
        detail = "It has news again."
        events.append(_event(before, EventKind.FEED_RECOVERED, now, detail, was="silent"))
    if counted.published or since is not None:
        habits = replace(habits, silent_since=since)
    events += _rolled_over(before, brought, known, now)
    return replace(after, habits=habits), events


_DISTRUSTED = (
    "Its server says that nothing has changed although there is news; it is asked without conditions "
    "for a month."
)


def _relaxed(after: FeedState, pushed_until: datetime | None, now: datetime) -> FeedState:
    """A feed that is pushed is polled for safety only; the plan is not made anew before that."""
    if pushed_until is None:
        return after
    at = leases.next_poll_at(after.next_poll_at, now=now, expires_at=pushed_until)
    why = Why.PUSHED if at > after.next_poll_at else after.habits.why
    return replace(after, next_poll_at=at, habits=replace(after.habits, planned_at=at, why=why))


def _with_validators(before: FeedState, after: FeedState, brought: Brought) -> FeedState:
    fetched = brought.fetched
    if isinstance(fetched, Unchanged):
        # A 304 may bring new validators (RFC 9111, 4.3.4); those that it does not name stay.
        return replace(
            after,
            etag=fetched.etag or before.etag,
            last_modified=fetched.last_modified or before.last_modified,
        )
    if brought.document.further or brought.waits:  # there is more to see though it stays the same
        forgotten = replace(after.habits, soft_hash=None)
        title = brought.document.title or before.title
        return replace(after, title=title, etag=None, last_modified=None, wire_hash=None, habits=forgotten)
    soft_hash = brought.soft_hash or before.habits.soft_hash
    return replace(
        after,
        title=brought.document.title or before.title,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        wire_hash=fetched.wire_hash,
        habits=replace(after.habits, soft_hash=soft_hash),
    )


def after_failure(
    before: FeedState, failed: Failed, *, now: datetime, jitter: float, policy: Policy
) -> tuple[FeedState, list[Event]]:
    """The state after a poll that brought nothing, and the events of it."""
    after = due.after_failure(
        before,
        now=now,
        jitter=jitter,
        policy=policy,
        reason=failed.reason,
        detail=failed.detail,
        retry_after=failed.retry_after,
    )
    settled = moves.after_failure(after)
    events = []
    if settled.habits.address != after.habits.address:
        events.append(_moved(before, before.feed.url, now, back=True))
        if after.next_poll_at == due.NEVER:
            settled = replace(settled, next_poll_at=now + due.CONFIRMATION)
    if settled.habits.gone_at and not before.habits.gone_at:
        detail = "Its server says, twice, that it is gone for good (410); it is no longer polled."
        events.append(_event(before, EventKind.FEED_GONE, now, detail))
    since = settled.habits.failing_since or now
    if now - since >= TOLD_AFTER and not _was_told(before):
        detail = f"It has failed {settled.failures} times in a row: {failed.reason}: {failed.detail}"
        facts = {"reason": str(failed.reason), "failures": settled.failures, "since": since.isoformat()}
        events.append(_event(before, EventKind.FEED_FAILING, now, detail, **facts))
    return settled, events


def asks_whole_host_to_wait(failed: Failed) -> bool:
    """Whether a failure is the host's word on all that comes from us."""
    return failed.status in (429, 503) and (
        failed.retry_after is not None or failed.reason is PollReason.RATE_LIMITED
    )


def _was_told(state: FeedState) -> bool:
    since, last = state.habits.failing_since, state.last_polled_at
    return since is not None and last is not None and last - since >= TOLD_AFTER


def _recovered(before: FeedState, now: datetime) -> list[Event]:
    was = "gone" if before.habits.gone_at else "failing" if _was_told(before) else None
    if was is None:
        return []
    return [_event(before, EventKind.FEED_RECOVERED, now, "It answers again.", was=was)]


def _moved(state: FeedState, target: str, now: datetime, *, back: bool = False) -> Event:
    detail = (
        f"Its new address fails; it is polled at {target} again."
        if back
        else f"It has moved to {target} for good and is polled there; put that into the configuration."
    )
    return _event(state, EventKind.FEED_MOVED, now, detail, to=target)


def _silent(state: FeedState, since: datetime, now: datetime) -> Event:
    days = (now - since).total_seconds() / 86400
    detail = f"It answers, but has had nothing new for {days:.0f} days, longer than is its habit."
    return _event(state, EventKind.FEED_SILENT, now, detail, since=since.isoformat())


def _rolled_over(before: FeedState, brought: Brought, known: rhythm.Rhythm, now: datetime) -> list[Event]:
    since, fetched = before.last_success_at, brought.fetched
    is_delta = isinstance(fetched, Fresh) and fetched.is_delta
    if since is None or not before.items_seen or brought.overlaps:
        return []
    if not loss.may_have_rolled_over(brought.listed, 0, is_delta=is_delta):
        return []
    dates = [article.published_at for article in brought.document.articles]
    unseen = loss.unseen(dates, since=since, now=now, rate=rhythm.rate(known, now=now))
    if not unseen:
        return []
    detail = (
        f"Nothing in it was known from the poll before: up to {unseen} articles may have come and gone "
        "in between."
    )
    return [_event(before, EventKind.FEED_ROLLED_OVER, now, detail, unseen=unseen)]


def _event(state: FeedState, kind: EventKind, now: datetime, detail: str, **facts: object) -> Event:
    return Event(kind, state.feed.url, now, detail, facts)
