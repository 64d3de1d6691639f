"""Services through Apprise against real servers, and the facts about Apprise that the channel relies on."""

import io
import logging
import threading
import time
from datetime import timedelta

import pytest

from monitor.deliver.channel import Context, create
from monitor.errors import DeliveryReason
from monitor.model import Outcome
from tests.support.httpsink import Answer, HttpSink
from tests.support.ircserver import IrcServer
from tests.support.messages import notification, spec


@pytest.fixture
def sink():
    with HttpSink() as running:
        yield running


def json_channel(sink: HttpSink, path: str = "hook", **changes):
    return create(spec(f"json://127.0.0.1:{sink.port}/{path}", **changes), Context())


class TestIrc:
    """A chat where a line is a message."""

    def test_a_message_really_arrives_in_the_channel(self):
        """Who sits in the IRC channel reads headline, reason and link in one line."""
        with IrcServer() as server, server.listen("#news") as listener:
            channel = create(spec(f"irc://bot@127.0.0.1:{server.port}/%23news?join=yes"), Context())
            assert channel.send(notification(), "") == Outcome()
            (line,) = listener.wait_for(1)
        assert line == notification().short.replace("\n", " | ")

    def test_a_long_message_is_one_line_with_its_link(self):
        """380 bytes are all there is; the headline gives way, the link does not."""
        short = "[ports] " + "Паром сел на мель " * 60 + "\nmatched: паром\nhttps://news.example/ferry #7"
        with IrcServer() as server, server.listen("#news") as listener:
            channel = create(spec(f"irc://bot@127.0.0.1:{server.port}/%23news?join=yes"), Context())
            assert channel.send(notification(short=short), "").sent
            (line,) = listener.wait_for(1)
        assert len(line.encode()) <= 380
        assert line.endswith(" | https://news.example/ferry #7")
        assert line.startswith("[ports] Паром сел на мель")

    def test_a_line_break_in_a_headline_is_no_irc_command(self):
        """What comes after a line break in a feed's text is never spoken to the server."""
        short = "[ports] news\r\nQUIT :gone\r\nhttps://news.example/ferry #7"
        with IrcServer() as server, server.listen("#news") as listener:
            channel = create(spec(f"irc://bot@127.0.0.1:{server.port}/%23news?join=yes"), Context())
            assert channel.send(notification(short=short), "").sent
            (line,) = listener.wait_for(1)
        assert line == "[ports] news | QUIT :gone | https://news.example/ferry #7"

    def test_each_irc_channel_is_a_recipient_of_its_own(self):
        """A delivery for one channel says nothing in the other."""
        with IrcServer() as server, server.listen("#a", "ra") as a, server.listen("#b", "rb") as b:
            channel = create(spec(f"irc://bot@127.0.0.1:{server.port}/%23a/%23b?join=yes"), Context())
            assert channel.recipients == ("#a", "#b")
            assert channel.send(notification(), "#b").sent
            b.wait_for(1)
            assert channel.send(notification(), "#a").sent
            assert (len(a.wait_for(1)), len(b.lines)) == (1, 1)

    def test_a_server_that_is_down_is_tried_again(self):
        """Nobody listening is a failure that passes."""
        with IrcServer() as server:
            port = server.port
        channel = create(spec(f"irc://bot@127.0.0.1:{port}/%23news"), Context())
        assert channel.send(notification(), "").reason is DeliveryReason.TRANSIENT


