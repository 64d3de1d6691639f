"""A real SMTP server on the loopback that keeps what it is sent. The only importer of aiosmtpd."""

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

SENDER = "newsmonitor@demo.example"
RECIPIENT = "desk@demo.example"


@dataclass(frozen=True, slots=True)
class Mail:
    """One received message, byte for byte."""

    content: bytes

    def header(self, name: str) -> str:
        """A header, decoded and unfolded; "" when it is missing."""
        return str(self._message().get(name, ""))

    @property
    def text(self) -> str:
        """The plain text part."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part."""
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self._message().get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""

    def _message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=email.policy.default)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where the server listens, and what has come."""

    port: int
    arrived: "asyncio.Queue[Mail]"

    @property
    def channel(self) -> str:
        """The address of a channel that sends here."""
        return f"mailto://127.0.0.1:{self.port}?from={SENDER}&to={RECIPIENT}"


@contextlib.asynccontextmanager
async def serve() -> AsyncIterator[Mailbox]:
    """Take mail for anybody while the context lasts. Raises MonitorError when aiosmtpd is not installed."""
    try:
        from aiosmtpd.smtp import SMTP
    except ImportError:
        raise MonitorError(
            "the demonstration needs a mail server, which is not installed: pip install 'newsmonitor[demo]'"
        ) from None
    loop = asyncio.get_running_loop()
    handler = _Handler()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="mailbox.demo.example", loop=loop), "127.0.0.1", 0
    )
    try:
        yield Mailbox(server.sockets[0].getsockname()[1], handler.arrived)
    finally:
        server.close()


class _Handler:
    def __init__(self) -> None:
        self.arrived: asyncio.Queue[Mail] = asyncio.Queue()

    async def handle_DATA(self, _server: "SMTP", _session: "Session", envelope: "Envelope") -> str:  # noqa: N802
        self.arrived.put_nowait(Mail(envelope.original_content or b""))
        return "250 taken"
