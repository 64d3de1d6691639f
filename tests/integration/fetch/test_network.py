"""Connections on asyncio's own transports, as httpcore wants them."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpcore
import pytest
import trustme

from monitor.fetch.network import Network

T = TypeVar("T")
Answerer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SHORT = 0.05  # seconds


def with_server(answer: Answerer, use: Callable[[int], Awaitable[T]], tls: ssl.SSLContext | None = None) -> T:
    """Run `use` with the port of a server that answers each connection so."""

    answering: set[asyncio.Task[None]] = set()

    async def answer_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        answering.add(task)
        with contextlib.suppress(OSError):
            await answer(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def scenario() -> T:
        server = await asyncio.start_server(answer_and_close, "127.0.0.1", 0, ssl=tls)
        try:
            return await use(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            await asyncio.gather(*answering)

    return asyncio.run(scenario())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.read(100))


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def test_what_is_sent_and_received_comes_whole_and_ends() -> None:
    """Reads give no more than was asked for, and nothing once the peer has ended."""

    async def use(port: int) -> list[bytes]:
        stream = await Network().connect_tcp("127.0.0.1", port)
        await stream.write(b"")
        await stream.write(b"hello")
        found = [await stream.read(3), await stream.read(10), await stream.read(10), await stream.read(10)]
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        await stream.aclose()
        return found

    assert with_server(echo, use) == [b"hel", b"lo", b"", b""]


def test_a_sender_has_to_wait_for_a_slow_reader() -> None:
    """What is not read stays with the sender, but for some hundred kilobytes; and nothing is lost."""
    sent = 0
    size, piece = 32 * 1024 * 1024, bytes(64 * 1024)
    stalled = asyncio.Event()

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while sent < size:
            writer.write(piece)
            sent += len(piece)
            try:
                async with asyncio.timeout(1):
                    await writer.drain()
            except TimeoutError:
                stalled.set()
                await writer.drain()

    async def use(port: int) -> int:
        stream = await Network().connect_tcp("127.0.0.1", port)
        await stalled.wait()
        assert sent < size / 2
        received = 0
        while data := await stream.read(1 << 20):
            received += len(data)
        await stream.aclose()
        return received

    assert with_server(pour, use) == size


@pytest.mark.parametrize("what", ["read", "connect", "tls"])
def test_silence_ends_with_a_timeout(what: str) -> None:
    """Each step has a limit of its own when it is given one."""

    async def use(port: int) -> None:
        stream = await Network().connect_tcp("127.0.0.1", port, timeout=5)
        try:
            if what == "read":
                await stream.read(1, timeout=SHORT)
            elif what == "tls":
                await stream.start_tls(ssl.create_default_context(), "a.example", timeout=SHORT)
            else:
                await Network().connect_tcp("127.0.0.1", port, timeout=0)
        finally:
            await stream.aclose()

    with pytest.raises(httpcore.ReadTimeout if what == "read" else httpcore.ConnectTimeout):
        with_server(say_nothing, use)


def test_a_refused_connection_is_an_error_of_connecting() -> None:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(httpcore.ConnectError):
        asyncio.run(Network().connect_tcp("127.0.0.1", port))


def test_a_connection_that_is_reset_is_an_error_of_reading() -> None:
    """It is no end of the answer."""

    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made = writer.get_extra_info("socket")
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async def use(port: int) -> None:
        stream = await Network().connect_tcp("127.0.0.1", port)
        try:
            while await stream.read(10):
                pass
        finally:
            await stream.aclose()

    with pytest.raises(httpcore.ReadError):
        with_server(reset, use)


def test_tls_is_made_on_the_same_connection() -> None:
    """By the name that is asked for."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("feeds.example").configure_cert(server)
    authority.configure_trust(client)

    async def use(port: int) -> bytes:
        stream = await Network().connect_tcp("127.0.0.1", port)
        safe = await stream.start_tls(client, "feeds.example")
        assert isinstance(safe.get_extra_info("ssl_object"), ssl.SSLObject)
        await safe.write(b"hello")
        found = await safe.read(10)
        await safe.aclose()
        return found

    assert with_server(echo, use, server) == b"hello"
