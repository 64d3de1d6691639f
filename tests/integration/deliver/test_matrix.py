"""Our own Matrix sender, against a server that answers as Synapse does."""

import pytest

from monitor.deliver.channel import create, validate
from monitor.errors import DeliveryReason
from monitor.pipeline.surroundings import channel_context
from tests.support.httpsink import Answer, HttpSink
from tests.support.messages import rendered, spec

JOINED = Answer(body=b'{"room_id": "!abc:example.org"}')


@pytest.fixture
def sink():
    with HttpSink() as running:
        yield running


def matrix(sink: HttpSink, rooms: str = "#news"):
    return create(spec(f"matrix+http://:syt_token@127.0.0.1:{sink.port}/{rooms}"), channel_context())


def test_the_room_is_joined_once_and_the_key_is_the_transaction(sink):
    """So the server itself drops a repeat; nobody is mentioned."""
    sink.answer(JOINED)
    channel = matrix(sink)
    assert channel.recipients == ("#news:127.0.0.1",)
    for _ in range(2):
        assert channel.send(rendered(title="Ferry &lt;b&gt; @everyone"), channel.recipients[0]).sent
    join, first, second = sink.wait_for(3)
    assert join.path == "/_matrix/client/v3/join/%23news%3A127.0.0.1"
    assert first.path == second.path
    assert first.path.startswith("/_matrix/client/v3/rooms/%21abc%3Aexample.org/send/m.room.message/")
    assert first.headers["authorization"] == "Bearer syt_token"
    content = first.json
    assert (content["msgtype"], content["m.mentions"]) == ("m.text", {})
    assert "<b>[ports] Ferry &lt;b&gt; @\u2060everyone</b><br>" in content["formatted_body"]
    assert content["body"].startswith("[ports] Ferry <b> @\u2060everyone\n")


def test_another_delivery_is_another_transaction(sink):
    """And each room is a recipient of its own."""
    sink.answer(JOINED)
    channel = matrix(sink, "#news,!id:example.org")
    assert channel.recipients == ("#news:127.0.0.1", "!id:example.org")
    channel.send(rendered("one"), channel.recipients[0])
    channel.send(rendered("two"), channel.recipients[0])
    assert len({request.path for request in sink.wait_for(3)}) == 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(403, body=b'{"errcode": "M_FORBIDDEN"}'), DeliveryReason.CONFIGURATION),
        (Answer(401, body=b'{"errcode": "M_UNKNOWN_TOKEN"}'), DeliveryReason.CONFIGURATION),
        (Answer(200, body=b"<html>a captive portal</html>"), DeliveryReason.CONFIGURATION),
        (Answer(502), DeliveryReason.TRANSIENT),
        (
            Answer(429, body=b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}'),
            DeliveryReason.THROTTLED,
        ),
    ],
)
def test_a_join_that_is_refused_decides(sink, answer, reason):
    """Nothing is sent into a room that we are not in."""
    sink.answer(answer)
    channel = matrix(sink)
    outcome = channel.send(rendered(), channel.recipients[0])
    assert outcome.reason is reason
    if reason is DeliveryReason.THROTTLED:
        assert outcome.retry_after.total_seconds() == 2.5
    assert len(sink.requests) == 1


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("matrix+https://matrix.example.org/#news", "the access token is missing"),
        ("matrix+https://:t@matrix.example.org/", "no room is named"),
        ("matrix+https://:t@matrix.example.org/news", "'news' is no room"),
        ("matrix+ftp://:t@matrix.example.org/#news", "names its server"),
    ],
)
def test_an_address_that_lacks_something_is_refused(address, fault):
    """With an example of a whole one."""
    problem = validate(spec(address))
    assert problem is not None
    assert fault in problem
