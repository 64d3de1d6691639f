"""What keeps one tick's trouble from the others: of each only one at a time, a pause for the database."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from monitor.errors import StoreError
from monitor.pipeline.station import Station
from monitor.telemetry import logs

log = logs.get(__name__)

Tick = Callable[[], Coroutine[Any, Any, None]]

STORE_PAUSE = timedelta(seconds=15)
SLOW = timedelta(seconds=10)  # for a tick: something holds the database up


class Guard:
    """The ticks of one daemon, which end when `stop` is set."""

    def __init__(self, station: Station, stop: asyncio.Event) -> None:
        self._station = station
        self._stop = stop
        self._paused_until = 0.0  # on the monotonic clock

    def watch(self, tick: Callable[[], Awaitable[None]]) -> Tick:
        """The tick with the one broad except of its loop. A database in trouble pauses all ticks a while.

        Of one tick there is never more than one at work; when it takes long, one line says so.
        """
        name = getattr(tick, "__name__", "shift").lstrip("_")
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
                self.pause(error)
            except asyncio.CancelledError:
                if not self._stop.is_set():  # else the scheduler's shutdown cut it short, as it should
                    raise
            except Exception:
                log.exception("tick_failed", tick=name)
            finally:
                begun_at = None

        return run

    def pause(self, error: StoreError) -> None:
        """Let all ticks rest: the database takes nothing. When it is damaged, the daemon stops."""
        if self._station.store.broken is not None:
            log.critical("storage", error=str(error), paused_for=None)
            self._stop.set()  # going on would build on damaged data
            return
        self._paused_until = time.monotonic() + STORE_PAUSE.total_seconds()
        self._station.watch.note_trouble(str(error))
        log.error("storage", error=str(error), paused_for=STORE_PAUSE.total_seconds())
