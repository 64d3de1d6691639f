"""Posting to webhooks: what arrives, and how failure is told."""

import contextlib
import os
import resource
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.deliver.post import Posted, Poster
from tests.support.feedserver import Answer, FeedServer, certificate
from tests.support.httpsink import Answer as HttpAnswer
from tests.support.httpsink import HttpSink

SOON = timedelta(seconds=0.4)
LONG = timedelta(seconds=10)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture(scope="module")
def poster() -> Poster:
    return Poster(user_agent="newsmonitor/test", trust=ssl.create_default_context)


def post(poster: Poster, url: str, *, deadline: timedelta = LONG, **headers: str) -> Posted:
    return poster.post(url, content=b'{"a": 1}', headers=headers, deadline=deadline)


def test_the_request_arrives_as_given(server, poster):
    """Method, body and headers; private addresses are fine, they are the operator's own."""
    server.serve("/hook", Answer(b"thanks", headers={"Retry-After": "5"}))
    posted = post(poster, server.url("/hook").replace("://", "://u:p@"), **{"Idempotency-Key": "k1"})
    (request,) = server.requests
    assert (request.method, request.body) == ("POST", b'{"a": 1}')
    assert request.headers["idempotency-key"] == "k1"
    assert request.headers["authorization"] == "Basic dTpw"
    assert request.headers["user-agent"] == "newsmonitor/test"
    assert (posted.status, posted.body_excerpt, posted.headers["retry-after"]) == (200, "thanks", "5")


def test_redirects_are_answers(server, poster):
    """A webhook that moved is told, not followed."""
    server.serve("/hook", Answer(status=307, headers={"Location": "/other"}))
    assert post(poster, server.url("/hook")).status == 307
    assert len(server.requests) == 1


def test_only_the_beginning_of_an_answer_is_read(server, poster):
    """An endless answer costs two kilobytes."""
    server.serve("/hook", Answer(endless=b"x" * 1000))
    assert len(post(poster, server.url("/hook")).body_excerpt) == 2048


@pytest.mark.parametrize(
    "answer", [Answer(delay=30), Answer(b"x" * 99, drip=0.1), Answer(drip_head=0.05), Answer(cut=True)]
)
def test_no_answer_means_that_it_may_have_arrived(server, poster, answer):
    """Late, dripping or cut after the sending: a TimeoutError."""
    with pytest.raises(TimeoutError, match=r"^127\.0\.0\.1: "):
        post(poster, server.serve("/secret-path", answer), deadline=SOON)
    assert len(server.requests) == 1


def test_nothing_sent_is_told_apart(server, poster, tmp_path):
    """A closed port, an unknown name and a bad certificate: a ConnectionError, safe to repeat."""
    url = server.url("/hook")
    server.__exit__()
    with FeedServer(tls=certificate(tmp_path).context) as secured:
        for address in (url, "http://no-such-name.invalid/", secured.serve("/hook", Answer())):
            with pytest.raises(ConnectionError) as caught:
                post(poster, address)
            assert "/hook" not in str(caught.value)
        assert secured.requests == []
    server.__enter__()


@pytest.mark.parametrize("url", ["ftp://x/", "http://", "nonsense", "http://a b/"])
def test_addresses_that_are_none_are_a_value_error(poster, url):
    """A mistake in the configuration is no failure of the network."""
    with pytest.raises(ValueError, match="address"):
        post(poster, url)


def test_headers_cannot_be_injected(server, poster):
    """A line end in a value is refused before anything is sent."""
    with pytest.raises(ValueError, match="line end"):
        post(poster, server.url("/hook"), **{"X-Title": "a\r\nX-Evil: 1"})
    assert server.requests == []


def test_tls_with_a_trusted_authority_works(tmp_path):
    """A private authority is given as a file."""
    tls = certificate(tmp_path)
    with FeedServer(tls=tls.context) as server:
        mine = Poster(
            user_agent="newsmonitor/test", trust=lambda: ssl.create_default_context(cafile=tls.ca_file)
        )
        posted = post(mine, server.serve("/hook", Answer(b"ok")))
    assert posted.status == 200


