"""SMTP connections that are kept between mails, and that tell how far the dialogue came.

    connect → EHLO → STARTTLS → AUTH │ MAIL → RCPT → DATA → message → answer │ MAIL → …

A mail for which no answer came after its last byte may have arrived: it is never sent again from here.
Before that byte nothing has, so that a kept connection which turns out to be dead is replaced by a
new one on the spot. Everything has one deadline. Writes no messages (see `mime`).
"""

import base64
import contextlib
import re
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from monitor.deliver import line, smtpanswers
from monitor.deliver.smtpanswers import Stage
from monitor.errors import DeliveryReason
from monitor.model import Outcome

MAILS_A_CONNECTION = 100  # many servers hang up after so many; better to go by ourselves
_GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where to deliver to, and how. `mode` is "starttls", "ssl" or "insecure"; `silence` in seconds."""

    host: str
    port: int
    mode: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    verify: bool = True
    silence: float = 15.0  # longest time for connecting

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class _Client(smtplib.SMTP):
    """smtplib's commands over a line with a deadline."""

    def __init__(self, opened: line.Line) -> None:
        super().__init__()
        self.sock: Any = opened
        self.file: Any = None

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """STARTTLS. What the server says before the handshake is forgotten after it (RFC 3207)."""
        self.ehlo_or_helo_if_needed()
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server")
        code, answer = self.docmd("STARTTLS")
        if code != 220:
            raise smtplib.SMTPResponseException(code, answer)
        self.file.close()
        self.file = None
        self.sock.secure(context, host)
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def authenticate(self, user: str, password: str) -> None:
        """AUTH PLAIN with its answer in the command where the server offers it, else as smtplib does."""
        self.ehlo_or_helo_if_needed()
        if "PLAIN" in self.esmtp_features.get("auth", "").upper().split():
            login = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            code, answer = self.docmd("AUTH", f"PLAIN {login}")
            if code not in (235, 503):
                raise smtplib.SMTPAuthenticationError(code, answer)
        else:
            self.login(user, password)


class Connection:
    """One connection at a time to one server. Used from one thread."""

    def __init__(self, server: Server, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._clock = clock
        self._client: _Client | None = None
        self._mails = 0

    def deliver(self, *, sender: str, recipient: str, content: bytes, seconds: float) -> Outcome:
        """Send one message, which ends in CRLF, to one recipient. Takes `seconds` at most; raises nothing."""
        until = self._clock() + seconds
        while True:
            is_kept = self._is_usable()
            try:
                client = self._ready(until)
                outcome = self._dialogue(client, sender, recipient, content, is_kept=is_kept)
            except OSError as error:  # smtplib's errors are some
                self._drop()
                if is_kept and self._clock() < until:
                    continue  # it had died since: nothing was sent
                return smtpanswers.failed(error, server=str(self._server), seconds=seconds)
            except ValueError as error:  # smtplib refuses line breaks in addresses
                self._drop()
                return Outcome(DeliveryReason.PERMANENT, f"cannot be sent: {error}")
            if outcome is not None:
                return outcome

    def rest(self) -> None:
        """Say goodbye; the next mail connects anew."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(OSError):
                client.sock.allow(self._clock() + _GOODBYE_SECONDS)
                client.quit()
            client.close()

    def _is_usable(self) -> bool:
        if self._client is None:
            return False
        if self._mails >= MAILS_A_CONNECTION:
            self.rest()
        elif self._client.sock is None or self._client.sock.is_stale():
            self._drop()
        return self._client is not None

    def _ready(self, until: float) -> _Client:
        """The kept connection, or a new one that is secured and logged in."""
        if self._client is None:
            self._client = self._open(until)
            self._mails = 0
        self._client.sock.allow(until)
        return self._client

    def _open(self, until: float) -> _Client:
        server = self._server
        opened = line.dial(server.host, server.port, until=until, patience=server.silence, clock=self._clock)
        client = _Client(opened)
        try:
            if server.mode == "ssl":
                opened.secure(self._context(), server.host)
            code, answer = client.getreply()
            if code != 220:
                raise smtplib.SMTPConnectError(code, answer)
            if server.mode == "starttls":
                client.secure(self._context(), server.host)
            if server.user and server.password:
                client.authenticate(server.user, server.password)
            client.ehlo_or_helo_if_needed()
        except BaseException:
            client.close()
            opened.close()
            raise
        return client

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self._server.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _dialogue(
        self, client: _Client, sender: str, recipient: str, content: bytes, *, is_kept: bool
    ) -> Outcome | None:
        """One message; None when the server has had enough of this kept connection: another one, please."""
        code, answer = client.mail(sender)
        if code != 250:
            self._drop()
            if is_kept and 400 <= code < 500:
                return None
            return smtpanswers.answered(code, answer, Stage.SENDER, about=sender)
        code, answer = client.rcpt(recipient)
        if code not in (250, 251):
            self._forget(client)
            return smtpanswers.answered(code, answer, Stage.RECIPIENT, about=recipient)
        code, answer = client.docmd("DATA")
        if code != 354:
            self._forget(client)
            return smtpanswers.answered(code, answer, Stage.MESSAGE)
        try:
            client.sock.sendall(stuffed(content))
            code, answer = client.getreply()
        except OSError as error:
            self._drop()
            detail = f"no answer after the message was sent: {smtpanswers.in_words(error)}"
            return Outcome(DeliveryReason.UNKNOWN, detail)
        self._mails += 1
        if code == 250:
            return Outcome()
        if code == 421:
            self._drop()
        return smtpanswers.answered(code, answer, Stage.MESSAGE)

    def _forget(self, client: _Client) -> None:
        """Undo the refused message; a server that cannot even do that is left."""
        try:
            code, _ = client.rset()
        except OSError:
            code = 0
        if code != 250:
            self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def stuffed(content: bytes) -> bytes:
    """The message as DATA wants it: a dot at the start of a line doubled, a lone dot at the end."""
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content) + b".\r\n"
