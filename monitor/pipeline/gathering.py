"""Polls that brought no articles: the rows of their feeds are written together, many in one transaction.

Most polls are such. Each alone would cost more for its transaction than for the visit. Nothing is lost
when the process dies in that moment: the leases run out, and the feeds are asked again.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from monitor.errors import StoreError
from monitor.model import Event, FeedId, FeedState
from monitor.store import Store, events, feeds

MOST = 64  # feeds in one transaction
LINGER = 0.02  # seconds that the first of them waits for others


class _Row(NamedTuple):
    after: FeedState
    happened: Sequence[Event]
    kept: "asyncio.Future[bool]"


@dataclass(slots=True)
class Gathering:
    """Gathers what is to be kept. For one event loop."""

    store: Store
    owner: str
    _waiting: list[_Row] = field(default_factory=list)

    async def keep(self, after: FeedState, happened: Sequence[Event]) -> bool:
        """Keep a feed's state after a poll, and the events of it; True once it is durable.

        False, and nothing kept, when the lease went to somebody else or the feed was removed. Raises
        StoreError, and what else the database says of this feed alone.
        """
        loop = asyncio.get_running_loop()
        row = _Row(after, happened, loop.create_future())
        self._waiting.append(row)
        if len(self._waiting) == 1:
            loop.call_later(LINGER, self._send)
        elif len(self._waiting) >= MOST:
            self._send()
        return await row.kept

    def _send(self) -> None:
        rows, self._waiting = self._waiting, []
        if rows:  # else a full group went before its time was up
            self._submit(rows)

    def _submit(self, rows: Sequence[_Row]) -> None:
        loop = asyncio.get_running_loop()
        try:
            writing = self.store.submit(partial(_write, rows=rows, owner=self.owner))
        except StoreError as error:  # closed
            _fail(rows, error)
            return
        writing.add_done_callback(lambda done: loop.call_soon_threadsafe(self._settle, rows, done))

    def _settle(self, rows: Sequence[_Row], done: "Future[set[FeedId]]") -> None:
        """Tell those who wait; when a group fails, each is written alone, so that one hurts no other."""
        error = done.exception()
        if error is None:
            for row in rows:
                if not row.kept.done():  # cancelled
                    row.kept.set_result(row.after.id in done.result())
        elif len(rows) == 1 or self.store.broken is not None:
            _fail(rows, error)
        else:
            for row in rows:
                self._submit([row])


def _write(conn: Connection, *, rows: Sequence[_Row], owner: str) -> set[FeedId]:
    kept = feeds.save_many(conn, [row.after for row in rows], owner=owner)
    events.insert(conn, [event for row in rows if row.after.id in kept for event in row.happened])
    return kept


def _fail(rows: Sequence[_Row], error: BaseException) -> None:
    for row in rows:
        if not row.kept.done():
            row.kept.set_exception(error)
