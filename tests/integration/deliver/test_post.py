"""Posting to webhooks: what arrives, and how failure is told."""

import ssl
from collections.abc import Iterator
from datetime import timedelta

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
