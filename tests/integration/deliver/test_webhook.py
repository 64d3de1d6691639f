"""Webhooks over real connections: what is posted, and what each answer means."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.deliver.channel import Context, create
from monitor.errors import DeliveryReason
from monitor.model import Outcome
from monitor.pipeline.surroundings import channel_context
from tests.support.httpsink import Answer, HttpSink
from tests.support.messages import notification, spec

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def sink():
    with HttpSink() as running:
        yield running


def webhook(url: str, **changes):
    return create(spec(f"webhook+{url}", **changes), replace(channel_context(), now=lambda: NOW))


def test_the_payload_is_posted_with_its_key(sink):
    """The receiver gets the documented object, and a key by which it knows a repeat."""
    assert webhook(sink.url).send(notification(), "") == Outcome()
    (request,) = sink.wait_for(1)
    assert request.json == notification().payload
    assert request.path == "/hook"
    assert request.headers["idempotency-key"] == "0123456789abcdef"
    assert request.headers["content-type"] == "application/json; charset=utf-8"


def test_user_and_password_become_basic_authorization(sink):
    """They are taken out of the address, decoded, and sent as the header."""
    webhook(f"http://desk:p%40ss@127.0.0.1:{sink.port}/hook?a=1").send(notification(), "")
    (request,) = sink.wait_for(1)
    assert request.headers["authorization"] == "Basic ZGVzazpwQHNz"
    assert request.path == "/hook?a=1"


@pytest.mark.parametrize(
    ("answer", "reason", "pause"),
    [
        (Answer(204), None, None),
        (Answer(400), DeliveryReason.PERMANENT, None),
        (Answer(413), DeliveryReason.PERMANENT, None),
        (Answer(422), DeliveryReason.PERMANENT, None),
        (Answer(401), DeliveryReason.CONFIGURATION, None),
        (Answer(403), DeliveryReason.CONFIGURATION, None),
        (Answer(404), DeliveryReason.CONFIGURATION, None),
        (Answer(410), DeliveryReason.CONFIGURATION, None),
        (Answer(301, {"Location": "http://127.0.0.1:1/"}), DeliveryReason.CONFIGURATION, None),
        (Answer(429), DeliveryReason.THROTTLED, None),
        (Answer(429, {"Retry-After": "7"}), DeliveryReason.THROTTLED, timedelta(seconds=7)),
        (
            Answer(503, {"Retry-After": "Mon, 23 Nov 2026 12:05:00 GMT"}),
            DeliveryReason.THROTTLED,
            timedelta(minutes=5),
        ),
        (Answer(429, {"Retry-After": "soon"}), DeliveryReason.THROTTLED, None),
        (Answer(503), DeliveryReason.TRANSIENT, None),
        (Answer(500), DeliveryReason.TRANSIENT, None),
        (Answer(418), DeliveryReason.TRANSIENT, None),
    ],
)
def test_the_answer_decides(sink, answer, reason, pause):
    """Each status means what the documentation says."""
    sink.answer(answer)
    outcome = webhook(sink.url).send(notification(), "")
    assert (outcome.reason, outcome.retry_after) == (reason, pause)


def test_silence_is_unknown(sink):
    """A receiver that took the request and says nothing may have acted on it."""
    sink.answer(Answer(hang=True))
    outcome = webhook(sink.url, deadline=timedelta(seconds=0.5)).send(notification(), "")
    assert outcome == Outcome(DeliveryReason.UNKNOWN, "no answer within 0.5 s")


def test_nobody_listening_is_transient():
    """Where there was no connection, nothing can have arrived."""
    with HttpSink() as gone:
        url = gone.url
    assert webhook(url).send(notification(), "").reason is DeliveryReason.TRANSIENT


def test_the_receivers_words_are_kept_but_not_our_token(sink):
    """A detail helps the operator and gives away nothing."""
    sink.answer(Answer(400, body=b"no field 'severity'\n in /hooks/s3cr3t-t0ken"))
    outcome = webhook(f"http://127.0.0.1:{sink.port}/hooks/s3cr3t-t0ken").send(notification(), "")
    assert "no field 'severity' in" in outcome.detail
    assert "s3cr3t" not in outcome.detail


def test_any_client_can_be_given():
    """The channel posts through what its context offers."""
    posts: list[tuple[str, bytes, Mapping[str, str], timedelta]] = []

    class Posted:
        status = 202
        headers: Mapping[str, str] = {}
        body_excerpt = ""

    def post(url, *, content, headers, deadline, method="POST"):
        posts.append((url, content, headers, deadline))
        return Posted()

    channel = create(spec("webhook+https://example.org"), Context(post=post))
    assert channel.send(notification(payload={"title": "Überfahrt"}), "").sent
    ((url, content, _, deadline),) = posts
    assert (url, deadline) == ("https://example.org/", timedelta(seconds=5))
    assert "Überfahrt" in content.decode()
