"""What is done between polls: telling what is wrong, sweeping up, pruning, leaving signs of life."""

import asyncio
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from monitor import __version__
from monitor.daemon.polls import Polls
from monitor.pipeline.station import Station
from monitor.store import heartbeat, outbox, prune, sketches
from monitor.telemetry import logs, systemd

log = logs.get(__name__)

PRUNE_BATCH = 500  # rows: a fraction of a second in the writer


class Chores:
    """`ahead`: how far the wall clock was set ahead since the start."""

    def __init__(
        self, station: Station, polls: Polls, stop: asyncio.Event, ahead: Callable[[], timedelta]
    ) -> None:
        self._station = station
        self._polls = polls
        self._stop = stop
        self._ahead = ahead

    async def look(self) -> None:
        """Tell what is wrong with feeds, rules, channels and the storage, and what is over."""
        told = await asyncio.to_thread(self._station.watch.look)
        if told:
            log.warning("watch", notices=told)
            self._station.dispatcher.wake()

    async def sweep(self) -> None:
        """Take back deliveries whose sender died, let the channels look for due ones, keep our own leases."""
        await self._station.renew(list(self._polls.running))
        swept = await self._station.write(lambda conn: outbox.sweep(conn, now=self._station.now()))
        if swept:
            log.warning("swept", deliveries=swept)
        await self._station.settle_orphans()
        oldest = await asyncio.to_thread(self._station.store.read, outbox.oldest_due_at)
        if oldest is not None and oldest <= self._station.now():
            self._station.dispatcher.wake()  # e.g. made due by `deliveries retry` in another process

    async def prune(self) -> None:
        """Remove what is older than the retention, in batches that let other writes through."""
        # A clock that was set ahead makes nothing old: what has passed since the start is what counts.
        now = self._station.now() - max(timedelta(0), self._ahead())
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

    async def beat(self, *, last_reload_good: bool) -> None:
        """Leave a sign of life where `newsmonitor health` finds it."""
        systemd.notify("WATCHDOG=1")  # says that the loop turns; the database may be away for a while
        await self._leave_sign(
            {
                "version": __version__,
                "pid": os.getpid(),
                "polls_in_flight": len(self._polls.running),
                "paused_channels": self._station.dispatcher.paused(),
                "last_reload_good": last_reload_good,
                "disabled_rules": dict(self._station.config.ruleset.disabled),
            }
        )

    async def say_goodbye(self) -> None:
        """Leave word that the daemon was stopped: without it `health` hears of it a minute later."""
        await self._leave_sign({"version": __version__, "stopped": True})

    async def _leave_sign(self, facts: dict[str, object]) -> None:
        await self._station.write(partial(self._write_sign, facts=facts, now=self._station.now()))

    def _write_sign(self, conn: Connection, *, facts: dict[str, object], now: datetime) -> None:
        name = heartbeat.daemon(self._station.owner)
        heartbeat.beat(conn, now=now, facts=facts, name=name)
        heartbeat.retire(conn, beside=name, alone=self._station.store.is_mine_alone, now=now)
