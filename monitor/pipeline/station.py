"""One running installation: the opened store, fetcher, parser and channels, and what is done with them.

The daemon and the `poll` command share it; neither knows how the parts are put together.
"""

import asyncio
import os
import socket
import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Connection

from monitor.config import Config
from monitor.errors import MonitorError, PollReason, StoreError
from monitor.fetch.callback import CallbackServer
from monitor.fetch.http import Fetcher
from monitor.fetch.outcome import Failed, Fresh
from monitor.fetch.reader import Reader
from monitor.fetch.settings import from_polling
from monitor.fetch.workers import ParserPool
from monitor.model import FeedId, FeedState
from monitor.pipeline import journal, orphans, pacing
from monitor.pipeline.dispatch import Dispatcher
from monitor.pipeline.fulltext import FullTexts
from monitor.pipeline.ingest import Ingest, PollReport
from monitor.pipeline.pacing import Pacer
from monitor.pipeline.surroundings import channel_context
from monitor.pipeline.watch import Watch
from monitor.pipeline.websub import Hubs
from monitor.store import Store, faults, feeds, installation, intervals, open_store, recovery
from monitor.store.faults import Fault
from monitor.telemetry import logs

T = TypeVar("T")
log = logs.get(__name__)

PARSE_DEADLINE = timedelta(seconds=20)
LEASE_MARGIN = timedelta(seconds=60)  # waiting for a turn at the host, matching, committing
REMEMBERED = 10  # configurations whose secrets no log line shows
PAGE_MEMORY = 768 * 1024 * 1024  # bytes of address space, to read the pages of articles in
CLOSING = timedelta(seconds=1)  # for the database, twice, when it is in trouble at the end
CALLBACK_PATIENCE = timedelta(seconds=30)  # for a hub's whole call, with what it pushes committed
PUSH_ATTEMPTS = 5  # while the feed is being polled


