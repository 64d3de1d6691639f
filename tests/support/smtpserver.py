"""A real SMTP server on the loopback: keeps every mail it accepts, and answers as it is told to.

    with SmtpServer() as server:
        server.answer("RCPT", "550 5.1.1 no such user")
        server.url(to=["desk@example.org"])   # → a mailto:// address
        server.wait_for(1)                    # → the mails

An answer is given once, in the order of the calls; without one the server says yes. `HANG` answers
nothing, `CUT` drops the connection.
"""

import asyncio
import email
import email.policy
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

HANG = "hang"
CUT = "cut"


@dataclass(frozen=True)
class Mail:
    """One accepted message. `content` is what came after DATA, byte for byte."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        """The message, parsed; headers decoded."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @property
    def text(self) -> str:
        """The plain part."""
        return self.message.get_body(("plain",)).get_content()

    @property
    def html(self) -> str:
        """The HTML part."""
        return self.message.get_body(("html",)).get_content()


class SmtpServer:
    """Runs in its own thread from `with` on. `login` asks for a user and password (and needs `tls`)."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None) -> None:
        self.mails: list[Mail] = []
        self.connections = 0
        self._protocols: list[SMTP] = []
        self._tls = tls
        self._login = login
        self._script: dict[str, deque[str]] = defaultdict(deque)
        self._arrived = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp server", daemon=True)
        self.port = 0

    def answer(self, command: str, *answers: str) -> None:
        """Give these answers to the next occurrences of MAIL, RCPT, or DATA (at the message's end)."""
        self._script[command].extend(answers)

    def url(self, *, to: Sequence[str], sender: str = "monitor@news.example", more: str = "") -> str:
        """The channel address that sends through here."""
        scheme = "mailtos" if self._tls else "mailto"
        login = f"{quote(self._login[0], '')}:{quote(self._login[1], '')}@" if self._login else ""
        return f"{scheme}://{login}localhost:{self.port}?from={sender}&to={','.join(to)}{more}"

    def wait_for(self, count: int, *, seconds: float = 10) -> list[Mail]:
        """The mails, once there are `count`; fails with what came when that takes too long."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.mails) >= count, timeout=seconds)
            assert arrived, f"expected {count} mails within {seconds} s, got {self.mails}"
            return list(self.mails)

    def __enter__(self) -> "SmtpServer":
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        self._server = starting.result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> asyncio.Server:
        return await self._loop.create_server(self._protocol, "localhost", 0, family=2)

    async def _stop(self) -> None:
        self._server.close()
        for protocol in self._protocols:
            if protocol.transport is not None:  # a client may keep its connection
                protocol.transport.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _protocol(self) -> SMTP:
        self.connections += 1
        protocol = SMTP(
            self,
            hostname="localhost",
            loop=self._loop,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            auth_required=self._login is not None,
            authenticator=self._authenticate,
        )
        self._protocols.append(protocol)
        return protocol

    def hang_up(self) -> None:
        """Cut every connection, as a server does that restarts."""
        for protocol in self._protocols:
            if protocol.transport is not None:
                self._loop.call_soon_threadsafe(protocol.transport.abort)

    def _authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    async def _scripted(self, command: str, server: SMTP) -> str | None:
        answers = self._script[command]
        answer = answers.popleft() if answers else None
        if answer == HANG:
            await asyncio.Event().wait()
        if answer == CUT:
            server.transport.abort()
            await asyncio.sleep(0)
        return answer

    # --- aiosmtpd's hooks -------------------------------------------------------------------------

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._scripted("MAIL", server)
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._scripted("RCPT", server)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await self._scripted("DATA", server)
        if answer is None:
            with self._arrived:
                self.mails.append(
                    Mail(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content)
                )
                self._arrived.notify_all()
        return answer or "250 OK"
