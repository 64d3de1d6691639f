"""The server that hubs call back: what it takes, what it refuses, and that it ends what drags on."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from monitor.fetch.callback import LONGEST_HEAD, Call, CallbackServer, Reply


def serve(
    talk: Callable[[int], Awaitable[None]], *, patience: float = 30, max_bytes: int = 1000
) -> list[Call]:
    """Run the server while `talk` speaks with it; the calls that it let through."""
    calls: list[Call] = []

    async def handle(call: Call) -> Reply:
        calls.append(call)
        return Reply(200, "taken")

    async def main() -> None:
        server = CallbackServer(handle, path="/websub/", max_bytes=1000, patience=timedelta(seconds=patience))
        port = await server.start("127.0.0.1", 0)
        try:
            await talk(port)
        finally:
            await server.close()

    asyncio.run(main())
    return calls


async def exchange(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    answer = b""
    with contextlib.suppress(ConnectionError):
        answer = await reader.read()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer


def ask(data: bytes) -> tuple[bytes, list[Call]]:
    answers = []

    async def talk(port: int) -> None:
        answers.append(await exchange(port, data))

    calls = serve(talk)
    return answers[0].partition(b"\r\n")[0], calls


def test_a_call_is_handed_on():
    """Its token, its query and its headers; a push with its body."""
    status, calls = ask(
        b"GET /websub/abc?hub.mode=subscribe&hub.topic=https%3A%2F%2Fa%2F HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert status == b"HTTP/1.1 200 "
    assert (calls[0].token, calls[0].query) == ("abc", {"hub.mode": "subscribe", "hub.topic": "https://a/"})
    _, calls = ask(
        b"POST /websub/abc HTTP/1.1\r\nHost: x\r\nX-Hub-Signature: s\r\nContent-Length: 4\r\n\r\nbody"
    )
    assert (calls[0].body, calls[0].headers["x-hub-signature"]) == (b"body", "s")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /websub/ HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /websub/a/b HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /websub/" + b"a" * 300 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"PUT /websub/abc HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
        (b"POST /websub/abc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /websub/abc HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", 413),
        (b"POST /websub/abc HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /websub/abc HTTP/1.1\r\n" + b"A: " + b"a" * LONGEST_HEAD, 431),
    ],
)
def test_what_is_no_call_is_refused(request_, status):
    """Other paths and methods, bodies without a length or too long, and what is not HTTP."""
    answered, calls = ask(request_)
    assert answered.split()[1] == str(status).encode()
    assert calls == []


def test_a_caller_that_drags_on_is_cut_off():
    """With nothing, half a head or half a body; others are served meanwhile."""

    async def talk(port: int) -> None:
        slow = [
            asyncio.create_task(exchange(port, data))
            for data in (
                b"",
                b"GET /web",
                b"POST /websub/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab",
            )
        ]
        quick = await exchange(port, b"GET /websub/b HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in quick
        assert await asyncio.gather(*slow) == [b"", b"", b""]

    assert [call.token for call in serve(talk, patience=0.5)] == ["b"]


def test_closing_hangs_up():
    """A connection that is open then does not hold the program."""

    async def talk(port: int) -> None:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"GET /websub/abc")
        await asyncio.sleep(0)
        connection.close()

    assert serve(talk) == []