def test_posts_in_a_row_share_a_connection():
    """Each thread keeps one connection to a server, and a second server gets its own."""
    with HttpSink() as first, HttpSink() as second:
        mine = Poster(user_agent="newsmonitor/test", trust=ssl.create_default_context)
        for sink in (first, second, first, second):
            assert post(mine, sink.url).status == 200
        assert (first.connections, second.connections) == (1, 1)
        assert len(first.requests) == 2


def test_a_connection_that_the_server_closed_meanwhile_is_replaced():
    """Nothing is sent into it, so nothing is in doubt."""
    with HttpSink() as sink:
        mine = Poster(user_agent="newsmonitor/test", trust=ssl.create_default_context)
        sink.answer(HttpAnswer(close_after=True))
        assert post(mine, sink.url).status == 200
        sink.wait_closed()
        assert post(mine, sink.url).status == 200
        assert sink.connections == 2


class RawServer:
    """Answers each request with the same bytes, in pieces that arrive one by one."""

    def __init__(self, *pieces: bytes) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._pieces = pieces
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/hook"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with peer:
            while b"\r\n\r\n" in (data := peer.recv(65536)):
                self.requests.append(data)
                for piece in self._pieces:
                    peer.sendall(piece)

    def __enter__(self) -> "RawServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"


@pytest.mark.parametrize(
    "pieces",
    [
        [SHORT],
        [SHORT[:7], SHORT[7:30], SHORT[30:]],
        [b"HTTP/1.1 100 Continue\r\n\r\n", SHORT],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n", b"2\r\nne\r\n0\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nContent-Length: 4\r\n\r\nfine"],
        [b"HTTP/1.1 200 OK\nContent-Length: 4\n\nfine"],
        [b"HTTP/1.1 200\r\nX-Folded: a\r\n b\r\nContent-Length: 4\r\n\r\nfine"],
    ],
)
def test_every_form_of_answer_is_read_and_the_connection_kept(pieces):
    """Whole or in pieces, chunked, after a 100, with odd headers."""
    mine = Poster(user_agent="newsmonitor/test", trust=ssl.create_default_context)
    with RawServer(*pieces) as server:
        for _ in range(2):
            assert post(mine, server.url).body_excerpt == "fine"
        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        SHORT + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        SHORT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"fine" * 1250,
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine",
    ],
)
def test_no_answer_is_taken_for_that_of_the_next_post(answer):
    """Where more came than was asked for, or the server said that it hangs up, the next post dials anew."""
    mine = Poster(user_agent="newsmonitor/test", trust=ssl.create_default_context)
    with RawServer(answer) as server:
        for _ in range(2):
            assert post(mine, server.url).body_excerpt.startswith("fine")
        assert len(server.requests) == server.connections == 2


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 20 OK\r\n\r\n", b"\x15\x03\x01\x00\x02"]
)
def test_what_is_not_http_may_have_taken_the_post(answer):
    """Something else listens there: that is told, and nothing hangs."""
    mine = Poster(user_agent="newsmonitor/test", trust=ssl.create_default_context)
    with RawServer(answer) as server, pytest.raises(TimeoutError, match=r"^127\.0\.0\.1: "):
        post(mine, server.url, deadline=SOON)


def test_a_request_names_its_server_and_its_length(poster):
    """As RFC 9112 asks for; a port only where it is not the usual one."""
    with RawServer(SHORT) as server:
        post(poster, server.url)
        (request,) = server.requests
    head = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == "POST /hook HTTP/1.1"
    assert f"Host: {server.url.split('/')[2]}" in head
    assert {"Content-Length: 8", "User-Agent: newsmonitor/test"} <= set(head)


def test_connections_are_kept_with_thousands_of_files_open():
    """A process that polls many feeds has file numbers that `select` cannot serve."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] < 2_000:
        pytest.skip("this system does not allow so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2_000, before[1]))
    mine = Poster(user_agent="newsmonitor/test", trust=ssl.create_default_context)
    taken = []
    try:
        with HttpSink() as sink, Path(os.devnull).open() as any_file:
            taken = [os.dup(any_file.fileno()) for _ in range(1_100)]
            assert [post(mine, sink.url).status for _ in range(3)] == [200, 200, 200]
            assert sink.connections == 1
    finally:
        for number in taken:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
