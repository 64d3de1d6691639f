"""A real HTTP server on the loopback that keeps every POST and answers as it is told to.

    with HttpSink() as sink:
        sink.answer(Answer(429, {"Retry-After": "7"}), Answer(200))
        ...   # post to sink.url
        sink.wait_for(2)   # → the requests

Answers are given once each, in order; without one the sink says 200. A `hang` answer never comes.
"""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False
    close_after: bool = False  # hang up afterwards without having said so


@dataclass(frozen=True)
class Request:
    """One POST. Header names are lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class HttpSink:
    """Runs in its own threads from `with` on."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._closed = threading.Event()
        self._answers: deque[Answer] = deque()
        self._arrived = threading.Condition()
        self._closing = threading.Event()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # connections are kept

            def setup(self) -> None:
                super().setup()
                sink.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = sink._take(Request(self.path, headers, body))
                if answer.hang:
                    sink._closing.wait(30)
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
                self.close_connection = self.close_connection or answer.close_after

            do_PUT = do_POST  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Tests read requests, not logs."""

        class Server(ThreadingHTTPServer):
            def shutdown_request(self, request: Any) -> None:
                super().shutdown_request(request)
                sink._closed.set()

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def answer(self, *answers: Answer) -> None:
        """Give these answers to the next requests."""
        self._answers.extend(answers)

    def wait_for(self, count: int, *, seconds: float = 10) -> list[Request]:
        """The requests, once there are `count`."""
        with self._arrived:
            enough = self._arrived.wait_for(lambda: len(self.requests) >= count, timeout=seconds)
            assert enough, f"expected {count} requests within {seconds} s, got {len(self.requests)}"
            return list(self.requests)

    def wait_closed(self) -> None:
        """Until a connection has ended."""
        assert self._closed.wait(10)

    def __enter__(self) -> "HttpSink":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _take(self, request: Request) -> Answer:
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
            return self._answers.popleft() if self._answers else Answer()
