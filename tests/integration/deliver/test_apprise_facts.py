"""What Apprise does that made us do it ourselves: if one of these fails, a new version may have mended it."""

import io
import logging

import pytest

from tests.support.httpsink import Answer, HttpSink
from tests.support.smtpserver import SmtpServer

apprise = pytest.importorskip("apprise")


@pytest.fixture
def sink():
    with HttpSink() as running:
        yield running


@pytest.fixture
def log():
    """Apprise's own log at DEBUG."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("apprise")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


def plugin(url: str):
    made = apprise.Apprise.instantiate(url)
    assert made is not None
    return made


def send(made, body="body", title="title"):
    return made.notify(body=body, title=title, body_format="text")


def test_a_plugin_answers_yes_or_no_and_the_status_is_in_its_log(sink, log):
    """So outcomes are read from the line `… error=NNN`."""
    made = plugin(f"json://127.0.0.1:{sink.port}/")
    assert send(made) is True
    sink.answer(Answer(429))
    assert send(made) is False
    assert "error=429" in log.getvalue()


def test_the_log_at_debug_holds_the_whole_address(sink, log):
    """So it is never at DEBUG while a channel sends."""
    send(plugin(f"json://127.0.0.1:{sink.port}/t0ken-t0ken"))
    assert "t0ken-t0ken" in log.getvalue()


def test_mentions_pass_through(sink):
    """So they are broken up before."""
    send(plugin(f"mmost://127.0.0.1:{sink.port}/3ccdd113474722377935511fc85d3dd4"), body="@channel")
    assert "@channel" in sink.requests[0].json["text"]


def test_redirects_are_followed_unless_told_otherwise(sink):
    """So they are switched off."""
    with HttpSink() as elsewhere:
        sink.answer(Answer(307, {"Location": elsewhere.url}))
        send(plugin(f"json://127.0.0.1:{sink.port}/"))
        assert len(elsewhere.requests) == 1


def test_two_messages_are_seconds_apart_unless_told_otherwise():
    """So the pace is switched off; e-mail would wait 5.5 s between two."""
    assert plugin("mailto://user:pw@news.example").request_rate_per_sec > 1


def test_a_service_without_titles_gets_the_title_as_the_first_line(sink):
    """So such services are sent no title."""
    send(plugin(f"mmost://127.0.0.1:{sink.port}/3ccdd113474722377935511fc85d3dd4"))
    assert sink.requests[0].json["text"] == "title\r\nbody"


def test_its_mail_has_a_random_message_id_and_no_reason():
    """So message and dialogue are ours."""
    with SmtpServer() as server:
        made = plugin(server.url(to=["b@reader.example"]))
        made.request_rate_per_sec = 0
        assert send(made)
        assert send(made)
        first, second = (mail.message["Message-ID"] for mail in server.wait_for(2))
        assert first != second
        server.answer("RCPT", "550 5.1.1 no such user")
        assert send(made) is False
