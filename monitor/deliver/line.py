"""A TCP connection whose every operation ends by one common deadline, for http.client and smtplib.

A socket's own timeout counts from the last byte, so a peer that drips one byte a second would hold a
send for as long as it likes. Knows no protocol.
"""

import io
import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

Clock = Callable[[], float]
_CLOSE_ENOUGH = 0.05  # seconds by which a socket's own timeout may differ: setting it is a system call
_PIECE = 65_536


class Line:
    """Enough of a socket for both libraries: `sendall`, `makefile`, `close`."""

    def __init__(self, sock: socket.socket, *, until: float, clock: Clock = time.monotonic) -> None:
        self._sock = sock
        self._until = until
        self._clock = clock
        self._timeout: float | None = None  # what the socket has been told
        self._readers = 0
        self._is_closed = False

    def allow(self, until: float) -> None:
        """From now on everything must be done at `until` of the clock."""
        self._until = until

    def left(self) -> float:
        """Seconds until the deadline. Raises TimeoutError when it has passed."""
        seconds = self._until - self._clock()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Speak TLS from here on; the certificate must be that of `host`."""
        self._sock.settimeout(self.left())
        self._sock = context.wrap_socket(self._sock, server_hostname=host)
        self._timeout = None

    def sendall(self, data: Any, _flags: int = 0) -> None:
        """Send all of it; Python counts the timeout over the whole."""
        self._be_patient()
        self._sock.sendall(data)

    def read(self, buffer: Any) -> int:
        """Read what has come, at least one byte; 0 at the end."""
        self._be_patient()
        return self._sock.recv_into(buffer)

    def receive(self) -> bytes:
        """What has come, at least one byte; nothing at the end."""
        self._be_patient()
        return self._sock.recv(_PIECE)

    def _be_patient(self) -> None:
        left = self.left()
        if self._timeout is None or abs(left - self._timeout) > min(_CLOSE_ENOUGH, left / 10):
            self._sock.settimeout(left)
            self._timeout = left

    def makefile(self, _mode: str = "rb", _buffering: int = -1, *, read_before: bytes = b"") -> "Reader":
        """A reader that keeps to the deadline. The line stays open until it is closed.

        `read_before` has been received already and is read first.
        """
        self._readers += 1
        return Reader(_Incoming(self, read_before))

    def is_stale(self) -> bool:
        """Whether the peer has spoken or hung up unasked, so that nothing should be sent here any more."""
        if self._sock.fileno() < 0:
            return True
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return True
        poll = select.poll()  # which, unlike select, serves a process with thousands of files open
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Hang up, as soon as the last reader is closed."""
        self._is_closed = True
        if self._readers <= 0:
            self._sock.close()

    def __del__(self) -> None:
        """A kept connection ends, without complaint, with the thread or the channel that kept it."""
        self._sock.close()

    def release(self) -> None:
        """A reader was closed."""
        self._readers -= 1
        if self._is_closed:
            self.close()


class _Incoming(io.RawIOBase):
    """The reading side of a line."""

    def __init__(self, line: Line, read_before: bytes) -> None:
        self._line = line
        self._before = read_before
        self.is_over = False

    def end(self) -> None:
        """Nothing more is read from the line; there is only what has been received."""
        self.is_over = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._before:
            return None if self.is_over else self._line.read(buffer)
        piece = self._before[: len(buffer)]
        self._before = self._before[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._line.release()


class Reader(io.BufferedReader):
    """Reads a line; `had_more` tells, once it is closed, whether more had been received than was read."""

    had_more = False

    def __init__(self, incoming: _Incoming) -> None:
        super().__init__(incoming)
        self._incoming = incoming

    def close(self) -> None:
        if not self.closed:
            self._incoming.end()
            self.had_more = bool(self.peek(1))
        super().close()


def dial(host: str, port: int, *, until: float, patience: float, clock: Clock = time.monotonic) -> Line:
    """Connect, in `patience` seconds an address and by `until` at the latest. Raises OSError."""
    left = until - clock()
    if left <= 0:
        raise TimeoutError("timed out")
    sock = socket.create_connection((host, port), timeout=min(patience, left))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each request is written as a whole
    return Line(sock, until=until, clock=clock)
