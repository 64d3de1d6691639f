"""What an answer of a mail server means for a delivery, and for the channel as a whole.

The basic code says whether it is for good (5xx) or may pass (4xx). The enhanced code (RFC 3463) and
in two cases the words tell apart what is the message's fault, the recipient's, and our own: a login
that is refused or a relay that is denied stays so for every message.
"""

import re
import smtplib
import socket
import ssl
from enum import Enum, auto

from monitor.errors import DeliveryReason
from monitor.model import Outcome

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_OURS = {530, 534, 535, 538}  # we must log in, or log in otherwise
_OURS_ENHANCED = {"5.7.8", "5.7.9", "5.7.11", "5.7.14", "5.7.60"}
_FULL = {"5.2.2"}  # a mailbox that is full today may have room tomorrow
_TOO_MUCH = {"4.7.28", "4.5.3"}
_RELAY = re.compile(r"relay", re.IGNORECASE)
_TOO_FAST = re.compile(
    r"rate.?limit|too many (?:messages|mails|emails|connections|recipients)|too (?:fast|quickly)|throttl",
    re.IGNORECASE,
)


class Stage(Enum):
    """How far the dialogue had come."""

    CONNECTION = auto()
    LOGIN = auto()
    SENDER = auto()
    RECIPIENT = auto()
    MESSAGE = auto()


def answered(code: int, answer: bytes | str, stage: Stage, *, about: str = "") -> Outcome:
    """The outcome of an answer that is no yes. `about` is the address concerned."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    text = " ".join(re.sub(r"\r?\n\s*[245]\.\d{1,3}\.\d{1,3}\b", " ", text).split())[:200]
    what = " ".join(part for part in (stage.name.lower(), about) if part)
    return Outcome(_reason(code, text, stage), f"SMTP {code} for the {what}: {text}")


def _reason(code: int, text: str, stage: Stage) -> DeliveryReason:
    found = _ENHANCED.match(text)
    enhanced = found[1] if found else ""
    if code < 0 or 200 <= code < 400:
        return DeliveryReason.TRANSIENT  # not SMTP, or an answer to something else
    if code < 500:
        too_much = enhanced in _TOO_MUCH or _TOO_FAST.search(text)
        return DeliveryReason.THROTTLED if too_much else DeliveryReason.TRANSIENT
    if stage in (Stage.CONNECTION, Stage.LOGIN, Stage.SENDER):
        return DeliveryReason.CONFIGURATION
    if code in _OURS or enhanced in _OURS_ENHANCED or (stage is Stage.RECIPIENT and _RELAY.search(text)):
        return DeliveryReason.CONFIGURATION
    return DeliveryReason.TRANSIENT if enhanced in _FULL else DeliveryReason.PERMANENT


def failed(error: OSError, *, server: str, seconds: float) -> Outcome:
    """The outcome of an error before the message was on its way: it cannot have arrived."""
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = f"the certificate of {server} is not valid: {error.verify_message}"
        return Outcome(DeliveryReason.CONFIGURATION, detail)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome(DeliveryReason.CONFIGURATION, f"{server} does not offer this: {error}")
    if isinstance(error, smtplib.SMTPResponseException):
        is_login = isinstance(error, smtplib.SMTPAuthenticationError)
        return answered(error.smtp_code, error.smtp_error, Stage.LOGIN if is_login else Stage.CONNECTION)
    if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
        return Outcome(DeliveryReason.CONFIGURATION, f"{server}: {error}")
    if _timed_out(error):
        detail = f"no connection to {server}: no answer within {seconds:g} s"
        return Outcome(DeliveryReason.TRANSIENT, detail)
    return Outcome(DeliveryReason.TRANSIENT, f"no connection to {server}: {in_words(error)}")


def in_words(error: OSError) -> str:
    """What happened, without the names that Python has for it."""
    if _timed_out(error):
        return "the time was up"
    if isinstance(error, socket.gaierror):
        return "its name cannot be looked up; is it spelt right?"
    if isinstance(error, ssl.SSLError):
        # The common cause: `mode=ssl` at a port that begins in the clear.
        return f"no TLS there ({error.reason or error.strerror}); is `mode=` right for this port?"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the server hung up"
    text = error.strerror or str(error) or "the reason is unknown"
    return text[0].lower() + text[1:]


def _timed_out(error: OSError) -> bool:
    """smtplib wraps a timeout while reading into a "disconnected"."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
