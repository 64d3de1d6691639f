"""The daemon's life on one page: start, tick, reload, stop.

APScheduler only ticks (is a feed due? has the configuration changed? sweep, beat); due times live in
the database. Polls run as tasks on the event loop, sends in threads of their own. What a poll and a
send do is told in `monitor.pipeline`.

Signals: SIGTERM and SIGINT drain (polls and sends in flight may end, the rest stays in the database) and
end the program well, within ten seconds; a second one ends it at once. SIGHUP reloads the
configuration, as does a change of its files.
"""

import asyncio
import contextlib
import gc
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection

from monitor import __version__
from monitor.config import Config, load, reload
from monitor.config.schema import Poll
from monitor.errors import ConfigError, MonitorError, StoreError
from monitor.model import FeedId, FeedState
from monitor.pipeline.station import Station
from monitor.store import heartbeat, outbox, prune, sketches
from monitor.telemetry import logs, systemd

log = logs.get(__name__)

TICK = timedelta(seconds=1)
RELOAD_TICK = timedelta(seconds=2)
BEAT_TICK = timedelta(seconds=10)
SWEEP_TICK = timedelta(seconds=15)
LOOK_TICK = timedelta(minutes=1)
PRUNE_TICK = timedelta(hours=1)
PACE_TICK = timedelta(minutes=1)
HUB_TICK = timedelta(seconds=5)
PRUNE_BATCH = 500  # rows: a fraction of a second in the writer
DRAIN = timedelta(seconds=15)  # for the sends of channels that a reload replaces
LAST_DRAIN = timedelta(seconds=5)  # for polls and sends together, at the end
GRACE = timedelta(seconds=9)  # from the signal to the end of the process: containers are given ten
STORE_PAUSE = timedelta(seconds=15)
LAST_WORD = timedelta(seconds=1)  # another process may hold the database for much longer
SLOW = timedelta(seconds=10)  # for a tick: something holds the database up
CLOCK_JUMP = timedelta(seconds=5)
_LEAST_TICK = 0.1  # seconds
_REFILLED = 0.75  # of the room for polls: a claim costs as much for one feed as for a few


