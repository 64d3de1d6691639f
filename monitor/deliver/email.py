"""E-mail: one message for one recipient, with headers by which mail programs thread it and know a repeat.

The address is Apprise's (`mailtos://user:password@example.org?to=a@b.org,c@d.org`), whose e-mail plugin
also knows the big providers' servers. Message and SMTP dialogue are ours: Apprise would add a random
Message-ID, and tells neither the server's answer nor how far the dialogue came. An address in `cc=`
or `bcc=` is a recipient like those in `to=`. Encryption by `pgp=` is refused rather than left out.
"""

import hashlib
import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any

from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.email import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController

from monitor.deliver import mailaddress
from monitor.deliver.apprise import asset, warnings_of_apprise
from monitor.deliver.channel import Channel, Context
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome, Priority

_POLICY = policy.SMTP.clone(cte_type="7bit")  # every server takes seven bits
_LONGEST_SILENCE = timedelta(seconds=15)  # of the server, per answer
_OURS = {
    "auto-submitted", "bcc", "cc", "content-type", "date", "from", "in-reply-to", "list-id", "message-id",
    "importance", "mime-version", "references", "subject", "to", "x-priority",
}  # fmt: skip
_EXAMPLE = "mailtos://user:password@example.org?to=desk@example.org"


class _Address(NotifyEmail):  # type: ignore[no-untyped-call]
    """Apprise's reading of a mail address: server, mode, login, sender and recipients."""

    @property
    def everyone(self) -> tuple[str, ...]:
        found = [address for _, address in self.targets] + sorted(self.cc) + sorted(self.bcc)
        return tuple(dict.fromkeys(found))


class _Session(AppriseSMTPController):
    """One SMTP connection; Apprise connects, secures and logs in, `deliver` tells how far it came."""

    def deliver(self, *, sender: str, recipient: str, content: bytes) -> Outcome:
        smtp: Any = self._socket  # a connected smtplib.SMTP
        smtp.ehlo_or_helo_if_needed()
        code, answer = smtp.mail(sender)
        if code != 250:
            return _answered(code, answer, f"sender {sender}", for_good=DeliveryReason.CONFIGURATION)
        code, answer = smtp.rcpt(recipient)
        if code not in (250, 251):
            return _answered(code, answer, f"recipient {recipient}")
        code, answer = smtp.docmd("DATA")
        if code != 354:
            return _answered(code, answer, "message")
        try:
            smtp.send(_stuffed(content))
            code, answer = smtp.getreply()
        except OSError as error:  # smtplib's own "disconnected" is one too
            return Outcome(DeliveryReason.UNKNOWN, f"no answer after the message was sent: {error}")
        return Outcome() if code == 250 else _answered(code, answer, "message")


class Email:
    """One sender and its recipients."""

    def __init__(self, spec: ChannelSpec, context: Context) -> None:
        self.name = spec.name
        self._mail: Any = _parsed(spec)  # Apprise's attributes have no types
        self.recipients: tuple[str, ...] = self._mail.everyone
        self._silence: Any = min(_LONGEST_SILENCE, spec.deadline).total_seconds()
        self._context = context

    def send(self, notification: Notification, recipient: str) -> Outcome:
        message = self._message(notification, recipient)
        session = _Session(
            host=self._mail.smtp_host,
            port=self._mail.port,
            secure_mode=self._mail.secure_mode,
            user=self._mail.user,
            password=self._mail.password,
            verify_certificate=self._mail.verify_certificate,
            socket_connect_timeout=self._silence,
        )
        try:
            with session:
                return session.deliver(
                    sender=self._mail.from_addr[1], recipient=recipient, content=message.as_bytes()
                )
        except OSError as error:
            return _failed(error, server=f"{self._mail.smtp_host}:{self._mail.port}", silence=self._silence)

    def close(self) -> None:
        """Each mail has its own connection."""

    def _message(self, notification: Notification, recipient: str) -> EmailMessage:
        message = EmailMessage(policy=_POLICY)
        name, sender = self._mail.from_addr
        message["From"] = formataddr((name or "newsmonitor", sender))
        message["To"] = recipient
        message["Subject"] = notification.title
        message["Date"] = format_datetime(self._context.now())
        for header, value in self._threading(notification, recipient).items():
            message[header] = value
        message["Auto-Submitted"] = "auto-generated"
        message["List-Id"] = f"newsmonitor {_slug(self.name)} <{_slug(self.name)}.newsmonitor.{self._domain}>"
        if notification.priority is Priority.HIGH:
            message["Importance"] = "high"
            message["X-Priority"] = "1"
        for header, value in self._mail.headers.items():
            message[header] = value
        if self._mail.reply_to and "Reply-To" not in message:
            message["Reply-To"] = ", ".join(sorted(self._mail.reply_to))
        message.set_content(notification.text)
        message.add_alternative(notification.html, subtype="html")
        return message

    def _threading(self, notification: Notification, recipient: str) -> Mapping[str, str]:
        """The first message of a thread is named after the thread, so that later ones can refer to it."""
        first = self._id(f"{notification.thread}\n{recipient}")
        if notification.first_of_thread:
            return {"Message-ID": first}
        return {"Message-ID": self._id(notification.key), "In-Reply-To": first, "References": first}

    def _id(self, text: str) -> str:
        digest = hashlib.sha256(f"{self._context.instance}\n{text}".encode()).hexdigest()
        return f"<{digest[:40]}@{self._domain}>"

    @property
    def _domain(self) -> str:
        domain: str = self._mail.from_addr[1].rpartition("@")[2]
        return domain.encode("idna").decode("ascii") if not domain.isascii() else domain


