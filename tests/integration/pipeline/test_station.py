"""The station and its daemon in this process: faults of our own, clocks that jump, leases that run out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import load
from monitor.daemon import Daemon
from monitor.errors import PollReason, StoreError
from monitor.fetch.outcome import FetchRequest, Unchanged
from monitor.pipeline.station import Station
from monitor.store import articles, feeds
from monitor.telemetry import logs
from tests.support.stored import add_article

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
A = "https://a.example/rss"


class Scripted:
    """A fetcher that does what it is told."""

    def __init__(self, answer: Callable[[], Awaitable[Unchanged]]) -> None:
        self._answer = answer
        self.visits = 0

    async def fetch(self, _request: FetchRequest) -> Unchanged:
        self.visits += 1
        return await self._answer()

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open."""


class Room:
    """A station over an SQLite file, with a clock."""

    def __init__(self, directory: Path) -> None:
        self.time = START
        (directory / "c.yaml").write_text(
            f"settings: {{database: 'sqlite:///{directory}/news.db'}}\n"
            f"feeds: ['{A}']\nchannels: {{desk: 'console://'}}\nrules: {{R: {{match: whales}}}}\n"
        )
        self.directory = directory

    def run(self, body: Callable[[Station], Awaitable[None]]) -> None:
        """Open a station, do it, close."""

        async def main() -> None:
            station = await Station.open(load(self.directory), now=lambda: self.time, random=lambda: 0.5)
            try:
                await body(station)
            finally:
                await station.close(drain=timedelta(seconds=5))

        asyncio.run(main())


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A station to be opened."""
    return Room(tmp_path)


async def unchanged() -> Unchanged:
    """The feed has nothing new."""
    return Unchanged()


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), StoreError("refused")])
def test_a_fault_of_ours_is_the_failure_of_that_feed(room: Room, error: Exception) -> None:
    """It is seen in the list of feeds and waits longer each time; a database in trouble is not its fault."""

    async def fail() -> Unchanged:
        raise error

    async def body(station: Station) -> None:
        station.ingest.fetcher = Scripted(fail)  # type: ignore[assignment]
        (state,) = await station.claim_due(9)
        if isinstance(error, StoreError):
            with pytest.raises(StoreError):
                await station.poll(state)
            return
        report = await station.poll(state)
        assert (report.reason, report.detail) == (PollReason.INTERNAL, "RuntimeError: a fault of ours")
        (kept,) = station.store.read(feeds.states)
        assert (kept.failures, kept.reason) == (1, PollReason.INTERNAL)
        assert kept.next_poll_at > room.time
        assert await station.claim_due(9) == []

    room.run(body)


def test_what_the_database_refuses_is_the_failure_of_that_feed(room: Room) -> None:
    """One article that cannot be stored: the daemon does not take it for a database in trouble."""

    async def body(station: Station) -> None:
        station.ingest.fetcher = Scripted(unchanged)  # type: ignore[assignment]
        (state,) = await station.claim_due(9)
        station.store.write(lambda conn: conn.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE OF etag ON feed WHEN NEW.failures = 0 "
            "BEGIN SELECT RAISE(ABORT, 'will not do'); END"
        ))  # fmt: skip
        report = await station.poll(state)
        assert report.reason is PollReason.INTERNAL
        assert "will not do" in report.detail

    room.run(body)


def test_a_feed_whose_lease_ran_out_is_not_polled_twice_at_once(room: Room) -> None:
    """The poll waits for its turn for longer than the lease; the tick gives it a new one instead."""

    async def body(station: Station) -> None:
        turn = asyncio.Event()

        async def wait() -> Unchanged:
            await turn.wait()
            return Unchanged()

        fetcher = Scripted(wait)
        station.ingest.fetcher = fetcher  # type: ignore[assignment]
        daemon = Daemon(room.directory, station, asyncio.Event())
        for _ in range(3):
            await daemon.polls.claim()
            await asyncio.sleep(0)
            room.time += timedelta(hours=1)
        (poll,) = daemon.polls.running.values()
        turn.set()
        await poll
        assert fetcher.visits == 1
        assert daemon.polls.running == {}
        (state,) = station.store.read(feeds.states)
        assert state.last_success_at == room.time

    room.run(body)


def test_what_is_late_is_polled_without_waiting_for_ticks(room: Room) -> None:
    """Of many feeds that are due, the next begin as soon as some have ended: one tick is enough for all."""
    settings, _, rest = (room.directory / "c.yaml").read_text().partition("}\n")
    entries = ", ".join(f"'https://{number}.example/rss'" for number in range(20))
    rest = rest.replace(f"'{A}'", entries)
    (room.directory / "c.yaml").write_text(f"{settings}, poll: {{concurrency: 4}}}}\n{rest}")

    async def body(station: Station) -> None:
        fetcher = Scripted(unchanged)
        station.ingest.fetcher = fetcher  # type: ignore[assignment]
        daemon = Daemon(room.directory, station, asyncio.Event())
        await daemon.polls.claim()
        most = 0
        while running := list(daemon.polls.running.values()):
            most = max(most, len(running))
            await asyncio.wait(running)
            await daemon.polls.claimed()
        assert fetcher.visits == 20
        assert most <= 4
        assert all(state.last_success_at for state in station.store.read(feeds.states))

    room.run(body)


def test_a_clock_set_ahead_removes_nothing(room: Room) -> None:
    """Ten years in a second make nothing old: the archive is not pruned by them."""

    async def body(station: Station) -> None:
        daemon = Daemon(room.directory, station, asyncio.Event())
        ref = await asyncio.to_thread(add_article, station.store, now=START)
        station.store.write(lambda conn: conn.exec_driver_sql("UPDATE article SET published_at = seen_at"))
        room.time += timedelta(days=3650)
        await daemon.chores.prune()
        assert station.store.read(lambda conn: articles.get(conn, ref.id)) is not None

    room.run(body)


def _default_interval(directory: Path, every: str) -> None:
    config = directory / "c.yaml"
    before = config.read_text().partition("settings: {database: ")[2].partition("}")[0].partition(",")[0]
    settings = f"settings: {{database: {before}, poll: {{every: {every}}}}}"
    config.write_text("\n".join([settings, *config.read_text().splitlines()[1:]]))


def test_a_shorter_default_interval_takes_effect_at_once(tmp_path: Path) -> None:
    """Once `settings: poll: every` is lowered, feeds are due that long after their last poll."""
    room = Room(tmp_path)
    _default_interval(tmp_path, "24h")
    due: list[datetime | None] = []

    async def poll(station: Station) -> None:
        station.ingest.fetcher = Scripted(unchanged)  # type: ignore[assignment]
        (state,) = await station.claim_due(10)
        await station.poll(state)
        due.append(station.store.read(feeds.next_due_at))

    async def look(station: Station) -> None:
        due.append(station.store.read(feeds.next_due_at))

    async def reload(station: Station) -> None:
        _default_interval(tmp_path, "10m")
        await station.apply(load(tmp_path), drain=timedelta(0))
        due.append(station.store.read(feeds.next_due_at))
        _default_interval(tmp_path, "12h")
        await station.apply(load(tmp_path), drain=timedelta(0))
        due.append(station.store.read(feeds.next_due_at))

    room.run(poll)
    _default_interval(tmp_path, "1h")
    room.run(look)
    room.run(reload)
    assert due[0] is not None
    assert due[0] > START + timedelta(hours=20)
    assert due[1:] == [START + timedelta(hours=1), *[START + timedelta(minutes=10)] * 2]


def test_secrets_of_the_configuration_before_stay_hidden(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """After a reload, what is still in flight may name a password that the configuration no longer has."""
    room = Room(tmp_path)
    config = tmp_path / "c.yaml"
    old, new = "json://user:Xyzzy-and-7@h.example", "json://user:Plugh-and-8@h.example"
    quiet = config.read_text().replace("console://", old)
    config.write_text(quiet)

    async def reload(station: Station) -> None:
        config.write_text(quiet.replace(old, new))
        await station.apply(load(tmp_path), drain=timedelta(0))
        logs.get("test").warning("late", detail="535 Xyzzy-and-7 and Plugh-and-8 refused")

    try:
        room.run(reload)
    finally:
        logging.getLogger().handlers.clear()  # they write to what `capfd` closes
    written = capfd.readouterr().err
    assert "535 *** and *** refused" in written
    assert "Xyzzy" not in written
