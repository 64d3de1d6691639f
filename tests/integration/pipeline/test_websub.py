"""WebSub between a whole station and a real hub: agreed, pushed, renewed, distrusted, left."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from monitor.config import load
from monitor.model import FeedState, Why
from monitor.pipeline.ingest import PollReport
from monitor.pipeline.station import Station
from monitor.schedule.leases import LeaseState
from monitor.schedule.plan import PRIVATE_FLOOR
from monitor.store import alerts, feeds, subscriptions
from monitor.store.subscriptions import Subscription
from tests.support import feeds as documents
from tests.support.feedserver import Answer, FeedServer
from tests.support.websubhub import Hub, Subscriber, call

NOW = datetime.now(UTC).replace(microsecond=0)


class Room:
    """A feed that names a hub, and stations that are opened over one database."""

    def __init__(self, directory: Path, server: FeedServer, hub: Hub) -> None:
        self.directory, self.server, self.hub = directory, server, hub
        self.now = NOW
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.topic = server.url("/feed")
        self.publish("First")
        self.configure(f"[{{url: '{self.topic}', allow_private: true}}]")

    def configure(self, entries: str) -> None:
        (self.directory / "c.yaml").write_text(
            f"settings:\n  database: 'sqlite:///{self.directory}/news.db'\n"
            "  poll: {host_gap: 0s, max_bytes: 20KiB}\n"
            f"  websub: {{listen: '127.0.0.1:{self.port}', public_url: 'http://127.0.0.1:{self.port}/websub'}}\n"
            f"feeds: {entries}\nchannels: {{desk: 'console://'}}\ndefaults: {{channels: [desk]}}\n"
            "rules: {R: whales}\n"
        )

    def document(self, *titles: str, age: timedelta = timedelta(0)) -> bytes:
        at = (self.now - age).strftime("%a, %d %b %Y %H:%M:%S GMT")
        items = (f"<guid>{title}</guid><title>{title}</title><pubDate>{at}</pubDate>" for title in titles)
        return documents.rss(*items)

    def publish(self, *titles: str, age: timedelta = timedelta(0)) -> None:
        """What a poll of the feed brings from now on."""
        links = f'<{self.hub.url}>; rel="hub", <{self.topic}>; rel=self'
        self.server.serve("/feed", Answer(self.document(*titles, age=age), headers={"Link": links}))

    @asynccontextmanager
    async def station(self):
        station = await Station.open(load(self.directory), now=lambda: self.now, random=lambda: 0.5)
        try:
            await station.listen()
            yield station
        finally:
            await station.close(drain=timedelta(seconds=5))

    async def poll(self, station: Station) -> PollReport:
        (state,) = await station.claim(None)
        return await station.poll(state)

    async def subscribe(self, station: Station) -> Subscriber:
        """From the first poll to a verified subscription."""
        count = len(self.hub.subscribers)
        await self.poll(station)
        await station.tend_hubs()
        return await asyncio.to_thread(self.hub.wait_for, "subscribe", count + 1)

    def subscription(self, station: Station) -> Subscription | None:
        found = station.store.read(subscriptions.get_all)
        return found[0] if found else None

    def state(self, station: Station) -> FeedState:
        (state,) = station.store.read(lambda conn: feeds.states(conn, active_only=False))
        return state

    def told(self, station: Station) -> list[str]:
        found = station.store.read(lambda conn: alerts.recent(conn, limit=99))
        return [alert.article.title for alert in reversed(found) if alert.article]

    def run(self, play: Callable[[Station], Awaitable[None]]) -> None:
        async def main() -> None:
            async with self.station() as station:
                await play(station)

        asyncio.run(main())


@pytest.fixture
def hub():
    with Hub() as running:
        yield running


@pytest.fixture
def room(tmp_path, hub):
    with FeedServer() as server:
        yield Room(tmp_path, server, hub)


async def push(room: Room, subscriber: Subscriber, *titles: str, **options: str) -> int:
    return await asyncio.to_thread(room.hub.push, subscriber, room.document(*titles), **options)


def test_a_feed_that_names_a_hub_is_subscribed_to_and_then_polled_rarely(room):
    """The hub verifies; one poll as soon as may be catches up, and the next is for safety."""

    async def play(station: Station) -> None:
        subscriber = await room.subscribe(station)
        assert (subscriber.verified, subscriber.topic) == (True, room.topic)
        assert room.state(station).next_poll_at == NOW + PRIVATE_FLOOR
        await room.poll(station)
        assert room.state(station).next_poll_at == NOW + timedelta(hours=6)
        assert room.state(station).habits.why is Why.PUSHED

    room.run(play)


def test_a_push_is_told_at_once(room):
    """Acknowledged when it is committed; the feed's own server is not asked."""

    async def play(station: Station) -> None:
        subscriber = await room.subscribe(station)
        asked = len(room.server.requests)
        assert await push(room, subscriber, "Whales seen") == 202
        assert room.told(station) == ["Whales seen"]
        assert len(room.server.requests) == asked

    room.run(play)


@pytest.mark.parametrize("secret", ["guess", ""])
def test_a_push_without_the_right_signature_is_dropped(room, secret):
    """Politely, so that nobody learns which it was."""

    async def play(station: Station) -> None:
        subscriber = await room.subscribe(station)
        assert await push(room, subscriber, "Whales forged", secret=secret) == 202
        assert room.told(station) == []

    room.run(play)


def test_a_push_that_is_repeated_is_taken_once(room):
    """A recorded push sent again makes no work."""

    async def play(station: Station) -> None:
        subscriber = await room.subscribe(station)
        for _ in range(2):
            assert await push(room, subscriber, "Whales seen", algorithm="sha1") == 202
        assert room.told(station) == ["Whales seen"]
        assert room.state(station).items_seen == 2

    room.run(play)


