"""WebSub: asks hubs for pushes of the feeds that name one, answers their calls, takes pushes in.

A hub's call counts only for a subscription of ours in the state that it speaks of; a push only with
our secret's signature, once, and is answered when it is committed. What is to be done when is
`monitor.schedule.leases`'s to say; all of it is kept in the database, so a restart forgets nothing.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection

from monitor.fetch.callback import Call, Reply
from monitor.fetch.http import Fetcher
from monitor.fetch.outcome import Fresh
from monitor.model import Document, FeedId, FeedState
from monitor.schedule import leases
from monitor.schedule.leases import LeaseState
from monitor.store import Store, feeds, subscriptions
from monitor.store.subscriptions import Subscription
from monitor.telemetry import logs

T = TypeVar("T")
log = logs.get(__name__)

BATCH = 50  # subscriptions looked after in one tick
_REMEMBERED = 1_000  # pushes, to know a repeat
_NOT_FOUND = Reply(404, "no such subscription")

Receive = Callable[[str, Fresh], Awaitable[bool]]
"""Takes what was pushed for a feed's address; whether it is committed."""


@dataclass(slots=True)
class Hubs:
    """All subscriptions. `base` is the callback's address, up to the token."""

    store: Store
    fetcher: Fetcher
    receive: Receive
    now: Callable[[], datetime]
    base: str
    pushed: dict[FeedId, Subscription] = field(default_factory=dict)  # the active ones
    _seen: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    async def load(self) -> None:
        """Learn from the database which feeds are pushed."""
        now = self.now()
        found = await self._read(subscriptions.get_all)
        self.pushed = {item.feed_id: item for item in found if _holds(item, now)}

    async def _read(self, function: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self.store.read, function)

    async def _write(self, function: Callable[[Connection], None]) -> None:
        await asyncio.wrap_future(self.store.submit(function))

    # --- what polls tell ----------------------------------------------------------------------

    def pushed_until(self, feed_id: FeedId) -> datetime | None:
        """When the lease of a feed ends that is pushed now; None for one that is not."""
        item = self.pushed.get(feed_id)
        return item.expires_at if item is not None and _holds(item, self.now()) else None

    async def note(self, state: FeedState, fetched: Fresh, document: Document) -> None:
        """A feed was read: if it names a hub that it did not name before, ask there."""
        hub = fetched.hub or document.hub
        topic = fetched.topic or document.topic or fetched.url
        known = await self._read(lambda conn: subscriptions.of_feed(conn, state.id))
        if not hub or (known is not None and (known.hub, known.topic) == (hub, topic)):
            return
        now = self.now()
        item = Subscription(
            state.id, state.feed.url, hub, topic, _token(), _token(), LeaseState.FAILED, act_at=now
        )
        await self._save(item)

    async def judge(self, state: FeedState, published: Sequence[datetime | None]) -> None:
        """A poll of a pushed feed found these new: what a push should have brought ends the trust."""
        item = self.pushed.get(state.id)
        if item is None or item.verified_at is None:
            return
        now = self.now()
        late = [at for at in published if leases.missed(at, now=now) and at and at > item.verified_at]
        if late:
            await self._fail(item, f"{len(late)} articles were not pushed")

    # --- what is to be done -------------------------------------------------------------------

    async def tend(self) -> None:
        """Do what is due: subscribe, renew, give up, leave."""
        now = self.now()
        for item in await self._read(lambda conn: subscriptions.due(conn, now=now, limit=BATCH)):
            await self._tend(item, now)

    async def _tend(self, item: Subscription, now: datetime) -> None:
        if item.state is LeaseState.LEAVING or (not item.wanted and item.state is not LeaseState.ACTIVE):
            await self._forget(item)
        elif not item.wanted:
            await self._ask(
                replace(item, state=LeaseState.LEAVING, act_at=now + leases.PATIENCE), "unsubscribe"
            )
        elif item.state is LeaseState.PENDING:
            await self._fail(item, "the hub did not verify the subscription")
        elif item.state is LeaseState.FAILED:
            anew = replace(item, token=_token(), secret=_token(), state=LeaseState.PENDING, verified_at=None)
            await self._ask(replace(anew, act_at=now + leases.PATIENCE), "subscribe")
        elif item.expires_at is None or item.expires_at <= now:
            await self._fail(item, "the lease ended before it was renewed")
        else:
            again = min(leases.retry_at(now, item.failures + 1), item.expires_at)
            await self._ask(replace(item, failures=item.failures + 1, act_at=again), "subscribe")

    async def _ask(self, item: Subscription, mode: str) -> None:
        """Keep the new state first: the hub may call back before it answers."""
        await self._save(item)
        form = {
            "hub.mode": mode,
            "hub.topic": item.topic,
            "hub.callback": self.base + item.token,
            "hub.lease_seconds": str(int(leases.LEASE.total_seconds())),
            "hub.secret": item.secret,
        }
        # A private feed may have its hub beside it, on the same machine; no feed may name another.
        allow_private = item.allow_private and _host(item.hub) == _host(item.url)
        failed = await self.fetcher.post(item.hub, urlencode(form).encode(), allow_private=allow_private)
        if failed is not None and item.state is LeaseState.PENDING:
            await self._fail(item, f"{failed.reason}: {failed.detail}")
        elif failed is not None:
            log.warning("websub_failed", feed=item.url, hub=item.hub, detail=f"{mode}: {failed.detail}")

    async def _fail(self, item: Subscription, detail: str) -> None:
        failures = item.failures + 1 if item.state is not LeaseState.ACTIVE else 1
        at = leases.retry_at(self.now(), failures)
        log.warning("websub_failed", feed=item.url, hub=item.hub, detail=detail)
        await self._save(
            replace(item, state=LeaseState.FAILED, act_at=at, failures=failures, detail=detail[:300]),
            hasten=item.state is LeaseState.ACTIVE,
        )

    async def _save(self, item: Subscription, *, hasten: bool = False) -> None:
        """Keep it; with `hasten`, the feed is polled now, since its news may have gone elsewhere."""
        now = self.now()

        def write(conn: Connection) -> None:
            subscriptions.save(conn, item)
            if hasten:
                feeds.hasten(conn, item.feed_id, now=now)

        await self._write(write)
        if _holds(item, now):
            self.pushed[item.feed_id] = item
        else:
            self.pushed.pop(item.feed_id, None)

    async def _forget(self, item: Subscription) -> None:
        await self._write(lambda conn: subscriptions.remove(conn, item.feed_id))
        self.pushed.pop(item.feed_id, None)

    # --- what hubs say ------------------------------------------------------------------------

    async def answer(self, call: Call) -> Reply:
        """Answer a hub's call."""
        item = await self._read(lambda conn: subscriptions.by_token(conn, call.token))
        if item is None:
            return _NOT_FOUND
        if call.method == "POST":
            return await self._take(item, call)
        mode = call.query.get("hub.mode", "")
        if call.query.get("hub.topic") != item.topic:
            return _NOT_FOUND
        if mode == "denied" and item.state is LeaseState.PENDING:
            await self._fail(item, f"the hub refused: {call.query.get('hub.reason', '')[:200]}")
            return Reply(200)
        challenge = call.query.get("hub.challenge", "")
        if mode == "unsubscribe" and item.state is LeaseState.LEAVING:
            await self._forget(item)
            return Reply(200, challenge)
        is_asked = item.state is LeaseState.PENDING or (item.state is LeaseState.ACTIVE and item.failures > 0)
        if mode != "subscribe" or not is_asked or not challenge:
            return _NOT_FOUND
        await self._activate(item, call.query)
        return Reply(200, challenge)

    async def _activate(self, item: Subscription, query: Mapping[str, str]) -> None:
        now, is_new = self.now(), item.state is LeaseState.PENDING
        lease = leases.lease_of(query.get("hub.lease_seconds", ""))
        held = replace(
            item,
            state=LeaseState.ACTIVE,
            act_at=leases.renew_at(now, lease),
            expires_at=now + lease,
            verified_at=now if is_new else item.verified_at,
            failures=0,
            detail="",
        )
        # A first poll brings what was published before the hub knew of us.
        await self._save(held, hasten=is_new)
        log.info(
            "websub_subscribed", feed=item.url, hub=item.hub, until=held.expires_at and str(held.expires_at)
        )

    async def _take(self, item: Subscription, call: Call) -> Reply:
        """A push: dropped without a word when its signature is wrong, acknowledged when it is committed."""
        if item.state is LeaseState.LEAVING or not _holds(item, self.now()):
            return Reply(410, "no longer subscribed")
        if not leases.is_signed(call.body, call.headers, item.secret):
            log.warning("websub_dropped", feed=item.url, reason="signature")
            return Reply(202)
        mark = blake2b(item.token.encode() + b"\0" + call.body, digest_size=16).digest()
        if mark in self._seen:
            log.info("websub_dropped", feed=item.url, reason="repeat")
            return Reply(202)
        content_type = call.headers.get("content-type", "")[:200]
        if not await self.receive(item.url, Fresh(call.body, item.topic, content_type, is_delta=True)):
            return Reply(503, "try again")
        self._seen[mark] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return Reply(202)


def _holds(item: Subscription, now: datetime) -> bool:
    return item.state is LeaseState.ACTIVE and item.expires_at is not None and item.expires_at > now


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _token() -> str:
    return secrets.token_hex(24)
