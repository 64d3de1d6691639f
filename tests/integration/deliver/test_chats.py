"""Chat services through Apprise, against a real HTTP server: what they are sent."""

import json
from dataclasses import replace

import pytest

from monitor.deliver import digests
from monitor.deliver.channel import Context, create
from monitor.errors import DeliveryReason
from monitor.model import AlertId, Bundle, DigestContent, Priority, StoryId
from tests.support.apprisehosts import hosted_at
from tests.support.httpsink import Answer, HttpSink
from tests.support.messages import DECIDED_AT, alert, notification, rendered, spec

LINK = "https://news.example/ferry"


@pytest.fixture
def sink():
    with HttpSink() as running:
        yield running


MATRIX_SERVER = {"access_token": "syt", "user_id": "@news:a.org", "room_id": "!r:a.org", "event_id": "$1"}


def send(sink: HttpSink, url: str, message):
    """The last request that this message makes; it may have needed a log-in before."""
    with hosted_at(sink.port):
        channel = create(spec(url.format(host=f"127.0.0.1:{sink.port}")), Context())
        assert channel.send(message, channel.recipients[0]).sent
    return sink.wait_for(1)[-1]


def post(sink: HttpSink, url: str, **changes):
    return send(sink, url, notification(**changes)).json


TITLE = "Ferry_1 <b> *aground* & @here"
BYLINE = "The Baltic Post · Mon 23 Nov 2026, 09:30 CET"


def digest(count: int, **changes):
    """A digest of that many alerts."""
    alerts = tuple(replace(alert(**changes), id=AlertId(n), story_id=StoryId(n)) for n in range(1, count + 1))
    content = DigestContent(bundle=Bundle.DIGEST, name="", alerts=alerts, since_at=None, until_at=DECIDED_AT)
    return digests.render(
        content,
        alert_id=AlertId(900),
        delivery_key="k",
        now=DECIDED_AT,
        time_zone="Europe/Vienna",
        repeat=False,
    )


