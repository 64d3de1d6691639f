"""The polls in flight: claimed as they fall due, as many at once as the configuration has room for."""

import asyncio

from monitor.daemon.guard import Guard
from monitor.errors import StoreError
from monitor.model import FeedId, FeedState
from monitor.pipeline.station import Station
from monitor.telemetry import logs

log = logs.get(__name__)

_REFILLED = 0.75  # of the room for polls: a claim costs as much for one feed as for a few


class Polls:
    """One task a feed. `running` has those in flight."""

    def __init__(self, station: Station, guard: Guard) -> None:
        self.running: dict[FeedId, asyncio.Task[None]] = {}
        self._station = station
        self._guard = guard
        self._claiming = asyncio.Lock()
        self._is_behind = False  # more was due than there was room for
        self._claim_more = guard.watch(self.claim)
        self._claimer: asyncio.Task[None] | None = None

    async def claim(self) -> None:
        """Begin polling what is due, as far as there is room."""
        async with self._claiming:
            free = self._room() - len(self.running)
            if free <= 0:
                return
            claimed = await self._station.claim_due(free)
            self._is_behind = len(claimed) >= free
            for state in claimed:
                if state.id not in self.running:  # else its lease ran out while it waits: it has a new one
                    self.running[state.id] = asyncio.create_task(self._poll(state))

    async def claimed(self) -> None:
        """Wait for the claim under way after polls that ended, if there is one."""
        if self._claimer is not None:
            await self._claimer

    def _room(self) -> int:
        return self._station.config.settings.poll.concurrency

    async def _poll(self, state: FeedState) -> None:
        try:
            await self._station.poll(state)
        except StoreError as error:
            self._guard.pause(error)
        except Exception:  # one feed must never stop the others; its lease runs out by itself
            log.exception("poll_failed", feed=state.feed.url)
        finally:
            del self.running[state.id]
            self._refill()

    def _refill(self) -> None:
        """After an outage the next tick is not waited for, once a good part of the room is free."""
        if self._is_behind and not self._is_claiming() and len(self.running) <= self._room() * _REFILLED:
            self._claimer = asyncio.create_task(self._claim_more())

    def _is_claiming(self) -> bool:
        return self._claimer is not None and not self._claimer.done()
