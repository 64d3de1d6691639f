"""Feeds and the state of their polls: who is due, who polls it, what was learnt.

A claim is a lease: it ends when the state is saved, when it is released, or by itself when its time
is up, so that a poller that died blocks a feed no longer than that. Decides no due times.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from monitor.model import Feed, FeedId, FeedState, FullText, Habits
from monitor.schedule import plan
from monitor.store import habits, statements
from monitor.store.compiled import Compiled
from monitor.store.statements import AnyRow
from monitor.store.tables import feed as table

_WINDOW = 4  # candidates looked at per feed wanted, to find enough hosts that are free
_ROUNDS = 8
# The later of the two; spelt as a choice because SQLite's max() and PostgreSQL's greatest() differ.
_RESTING_DUE_AT = case(
    (table.c.not_before > table.c.next_poll_at, table.c.not_before), else_=table.c.next_poll_at
)
# Rendered as the partial index of due feeds says it: `active`, or on SQLite `active = 1`.
_ACTIVE: ColumnElement[bool] = table.c.active
_CONFIGURED = (
    table.c.url,
    table.c.name,
    table.c.tags,
    table.c.language,
    table.c.every,
    table.c.allow_private,
    table.c.reading,
)


class Synced(NamedTuple):
    """What a sync changed."""

    added: int
    changed: int  # their settings, not their address
    returned: int  # were configured before, and are again; with the state they had
    removed: int  # no longer configured; their state is kept


def sync(conn: Connection, feeds: Iterable[Feed], *, now: datetime) -> Synced:
    """Make the configured feeds the active ones; new ones are due now.

    A removed feed's poll under way loses its lease, so that its result is dropped. A changed `every`
    brings the next poll forward when that is sooner; not that of a feed that fails or is gone. Cost: one
    pass over all feeds.
    """
    wanted: dict[str, Feed] = {}
    for feed in feeds:
        wanted.setdefault(feed.url, feed)
    known = {row.url: row for row in conn.execute(select(table.c.id, table.c.active, *_CONFIGURED))}
    added = [_new_row(feed, now) for url, feed in wanted.items() if url not in known]
    if added:
        # Another daemon on the same database may be adding them at this moment.
        conn.execute(statements.insert(conn, table).on_conflict_do_nothing(index_elements=["url"]), added)
    stale = [
        row for url, row in known.items() if url in wanted and not (row.active and _feed(row) == wanted[url])
    ]
    for chunk in statements.chunks(row.id for row in stale):
        _renew(conn, chunk, wanted, now)
    removed = [row.id for url, row in known.items() if row.active and url not in wanted]
    for chunk in statements.chunks(removed):
        conn.execute(update(table).where(table.c.id.in_(chunk)).values(active=False, owner=None))
    returned = sum(not row.active for row in stale)
    return Synced(len(added), len(stale) - returned, returned, len(removed))


def _new_row(feed: Feed, now: datetime) -> dict[str, Any]:
    return {
        "url": feed.url,
        **_settings(feed),
        "active": True,
        "added_at": now,
        "due_at": now,
        "next_poll_at": now,
        "title": "",
        "detail": "",
        "failures": 0,
        "items_seen": 0,
    }


def _settings(feed: Feed) -> dict[str, Any]:
    return {
        "name": feed.name,
        "tags": list(feed.tags),
        "language": feed.language,
        "every": feed.every,
        "allow_private": feed.allow_private,
        "reading": _reading(feed),
        "host": _host(feed.url),
    }


def _reading(feed: Feed) -> dict[str, Any] | None:
    """How the feed's documents are read; None for most."""
    values = {"source": feed.source, "options": feed.options, "full_text": feed.full_text}
    return values if feed.source or feed.options or feed.full_text is not FullText.NEVER else None


@lru_cache(maxsize=4_096)
def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:  # e.g. a broken IPv6 address: the fetch will say so
        return ""


def _renew(conn: Connection, ids: Sequence[int], wanted: Mapping[str, Feed], now: datetime) -> None:
    """Give feeds their new settings, and make them active."""
    for row in conn.execute(select(table).where(table.c.id.in_(ids))).all():
        feed = wanted[row.url]
        next_poll_at = row.next_poll_at
        if feed.every is not None and feed.every != row.every and not row.failures:
            next_poll_at = min(next_poll_at, (row.last_polled_at or now) + feed.every)
        leased = row.active and row.owner is not None
        due_at = row.due_at if leased else _later(next_poll_at, row.not_before)
        values = {**_settings(feed), "active": True, "next_poll_at": next_poll_at, "due_at": due_at}
        conn.execute(update(table).where(table.c.id == row.id).values(values))


def _later(next_poll_at: datetime, not_before: datetime | None) -> datetime:
    return max(next_poll_at, not_before or next_poll_at)


