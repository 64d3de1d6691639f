"""A site over TLS that speaks HTTP/2, or HTTP/1.1 with connections that are kept, or whatever a test plays.

`serving` runs it within the test's own event loop. The visitors are the product's; at its end the site
says how many connections there were.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import trustme

Play = Callable[["Visitor"], Awaitable[None]]


@dataclass
class Visitor:
    """One connection. `number` counts them from 1."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(0)  # for the loop to see that the other side has left


@dataclass
class Site:
    """What a test needs to know of it."""

    url: str
    ca_file: str
    connections: int = 0
    versions: list[str | None] = field(default_factory=list)


@contextlib.asynccontextmanager
async def serving(place: Path, play: Play, *, protocols: tuple[str, ...] = ("h2",)) -> AsyncIterator[Site]:
    """Serve while the context lasts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(place / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(list(protocols))
    site = Site("", str(place / "ca.pem"))
    playing: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        playing.add(task)
        site.connections += 1
        site.versions.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await play(Visitor(reader, writer, site.connections))
        writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    site.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed"
    try:
        yield site
    finally:
        server.close()
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)


def http2(body: bytes, *, leaves_after: int = 1000) -> Play:
    """Answers every request of every connection with this body, by h2; then a GOAWAY."""

    async def play(visitor: Visitor) -> None:
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        await visitor.send(state.data_to_send())
        answered = 0
        while data := await visitor.reader.read(65536):
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived) and answered < leaves_after:
                    answered += 1
                    names = dict(event.headers or ())
                    status = b"304" if b"if-none-match" in names else b"200"
                    fields = [(b":status", status), (b"etag", b'"1"'), (b"x-n", b"%d" % answered)]
                    state.send_headers(event.stream_id, fields, end_stream=status == b"304")
                    if status == b"200":
                        state.send_data(event.stream_id, body, end_stream=True)
                elif isinstance(event, h2.events.RequestReceived):
                    state.close_connection(last_stream_id=event.stream_id - 2)
            await visitor.send(state.data_to_send())

    return play


def http1(body: bytes, *, answers: int = 1000, more: bytes = b"") -> Play:
    """Answers so many requests of a connection with this body, and what nobody asked for, then hangs up."""

    async def play(visitor: Visitor) -> None:
        for _ in range(answers):
            await visitor.reader.readuntil(b"\r\n\r\n")
            await visitor.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b%b" % (len(body), body, more))

    return play
