"""Connections: made through the guard for one request, and kept a moment where the next feed is near.

Most hosts have one feed, and its reader returns long after a server hangs up: such a visit has a connection
of its own. Where several feeds of a host are due, the connection waits some seconds for the next, which
saves a handshake, and speaks HTTP/2 if the server does. One request at a time; how many at once, and how
far apart, is the host's gate's business. A connection goes only where it was vetted for: what a feed with
`allow_private` opened serves no other.
"""

import asyncio
import ssl
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpcore

from monitor.fetch import guard
from monitor.fetch.calls import Answer, Call, Exchange, Place
from monitor.fetch.http1 import Http1

IDLE = 5.0  # seconds that a connection waits for the next request
OLDEST = 60.0  # seconds; then the name is looked up anew
MOST_CALLS = 100  # over one connection
MOST_IDLE = 64  # connections that wait, all together


class Trusting(Protocol):
    """Whom we believe, for connections that end with their one answer, and for others."""

    @property
    def context(self) -> ssl.SSLContext: ...
    @property
    def context_to_keep(self) -> ssl.SSLContext: ...


@dataclass(slots=True, eq=False)
class _Line:
    """A connection."""

    place: Place
    stream: httpcore.AsyncNetworkStream
    exchange: Exchange
    made_at: float  # loop time
    calls: int = 0
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class Held:
    """An answer, and the line that it comes over. Release it, whatever comes of it."""

    answer: Answer
    line: _Line
    lines: "Lines"
    keep: bool

    async def release(self, *, is_well: bool = True) -> None:
        """Keep the connection for the next request, if it is of use, else hang up."""
        if not (self.keep and is_well and self.lines.put_back(self.line)):
            await self.line.stream.aclose()


@dataclass(slots=True)
class Lines:
    """All connections of one event loop. `patience` is the seconds that one address gets to answer."""

    trust: Trusting
    resolve: guard.Resolver
    dial: httpcore.AsyncNetworkBackend
    patience: float
    opened: int = 0
    _idle: dict[Place, list[_Line]] = field(default_factory=dict)
    _closing: set["asyncio.Task[None]"] = field(default_factory=set)
    _is_closed: bool = False

    async def send(self, call: Call) -> Held:
        """Ask over a connection that waits, or a new one. Raises httpcore's errors and the guard's.

        Where a kept connection turns out to be dead before anything was answered, a new one is tried, once.
        """
        kept = self._take(call.place)
        if kept is not None:
            try:
                return await self._ask(kept, call)
            except (httpcore.NetworkError, httpcore.ProtocolError):
                if kept.exchange.heard:
                    raise
        return await self._ask(await self._open(call), call)

    async def _ask(self, line: _Line, call: Call) -> Held:
        line.calls += 1
        try:
            answer = await line.exchange.send(call)
        except BaseException:
            await line.stream.aclose()
            raise
        return Held(answer, line, self, call.keep)

    async def _open(self, call: Call) -> _Line:
        place = call.place
        backend = guard.GuardedBackend(
            self.resolve,
            self.dial,
            private_host=place.host if place.is_private else None,
            patience=self.patience,
        )
        stream = await backend.connect_tcp(place.host, place.port)
        self.opened += 1
        if place.scheme == "https":
            stream = await self._secure(stream, place, keep=call.keep)
        return _Line(place, stream, _exchange(stream), asyncio.get_running_loop().time())

    async def _secure(
        self, stream: httpcore.AsyncNetworkStream, place: Place, *, keep: bool
    ) -> httpcore.AsyncNetworkStream:
        context = self.trust.context_to_keep if keep else self.trust.context
        try:
            return await stream.start_tls(context, server_hostname=place.host)
        except BaseException:  # also when cancelled in the handshake
            await stream.aclose()
            raise

    def _take(self, place: Place) -> _Line | None:
        """The youngest connection to this place that waits and is still good."""
        while waiting := self._idle.get(place):
            line = waiting.pop()
            if not waiting:
                del self._idle[place]
            if line.timer is not None:
                line.timer.cancel()
            if not line.exchange.is_stale():
                return line
            self._hang_up(line)
        return None

    def put_back(self, line: _Line) -> bool:
        """Let a connection wait for the next request; False when it is of no more use."""
        loop = asyncio.get_running_loop()
        if (
            self._is_closed
            or line.calls >= MOST_CALLS
            or loop.time() - line.made_at >= OLDEST
            or sum(map(len, self._idle.values())) >= MOST_IDLE
            or not line.exchange.is_free()
        ):
            return False
        self._idle.setdefault(line.place, []).append(line)
        line.timer = loop.call_later(IDLE, self._expire, line)
        return True

    def _expire(self, line: _Line) -> None:
        waiting = self._idle[line.place]
        waiting.remove(line)
        if not waiting:
            del self._idle[line.place]
        self._hang_up(line)

    def _hang_up(self, line: _Line) -> None:
        task = asyncio.ensure_future(line.stream.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def waiting(self) -> Counter[Place]:
        """How many connections wait, and where."""
        return Counter({place: len(lines) for place, lines in self._idle.items()})

    async def close(self) -> None:
        """Hang up everywhere, and keep nothing from now on."""
        self._is_closed = True
        for line in [line for lines in self._idle.values() for line in lines]:
            if line.timer is not None:
                line.timer.cancel()
            self._hang_up(line)
        self._idle.clear()
        await asyncio.gather(*self._closing, return_exceptions=True)


def _exchange(stream: httpcore.AsyncNetworkStream) -> Exchange:
    """In the version that was agreed upon."""
    safe: Any = stream.get_extra_info("ssl_object")
    if safe is not None and safe.selected_alpn_protocol() == "h2":
        from monitor.fetch.http2 import Http2

        return Http2(stream)
    return Http1(stream)
