"""Servers that take everything as fast as they can, each a process of its own: SMTP and HTTP.

    python -m benchmarks.delivery.sinks smtp|http

Prints its port, then serves until its input ends; a line on its input is answered with how many messages
came, how many of them were different, and over how many connections.
"""

import asyncio
import re
import sys

_MESSAGE_ID = re.compile(rb"(?im)^message-id: *(<[^>]*>)")
_KEY = re.compile(rb"(?im)^idempotency-key: *(\S+)")
_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Tally:
    """What has come."""

    def __init__(self) -> None:
        self.messages = 0
        self.connections = 0
        self.names: set[bytes] = set()

    def note(self, found: re.Match[bytes] | None) -> None:
        self.messages += 1
        self.names.add(found[1] if found else b"")


class Sink(asyncio.Protocol):
    """Bytes in, bytes out."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.tally.connections += 1


class Smtp(Sink):
    """The least of RFC 5321 that a client asks for."""

    in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        end = b"\r\n.\r\n" if self.in_data else b"\r\n"
        piece, found, rest = self.buffer.partition(end)
        if not found:
            return False
        self.buffer = rest
        if self.in_data:
            self.in_data = False
            self.tally.note(_MESSAGE_ID.search(piece))
            self.transport.write(b"250 taken\r\n")
            return True
        verb = piece[:4].upper()
        self.in_data = verb == b"DATA"
        answers = {
            b"DATA": b"354 go on\r\n",
            b"QUIT": b"221 bye\r\n",
            b"EHLO": b"250-sink\r\n250 8BITMIME\r\n",
        }
        self.transport.write(answers.get(verb, b"250 ok\r\n"))
        return True


class Http(Sink):
    """Every POST gets a 200."""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            found = _LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < whole:
                return
            self.buffer = self.buffer[whole:]
            self.tally.note(_KEY.search(head))
            self.transport.write(_ANSWER)


async def serve(kind: type[Sink]) -> None:
    """Serve until the input ends."""
    loop, tally = asyncio.get_running_loop(), Tally()
    server = await loop.create_server(lambda: kind(tally), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(tally.messages, len(tally.names), tally.connections, flush=True)


if __name__ == "__main__":
    asyncio.run(serve({"smtp": Smtp, "http": Http}[sys.argv[1]]))
