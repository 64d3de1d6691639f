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


def test_one_refused_recipient_of_two_makes_the_whole_a_failure():
    """So each recipient is a delivery of its own: a retry would repeat the mail to the other."""
    with SmtpServer() as server:
        made = plugin(server.url(to=["a@reader.example", "b@reader.example"]))
        made.request_rate_per_sec = 0
        server.answer("RCPT", "550 5.1.1 no such user")
        assert send(made) is False
        assert len(server.wait_for(1)) == 1


def test_text_without_a_named_format_becomes_html_in_mail():
    """So the format is always named; a headline could bring its own markup."""
    with SmtpServer() as server:
        made = plugin(server.url(to=["a@reader.example"]))
        assert made.notify(body="<script>alert(1)</script>", title="t")
        (mail,) = server.wait_for(1)
    assert "<script>alert(1)</script>" in mail.html


def test_a_service_s_wait_is_not_told(sink, log):
    """So the services that ask for one are posted to by ourselves."""
    sink.answer(Answer(429, {"Retry-After": "7777"}))
    assert send(plugin(f"json://127.0.0.1:{sink.port}/")) is False
    assert "7777" not in "".join(line for line in log.getvalue().splitlines() if "error=" in line)
