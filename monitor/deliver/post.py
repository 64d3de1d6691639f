"""Posts to web addresses of the operator's own configuration, on connections that are kept.

One small POST to a fixed address, with neither redirects, cookies, proxies nor compression: the
standard library does that in a third of the time that a general client takes, and time is what a
burst of alerts has little of. Feeds are fetched elsewhere, behind the guard of addresses.
"""

import http.client
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from monitor.deliver import line
from monitor.deliver.line import Line

_EXCERPT_BYTES = 2048
_IDLE_SECONDS = 30.0  # servers hang up after a minute or so; better be first than race with them
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


class _Connection(http.client.HTTPConnection):
    """A kept connection. `idle_since` is of the monotonic clock."""

    idle_since = 0.0

    @property
    def line(self) -> Line | None:
        sock: Any = self.sock
        return sock  # type: ignore[no-any-return]

    def is_usable(self, now: float) -> bool:
        return self.line is not None and now - self.idle_since < _IDLE_SECONDS and not self.line.is_stale()


class Poster:
    """Keeps a connection to each server for each thread that posts to it.

    `trust` makes the TLS settings, when the first TLS connection is made.
    """

    def __init__(self, *, user_agent: str, trust: Callable[[], ssl.SSLContext]) -> None:
        self._user_agent = user_agent
        self._trust = trust
        self._kept = threading.local()

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
        fields = self._fields(target, headers)
        seconds = deadline.total_seconds()
        until = time.monotonic() + seconds
        try:
            connection = self._connection(target, until=until, patience=seconds / 2)
        except _FAILURES as error:
            raise ConnectionError(f"{target.host}: {_in_words(error, seconds)}") from None
        try:
            connection.request(method, target.path, content, fields)
            return _answer(connection)
        except _FAILURES as error:
            connection.close()
            raise TimeoutError(f"{target.host}: {_in_words(error, seconds)}") from None

    def _fields(self, target: _Target, headers: Mapping[str, str]) -> Mapping[str, str]:
        fields = {"User-Agent": self._user_agent}
        if target.authorization:
            fields["Authorization"] = target.authorization
        fields.update(headers)
        if any(c in value for value in fields.values() for c in "\r\n\0"):
            raise ValueError("a header with a line end in it")
        return fields

    def _connection(self, target: _Target, *, until: float, patience: float) -> _Connection:
        """The kept connection where it still stands, else a new one."""
        kept: dict[Any, _Connection] = self._kept.__dict__
        found = kept.get(target.server)
        if found is not None and found.line is not None and found.is_usable(time.monotonic()):
            found.line.allow(until)
            return found
        if found is not None:
            found.close()
        connection = _Connection(target.host, target.port)
        opened = line.dial(target.host, target.port, until=until, patience=patience)
        try:
            if target.scheme == "https":
                opened.secure(self._trust(), target.host)
        except BaseException:
            opened.close()
            raise
        opened_as: Any = opened
        connection.sock = opened_as
        kept[target.server] = connection
        return connection


def _answer(connection: _Connection) -> Posted:
    """Status, headers and the beginning of the body; the connection is kept when the rest is short."""
    response = connection.getresponse()
    excerpt = response.read(_EXCERPT_BYTES)
    fields = {name.lower(): value for name, value in response.getheaders()}
    if response.read(1) or response.will_close:
        connection.close()
    connection.idle_since = time.monotonic()
    return Posted(response.status, fields, excerpt.decode(errors="replace"))


def _target(url: str) -> _Target:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
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
