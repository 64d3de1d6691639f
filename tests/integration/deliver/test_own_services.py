"""Our own chat and push services over real connections: what is posted, and what the answers mean."""

from datetime import timedelta

import pytest

from monitor.deliver.channel import create, validate
from monitor.errors import DeliveryReason
from monitor.model import Outcome, Priority
from monitor.pipeline.surroundings import channel_context
from tests.support.httpsink import Answer, HttpSink
from tests.support.messages import rendered, spec


@pytest.fixture
def sink():
    with HttpSink() as running:
        yield running


def send(sink: HttpSink, address: str, recipient: str | None = None, **changes):
    channel = create(spec(address.format(host=f"127.0.0.1:{sink.port}")), channel_context())
    outcome = channel.send(rendered(**changes), channel.recipients[0] if recipient is None else recipient)
    return outcome, sink.requests[-1]


def test_slack(sink):
    """mrkdwn, without previews, without anybody called."""
    outcome, request = send(sink, "slack+http://{host}/services/T/B/X")
    assert outcome == Outcome()
    assert request.path == "/services/T/B/X"
    assert request.json["text"].startswith("*[ports] Ferry runs aground off Trelleborg*\n")
    assert request.json["link_names"] is request.json["unfurl_links"] is False


def test_discord(sink):
    """Two thousand characters of Markdown, and the switch that calls nobody."""
    outcome, request = send(sink, "discord+http://{host}/api/webhooks/1/t", content="ferry " * 4000)
    assert outcome == Outcome()
    assert request.path == "/api/webhooks/1/t?wait=true"
    assert request.json["allowed_mentions"] == {"parse": []}
    assert len(request.json["content"]) <= 2000


def test_telegram_sends_to_each_chat_by_itself(sink):
    """Each chat is a recipient; its own HTML."""
    address = "telegram+http://{host}/bot123:abc?chat=-100123,@news"
    outcome, request = send(sink, address, "@news", title="Ferry &lt;b&gt; &amp; aground")
    assert outcome == Outcome()
    assert request.path == "/bot123:abc/sendMessage"
    assert (request.json["chat_id"], request.json["parse_mode"]) == ("@news", "HTML")
    assert request.json["text"].startswith("<b>[ports] Ferry &lt;b&gt; &amp; aground</b>")


def test_teams(sink):
    """An adaptive card with a button; urgent ones in the colour for it."""
    _, request = send(sink, "teams+http://{host}/workflows/1?sig=a%2Fb", priority=Priority.HIGH)
    assert request.path == "/workflows/1?sig=a%2Fb"
    (attachment,) = request.json["attachments"]
    card = attachment["content"]
    assert card["body"][0]["text"] == "[ports] Ferry runs aground off Trelleborg"
    assert card["body"][0]["color"] == "Attention"
    assert card["actions"][0]["url"] == "https://news.example/ferry?id=1"


@pytest.mark.parametrize(
    ("priority", "number"), [(Priority.LOW, 2), (Priority.NORMAL, 3), (Priority.HIGH, 5)]
)
def test_ntfy(sink, priority, number):
    """Title, priority, the link behind a tap; a token opens the server; a repeat replaces."""
    _, request = send(sink, "ntfy+http://:tk_abcdef@{host}/news", priority=priority)
    assert request.path == "/"
    assert request.headers["authorization"] == "Bearer tk_abcdef"
    assert (request.json["topic"], request.json["priority"]) == ("news", number)
    assert request.json["title"] == "[ports] Ferry runs aground off Trelleborg"
    assert not request.json["message"].startswith("[ports]")
    assert request.json["click"] == "https://news.example/ferry?id=1"


@pytest.mark.parametrize(
    ("priority", "number"), [(Priority.LOW, 2), (Priority.NORMAL, 5), (Priority.HIGH, 8)]
)
def test_gotify(sink, priority, number):
    """The token goes into a header, not into logs of addresses."""
    _, request = send(sink, "gotify+http://{host}?token=AbCdEf", priority=priority)
    assert request.path == "/message"
    assert request.headers["x-gotify-key"] == "AbCdEf"
    assert request.json["priority"] == number


@pytest.mark.parametrize(
    "address",
    [
        "mattermost+http://{host}/hooks/k",
        "rocketchat+http://{host}/hooks/k",
        "googlechat+http://{host}/v1?key=k",
    ],
)
def test_the_other_webhooks_take_a_text(sink, address):
    """One field, in the service's own markup."""
    outcome, request = send(sink, address)
    assert outcome == Outcome()
    assert "Ferry runs aground off Trelleborg*" in request.json["text"]


@pytest.mark.parametrize(
    ("answer", "reason", "wait"),
    [
        (Answer(429, {"Retry-After": "7"}), DeliveryReason.THROTTLED, timedelta(seconds=7)),
        (Answer(429, body=b'{"retry_after": 1.5}'), DeliveryReason.THROTTLED, timedelta(seconds=1.5)),
        (
            Answer(400, body=b'{"description": "Bad Request: chat not found"}'),
            DeliveryReason.CONFIGURATION,
            None,
        ),
        (Answer(400, body=b"invalid_payload"), DeliveryReason.PERMANENT, None),
        (Answer(404, body=b"no_service"), DeliveryReason.CONFIGURATION, None),
        (Answer(503), DeliveryReason.TRANSIENT, None),
    ],
)
def test_the_answer_decides(sink, answer, reason, wait):
    """With the pause that the service asks for, in the header or in its words."""
    sink.answer(answer)
    outcome, _ = send(sink, "discord+http://{host}/api/webhooks/1/t")
    assert (outcome.reason, outcome.retry_after) == (reason, wait)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("telegram+https://api.telegram.org/bot1:a", "the `chat=` is missing"),
        ("ntfy+https://ntfy.example.org", "the topic is missing"),
        ("gotify+https://gotify.example.org", "the token is missing"),
        ("slack+https://hooks.slack.com", "the address is not whole"),
        ("slack+https://[oops", "not a web address"),
        ("slack+ftp://hooks.slack.com/x", "the address of the service is missing"),
        ("teams://", "teams:// is no address of a channel"),
    ],
)
def test_an_address_that_is_not_whole_is_refused_with_an_example(address, fault):
    """Before anything is sent, by `check`."""
    problem = validate(spec(address))
    assert problem is not None
    assert fault in problem
    assert "; expected " in problem
