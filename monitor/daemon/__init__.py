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
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import __version__
from monitor.config import Config
from monitor.daemon.chores import Chores
from monitor.daemon.guard import Guard
from monitor.daemon.polls import Polls
from monitor.daemon.reloading import Reloading
from monitor.errors import StoreError
from monitor.pipeline.station import Station
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
LAST_DRAIN = timedelta(seconds=5)  # for polls and sends together, at the end
GRACE = timedelta(seconds=9)  # from the signal to the end of the process: containers are given ten
LAST_WORD = timedelta(seconds=1)  # another process may hold the database for much longer
CLOCK_JUMP = timedelta(seconds=5)
_LEAST_TICK = 0.1  # seconds


class Daemon:
    """One run of the daemon over one open station."""

    def __init__(self, directory: Path, station: Station, stop: asyncio.Event, *, speed: float = 1.0) -> None:
        self._station = station
        self._speed = speed
        self._stop = stop
        self._first_drift = self._drift()
        self._guard = Guard(station, stop)
        self.polls = Polls(station, self._guard)
        self.chores = Chores(station, self.polls, stop, self._ahead)
        self._reloading = Reloading(directory, station, stop, self._guard.watch(self.polls.claim))
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            # The library's defaults would drop a tick that is a second late, in silence. A tick that finds
            # the one before it still at work steps aside by itself, see `Guard.watch`; were it left to the
            # library, each would be a warning.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )

    async def serve(self, on_stop: Callable[[timedelta], None] = lambda _: None) -> None:
        """Run until told to stop, then drain."""
        await self._station.listen()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._reloading.on_hangup)
        for tick, every in (
            (self.polls.claim, TICK),
            (self._reloading.watch_files, RELOAD_TICK),
            (self._beat, BEAT_TICK),
            (self.chores.sweep, SWEEP_TICK),
            (self.chores.look, LOOK_TICK),
            (self.chores.prune, PRUNE_TICK),
            (self._station.pace, PACE_TICK),
            (self._station.tend_hubs, HUB_TICK),
        ):
            seconds = max(_LEAST_TICK, every.total_seconds() / self._speed)
            self._scheduler.add_job(self._guard.watch(tick), "interval", seconds=seconds)
        gc.freeze()  # the configuration stays: with many rules, to search it for garbage takes a second
        self._scheduler.start()
        clock = asyncio.create_task(self._watch_clock())
        await self._guard.watch(self._beat)()
        await self._guard.watch(self.polls.claim)()
        systemd.notify("READY=1")
        log.info("ready", version=__version__, configuration=self._station.config.summary)
        await self._stop.wait()
        on_stop(GRACE)
        systemd.notify("STOPPING=1")
        clock.cancel()
        await self._drain()

    async def _beat(self) -> None:
        await self.chores.beat(last_reload_good=self._reloading.last_was_good)

    async def _drain(self) -> None:
        """Stop ticking, let polls and sends in flight end. What does not is taken up at the next start."""
        self._scheduler.shutdown(wait=False)
        sends = asyncio.create_task(asyncio.to_thread(self._station.dispatcher.stop, LAST_DRAIN))
        hangup = self._reloading.hangup
        under_way = {*self.polls.running.values(), *({hangup} if hangup else ())}
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=LAST_DRAIN.total_seconds())
            for task in late:
                task.cancel()
        await sends
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(LAST_WORD.total_seconds()):
                await self.chores.say_goodbye()

    # --- the clock ------------------------------------------------------------------------------

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
                    self._guard.pause(error)
                else:
                    owed = 0.0

    def _drift(self) -> float:
        return self._station.now().timestamp() - time.monotonic() * self._speed

    def _ahead(self) -> timedelta:
        return timedelta(seconds=self._drift() - self._first_drift)


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
