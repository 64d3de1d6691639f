"""Mail servers that misbehave below the level of SMTP: drips, silence, nonsense; over raw sockets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from monitor.deliver.channel import Context, create
from monitor.errors import DeliveryReason
from tests.support.messages import DECIDED_AT, notification, spec

TO = "desk@reader.example"
SHORT = timedelta(seconds=0.6)


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Lets `talk` speak on each connection; yields the channel's address."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                with suppress(OSError):
                    talk(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"mailto://127.0.0.1:{listening.getsockname()[1]}?from=a@news.example&to={TO}"
    finally:
        stopping.set()
        thread.join(10)
        listening.close()


def send(address: str, deadline: timedelta = SHORT):
    channel = create(spec(address, deadline=deadline), Context(now=lambda: DECIDED_AT))
    try:
        return channel.send(notification(), TO)
    finally:
        channel.close()


def drip(connection: socket.socket, text: bytes = b"220 welcome ") -> None:
    """A byte now and then, and never the end of the line."""
    connection.sendall(text)
    while True:
        connection.sendall(b".")
        time.sleep(0.05)


def until_message(connection: socket.socket) -> None:
    """The dialogue up to the end of the message, without the answer to it."""
    connection.sendall(b"220 here\r\n")
    answers = {b"DATA": b"354 go on\r\n"}
    with connection.makefile("rb") as lines:
        for line in lines:
            if line == b".\r\n":
                return
            if line[:4].upper() in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA", b"RSET"):
                connection.sendall(answers.get(line[:4].upper(), b"250 ok\r\n"))


def test_a_greeting_that_drips_is_left_at_the_deadline():
    """A byte a moment would keep a socket's own time-out waiting for ever."""
    with server(drip) as address:
        outcome = send(address)
    assert outcome.reason is DeliveryReason.TRANSIENT
    assert "no answer within 0.6 s" in outcome.detail


@pytest.mark.parametrize("ending", ["drip", "silence", "cut"])
def test_after_the_message_only_an_answer_counts(ending):
    """Dripped, missing or cut off: it may have arrived."""

    def talk(connection: socket.socket) -> None:
        until_message(connection)
        if ending == "drip":
            drip(connection, b"250 ")
        elif ending == "silence":
            connection.recv(1)

    with server(talk) as address:
        assert send(address).reason is DeliveryReason.UNKNOWN


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff\x15\x03\x01\r\n",
        b"2" * 20_000 + b"\r\n",
        b"554 go away\r\n",
        b"",
    ],
)
def test_what_is_no_mail_server_is_told_as_such(greeting):
    """Nothing is sent to it, nothing breaks, and nothing is unknown."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(greeting)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    with server(talk) as address:
        outcome = send(address)
    assert outcome.reason in (DeliveryReason.TRANSIENT, DeliveryReason.CONFIGURATION)
    assert outcome.detail


def test_commands_before_tls_are_not_believed_after_it():
    """What a man in the middle slips in behind the answer to STARTTLS is dropped with the connection."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 here\r\n")
        connection.recv(4096)
        connection.sendall(b"250-here\r\n250 STARTTLS\r\n")
        connection.recv(4096)
        connection.sendall(b"220 go\r\n250 AUTH PLAIN\r\n")
        connection.recv(4096)

    with server(talk) as address:
        outcome = send(address.replace("mailto://", "mailtos://u:p@").replace("127.0.0.1", "localhost"))
    assert not outcome.sent
