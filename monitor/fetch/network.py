"""Connections for httpcore on asyncio's own transports. Knows neither addresses nor HTTP.

httpcore's own back end goes through anyio, whose scopes and streams take a third of a visit.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Iterable
from typing import Any, cast

import httpcore

_MOST_WAITING = 256 * 1024  # bytes that were received and not asked for; then the sender has to wait


class _Buffer(asyncio.Protocol):
    """What has been received and not yet been read."""

    def __init__(self) -> None:
        self._received: deque[bytes] = deque()
        self._waiting = 0  # bytes
        self._ended = False
        self._failure: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._may_write = asyncio.Event()
        self._may_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received.append(data)
        self._waiting += len(data)
        if self._waiting > _MOST_WAITING and self._transport is not None and not self._paused:
            self._transport.pause_reading()
            self._paused = True
        self._tell()

    def eof_received(self) -> bool:
        self._ended = True
        self._tell()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._failure = True, exc
        self._may_write.set()
        self._tell()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def _tell(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def read(self, most: int) -> bytes:
        """Some bytes; none at the end. Raises OSError."""
        while not self._received and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        if not self._received and self._failure is not None:
            raise self._failure
        data = self._received.popleft() if self._received else b""
        if len(data) > most:
            self._received.appendleft(data[most:])
            data = data[:most]
        self._waiting -= len(data)
        if self._paused and not self._ended and self._transport is not None:
            self._transport.resume_reading()
            self._paused = False
        return data

    @property
    def is_readable(self) -> bool:
        """Whether there is something to read, be it the end."""
        return bool(self._received) or self._ended

    async def flush(self) -> None:
        """Wait until more may be written. Raises OSError."""
        await self._may_write.wait()
        if self._failure is not None:
            raise self._failure


class Stream(httpcore.AsyncNetworkStream):
    """One connection. Raises httpcore's errors."""

    def __init__(self, transport: asyncio.Transport, buffer: _Buffer) -> None:
        self._transport = transport
        self._buffer = buffer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  (httpcore's)
        try:
            if timeout is None:  # the visit has a deadline of its own
                return await self._buffer.read(max_bytes)
            async with asyncio.timeout(timeout):
                return await self._buffer.read(max_bytes)
        except TimeoutError:
            raise httpcore.ReadTimeout from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not buffer:
            return
        try:
            self._transport.write(buffer)
            if timeout is None:
                await self._buffer.flush()
                return
            async with asyncio.timeout(timeout):
                await self._buffer.flush()
        except TimeoutError:
            raise httpcore.WriteTimeout from None
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """At once, without farewell: nothing more is wanted, and nothing that was sent is of use."""
        self._transport.abort()
        await asyncio.sleep(0)  # in which the loop lets the socket go

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                safe = await loop.start_tls(
                    self._transport, self._buffer, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError:
            self._transport.abort()
            raise httpcore.ConnectTimeout from None
        except (OSError, ValueError) as error:  # also a name that no certificate can have
            self._transport.abort()
            raise httpcore.ConnectError(str(error)) from error
        if safe is None:
            raise httpcore.ConnectError("the connection was lost while it was made safe")
        self._buffer.connection_made(safe)
        return Stream(safe, self._buffer)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._buffer.is_readable
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))


class Network(httpcore.AsyncNetworkBackend):
    """Dials addresses, which are written as numbers. Raises httpcore's errors."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        local = None if local_address is None else (local_address, 0)
        try:
            async with asyncio.timeout(timeout):
                transport, buffer = await loop.create_connection(_Buffer, host, port, local_addr=local)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        for option in socket_options or ():
            transport.get_extra_info("socket").setsockopt(*option)
        return Stream(transport, buffer)
