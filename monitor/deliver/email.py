"""E-mail: one message for one recipient, with headers by which mail programs thread it and know a repeat.

The address is Apprise's (`mailtos://user:password@example.org?to=a@b.org,c@d.org`), whose e-mail plugin
also knows the big providers' servers. Message and SMTP dialogue are ours (see `mime`, `smtp`): Apprise
would add a random Message-ID, connect anew for each mail, and tells neither the server's answer nor how
far the dialogue came. An address in `cc=` or `bcc=` is a recipient like those in `to=`. Encryption by
`pgp=` is refused rather than left out.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.email import NotifyEmail

from monitor.deliver import mailaddress, mime, smtp
from monitor.deliver.apprise import asset, warnings_of_apprise
from monitor.deliver.channel import Channel, Context
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import ChannelSpec, Notification, Outcome, Priority

_LONGEST_SILENCE = timedelta(seconds=15)  # of the server, while connecting
_OURS = {
    "auto-submitted", "bcc", "cc", "content-transfer-encoding", "content-type", "date", "from", "importance",
    "in-reply-to", "list-id", "list-unsubscribe", "message-id", "mime-version", "references", "subject", "to",
    "x-priority",
}  # fmt: skip
_EXAMPLE = "mailtos://user:password@example.org?to=desk@example.org"


class _Address(NotifyEmail):  # type: ignore[no-untyped-call]
    """Apprise's reading of a mail address: server, mode, login, sender and recipients."""

    @property
    def everyone(self) -> tuple[str, ...]:
        found = [address for _, address in self.targets] + sorted(self.cc) + sorted(self.bcc)
        return tuple(dict.fromkeys(found))


class Email:
    """One sender and its recipients."""

    def __init__(self, spec: ChannelSpec, context: Context) -> None:
        mail: Any = _parsed(spec)  # Apprise's attributes have no types
        self.name = spec.name
        self.recipients: tuple[str, ...] = mail.everyone
        self._deadline = spec.deadline.total_seconds()
        self._context = context
        name, sender = mail.from_addr
        self._sender = _ascii(spec, sender)
        self._domain = self._sender.rpartition("@")[2]
        self._constant = self._same_in_all(spec, mail, name or "newsmonitor")
        self._connection = smtp.Connection(
            smtp.Server(
                host=mail.smtp_host,
                port=mail.port,
                mode=mail.secure_mode,
                user=mail.user or "",
                password=mail.password or "",
                verify=mail.verify_certificate,
                silence=min(_LONGEST_SILENCE, spec.deadline).total_seconds(),
            )
        )

    def send(self, notification: Notification, recipient: str) -> Outcome:
        try:
            address = _in_ascii(recipient)
        except UnicodeError:
            return Outcome(
                DeliveryReason.PERMANENT, f"mail to {recipient} needs SMTPUTF8, which is not spoken"
            )
        content = mime.write(
            self._headers(notification, recipient, address),
            text=notification.text,
            html=notification.html,
            boundary=f"=_{hashlib.sha256(notification.key.encode()).hexdigest()[:32]}",
        )
        return self._connection.deliver(
            sender=self._sender, recipient=address, content=content, seconds=self._deadline
        )

    def preview(self, notification: Notification, recipient: str) -> str:
        """Headers and the text part; the HTML part is apart."""
        headers = self._headers(notification, recipient, recipient)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        return "\n".join(lines) + f"\n\n{notification.text}"

    def rest(self) -> None:
        """Say goodbye to the server."""
        self._connection.rest()

    def close(self) -> None:
        """Say goodbye to the server."""
        self._connection.rest()

    def _headers(self, notification: Notification, recipient: str, address: str) -> Mapping[str, str]:
        headers = {
            "From": self._constant["From"],
            "To": address,
            "Subject": notification.title,
            "Date": format_datetime(self._context.now()),
            **self._threading(notification, recipient),
            **self._constant,
        }
        if notification.priority is Priority.HIGH:
            headers |= {"Importance": "high", "X-Priority": "1"}
        return headers

    def _same_in_all(self, spec: ChannelSpec, mail: Any, name: str) -> Mapping[str, str]:
        """The headers that every mail of the channel has."""
        list_id = f"newsmonitor {_slug(self.name)} <{_slug(self.name)}.newsmonitor.{self._domain}>"
        headers = {
            "From": mime.phrase(name, self._sender),
            "Auto-Submitted": "auto-generated",
            "List-Id": list_id,
        }
        if spec.unsubscribe:
            headers["List-Unsubscribe"] = f"<{_unsubscribe(spec)}>"
        headers |= mail.headers
        if mail.reply_to and "reply-to" not in {header.lower() for header in headers}:
            headers["Reply-To"] = ", ".join(_ascii(spec, address) for address in sorted(mail.reply_to))
        return headers

    def _threading(self, notification: Notification, recipient: str) -> Mapping[str, str]:
        """The first message of a thread is named after the thread, so that later ones can refer to it."""
        first = self._id(f"{notification.thread}\n{recipient}")
        if notification.first_of_thread:
            return {"Message-ID": first}
        return {"Message-ID": self._id(notification.key), "In-Reply-To": first, "References": first}

    def _id(self, text: str) -> str:
        digest = hashlib.sha256(f"{self._context.instance}\n{text}".encode()).hexdigest()
        return f"<{digest[:40]}@{self._domain}>"


def _in_ascii(address: str) -> str:
    """The address with its domain as DNS has it. Raises UnicodeError for a name that mail cannot carry."""
    local, _, domain = address.rpartition("@")
    local.encode("ascii")
    return address if domain.isascii() else f"{local}@{domain.encode('idna').decode('ascii')}"


def _ascii(spec: ChannelSpec, address: str) -> str:
    try:
        return _in_ascii(address)
    except UnicodeError:
        raise _wrong(spec, f"{address} is no address that every mail server takes") from None


def _unsubscribe(spec: ChannelSpec) -> str:
    """The configured address as a link: people and mail programs can use it."""
    if "://" in spec.unsubscribe:
        return spec.unsubscribe
    address = _ascii(spec, spec.unsubscribe)
    return f"mailto:{quote(address, safe='@+.')}?subject={quote(f'unsubscribe {spec.name}')}"


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
