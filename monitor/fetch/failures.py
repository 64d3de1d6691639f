"""Turns what the outside world does to a fetch into a reason and a sentence. Knows no policy."""

import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from monitor.errors import PollReason
from monitor.fetch import decode, guard, headers
from monitor.fetch.outcome import Failed

_REASONS = {
    401: PollReason.FORBIDDEN,
    403: PollReason.FORBIDDEN,
    404: PollReason.NOT_FOUND,
    407: PollReason.FORBIDDEN,
    410: PollReason.GONE,
    429: PollReason.RATE_LIMITED,
    451: PollReason.FORBIDDEN,
}


class Rejected(Exception):
    """Our own rules end the visit."""

    def __init__(self, reason: PollReason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


EXPECTED: tuple[type[Exception], ...] = (
    Rejected,
    TimeoutError,
    guard.RefusedAddress,
    guard.UnknownHost,
    decode.TooLarge,
    decode.UnknownCoding,
    decode.BrokenCoding,
    guard.NetworkError,
    guard.TimeoutException,
    guard.ProtocolError,
    ssl.SSLError,
    OSError,
)

_OUR_OWN: dict[type[Exception], PollReason] = {
    guard.UnknownHost: PollReason.DNS,
    decode.TooLarge: PollReason.TOO_LARGE,
    decode.UnknownCoding: PollReason.ENCODING,
    decode.BrokenCoding: PollReason.ENCODING,
    guard.ProtocolError: PollReason.PROTOCOL,
}


# Two ways of the HTTP library to say that the peer hung up, which is no breach of protocol.
_CUT = ("Server disconnected", "peer closed connection")


def explain(error: Exception, *, deadline: timedelta, hint: str = "") -> Failed:
    """The failure behind one of the EXPECTED exceptions. `hint` says how to mend a refused address."""
    if isinstance(error, Rejected):
        return Failed(error.reason, error.detail)
    if isinstance(error, TimeoutError):
        return Failed(PollReason.TIMEOUT, f"not done within {deadline.total_seconds():g} s")
    if tls := next((e for e in _causes(error) if isinstance(e, ssl.SSLError)), None):
        return Failed(PollReason.TLS, _tls_text(tls))
    if isinstance(error, guard.ConnectTimeout):
        return Failed(PollReason.CONNECT, "the host did not answer in time")
    if isinstance(error, guard.ProtocolError) and str(error).startswith(_CUT):
        return Failed(PollReason.CONNECT, "the connection was cut")
    if isinstance(error, guard.RefusedAddress):
        return Failed(PollReason.REFUSED_ADDRESS, _sentence(error) + hint)
    for kind, reason in _OUR_OWN.items():
        if isinstance(error, kind):
            return Failed(reason, _sentence(error))
    return Failed(PollReason.CONNECT, _network_text(error))


def of_status(status: int, fields: Mapping[str, str], *, now: datetime) -> Failed:
    """The failure that an answer's status stands for."""
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    detail = f"HTTP {status}{phrase}"
    if "cf-mitigated" in fields:
        detail += " (a challenge page that only a browser passes)"
    wait = headers.retry_after(fields, now=now)
    return Failed(_reason_of(status), detail, wait, status)


def _reason_of(status: int) -> PollReason:
    if status in _REASONS:
        return _REASONS[status]
    if status in (204, 205):
        return PollReason.EMPTY
    if 400 <= status < 500:
        return PollReason.CLIENT_ERROR
    if 500 <= status < 600:
        return PollReason.SERVER_ERROR
    return PollReason.REDIRECT if 300 <= status < 400 and status != 304 else PollReason.PROTOCOL


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _tls_text(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate was refused: {error.verify_message}"
    reason = (error.reason or "no reason given").replace("_", " ").lower()
    return f"the TLS handshake failed: {reason}"


def _network_text(error: Exception) -> str:
    """The system's own words, which name neither address nor credentials."""
    system = next((e for e in _causes(error) if isinstance(e, OSError) and e.strerror), None)
    if isinstance(system, OSError):
        return str(system.strerror)
    return "the connection was cut" if isinstance(error, guard.NetworkError) else _sentence(error)


def _sentence(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:300]
