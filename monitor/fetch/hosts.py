"""Who may visit which host now: few at once, spaced apart, and not more than so many altogether.

Counts visits within one event loop; knows no HTTP. When a feed is due is for `monitor.schedule`.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

COMPANY = 10.0  # seconds between two visits to a host, up to which there may be a third


class _Lane:
    """The visits to one host."""

    def __init__(self, width: int) -> None:
        self.slots = asyncio.Semaphore(width)
        self.turn = asyncio.Lock()
        self.free_at = 0.0  # loop time before which no further visit starts
        self.begun_at = -math.inf  # loop time of the last start
        self.users = 0


class HostGate:
    """Lets visitors through in the order of their coming.

    A visitor waits first for its host and then for the crowd, so that fifty feeds of one slow host
    never take the room of others.
    """

    def __init__(self, *, concurrency: int, per_host: int, gap: timedelta) -> None:
        self._crowd = asyncio.Semaphore(concurrency)
        self._per_host = per_host
        self._gap = gap.total_seconds()
        self._lanes: dict[str, _Lane] = {}
        self._sweep_at = 1024  # lanes

    @asynccontextmanager
    async def visit(self, host: str, *, follows: bool = False) -> AsyncIterator[bool]:
        """Hold a place at a host; gives whether others come there, too, just before or soon.

        `follows` marks the next hop of a visit there: it need not wait the gap.
        """
        lane = self._lanes.setdefault(host, _Lane(self._per_host))
        lane.users += 1
        try:
            async with lane.slots:
                has_company = await self._enter(lane, follows=follows)
                try:
                    yield has_company or lane.users > 1
                finally:
                    self._crowd.release()
        finally:
            lane.users -= 1
            self._forget_idle()

    async def _enter(self, lane: _Lane, *, follows: bool) -> bool:
        """Wait for the turn; whether the visit before was a moment ago."""
        if follows:
            await self._crowd.acquire()
            return False
        loop = asyncio.get_running_loop()
        async with lane.turn:
            wait = lane.free_at - loop.time()
            await asyncio.sleep(max(0.0, wait))  # also lets those who come at the same moment be seen
            await self._crowd.acquire()
            before, lane.begun_at = lane.begun_at, loop.time()
            lane.free_at = lane.begun_at + self._gap
            return lane.begun_at - before < COMPANY

    def _forget_idle(self) -> None:
        if len(self._lanes) < self._sweep_at:
            return
        now = asyncio.get_running_loop().time()
        self._lanes = {h: lane for h, lane in self._lanes.items() if lane.users or lane.free_at > now}
        self._sweep_at = max(1024, 2 * len(self._lanes))
