"""A TCP proxy on loopback that loses connections at the worst moment."""

import contextlib
import select
import socket
import threading
from types import TracebackType
from typing import Self


class CuttingProxy:
    """Passes everything on to a server, until told to cut or to refuse."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._lock = threading.Lock()
        self._fatal = b""
        self._then_refuse = False
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def cut_after(self, text: bytes, *, then_refuse: bool = False) -> None:
        """Pass the next message with this text on, wait for the answer, throw it away, and cut."""
        with self._lock:
            self._fatal = text
            self._then_refuse = then_refuse

    def refuse(self) -> None:
        """Cut every connection and take no more."""
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def accept(self) -> None:
        """Take connections again, on the same port."""
        self._listener = self._listen(self.port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # refused already
            self.refuse()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        self._start(self._take, listener)
        return listener

    def _start(self, function: object, *arguments: object) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _take(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._start(self._pass, client)

    def _pass(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server:
            with self._lock:
                self._open |= {client, server}
            try:
                while self._pass_once(client, server):
                    pass
            except OSError:
                pass
            with self._lock:
                self._open -= {client, server}

    def _pass_once(self, client: socket.socket, server: socket.socket) -> bool:
        ready, _, _ = select.select([client, server], [], [])
        source, sink = (client, server) if client in ready else (server, client)
        data = source.recv(65536)
        if not data:
            return False
        sink.sendall(data)
        return not (source is client and self._is_fatal(data) and server.recv(65536))

    def _is_fatal(self, data: bytes) -> bool:
        with self._lock:
            if not self._fatal or self._fatal not in data:
                return False
            self._fatal = b""
            if self._then_refuse:
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
            return True