class Daemon:
    """One run of the daemon over one open station."""

    def __init__(self, directory: Path, station: Station, stop: asyncio.Event, *, speed: float = 1.0) -> None:
        self._directory = directory
        self._station = station
        self._speed = speed
        self._watch = reload.Watch(station.config.fingerprint)
        self._polls: dict[FeedId, asyncio.Task[None]] = {}
        self._hangup: asyncio.Task[None] | None = None
        self._hung_up_again = False
        self._claiming = asyncio.Lock()
        self._is_behind = False  # more was due than there was room for
        self._claim_more = self._guarded(self._claim)
        self._claimer: asyncio.Task[None] | None = None
        self._reloading = asyncio.Lock()
        self._stop = stop
        self._paused_until = 0.0  # on the monotonic clock
        self._reload_is_good = True
        self._first_drift = self._drift()
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            # The library's defaults would drop a tick that is a second late, in silence.
            # A tick that finds the one before it still at work steps aside by itself, see `_guarded`; were it
            # left to the library, each would be a warning.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )

    async def serve(self, on_stop: Callable[[timedelta], None] = lambda _: None) -> None:
        """Run until told to stop, then drain."""
        await self._station.listen()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._on_hangup)
        for tick, every in (
            (self._claim, TICK),
            (self._watch_files, RELOAD_TICK),
            (self._beat, BEAT_TICK),
            (self._sweep, SWEEP_TICK),
            (self._look, LOOK_TICK),
            (self._prune, PRUNE_TICK),
            (self._station.pace, PACE_TICK),
            (self._station.tend_hubs, HUB_TICK),
        ):
            seconds = max(_LEAST_TICK, every.total_seconds() / self._speed)
            self._scheduler.add_job(self._guarded(tick), "interval", seconds=seconds)
        gc.freeze()  # the configuration stays: with many rules, to search it for garbage takes a second
        self._scheduler.start()
        clock = asyncio.create_task(self._watch_clock())
        await self._guarded(self._beat)()
        await self._guarded(self._claim)()
        systemd.notify("READY=1")
        log.info("ready", version=__version__, configuration=self._station.config.summary)
        await self._stop.wait()
        on_stop(GRACE)
        systemd.notify("STOPPING=1")
        clock.cancel()
        await self._drain()

    # --- ticks ----------------------------------------------------------------------------------

    def _guarded(self, tick: Callable[[], Awaitable[None]]) -> Callable[[], Coroutine[Any, Any, None]]:
        """The tick with the one broad except of its loop. A database in trouble pauses all ticks a while.

        Of one tick there is never more than one at work; when it takes long, one line says so.
        """
        name = getattr(tick, "__name__", "shift")
        begun_at: float | None = None
        is_told = False

        async def run() -> None:
            nonlocal begun_at, is_told
            now = time.monotonic()
            if begun_at is not None:
                if now - begun_at > SLOW.total_seconds() and not is_told:
                    is_told = True
                    log.warning("tick_slow", tick=name)
                return
            if self._stop.is_set() or now < self._paused_until:
                return
            begun_at, is_told = now, False
            try:
                await tick()
            except StoreError as error:
                self._pause(error)
            except asyncio.CancelledError:
                if not self._stop.is_set():  # else the scheduler's shutdown cut it short, as it should
                    raise
            except Exception:
                log.exception("tick_failed", tick=name)
            finally:
                begun_at = None

        return run

    def _pause(self, error: StoreError) -> None:
        if self._station.store.broken is not None:
            log.critical("storage", error=str(error), paused_for=None)
            self._stop.set()  # going on would build on damaged data
            return
        self._paused_until = time.monotonic() + STORE_PAUSE.total_seconds()
        self._station.watch.note_trouble(str(error))
        log.error("storage", error=str(error), paused_for=STORE_PAUSE.total_seconds())

    async def _claim(self) -> None:
        """Begin polling what is due, as far as there is room."""
        async with self._claiming:
            free = self._station.config.settings.poll.concurrency - len(self._polls)
            if free <= 0:
                return
            claimed = await self._station.claim_due(free)
            self._is_behind = len(claimed) >= free
            for state in claimed:
                if state.id not in self._polls:  # else its lease ran out while it waits: now it has a new one
                    self._polls[state.id] = asyncio.create_task(self._poll(state))

    async def _poll(self, state: FeedState) -> None:
        try:
            await self._station.poll(state)
        except StoreError as error:
            self._pause(error)
        except Exception:  # one feed must never stop the others; its lease runs out by itself
            log.exception("poll_failed", feed=state.feed.url)
        finally:
            del self._polls[state.id]
            self._refill()

    def _refill(self) -> None:
        """After an outage the next tick is not waited for, once a good part of the room is free."""
        room = self._station.config.settings.poll.concurrency
        is_claiming = self._claimer is not None and not self._claimer.done()
        if self._is_behind and not is_claiming and len(self._polls) <= room * _REFILLED:
            self._claimer = asyncio.create_task(self._claim_more())

    async def _look(self) -> None:
        """Tell what is wrong with feeds, rules, channels and the storage, and what is over."""
        told = await asyncio.to_thread(self._station.watch.look)
        if told:
            log.warning("watch", notices=told)
            self._station.dispatcher.wake()

    async def _sweep(self) -> None:
        """Take back deliveries whose sender died, let the channels look for due ones, keep our own leases."""
        await self._station.renew(list(self._polls))
        swept = await self._station.write(lambda conn: outbox.sweep(conn, now=self._station.now()))
        if swept:
            log.warning("swept", deliveries=swept)
        await self._station.settle_orphans()
        oldest = await asyncio.to_thread(self._station.store.read, outbox.oldest_due_at)
        if oldest is not None and oldest <= self._station.now():
            self._station.dispatcher.wake()  # e.g. made due by `deliveries retry` in another process

    async def _prune(self) -> None:
        """Remove what is older than the retention, in batches that let other writes through."""
        # A clock that was set ahead makes nothing old: what has passed since the start is what counts.
        ahead = timedelta(seconds=max(0.0, self._drift() - self._first_drift))
        now = self._station.now() - ahead
        before, compared_before = now - self._station.config.settings.retention, now - sketches.MEMORY
        one_batch = partial(prune.prune, before=before, compared_before=compared_before, limit=PRUNE_BATCH)
        articles = alerts = 0
        while not self._stop.is_set():
            batch = await self._station.write(one_batch)
            articles += batch.articles
            alerts += batch.alerts
            if batch.is_whole(PRUNE_BATCH):
                break
        if articles or alerts:
            log.info("pruned", articles=articles, alerts=alerts)

    async def _beat(self) -> None:
        """Leave a sign of life where `newsmonitor health` finds it."""
        facts = {
            "version": __version__,
            "pid": os.getpid(),
            "polls_in_flight": len(self._polls),
            "paused_channels": self._station.dispatcher.paused(),
            "last_reload_good": self._reload_is_good,
            "disabled_rules": dict(self._station.config.ruleset.disabled),
        }
        systemd.notify("WATCHDOG=1")  # says that the loop turns; the database may be away for a while
        await self._station.write(partial(self._leave_sign, facts=facts, now=self._station.now()))

    def _leave_sign(self, conn: Connection, *, facts: dict[str, object], now: datetime) -> None:
        name = heartbeat.daemon(self._station.owner)
        heartbeat.beat(conn, now=now, facts=facts, name=name)
        heartbeat.retire(conn, beside=name, alone=self._station.store.is_mine_alone, now=now)

    async def _watch_clock(self) -> None:
        """When the wall clock jumps, move the due times with it: APScheduler and the database live by it."""
        before, owed = self._drift(), 0.0
        while True:
            await asyncio.sleep(TICK.total_seconds())
            now = self._drift()
            jump, before = now - before, now
            if abs(jump) >= CLOCK_JUMP.total_seconds() * self._speed:
                log.warning("clock_jumped", seconds=round(jump, 1))
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=self._station.now())
                owed += jump
            if owed:
                try:
                    await self._station.shift(timedelta(seconds=owed))
                except StoreError as error:  # owed until the database is back
                    self._pause(error)
                else:
                    owed = 0.0

    def _drift(self) -> float:
        return self._station.now().timestamp() - time.monotonic() * self._speed

    # --- reload ---------------------------------------------------------------------------------

    async def _watch_files(self) -> None:
        reading = await asyncio.to_thread(reload.fingerprint, self._directory)
        self._watch, changed = self._watch.see(reading)
        if changed:
            await self._reload()

    async def _reload(self) -> None:
        """Take the new configuration whole, or keep the old one and say why."""
        async with self._reloading:
            systemd.notify("RELOADING=1")
            try:
                config = await asyncio.to_thread(load, self._directory, before=self._station.config)
                self._warn_of_restart(config)
                await self._station.apply(config, drain=DRAIN)
            except MonitorError as error:
                self._reload_is_good = False
                if isinstance(error, StoreError):  # no fault of the files': read them again
                    self._watch = reload.Watch(self._station.config.fingerprint)
                problems = error.problems if isinstance(error, ConfigError) else ()
                log.error(
                    "reload_failed",
                    kept=self._station.config.summary,
                    problems=[str(problem) for problem in problems] or [str(error)],
                )
            else:
                self._reload_is_good = True
                self._watch = reload.Watch(config.fingerprint)
                log.info("reloaded", configuration=config.summary)
            systemd.notify("READY=1")
            # Matching goes on meanwhile, and so does everything else but the next reload.
            await asyncio.to_thread(self._station.config.ruleset.compact)
            gc.collect()
            gc.freeze()
        await self._guarded(self._claim)()

    def _warn_of_restart(self, config: Config) -> None:
        old, new = self._station.config.settings, config.settings
        if old.database != new.database:
            log.warning("restart_needed", setting="settings.database")
        if old.poll.model_copy(update=_taken_up(new.poll)) != new.poll or old.contact != new.contact:
            log.warning("restart_needed", setting="settings.poll")
        if old.websub != new.websub:
            log.warning("restart_needed", setting="settings.websub")

    # --- the end --------------------------------------------------------------------------------

    def _on_hangup(self) -> None:
        """One reload now, and at most one more after it, however many signals come."""
        self._hung_up_again = True
        if self._hangup is None or self._hangup.done():
            self._hangup = asyncio.create_task(self._reload_as_asked())

    async def _reload_as_asked(self) -> None:
        while self._hung_up_again and not self._stop.is_set():
            self._hung_up_again = False
            await self._reload()

    async def _drain(self) -> None:
        """Stop ticking, let polls and sends in flight end. What does not is taken up at the next start."""
        self._scheduler.shutdown(wait=False)
        sends = asyncio.create_task(asyncio.to_thread(self._station.dispatcher.stop, LAST_DRAIN))
        under_way = {*self._polls.values(), *({self._hangup} if self._hangup else ())}
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=LAST_DRAIN.total_seconds())
            for task in late:
                task.cancel()
        await sends
        with contextlib.suppress(StoreError, TimeoutError):  # without it `health` hears of it a minute later
            now = self._station.now()
            facts: dict[str, object] = {"version": __version__, "stopped": True}
            async with asyncio.timeout(LAST_WORD.total_seconds()):
                await self._station.write(partial(self._leave_sign, facts=facts, now=now))


