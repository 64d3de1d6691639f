"""Chat services that can be given a server of their own, against a real HTTP server: what they are sent."""

import pytest

from monitor.deliver.channel import Context, create
from monitor.errors import DeliveryReason
from monitor.model import Priority
from tests.support.httpsink import Answer, HttpSink
from tests.support.messages import notification, spec

LINK = "https://news.example/ferry"


@pytest.fixture
def sink():
    with HttpSink() as running:
        yield running


def post(sink: HttpSink, url: str, **changes):
    channel = create(spec(url.format(host=f"127.0.0.1:{sink.port}")), Context())
    assert channel.send(notification(**changes), channel.recipients[0]).sent
    (request,) = sink.wait_for(1)
    return request.json


def short(headline: str) -> str:
    return f"[ports] {headline}\nThe Baltic Post\nmatched: ferry\n{LINK} #7"


class TestMattermost:
    """A chat without titles; 4,000 characters; shows Markdown and obeys mentions."""

    URL = "mmost://{host}/3ccdd113474722377935511fc85d3dd4"

    def test_the_short_form_is_posted_without_pictures(self, sink):
        """Nothing points to somebody else's server."""
        sent = post(sink, self.URL)
        assert sent["text"] == notification().short
        assert not [key for key in sent if "icon" in key]

    def test_nobody_is_called(self, sink):
        """A headline cannot ring every phone in the team."""
        text = post(sink, self.URL, short=short("@all @channel @here [bank](https://evil.example)"))["text"]
        assert not any(call in text for call in ("@all", "@channel", "@here", "]("))

    def test_a_long_message_is_cut_before_its_link(self, sink):
        """One message, within the service's size."""
        text = post(sink, self.URL, short=short("Ferry aground " * 600))["text"]
        assert len(text) <= 4000
        assert text.endswith(f"{LINK} #7")


class TestGotify:
    """A push service with a title of its own."""

    URL = "gotify://{host}/3ccdd113474722377935511fc85d3dd4"

    def test_the_headline_is_the_title_and_not_repeated(self, sink):
        """The body begins with the outlet."""
        sent = post(sink, self.URL)
        assert sent["title"] == "[ports] Ferry runs aground off Trelleborg"
        assert sent["message"] == f"The Baltic Post\nmatched: ferry\n{LINK} #7"


class TestNtfy:
    """Another one, with topics as targets."""

    URL = "ntfy://{host}/topic-a/topic-b"

    def test_each_topic_is_a_recipient_of_its_own(self, sink):
        """One refused topic does not repeat the message to the other."""
        channel = create(spec(self.URL.format(host=f"127.0.0.1:{sink.port}")), Context())
        assert len(channel.recipients) == 2
        sink.answer(Answer(403), Answer(200))
        first, second = (channel.send(notification(), recipient) for recipient in channel.recipients)
        assert (first.reason, second.reason) == (DeliveryReason.CONFIGURATION, None)
        assert [request.json["topic"] for request in sink.requests] == ["topic-a", "topic-b"]

    def test_an_urgent_alert_goes_out_as_well(self, sink):
        """Whatever a service makes of Apprise's "warning"."""
        sent = post(sink, "ntfy://{host}/topic", priority=Priority.HIGH)
        assert sent["topic"] == "topic"
        assert LINK in sent["message"]
