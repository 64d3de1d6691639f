"""A small HTTP server for what hubs call back with: bounded in bytes, time and connections. Knows no feeds.

It reads one request of a connection and answers it, on the event loop that it was started from.
Anything but a GET or a POST below its path is refused; bodies have to name their length.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import h11

MOST_CONNECTIONS = 64
LONGEST_HEAD = 16 * 1024  # bytes
LONGEST_TOKEN = 200
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A request below the path. `token` is its last part; header names are in lower case."""

    method: str  # "GET" or "POST"
    token: str
    query: Mapping[str, str]  # the first value of each name
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer, as plain text."""

    status: int
    body: str = ""


Handler = Callable[[Call], Awaitable[Reply]]


class _Refused(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


class CallbackServer:
    """Listens from `start` to `close`. `handle` is asked for each well-formed call."""

    def __init__(self, handle: Handler, *, path: str, max_bytes: int, patience: timedelta) -> None:
        self._handle = handle
        self._path = path.rstrip("/") + "/"
        self._max_bytes = max_bytes
        self._patience = patience.total_seconds()  # for one whole request
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises OSError when the address cannot be had."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=_CHUNK)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is None:
            return
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._open.add(task)
        try:
            async with asyncio.timeout(self._patience):
                await self._serve(reader, writer)
        except (TimeoutError, OSError, asyncio.CancelledError):
            pass  # too slow, gone, or we are closing: nothing is owed
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        try:
            reply = await self._answer(connection, reader)
        except _Refused as refused:
            reply = Reply(refused.status, refused.status.phrase)
        except h11.RemoteProtocolError as error:
            reply = Reply(error.error_status_hint, "not HTTP as we know it")
        writer.write(_write(connection, reply))
        await writer.drain()

    async def _answer(self, connection: h11.Connection, reader: asyncio.StreamReader) -> Reply:
        request = await _next(connection, reader)
        if not isinstance(request, h11.Request):
            raise _Refused(HTTPStatus.BAD_REQUEST)
        call = self._read_head(request)
        body = bytearray()
        while isinstance(event := await _next(connection, reader), h11.Data):
            body += event.data
            if len(body) > self._max_bytes:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return await self._handle(Call(call.method, call.token, call.query, call.headers, bytes(body)))

    def _read_head(self, request: h11.Request) -> Call:
        """What is asked, as far as the head says. Raises _Refused."""
        method = request.method.decode("ascii")
        headers = {name.decode("ascii"): value.decode("iso-8859-1") for name, value in request.headers}
        try:
            parts = urlsplit(request.target.decode("ascii"))
            query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=32)
        except ValueError:
            raise _Refused(HTTPStatus.BAD_REQUEST) from None
        token = parts.path.removeprefix(self._path)
        if not parts.path.startswith(self._path) or not 0 < len(token) <= LONGEST_TOKEN or "/" in token:
            raise _Refused(HTTPStatus.NOT_FOUND)
        if method not in ("GET", "POST"):
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED)
        if method == "POST" and not headers.get("content-length", "").isdigit():
            raise _Refused(HTTPStatus.LENGTH_REQUIRED)
        if method == "POST" and int(headers["content-length"][:18]) > self._max_bytes:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return Call(method, token, {name: values[0] for name, values in query.items()}, headers)


async def _next(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(_CHUNK))
    return event


def _write(connection: h11.Connection, reply: Reply) -> bytes:
    """The answer as bytes; the connection ends with it."""
    body = reply.body.encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),
    ]
    if connection.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
        return b""
    head = connection.send(h11.Response(status_code=reply.status, headers=headers)) or b""
    data = connection.send(h11.Data(data=body)) or b""
    return head + data + (connection.send(h11.EndOfMessage()) or b"")
