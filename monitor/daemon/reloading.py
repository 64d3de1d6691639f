"""Taking a new configuration while everything goes on: whole, or not at all with the reason.

Asked for by SIGHUP, or by a change of the files themselves.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from monitor.config import Config, load, reload
from monitor.config.schema import Poll
from monitor.errors import ConfigError, MonitorError, StoreError
from monitor.pipeline.station import Station
from monitor.telemetry import logs, systemd

log = logs.get(__name__)

DRAIN = timedelta(seconds=15)  # for the sends of channels that a reload replaces


class Reloading:
    """One daemon's configuration directory. `after` is done when a reload is over, whatever became of it."""

    def __init__(
        self,
        directory: Path,
        station: Station,
        stop: asyncio.Event,
        after: Callable[[], Awaitable[None]],
    ) -> None:
        self.last_was_good = True
        self.hangup: asyncio.Task[None] | None = None  # the reload that a signal asked for
        self._directory = directory
        self._station = station
        self._stop = stop
        self._after = after
        self._watch = reload.Watch(station.config.fingerprint)
        self._hung_up_again = False
        self._lock = asyncio.Lock()

    async def watch_files(self) -> None:
        """Reload when the files have changed, and are whole."""
        reading = await asyncio.to_thread(reload.fingerprint, self._directory)
        self._watch, changed = self._watch.see(reading)
        if changed:
            await self.reload()

    def on_hangup(self) -> None:
        """One reload now, and at most one more after it, however many signals come."""
        self._hung_up_again = True
        if self.hangup is None or self.hangup.done():
            self.hangup = asyncio.create_task(self._reload_as_asked())

    async def _reload_as_asked(self) -> None:
        while self._hung_up_again and not self._stop.is_set():
            self._hung_up_again = False
            await self.reload()

    async def reload(self) -> None:
        """Take the new configuration whole, or keep the old one and say why."""
        async with self._lock:
            systemd.notify("RELOADING=1")
            try:
                config = await asyncio.to_thread(load, self._directory, before=self._station.config)
                _warn_of_restart(self._station.config, config)
                await self._station.apply(config, drain=DRAIN)
            except MonitorError as error:
                self._keep(error)
            else:
                self.last_was_good = True
                self._watch = reload.Watch(config.fingerprint)
                log.info("reloaded", configuration=config.summary)
            systemd.notify("READY=1")
            # Matching goes on meanwhile, and so does everything else but the next reload.
            await asyncio.to_thread(self._station.config.ruleset.compact)
            gc.collect()
            gc.freeze()
        await self._after()

    def _keep(self, error: MonitorError) -> None:
        self.last_was_good = False
        if isinstance(error, StoreError):  # no fault of the files': read them again
            self._watch = reload.Watch(self._station.config.fingerprint)
        problems = error.problems if isinstance(error, ConfigError) else ()
        log.error(
            "reload_failed",
            kept=self._station.config.summary,
            problems=[str(problem) for problem in problems] or [str(error)],
        )


def _warn_of_restart(before: Config, after: Config) -> None:
    old, new = before.settings, after.settings
    if old.database != new.database:
        log.warning("restart_needed", setting="settings.database")
    if old.poll.model_copy(update=_taken_up(new.poll)) != new.poll or old.contact != new.contact:
        log.warning("restart_needed", setting="settings.poll")
    if old.websub != new.websub:
        log.warning("restart_needed", setting="settings.websub")


def _taken_up(poll: Poll) -> dict[str, object]:
    """What of the polling takes effect with a reload."""
    return {"every": poll.every, "requests_per_day": poll.requests_per_day, "retry_after": poll.retry_after}
