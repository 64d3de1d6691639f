"""`newsmonitor channels`: listing, and trying channels against real servers."""

import json

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from tests.support.httpsink import Answer, HttpSink
from tests.support.smtpserver import SmtpServer


@pytest.fixture
def run(tmp_path):
    """Writes a configuration with the given channels and runs a command on it."""

    def invoke(channels: dict[str, str | dict[str, str]], *arguments: str):
        config = {
            "feeds": ["https://news.example/feed.xml"],
            "channels": channels,
            "rules": {"ports": {"match": "ferry", "channels": list(channels)[:1]}},
        }
        (tmp_path / "newsmonitor.yaml").write_text(json.dumps(config))  # JSON is YAML
        return CliRunner().invoke(cli, ["--config", str(tmp_path), "channels", *arguments])

    return invoke


def rows(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_list_masks_what_is_secret(run):
    """Names, servers and recipients; neither user nor password nor token."""
    url = "mailtos://robot:s3cret-pw@mail.example?from=a@news.example&to=b@reader.example"
    result = run({"mail": url, "hook": "webhook+https://h.example/t0ken-t0ken"}, "list")
    assert result.exit_code == 0
    assert "mailtos://***@mail.example" in result.stdout
    assert "b@reader.example" in result.stdout
    assert not any(secret in result.output for secret in ("robot", "s3cret", "t0ken"))


def test_list_as_json_has_one_object_a_line(run):
    """With durations as the configuration writes them."""
    result = run(
        {"screen": {"url": "console://", "max_age": "36h"}, "bad": "slak://token-token/x"}, "list", "--json"
    )
    screen, bad = rows(result)
    assert screen == {
        "name": "screen",
        "address": "console://",
        "recipients": [],
        "deadline": "1m",
        "max_age": "36h",
        "on_unknown": "resend",
        "fallback": "",
        "problem": None,
    }
    assert "did you mean slack://" in bad["problem"]


def test_test_sends_a_message_that_says_it_is_a_test(run):
    """To each recipient, and reports each."""
    with SmtpServer() as server:
        result = run({"mail": server.url(to=["b@reader.example", "c@reader.example"])}, "test")
        mails = server.wait_for(2)
    assert result.exit_code == 0
    assert result.stdout == "mail → b@reader.example: sent\nmail → c@reader.example: sent\n"
    assert {mail.recipients for mail in mails} == {("b@reader.example",), ("c@reader.example",)}
    for mail in mails:
        assert "TEST: the channel mail works" in mail.message["Subject"]
        assert "This is only a test" in mail.text


def test_test_fails_when_one_recipient_fails(run):
    """The exit code is 1, and the server's words are shown."""
    with SmtpServer() as server:
        server.answer("RCPT", "550 5.1.1 no such user")
        result = run({"mail": server.url(to=["b@reader.example", "c@reader.example"])}, "test", "mail")
    assert result.exit_code == 1
    assert "mail → b@reader.example: NOT SENT: permanent: SMTP 550" in result.stdout
    assert "mail → c@reader.example: sent" in result.stdout


def test_test_takes_only_the_channels_named(run):
    """And tells the outcome as JSON when asked."""
    with HttpSink() as sink, HttpSink() as other:
        sink.answer(Answer(401, body=b"who are you"))
        result = run({"a": f"webhook+{sink.url}", "b": f"webhook+{other.url}"}, "test", "a", "--json")
        assert (len(sink.requests), len(other.requests)) == (1, 0)
    (row,) = rows(result)
    assert result.exit_code == 1
    assert (row["channel"], row["sent"], row["reason"]) == ("a", False, "configuration")
    assert row["detail"] == "HTTP 401: who are you"


def test_a_console_channel_does_not_disturb_the_json(run):
    """With --json stdout holds objects only; the message goes to stderr."""
    result = run({"screen": "console://"}, "test", "--json")
    assert [row["sent"] for row in rows(result)] == [True]
    assert "This is only a test" in result.stderr


def test_a_channel_that_hangs_does_not_hang_the_command(run):
    """Its deadline ends the waiting."""
    with HttpSink() as sink:
        sink.answer(Answer(hang=True))
        result = run({"hook": {"url": f"webhook+{sink.url}", "deadline": "1s"}}, "test")
    assert result.exit_code == 1
    assert "NOT SENT: unknown: no answer within 1 s" in result.stdout


def test_an_unknown_name_is_an_error_of_use(run):
    """With the names there are."""
    result = run({"desk": "console://"}, "test", "dsk")
    assert result.exit_code == 2
    assert "there is no channel 'dsk'; there are: desk" in result.stderr
