"""A scripted HTTP server on the loopback interface: what it answers is said before, what was asked is kept.

    with FeedServer() as server:
        server.serve("/feed", Answer(status=503), Answer(body=RSS, etag='"1"'))
        ...  # the first request gets the 503, every later one the feed, or a 304 for its ETag
        assert [r.headers["user-agent"] for r in server.requests] == [...]

Every connection has a thread of its own and carries one request. Leaving the context ends those
that drip or hang. With `tls` (see `certificate`) it speaks HTTPS.
"""

import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Self

import trustme


@dataclass(frozen=True)
class Request:
    """What a client sent. Header names are in lower case; `at` is monotonic."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float


@dataclass(frozen=True)
class Answer:
    """One answer. A Content-Length is added unless a header, `endless` or `drip` speaks against it."""

    body: bytes = b""
    status: int = 200
    headers: Sequence[tuple[str, str]] | Mapping[str, str] = ()
    content_type: str = "application/xml"
    etag: str | None = None  # with it, a matching If-None-Match is answered by a 304
    last_modified: str | None = None  # likewise with If-Modified-Since
    delay: float = 0.0  # seconds before the first byte
    drip: float = 0.0  # seconds between single bytes of the body
    drip_head: float = 0.0  # seconds between single bytes of the head
    endless: bytes = b""  # sent after the body again and again
    hang: bool = False  # after head and body, send nothing and keep the connection open
    cut: bool = False  # close the connection instead of answering
    raw: bytes | None = None  # sent as it is, instead of all the above


Script = Callable[[Request], Answer]


@dataclass
class _Route:
    answers: Sequence[Answer | Script]
    served: int = 0

    def next(self) -> Answer | Script:
        answer = self.answers[min(self.served, len(self.answers) - 1)]
        self.served += 1
        return answer


@dataclass
class FeedServer:
    """The server; use as a context manager. A path that was not scripted is answered by 404."""

    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    most_at_once: int = 0

    def __enter__(self) -> Self:
        self._routes: dict[str, _Route] = {}
        self._lock = threading.Lock()
        self._open = 0
        self.stopping = threading.Event()
        self._server = _Server((self.host, 0), _Handler)
        self._server.script = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str = "/feed", *, host: str | None = None) -> str:
        """The address of a path, if need be under another name that leads here."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def serve(self, path: str, *answers: Answer | Script) -> str:
        """Script a path: one answer after another, the last one for ever. Returns its address."""
        with self._lock:
            self._routes[path] = _Route(answers)
        return self.url(path)

    def serve_feed(self, path: str, body: bytes, *, etag: str | None = '"1"') -> str:
        """A well-behaved feed that answers conditional requests."""
        return self.serve(path, Answer(body, etag=etag, content_type="application/rss+xml"))

    def requests_for(self, path: str) -> list[Request]:
        """What was asked of one path, in order."""
        with self._lock:
            return [request for request in self.requests if request.path == path]

    def answer(self, request: Request) -> Answer:
        """Used by the handler: log a request and pick its answer."""
        with self._lock:
            self.requests.append(request)
            route = self._routes.get(request.path)
            answer = route.next() if route else Answer(b"not here", status=404)
        answer = answer(request) if callable(answer) else answer
        return _not_modified(answer) if _matches(answer, request) else answer

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Used by the handler: count the connections that are served at the same time."""
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1


def _matches(answer: Answer, request: Request) -> bool:
    if answer.etag is not None and "if-none-match" in request.headers:
        return request.headers["if-none-match"] == answer.etag
    return answer.last_modified is not None and (
        request.headers.get("if-modified-since") == answer.last_modified
    )


def _not_modified(answer: Answer) -> Answer:
    return Answer(status=304, headers=answer.headers, etag=answer.etag, last_modified=answer.last_modified)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    script: FeedServer

    def finish_request(self, request: Any, client_address: Any) -> None:
        tls = self.script.tls
        if tls is None:
            super().finish_request(request, client_address)
            return
        try:
            secured = tls.wrap_socket(request, server_side=True)
        except OSError:
            return  # the client refused us: what the test is about
        with secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the script."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            at=time.monotonic(),
        )
        script = self.server.script
        with script.counted(), contextlib.suppress(OSError):
            self._send(script.answer(request), script.stopping)

    def _send(self, answer: Answer, stopping: threading.Event) -> None:
        stopping.wait(answer.delay)
        if answer.cut:
            return
        if answer.raw is not None:
            self.wfile.write(answer.raw)
        else:
            self._drip(_head(answer), answer.drip_head, stopping)
            if self.command != "HEAD":
                self._drip(answer.body, answer.drip, stopping)
        while answer.endless and not stopping.is_set():
            self.wfile.write(answer.endless)
        if answer.hang:
            stopping.wait()

    def _drip(self, data: bytes, interval: float, stopping: threading.Event) -> None:
        if not interval:
            self.wfile.write(data)
            return
        for byte in data:
            if stopping.wait(interval):
                return
            self.wfile.write(bytes([byte]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's signature)
        """Quiet: the requests are kept."""


def _head(answer: Answer) -> bytes:
    pairs = answer.headers.items() if isinstance(answer.headers, Mapping) else answer.headers
    fields = list(pairs)
    given = {name.lower() for name, _ in fields}
    if "content-type" not in given and answer.status not in (204, 304):
        fields.append(("Content-Type", answer.content_type))
    if answer.etag is not None:
        fields.append(("ETag", answer.etag))
    if answer.last_modified is not None:
        fields.append(("Last-Modified", answer.last_modified))
    sized = not (answer.endless or answer.hang or answer.status in (204, 304))
    if sized and not given & {"content-length", "transfer-encoding"}:
        fields.append(("Content-Length", str(len(answer.body))))
    fields.append(("Connection", "close"))
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Odd"
    lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("iso-8859-1")


@dataclass(frozen=True)
class Certificate:
    """A server's TLS context, and the authority to trust."""

    context: ssl.SSLContext
    ca_file: str


def certificate(directory: Path, *names: str, expired: bool = False) -> Certificate:
    """A certificate for these host names or addresses, by an authority written into `directory`."""
    authority = trustme.CA()
    path = directory / "authority.pem"
    authority.cert_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    options: dict[str, Any] = {}
    if expired:
        options["not_before"] = datetime(2019, 1, 1, tzinfo=UTC)
        options["not_after"] = datetime(2020, 1, 1, tzinfo=UTC)
    authority.issue_cert(*(names or ("127.0.0.1", "localhost")), **options).configure_cert(context)
    return Certificate(context, str(path))
