"""A real IRC server on the loopback, with a listener in a channel that keeps what is said there.

with IrcServer() as server, server.listen("#news") as listener:
    ...   # send to irc://bot@127.0.0.1:PORT/%23news
    listener.wait_for(1)   # → ["the line as the listener's client received it"]
"""

import contextlib
import select
import socket
import threading
from types import TracebackType

from irc.server import IRCClient, IRCServer


class _Client(IRCClient):
    """The package's client handler, but waiting for something to do instead of spinning."""

    def _handle_one(self) -> None:
        if not self.send_queue:
            select.select([self.request], [], [], 0.02)
        super()._handle_one()


class IrcServer:
    """The server of the `irc` package, in a thread."""

    def __init__(self) -> None:
        self._server = IRCServer(("127.0.0.1", 0), _Client)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port = self._server.server_address[1]

    def listen(self, channel: str, nick: str = "reader") -> "Listener":
        """Join a channel and keep what is said in it."""
        return Listener(self.port, channel, nick)

    def __enter__(self) -> "IrcServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class Listener:
    """A client that sits in a channel."""

    def __init__(self, port: int, channel: str, nick: str) -> None:
        self.lines: list[str] = []
        self._channel = channel
        self._said = threading.Condition()
        self._joined = threading.Event()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.sendall(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN {channel}\r\n".encode())
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)

    def wait_for(self, count: int, *, seconds: float = 10) -> list[str]:
        """What was said, once there are `count` lines."""
        with self._said:
            enough = self._said.wait_for(lambda: len(self.lines) >= count, timeout=seconds)
            assert enough, f"expected {count} lines within {seconds} s, heard {self.lines}"
            return list(self.lines)

    def __enter__(self) -> "Listener":
        self._thread.start()
        assert self._joined.wait(10), f"could not join {self._channel}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # the server may have closed first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._socket.close()

    def _read(self) -> None:
        with contextlib.suppress(ConnectionError), self._socket.makefile("rb") as lines:
            for raw in lines:
                self._take(raw.decode("utf-8", "replace").rstrip("\r\n"))

    def _take(self, line: str) -> None:
        _, _, rest = line.partition(" ")
        command, _, arguments = rest.partition(" ")
        if command == "366" or (command == "JOIN" and self._channel in arguments):
            self._joined.set()
        if command == "PRIVMSG" and arguments.startswith(self._channel):
            with self._said:
                self.lines.append(arguments.partition(" :")[2])
                self._said.notify_all()