class TestMarkup:
    """Each service gets its own, with the matched words bold and the link behind its host's name."""

    def sent(self, sink, url, **changes):
        sink.answer(*[Answer(body=json.dumps(MATRIX_SERVER).encode())] * 5)
        return send(sink, url, rendered(**{"title": TITLE, **changes})).json

    def test_slack_gets_mrkdwn(self, sink):
        """As its webhooks' attachments show it."""
        sent = self.sent(sink, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F/#news")
        (attachment,) = sent["attachments"]
        lines = attachment["text"].split("\n")
        assert (sent["mrkdwn"], sent["channel"], attachment["title"]) == (True, "#news", "")
        assert lines[0] == "*[ports] Ferry_\u20601 *\u2060aground*\u2060 &amp; @\u2060here*"
        assert lines[1].startswith(BYLINE)
        assert "> A passenger *ferry* ran *aground*. Nobody was hurt." in lines
        assert lines[-1] == "<https://news.example/ferry?id=1|news.example> · #731"

    @pytest.mark.parametrize("embedded", [False, True])
    def test_discord_gets_markdown_that_calls_nobody(self, sink, embedded):
        """As the message, or as an embed where the address asks for one; links show no previews."""
        url = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
        sent = self.sent(sink, url + "?format=markdown" * embedded)
        text = sent["embeds"][0]["description"] if embedded else sent["content"]
        assert text.startswith("**\\[ports\\] Ferry\\_1 \\*aground\\* & @\u2060here**\n")
        assert "> A passenger **ferry** ran **aground**." in text
        assert text.endswith("\n[news.example](<https://news.example/ferry?id=1>) · \\#731")
        assert "allow_mentions" not in sent
        assert sent["flags"] == 4

    def test_a_ping_that_the_operator_wants_fits_into_discord_s_message(self, sink):
        """A digest fills the rest."""
        people = ",".join(f"<@{number}>" for number in range(12345678901, 12345678921))
        url = f"discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?ping={people}"
        content = send(sink, url, digest(50)).json["content"]
        assert "<@12345678901>" in content
        assert 1400 < len(content) <= 2000

    def test_telegram_gets_its_html(self, sink):
        """With nothing but tags that it knows."""
        sent = self.sent(sink, "tgram://123456789:AAFdT7ld3kqx5yMZ/-1001234567890")
        lines = sent["text"].split("\n")
        assert (sent["parse_mode"], sent["disable_web_page_preview"]) == ("HTML", True)
        assert lines[0] == "<b>[ports] Ferry_1 *aground* &amp; @\u2060here</b>"
        assert (
            "<blockquote>A passenger <b>ferry</b> ran <b>aground</b>. Nobody was hurt.</blockquote>" in lines
        )
        assert lines[-1] == '<a href="https://news.example/ferry?id=1">news.example</a> · #731'

    def test_matrix_gets_html_and_text(self, sink):
        """Programs without HTML have the link too."""
        sent = self.sent(sink, "matrix://news:password@{host}/!room:example.org")
        assert sent["format"] == "org.matrix.custom.html"
        assert "<blockquote>A passenger <b>ferry</b> ran <b>aground</b>." in sent["formatted_body"]
        assert "<b>" not in sent["body"]
        for text in (sent["body"], sent["formatted_body"]):
            assert "https://news.example/ferry?id=1" in text
            assert "#731" in text

    def test_a_bridge_that_knows_no_html_gets_text(self, sink):
        """Slack's old form, in which tags would be shown."""
        sent = self.sent(sink, "matrix://:token@{host}/?mode=slack")
        (attachment,) = sent["attachments"]
        assert "<b>" not in attachment["text"]
        assert "&lt;b" not in attachment["text"]
        assert "https://news.example/ferry?id=1 #731" in attachment["text"]

    @pytest.mark.parametrize(
        ("url", "bold", "link"),
        [
            ("mmost://{host}/3ccdd113474722377935511fc85d3dd4", "**ferry**", "(<{}>)"),
            ("rocket://webhookaaaa%2Fwebhookbbbb@{host}/#news?mode=webhook", "*ferry*", "({})"),
            ("gchat://workspace/key/token", "*ferry*", "<{}|news.example>"),
        ],
    )
    def test_others_get_their_markdown(self, sink, url, bold, link):
        """Each has its own, and in each the link works."""
        text = self.sent(sink, url)["text"]
        assert f"> A passenger {bold} ran" in text
        assert link.format("https://news.example/ferry?id=1") in text

    def test_an_address_that_asks_for_text_gets_text(self, sink):
        """`?format=text` is the operator's word."""
        sent = self.sent(sink, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F?format=text")
        (attachment,) = sent["attachments"]
        assert sent["mrkdwn"] is False
        assert "*ferry*" not in attachment["text"]
        assert "https://news.example/ferry?id=1 #731" in attachment["text"]

    def test_telegram_s_markdown_comes_from_ours(self, sink):
        """For an address that asks for it; Apprise translates."""
        sent = self.sent(sink, "tgram://123456789:AAFdT7ld3kqx5yMZ/-1?format=markdown&mdv=v2")
        assert sent["parse_mode"] == "MarkdownV2"
        assert "*ferry*" in sent["text"]
        assert "](https://news.example/ferry?id=1)" in sent["text"]

    def test_a_text_of_another_alphabet_is_a_message_and_no_file(self, sink):
        """Beyond 8,000 bytes of JSON ntfy's would be sent as an attachment."""
        sent = send(
            sink, "ntfy://{host}/news", digest(50, title="Паром ferry сел на мель у Треллеборга")
        ).json
        assert sent["topic"] == "news"
        assert sent["message"].count("Паром") > 5
        assert sent["message"].endswith("#900")


class TestPriorities:
    """Push services ring louder for what is urgent."""

    @pytest.mark.parametrize(
        ("priority", "ntfy", "gotify"), [("low", "low", 2), ("normal", None, 5), ("high", "max", 8)]
    )
    def test_the_rule_s_priority_is_the_service_s(self, sink, priority, ntfy, gotify):
        """ntfy is told in a header."""
        message = rendered(priority=Priority(priority))
        assert send(sink, "ntfy://{host}/news", message).headers.get("x-priority") == ntfy
        sent = send(sink, "gotify://{host}/3ccdd113474722377935511fc85d3dd4", message).json
        assert sent["priority"] == gotify

    def test_a_priority_in_the_address_stays(self, sink):
        """Somebody wants a channel that never rings."""
        message = rendered(priority=Priority.HIGH)
        assert send(sink, "ntfy://{host}/news?priority=low", message).headers["x-priority"] == "low"


def short(headline: str) -> str:
    return f"[ports] {headline}\nThe Baltic Post\nmatched: ferry\n{LINK} #7"


class TestMattermost:
    """A chat without titles; 4,000 characters; shows Markdown and obeys mentions."""

    URL = "mmost://{host}/3ccdd113474722377935511fc85d3dd4"

    def test_no_pictures_are_posted(self, sink):
        """Nothing points to somebody else's server."""
        sent = post(sink, self.URL)
        assert not [key for key in sent if "icon" in key]

    def test_nobody_is_called(self, sink):
        """A headline cannot ring every phone in the team."""
        text = post(sink, self.URL, short=short("@all @channel @here [bank](https://evil.example)"))["text"]
        assert not any(call in text for call in ("@all", "@channel", "@here", "]("))

    def test_a_long_message_is_cut_before_its_link(self, sink):
        """One message, within the service's size."""
        text = post(sink, self.URL, short=short("Ferry aground " * 600))["text"]
        assert len(text) <= 4000
        assert text.endswith(f"{LINK} \\#7")


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