class TestHttpServices:
    """What the services' HTTP answers mean, by the example of Apprise's plain JSON."""

    def test_the_message_is_posted_once(self, sink):
        """Title and text go out in one request."""
        assert json_channel(sink).send(notification(), "") == Outcome()
        (request,) = sink.wait_for(1)
        assert request.json["title"] == notification().title
        assert request.json["message"] == notification().text.rstrip()

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (400, DeliveryReason.PERMANENT),
            (401, DeliveryReason.CONFIGURATION),
            (403, DeliveryReason.CONFIGURATION),
            (404, DeliveryReason.CONFIGURATION),
            (413, DeliveryReason.PERMANENT),
            (429, DeliveryReason.THROTTLED),
            (500, DeliveryReason.TRANSIENT),
            (503, DeliveryReason.TRANSIENT),
        ],
    )
    def test_the_status_in_apprises_log_decides(self, sink, status, reason):
        """Apprise itself only says no; why stands in its log."""
        sink.answer(Answer(status))
        outcome = json_channel(sink).send(notification(), "")
        assert outcome.reason is reason
        assert f"HTTP {status}" in outcome.detail
        assert len(sink.requests) == 1

    def test_redirects_are_not_followed(self, sink):
        """An alert goes where the operator sent it and nowhere else."""
        with HttpSink() as elsewhere:
            sink.answer(Answer(307, {"Location": elsewhere.url}))
            outcome = json_channel(sink).send(notification(), "")
            assert outcome.reason is DeliveryReason.CONFIGURATION
            assert elsewhere.requests == []

    def test_no_answer_is_unknown_and_no_connection_is_transient(self, sink):
        """Only what may have arrived is unknown."""
        sink.answer(Answer(hang=True))
        hanging = json_channel(sink, deadline=timedelta(seconds=1))
        assert hanging.send(notification(), "").reason is DeliveryReason.UNKNOWN
        with HttpSink() as gone:
            port = gone.port
        outcome = create(spec(f"json://127.0.0.1:{port}/"), Context()).send(notification(), "")
        assert outcome.reason is DeliveryReason.TRANSIENT

    def test_messages_follow_each_other_without_a_pause(self, sink):
        """Apprise's own pace (5.5 s between two) is off; the outbox paces."""
        channel = json_channel(sink)
        began = time.monotonic()
        assert all(channel.send(notification(key=str(n)), "").sent for n in range(5))
        assert time.monotonic() - began < 20
        assert len(sink.requests) == 5

    def test_options_in_the_address_cannot_repeat_or_hide_a_failure(self, sink):
        """`retry=` and `optional=` belong to the outbox."""
        sink.answer(Answer(500))
        outcome = json_channel(sink, "hook?retry=3&wait=0&optional=yes").send(notification(), "")
        assert outcome.reason is DeliveryReason.TRANSIENT
        assert len(sink.requests) == 1

    def test_a_long_text_is_one_piece(self, sink):
        """`overflow=split` in the address makes no second message."""
        channel = json_channel(sink, "hook?overflow=split")
        assert channel.send(notification(text="word " * 20_000), "").sent
        (request,) = sink.wait_for(1)
        assert len(request.json["message"]) <= 32_768

    def test_an_unknown_recipient_is_not_sent_to_everybody(self, sink):
        """A recipient that left the configuration gets nothing, and nobody else gets its message."""
        outcome = json_channel(sink).send(notification(), "somebody")
        assert outcome.reason is DeliveryReason.PERMANENT
        assert sink.requests == []


class TestSecrets:
    """Apprise's log lines stay here."""

    URL_TOKEN = "T0KEN-of-the-desk-9999"

    @pytest.fixture
    def log(self):
        """What a root logger at DEBUG writes."""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        yield stream
        root.removeHandler(handler)
        root.setLevel(level)

    def test_neither_outcome_nor_log_nor_repr_shows_the_token(self, sink, log):
        """Even with everything logged at DEBUG."""
        sink.answer(Answer(500))
        channel = json_channel(sink, self.URL_TOKEN)
        outcome = channel.send(notification(), "")
        assert outcome.reason is DeliveryReason.TRANSIENT
        assert self.URL_TOKEN not in f"{outcome} {channel!r} {spec(sink.url)!r}"
        assert log.getvalue() == ""

    def test_a_failed_line_of_another_thread_is_not_ours(self, sink):
        """Two channels that fail at once do not get each other's reasons."""
        sink.answer(Answer(401))
        other = threading.Thread(target=logging.getLogger("apprise").warning, args=("error=429",))
        channel = json_channel(sink)
        other.start()
        outcome = channel.send(notification(), "")
        other.join()
        assert outcome.reason is DeliveryReason.CONFIGURATION