def _taken_up(poll: Poll) -> dict[str, object]:
    """What of the polling takes effect with a reload."""
    return {"every": poll.every, "requests_per_day": poll.requests_per_day, "retry_after": poll.retry_after}


async def serve(
    directory: Path,
    config: Config,
    *,
    now: Callable[[], datetime],
    on_stop: Callable[[timedelta], None] = lambda _: None,
    speed: float = 1.0,
) -> None:
    """Open everything, run until told to stop, close everything. Raises MonitorError when it cannot start.

    `on_stop` hears that the end has begun, and within which time it should be over. To cut it short then
    is safe: what is acknowledged is stored, and a send that was cut off is repeated, marked as a repeat.
    `speed` is how many times as fast as time passes `now` goes: days in minutes, for measurements.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, lambda: None)  # what is being read is the newest
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _on_stop, stop, number)
    station = await Station.open(config, now=now, random=random.random)
    try:
        await Daemon(directory, station, stop, speed=speed).serve(on_stop)
    finally:
        await station.close(drain=timedelta(0))
        log.info("stopped")
    if station.store.broken is not None:
        raise station.store.broken


def _on_stop(stop: asyncio.Event, number: signal.Signals) -> None:
    if stop.is_set():  # a second signal: whatever holds us up is not waited for
        os._exit(128 + number)
    log.info("stopping", signal=number.name)
    stop.set()