@dataclass(slots=True)
class Station:
    """Everything opened. Make it with `open`, end it with `close`."""

    config: Config
    store: Store
    fetcher: Fetcher
    parser: Reader
    dispatcher: Dispatcher
    ingest: Ingest
    owner: str
    now: Callable[[], datetime]
    callback: CallbackServer | None = None
    # Of the last configurations: sends begun under one of them may still be in flight, and speak of it.
    secrets: deque[frozenset[str]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Watch(
            self.store,
            config=lambda: self.config,
            recipients=lambda: self.dispatcher.recipients,
            breakers=self.dispatcher.breakers,
            template_faults=self.dispatcher.template_faults,
            installation=self.ingest.installation,
            now=self.now,
        )

    @classmethod
    async def open(
        cls, config: Config, *, now: Callable[[], datetime], random: Callable[[], float]
    ) -> "Station":
        """Open the database (brought up to date), start the channels. Raises MonitorError."""
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        settings = config.settings
        store = await asyncio.to_thread(open_store, settings.database, exclusive=True)
        try:
            name = await asyncio.to_thread(_installation, store, now())
            fetcher = Fetcher(from_polling(settings.poll, contact=settings.contact))
            workers = ParserPool(processes=settings.poll.parser_processes, deadline=PARSE_DEADLINE)
            parser = Reader(workers, random=random)
            context = channel_context(settings.contact, now=now, instance=name)
            dispatcher = Dispatcher(store, context, owner=owner, now=now, random=random)
            ingest = Ingest(store, fetcher, parser, config, {}, owner, name, now=now, random=random)
            pages = ParserPool(deadline=PARSE_DEADLINE, memory_limit=PAGE_MEMORY)
            ingest.full_texts = FullTexts(store, fetcher, pages, ingest.matcher, now)
            station = cls(config, store, fetcher, parser, dispatcher, ingest, owner, now)
            await fetcher.__aenter__()
            await station._take_over()
            await station.apply(config, drain=timedelta(0))
        except BaseException:
            store.close()
            raise
        return station

    async def _take_over(self) -> None:
        """Nobody else can hold leases in a database that is ours alone: those left over are of the dead."""
        if self.store.is_mine_alone:
            now = self.now()
            await self.write(lambda conn: recovery.take_over(conn, now=now))

    async def apply(self, config: Config, *, drain: timedelta) -> None:
        """Take a configuration as a whole; raises MonitorError, and keeps the old one, when it cannot."""
        channels = await asyncio.to_thread(self.dispatcher.plan, config.channels)
        await self.write(partial(_sync, config=config, now=self.now()))
        await self.write(lambda conn: self.pacer.load(conn, config, now=self.now()))
        # From here on nothing can fail.
        self.secrets.append(config.secrets)
        logs.configure(level=config.settings.log_level, secrets=frozenset().union(*self.secrets))
        # Before the channels start: a recipient that only a rule names would be unknown to them.
        self.dispatcher.named = {rule.name: rule.recipients for rule in config.rules if rule.recipients}
        self.dispatcher.lists = config.lists
        await asyncio.to_thread(self.dispatcher.switch, channels, drain=drain)
        self.ingest.recipients = self.dispatcher.recipients
        self.ingest.config = self.config = config

    @property
    def pacer(self) -> Pacer:
        """Keeps all feeds to the budget."""
        return self.ingest.pacer

    async def pace(self) -> None:
        """Look at the budget, and make old plans anew."""
        now, config = self.now(), self.config
        await asyncio.to_thread(self.pacer.advance, self.store, config, now=now)
        while (
            await asyncio.to_thread(
                self.pacer.replan, self.store, config, now=self.now(), jitter=self.ingest.random()
            )
            == pacing.FULL
        ):
            pass

    async def settle_orphans(self) -> None:
        """End what has waited for too long for a channel that is not configured any more."""
        settle = partial(
            orphans.settle,
            recipients=self.dispatcher.recipients,
            installation=self.ingest.installation,
            now=self.now(),
        )
        for channel, number in (await self.write(settle)).items():
            log.warning("channel_removed", channel=channel, deliveries=number)
            self.dispatcher.wake()

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run a function in the writer and wait, without blocking the loop, until it is durable."""
        return await asyncio.wrap_future(self.store.submit(function))

    async def claim_due(self, limit: int, *, by: datetime | None = None) -> list[FeedState]:
        """Lease feeds that are due, or were due `by` a moment not long ago."""
        now = self.now()
        by = now if by is None else min(by, now)
        return await self.write(
            lambda conn: feeds.claim_due(
                conn,
                now=by,
                limit=limit,
                per_host=self.config.settings.poll.per_host,
                owner=self.owner,
                lease=self._lease + (now - by),
            )
        )

    async def renew(self, polled: Sequence[FeedId]) -> None:
        """Prolong the leases of feeds that are being polled: some wait long for their turn."""
        if polled:
            until = self.now() + self._lease
            await self.write(lambda conn: feeds.renew(conn, polled, owner=self.owner, until=until))

    async def shift(self, by: timedelta) -> None:
        """Move what the database says of times with the wall clock, which was set by `by`."""
        now = self.now()
        await self.write(lambda conn: recovery.shift(conn, by=by, now=now))

    async def claim(self, urls: Sequence[str] | None) -> list[FeedState]:
        """Lease the named feeds, or all of them, due or not."""
        return await self.write(
            lambda conn: feeds.claim(conn, urls, now=self.now(), owner=self.owner, lease=self._lease)
        )

    @property
    def _lease(self) -> timedelta:
        return self.config.settings.poll.deadline + PARSE_DEADLINE + LEASE_MARGIN

    async def poll(self, state: FeedState) -> PollReport:
        """Poll one leased feed and tell the log; wake the channels when there is something to send.

        A fault of our own is the failure of this one feed, which waits like any that failed. Raises
        StoreError when the database is in trouble.
        """
        try:
            report = await self.ingest.poll(state)
        except Exception as error:
            if isinstance(error, StoreError) and not _is_refusal(error):
                raise
            log.exception("poll_failed", feed=state.feed.url)
            detail = f"{type(error).__name__}: {error}"[:300]
            report = await self.ingest.fail(state, Failed(PollReason.INTERNAL, detail))
        journal.tell(report)
        if report.alerts:
            self.dispatcher.wake()
        return report

    async def listen(self) -> None:
        """Let hubs reach us, where that is configured. Raises MonitorError when the address is taken."""
        websub = self.config.settings.websub
        if websub is None:
            return
        base = websub.public_url.rstrip("/") + "/"
        hubs = Hubs(self.store, self.fetcher, self._receive, self.now, base)
        await hubs.load()
        server = CallbackServer(
            hubs.answer,
            path=urlsplit(base).path,
            max_bytes=self.config.settings.poll.max_bytes,
            patience=CALLBACK_PATIENCE,
        )
        host, _, port = websub.listen.rpartition(":")
        try:
            await server.start(host.strip("[]"), int(port))
        except OSError as error:
            raise MonitorError(
                f"cannot listen at {websub.listen}: {error.strerror or error}\n"
                "  hint: set another address under `settings: websub: listen:`"
            ) from None
        self.ingest.hubs, self.callback = hubs, server
        log.info("websub_listening", listen=websub.listen, public_url=websub.public_url)

    async def tend_hubs(self) -> None:
        """Subscribe, renew and leave as is due."""
        if self.ingest.hubs is not None:
            await self.ingest.hubs.tend()

    async def _receive(self, url: str, pushed: Fresh) -> bool:
        """Take a push in; False when its feed is polled all the while, or gone."""
        for attempt in range(PUSH_ATTEMPTS):
            if claimed := await self.claim([url]):
                report = await self.ingest.receive(claimed[0], pushed)
                if report is not None:
                    journal.tell(report)
                    if report.alerts:
                        self.dispatcher.wake()
                return report is None or report.kept
            await asyncio.sleep(attempt)
        return False

    async def close(self, *, drain: timedelta) -> None:
        """End the sends in flight, give the leases back, close everything.

        A database in trouble is not waited for: what was acknowledged is safe, leases run out.
        """
        if self.callback is not None:
            await self.callback.close()
        await asyncio.to_thread(self.dispatcher.stop, drain)
        try:
            async with asyncio.timeout(CLOSING.total_seconds()):
                await self.write(lambda conn: feeds.release(conn, owner=self.owner))
        except (StoreError, TimeoutError) as error:
            log.warning("leases_kept", error=str(error) or "the database does not answer")
        await self.fetcher.__aexit__(None, None, None)
        await self.parser.close()
        if self.ingest.full_texts is not None:
            await self.ingest.full_texts.pool.close()
        self.ingest.matcher.shutdown(wait=False, cancel_futures=True)
        closing = threading.Thread(target=self.store.close, name="closing the store", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSING.total_seconds())


def _sync(conn: Connection, *, config: Config, now: datetime) -> None:
    feeds.sync(conn, config.feeds, now=now)
    if config.settings.poll.every is not None:
        intervals.settle(conn, config.settings.poll.every, now=now)


def _installation(store: Store, now: datetime) -> str:
    candidate = uuid.uuid4().hex
    return store.write(partial(installation.name, candidate=candidate, now=now))


def _is_refusal(error: StoreError) -> bool:
    """Whether the database is well and would not take what this poll brought."""
    cause = error.__cause__
    return cause is not None and faults.is_ours(cause) and faults.classify(cause) is Fault.REFUSED