def claim_due(
    conn: Connection, *, now: datetime, limit: int, per_host: int, owner: str, lease: timedelta
) -> list[FeedState]:
    """Lease at most `limit` due feeds, longest due first, at most `per_host` of a host at a time.

    Leases that run already count towards their host. Two callers never get the same feed. A host
    with thousands of due feeds holds nobody up: it is stepped over once it has its share.
    """
    leased = _leased_per_host(conn, now)
    claimed: list[FeedState] = []
    for _ in range(_ROUNDS):
        wanted = limit - len(claimed)
        full = [host for host, count in leased.items() if count >= per_host]
        rows = _candidates(conn, now, wanted * _WINDOW, full) if wanted > 0 else []
        chosen = _choose(rows, leased, wanted, per_host)
        claimed += _lease(conn, chosen, now=now, owner=owner, lease=lease)
        if len(rows) < wanted * _WINDOW or not chosen:
            break
    return claimed


def _leased_per_host(conn: Connection, now: datetime) -> Counter[str]:
    statement = (
        select(table.c.host, func.count().label("number"))
        .where(table.c.owner.is_not(None), table.c.due_at > now)
        .group_by(table.c.host)
    )
    return Counter({row.host: row.number for row in conn.execute(statement)})


def _candidates(conn: Connection, now: datetime, count: int, full: list[str]) -> Sequence[AnyRow]:
    statement = (
        select(table.c.id, table.c.host)
        .where(_ACTIVE, table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.host, table.c.id)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    if full:
        statement = statement.where(table.c.host.not_in(full))
    return conn.execute(statement).all()


def _choose(rows: Sequence[AnyRow], leased: Counter[str], wanted: int, per_host: int) -> list[FeedId]:
    chosen: list[FeedId] = []
    for row in rows:
        if len(chosen) < wanted and leased[row.host] < per_host:
            leased[row.host] += 1
            chosen.append(row.id)
    return chosen


def claim(
    conn: Connection, urls: Sequence[str] | None, *, now: datetime, owner: str, lease: timedelta
) -> list[FeedState]:
    """Lease the named active feeds (None: all), due or not, except those that somebody else polls now.

    `not_before` is the caller's to look at: it is in the states returned.
    """
    statement = select(table.c.id).where(_ACTIVE, or_(table.c.owner.is_(None), table.c.due_at <= now))
    statement = statement.order_by(table.c.id).with_for_update(skip_locked=True)
    if urls is None:
        ids = list(conn.scalars(statement))
    else:
        chunks = statements.chunks(urls)
        ids = [id_ for chunk in chunks for id_ in conn.scalars(statement.where(table.c.url.in_(chunk)))]
    return _lease(conn, ids, now=now, owner=owner, lease=lease)


def _lease(
    conn: Connection, ids: Sequence[FeedId], *, now: datetime, owner: str, lease: timedelta
) -> list[FeedState]:
    states: dict[int, FeedState] = {}
    learnt = habits.get_many(conn, ids)
    for chunk in statements.chunks(ids):
        statement = (
            update(table)
            .where(table.c.id.in_(chunk))
            .values(owner=owner, due_at=now + lease)
            .returning(*table.c)
        )
        states |= {row.id: _state(row, learnt.get(row.id)) for row in conn.execute(statement)}
    return [states[id_] for id_ in ids if id_ in states]


_SAVED = (
    "next_poll_at title etag last_modified wire_hash first_polled_at last_polled_at last_success_at reason "
    "detail failures items_seen owner host"
).split()
_TOLD = bindparam("new_not_before", type_=table.c.not_before.type)
_ASKED = case(
    (table.c.not_before > _TOLD, table.c.not_before), else_=func.coalesce(_TOLD, table.c.not_before)
)
_NEXT = bindparam("new_next_poll_at", type_=table.c.next_poll_at.type)
_SAVE = Compiled(
    lambda _: (
        update(table)
        .where(table.c.id == bindparam("held_id"))
        .values({name: bindparam(f"new_{name}") for name in _SAVED})
        .values(not_before=_ASKED, due_at=case((_ASKED > _NEXT, _ASKED), else_=_NEXT))
    )
)


def save(conn: Connection, state: FeedState, *, owner: str) -> bool:
    """Keep what one poll learnt and release the lease; see `save_many`."""
    return state.id in save_many(conn, [state], owner=owner)


def save_many(conn: Connection, states: Sequence[FeedState], *, owner: str) -> set[FeedId]:
    """Keep what polls learnt, each of another feed, and release the leases; the ids of those kept.

    Not kept is one whose lease went to somebody else, or that was removed meanwhile. What another feed's
    poll has heard from the same host meanwhile (`hosts.hold`) stands. Cost: some 40 µs each.
    """
    found = held(conn, [state.id for state in states], owner=owner)
    kept = [state for state in states if state.id in found]
    _SAVE.run(conn, [_saved(state) for state in kept])
    habits.save_many(conn, [(state.id, state.habits) for state in kept])
    return found


def held(conn: Connection, ids: Iterable[FeedId], *, owner: str) -> set[FeedId]:
    """Those of these feeds whose lease is this owner's, locked. A removed feed has no owner."""
    found: set[FeedId] = set()
    for chunk in statements.chunks(ids):
        mine = table.c.id.in_(chunk) & (table.c.owner == owner)
        found |= set(conn.scalars(select(table.c.id).where(mine).with_for_update()))
    return found


def _saved(state: FeedState) -> dict[str, Any]:
    return {
        "held_id": state.id,
        "new_next_poll_at": state.next_poll_at,
        "new_not_before": state.not_before,
        "new_title": state.title,
        "new_etag": state.etag,
        "new_last_modified": state.last_modified,
        "new_wire_hash": state.wire_hash,
        "new_first_polled_at": state.first_polled_at,
        "new_last_polled_at": state.last_polled_at,
        "new_last_success_at": state.last_success_at,
        "new_reason": state.reason,
        "new_detail": state.detail,
        "new_failures": state.failures,
        "new_items_seen": state.items_seen,
        "new_owner": None,
        "new_host": _host(state.habits.address or state.feed.url),
    }


def hasten(conn: Connection, id_: FeedId, *, now: datetime) -> None:
    """Make an active feed due as soon as the least gap and its server permit.

    A poll under way stays what it is, and a feed that fails or is gone waits as it did.
    """
    resting = (table.c.id == id_) & _ACTIVE & table.c.owner.is_(None) & (table.c.failures == 0)
    row = conn.execute(select(table).where(resting).with_for_update()).one_or_none()
    if row is None:
        return
    at = now if row.last_polled_at is None else max(now, row.last_polled_at + plan.floor(_feed(row)))
    values = {"next_poll_at": at, "due_at": _later(at, row.not_before)}
    conn.execute(update(table).where(table.c.id == id_).values(values))


def renew(conn: Connection, ids: Iterable[FeedId], *, owner: str, until: datetime) -> None:
    """Prolong the leases that this owner still has on these feeds."""
    for chunk in statements.chunks(ids):
        mine = table.c.id.in_(chunk) & (table.c.owner == owner)
        conn.execute(update(table).where(mine).values(due_at=until))


def release(conn: Connection, *, owner: str | None) -> int:
    """Give back every lease of this owner (None: of all): those feeds are due when they were before."""
    whose = table.c.owner.is_not(None) if owner is None else table.c.owner == owner
    statement = update(table).where(whose).values(owner=None, due_at=_RESTING_DUE_AT)
    return conn.execute(statement).rowcount


def next_due_at(conn: Connection) -> datetime | None:
    """When the next feed is due, or a lease ends; None when there is no active feed."""
    statement = select(table.c.due_at).where(_ACTIVE).order_by(table.c.due_at).limit(1)
    return conn.scalar(statement)


def states(conn: Connection, *, active_only: bool = True) -> list[FeedState]:
    """All feeds in the order in which they were added."""
    statement = select(table).order_by(table.c.id)
    if active_only:
        statement = statement.where(_ACTIVE)
    learnt = habits.get_all(conn)
    return [_state(row, learnt.get(row.id)) for row in conn.execute(statement)]


def get_many(conn: Connection, ids: Iterable[FeedId]) -> list[FeedState]:
    """The states of these feeds, in the order of their ids."""
    wanted = sorted(ids)
    learnt = habits.get_many(conn, wanted)
    found: list[FeedState] = []
    for chunk in statements.chunks(wanted):
        rows = conn.execute(select(table).where(table.c.id.in_(chunk)).order_by(table.c.id))
        found += [_state(row, learnt.get(row.id)) for row in rows]
    return found


def _state(row: AnyRow, learnt: Habits | None) -> FeedState:
    return FeedState(
        id=row.id,
        feed=_feed(row),
        next_poll_at=row.next_poll_at,
        title=row.title,
        etag=row.etag,
        last_modified=row.last_modified,
        wire_hash=row.wire_hash,
        not_before=row.not_before,
        first_polled_at=row.first_polled_at,
        last_polled_at=row.last_polled_at,
        last_success_at=row.last_success_at,
        reason=row.reason,
        detail=row.detail,
        failures=row.failures,
        items_seen=row.items_seen,
        habits=learnt or Habits(),
    )


def _feed(row: AnyRow) -> Feed:
    return Feed(
        url=row.url,
        name=row.name,
        tags=tuple(row.tags),
        language=row.language,
        every=row.every,
        allow_private=row.allow_private,
        **_read_back(row.reading or {}),
    )


def _read_back(reading: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": reading.get("source", ""),
        "options": tuple((name, text) for name, text in reading.get("options", ())),
        "full_text": FullText(reading.get("full_text", FullText.NEVER)),
    }