def _answered(
    code: int, answer: bytes, what: str, *, for_good: DeliveryReason = DeliveryReason.PERMANENT
) -> Outcome:
    text = " ".join(answer.decode("utf-8", "replace").split())[:200]
    reason = for_good if code >= 500 else DeliveryReason.TRANSIENT
    return Outcome(reason, f"SMTP {code} for the {what}: {text}")


def _failed(error: OSError, *, server: str, silence: float) -> Outcome:
    """An error before the message was on its way: it cannot have arrived."""
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = f"the certificate of {server} is not valid: {error.verify_message}"
        return Outcome(DeliveryReason.CONFIGURATION, detail)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome(DeliveryReason.CONFIGURATION, f"{server} does not offer this: {error}")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # 4xx: the server cannot check the login now
        return _answered(
            error.smtp_code, _bytes(error.smtp_error), "login", for_good=DeliveryReason.CONFIGURATION
        )
    if isinstance(error, smtplib.SMTPResponseException):
        what = "connection"
        return _answered(
            error.smtp_code, _bytes(error.smtp_error), what, for_good=DeliveryReason.CONFIGURATION
        )
    return Outcome(DeliveryReason.TRANSIENT, f"no connection to {server}: {_in_words(error, silence)}")


def _in_words(error: OSError, silence: float) -> str:
    """What happened, without the names that Python has for it."""
    if isinstance(error, TimeoutError):
        return f"no answer within {silence:g} s"
    if isinstance(error, socket.gaierror):
        return "its name cannot be looked up; is it spelt right?"
    if isinstance(error, ssl.SSLError):
        # The common cause: `mode=ssl` at a port that begins in the clear.
        return f"no TLS there ({error.reason or error.strerror}); is `mode=` right for this port?"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the server hung up"
    text = error.strerror or str(error) or "the reason is unknown"
    return text[0].lower() + text[1:]


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _stuffed(content: bytes) -> bytes:
    """The message as DATA wants it: a dot at the start of a line doubled, a lone dot at the end."""
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content) + b".\r\n"


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-").lower() or "channel"


def _parsed(spec: ChannelSpec) -> _Address:
    if fault := mailaddress.fault_in(spec.url, _Address.template_args):
        raise _wrong(spec, fault)
    settings: dict[str, Any] | None
    with warnings_of_apprise() as lines:
        settings = _Address.parse_url(spec.url)  # type: ignore[no-untyped-call]
        if not settings:
            raise _wrong(spec, f"the address cannot be read; expected {_EXAMPLE}")
        try:
            address = _Address(**settings, asset=asset())  # type: ignore[no-untyped-call]
        except AppriseImproperlyConfigured as error:
            raise _wrong(spec, f"{error}; expected {_EXAMPLE}, or ?from=…&to=… in it") from None
    dropped = [line for line in lines if "ropped invalid" in line]
    if dropped:
        raise _wrong(spec, "; ".join(dropped))
    if not address.smtp_host:
        raise _wrong(spec, f"the mail server's name is missing; expected {_EXAMPLE}")
    if address.pgp_mode != "no":
        raise _wrong(spec, "pgp= is not supported: mail would go out unencrypted; remove it")
    for header, value in address.headers.items():
        if header.strip().lower() in _OURS or re.search(r"[\r\n]", header + value):
            raise _wrong(spec, f"the header {header!r} cannot be set in the address")
    return address


def _wrong(spec: ChannelSpec, detail: str) -> DeliveryError:
    return DeliveryError(spec.name, DeliveryReason.CONFIGURATION, detail, recoverable=False)


def create(spec: ChannelSpec, context: Context) -> Channel:
    """Make the channel of `mailto://` (plain) or `mailtos://` (TLS). Raises DeliveryError."""
    return Email(spec, context)