def test_a_push_that_is_too_large_or_no_feed_does_no_harm(room):
    """The one is refused; of the other the feed is polled instead."""

    async def play(station: Station) -> None:
        subscriber = await room.subscribe(station)
        assert await asyncio.to_thread(room.hub.push, subscriber, b"x" * 30_000) == 413
        await room.poll(station)
        assert await asyncio.to_thread(room.hub.push, subscriber, b"<html>") == 202
        assert room.state(station).next_poll_at == NOW + PRIVATE_FLOOR
        assert room.state(station).failures == 0

    room.run(play)


def test_nobody_else_can_subscribe_us(room):
    """Wrong tokens, topics and modes, and a verification that nobody asked for, are not found."""

    async def play(station: Station) -> None:
        subscriber = await room.subscribe(station)
        good = {
            "hub.mode": "subscribe",
            "hub.topic": room.topic,
            "hub.challenge": "c",
            "hub.lease_seconds": "9",
        }
        base = subscriber.callback.rpartition("/")[0]
        for url, query in (
            (f"{base}/{'0' * 48}", good),
            (subscriber.callback, good),  # it is verified already
            (subscriber.callback, {**good, "hub.topic": "https://other.example/"}),
            (subscriber.callback, {**good, "hub.mode": "unsubscribe"}),
        ):
            status, _ = await asyncio.to_thread(call, f"{url}?{urlencode(query)}")
            assert status == 404
        assert await asyncio.to_thread(call, f"{base}/{'0' * 48}", b"x") == (404, "no such subscription")

    room.run(play)


def test_a_lease_is_renewed_before_it_ends(room, hub):
    """At two thirds of it, with the same callback."""

    async def play(station: Station) -> None:
        first = await room.subscribe(station)
        room.now += timedelta(days=6)
        await station.tend_hubs()
        assert len(hub.subscribers) == 1
        room.now += timedelta(days=1)
        await station.tend_hubs()
        second = await asyncio.to_thread(hub.wait_for, "subscribe", 2)
        assert (second.verified, second.callback) == (True, first.callback)
        held = room.subscription(station)
        assert held is not None
        assert held.expires_at == room.now + timedelta(days=10)

    room.run(play)


def test_a_lease_that_ends_gives_the_feed_back_to_polling(room, hub):
    """A hub that no longer verifies is left, the feed polled now, and the hub asked again later."""

    async def play(station: Station) -> None:
        subscriber = await room.subscribe(station)
        await room.poll(station)
        hub.silent = True
        room.now += timedelta(days=7)
        await station.tend_hubs()
        await asyncio.to_thread(hub.wait_for, "subscribe", 2)
        room.now += timedelta(days=4)
        assert await push(room, subscriber, "Whales late") == 410
        await station.tend_hubs()
        left = room.subscription(station)
        assert left is not None
        assert (left.state, left.act_at) == (LeaseState.FAILED, room.now + timedelta(hours=1))
        assert room.state(station).next_poll_at == room.now
        assert station.ingest.hubs is not None
        assert station.ingest.hubs.pushed_until(left.feed_id) is None

    room.run(play)


def test_news_that_were_not_pushed_end_the_trust(room):
    """A poll that finds what a push should have brought: back to polling, told in the log."""

    async def play(station: Station) -> None:
        await room.subscribe(station)
        await room.poll(station)
        room.now += timedelta(hours=6)
        room.publish("First", "Whales unpushed", age=timedelta(hours=1))
        await room.poll(station)
        left = room.subscription(station)
        assert left is not None
        assert (left.state, left.detail) == (LeaseState.FAILED, "1 articles were not pushed")

    room.run(play)


def test_a_hub_that_refuses_is_asked_again_later(room, hub):
    """After an hour, and then after two."""
    hub.status = 500

    async def play(station: Station) -> None:
        await room.poll(station)
        for hours in (1, 2):
            await station.tend_hubs()
            item = room.subscription(station)
            assert item is not None
            assert (item.state, item.act_at) == (LeaseState.FAILED, room.now + timedelta(hours=hours))
            assert "server_error: HTTP 500" in item.detail
            room.now += timedelta(hours=hours)
        assert room.state(station).next_poll_at <= NOW + timedelta(hours=1)

    room.run(play)


def test_a_hub_that_never_verifies_is_given_up_for_now(room, hub):
    """Ten minutes are enough."""
    hub.silent = True

    async def play(station: Station) -> None:
        await room.subscribe(station)
        room.now += timedelta(minutes=10)
        await station.tend_hubs()
        item = room.subscription(station)
        assert item is not None
        assert item.detail == "the hub did not verify the subscription"

    room.run(play)


def test_subscriptions_outlive_a_restart(room):
    """The same callback and secret are good for pushes to the next process."""
    kept: list[Subscriber] = []

    async def first(station: Station) -> None:
        kept.append(await room.subscribe(station))
        await room.poll(station)

    async def second(station: Station) -> None:
        assert await push(room, kept[0], "Whales after the restart") == 202
        assert room.told(station) == ["Whales after the restart"]
        assert room.state(station).next_poll_at == NOW + timedelta(hours=6)

    room.run(first)
    room.run(second)


def test_a_feed_that_is_removed_is_unsubscribed_from(room, hub):
    """The hub is told, confirms, and the subscription is forgotten."""

    async def first(station: Station) -> None:
        await room.subscribe(station)

    room.run(first)
    room.configure("[https://other.example/rss]")
    room.run(lambda station: _forgotten(room, hub, station))


async def _forgotten(room: Room, hub: Hub, station: Station) -> None:
    await station.tend_hubs()
    left = await asyncio.to_thread(hub.wait_for, "unsubscribe")
    assert left.verified
    assert room.subscription(station) is None
