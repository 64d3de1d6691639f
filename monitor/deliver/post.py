"""Posts to web addresses of the operator's own configuration, on connections that are kept.

One small POST to a fixed address, with neither redirects, cookies, proxies nor compression: time is
what a burst of alerts has little of, and a general client takes several times as much. The request is
written at once. The usual answer, which is short and says how long it is, is read as it stands; any
other is left to the standard library. Feeds are fetched elsewhere, behind the guard of addresses.
"""

import http.client
import re
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from monitor.deliver import line
from monitor.deliver.line import Line, Reader

_EXCERPT_BYTES = 2048
_IDLE_SECONDS = 30.0  # servers hang up after a minute or so; better be first than race with them
_PORTS = {"http": 80, "https": 443}
_STATUS = re.compile(r"HTTP/1\.1 ([2-5][0-9]{2})(?: .*)?")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FAILURES = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Posted:
    """What came back. Header names are in lower case; the body's beginning."""

    status: int
    headers: Mapping[str, str]
    body_excerpt: str


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    authorization: str

    @property
    def server(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def named(self) -> str:
        """As the request names the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(slots=True)
class _Connection:
    """A kept line. `idle_since` is of the monotonic clock."""

    line: Line
    idle_since: float = 0.0

    def is_usable(self, now: float) -> bool:
        return now - self.idle_since < _IDLE_SECONDS and not self.line.is_stale()


class _Kept(threading.local):
    """The connections of one thread, by server."""

    def __init__(self) -> None:
        self.by_server: dict[tuple[str, str, int], _Connection] = {}


class Poster:
    """Keeps a connection to each server for each thread that posts to it.

    `trust` makes the TLS settings, when the first TLS connection is made.
    """

    def __init__(self, *, user_agent: str, trust: Callable[[], ssl.SSLContext]) -> None:
        self._user_agent = user_agent
        self._trust = trust
        self._kept = _Kept()

    def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        deadline: timedelta,
        method: str = "POST",
    ) -> Posted:
        """Send one request; redirects are answers like any other.

        Raises ValueError when `url` or `headers` cannot be used; ConnectionError when nothing was
        sent, so that a repeat is safe; TimeoutError when it was (in part) sent and no answer came,
        in time or at all. The texts name the host and never the whole address.
        """
        target = _target(url)
        request = self._request(target, method, headers, content)
        seconds = deadline.total_seconds()
        until = time.monotonic() + seconds
        try:
            connection = self._connection(target, until=until, patience=seconds / 2)
        except _FAILURES as error:
            raise ConnectionError(f"{target.host}: {_in_words(error, seconds)}") from None
        try:
            connection.line.sendall(request)
            posted, is_over = _answer(connection.line, method)
        except _FAILURES as error:
            self._hang_up(target)
            raise TimeoutError(f"{target.host}: {_in_words(error, seconds)}") from None
        connection.idle_since = time.monotonic()
        if is_over:
            self._hang_up(target)
        return posted

    def _request(self, target: _Target, method: str, headers: Mapping[str, str], content: bytes) -> bytes:
        """All of it. Values that HTTP cannot carry raise ValueError."""
        fields = {"User-Agent": self._user_agent}
        if target.authorization:
            fields["Authorization"] = target.authorization
        fields.update(headers)
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        if lines.count("\n") != len(fields) or lines.count("\r") != len(fields) or "\0" in lines:
            raise ValueError("a header with a line end in it")
        head = f"{method} {target.path} HTTP/1.1\r\nHost: {target.named}\r\nAccept-Encoding: identity\r\n"
        return f"{head}Content-Length: {len(content)}\r\n{lines}\r\n".encode("latin-1") + content

    def _connection(self, target: _Target, *, until: float, patience: float) -> _Connection:
        """The kept connection where it still stands, else a new one."""
        found = self._kept.by_server.get(target.server)
        if found is not None and found.is_usable(time.monotonic()):
            found.line.allow(until)
            return found
        self._hang_up(target)
        opened = line.dial(target.host, target.port, until=until, patience=patience)
        try:
            if target.scheme == "https":
                opened.secure(self._trust(), target.host)
        except BaseException:
            opened.close()
            raise
        connection = self._kept.by_server[target.server] = _Connection(opened)
        return connection

    def _hang_up(self, target: _Target) -> None:
        connection = self._kept.by_server.pop(target.server, None)
        if connection is not None:
            connection.line.close()


def _answer(line_: Line, method: str) -> tuple[Posted, bool]:
    """Status, headers and the beginning of the body; and whether nothing more can be sent on this line."""
    data = line_.receive()
    short = _short_answer(data)
    if short is not None:
        return short, "close" in short.headers.get("connection", "").lower()
    reader = line_.makefile(read_before=data)
    sock: Any = _Begun(reader)
    response = http.client.HTTPResponse(sock, method=method)
    response.begin()
    excerpt = response.read(_EXCERPT_BYTES)
    fields = {name.lower(): value for name, value in response.getheaders()}
    is_over = bool(response.read(1)) or response.will_close
    response.close()
    is_over = is_over or reader.had_more
    return Posted(response.status, fields, excerpt.decode(errors="replace")), is_over


@dataclass(frozen=True, slots=True)
class _Begun:
    """What the standard library takes for a socket: an answer whose beginning has been received."""

    reader: Reader

    def makefile(self, _mode: str) -> Reader:
        return self.reader


def _short_answer(data: bytes) -> Posted | None:
    """An answer that came whole, in the form that nearly all have; None for every other."""
    head, end, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    found = _STATUS.fullmatch(first)
    if not end or found is None or len(body) > _EXCERPT_BYTES:
        return None
    fields: dict[str, str] = {}
    for text in lines:
        name, colon, value = text.partition(":")
        if not colon or not _NAME.fullmatch(name) or name.lower() in fields:
            return None
        fields[name.lower()] = value.strip()
    if fields.get("content-length") != str(len(body)) or "transfer-encoding" in fields:
        return None
    return Posted(int(found[1]), fields, body.decode(errors="replace"))


@lru_cache(maxsize=64)
def _target(url: str) -> _Target:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 80)
        host = _host(parts)
    except ValueError as error:
        raise ValueError(f"not a web address: {error}") from None
    if parts.scheme not in {"http", "https"} or not host or any(c <= " " or c == "\x7f" for c in url):
        raise ValueError("not a web address: it takes http:// or https:// and a host")
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    if not path.isascii():
        raise ValueError("not a web address: characters beyond ASCII must be percent-encoded")
    authorization = ""
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + b64encode(login.encode()).decode()
    return _Target(parts.scheme, host, port, path, authorization)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _in_words(error: Exception, seconds: float) -> str:
    """What happened, in words that name neither the address nor what was sent."""
    if isinstance(error, TimeoutError):
        return f"not done within {seconds:g} s"
    if isinstance(error, socket.gaierror):
        return "its name cannot be looked up"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate was refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"the TLS handshake failed: {(error.reason or 'no reason given').replace('_', ' ').lower()}"
    if isinstance(error, ConnectionError | http.client.RemoteDisconnected) and not error.strerror:
        return "the connection was cut"
    if isinstance(error, OSError):
        text = error.strerror or str(error)
        return text[:1].lower() + text[1:]
    return "the answer is not HTTP"
