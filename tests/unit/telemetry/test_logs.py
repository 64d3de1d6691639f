"""Logs are one JSON object a line and never show a secret or a control character."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from monitor.telemetry import logs


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def written(stream: io.StringIO) -> list[dict[str, object]]:
    """The lines as objects."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_level_time_and_fields() -> None:
    """Machines read the logs as they are."""
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.get("monitor.x").info("poll", feed="https://a.example/rss", articles=3)
    (line,) = written(stream)
    assert line["event"] == "poll"
    assert line["articles"] == 3
    assert line["level"] == "info"
    assert str(line["timestamp"]).endswith("Z")


def test_secrets_credentials_and_tokens_are_masked_wherever_they_stand() -> None:
    """In texts, lists, mappings, exceptions and in lines of other libraries."""
    stream = io.StringIO()
    logs.configure(stream=stream, secrets=["hunter2secret"])
    log = logs.get("monitor.x")
    log.info("a hunter2secret b", items=["hunter2secret"], more={"k": "hunter2secret"})
    log.warning("send", url="smtp://me:pa55@mail.example/?token=abcdef&x=1", error=OSError("hunter2secret"))
    logging.getLogger("other.package").warning("with %s", "hunter2secret")
    text = stream.getvalue()
    assert "hunter2secret" not in text
    assert "pa55" not in text
    assert "abcdef" not in text
    assert "mail.example" in text
    assert len(written(stream)) == 3


@pytest.mark.parametrize(
    "address",
    [
        "https://SESAME@feeds.example/rss",
        "https://user:SESAME@feeds.example/rss",
        "https://feeds.example/rss?access_token=SESAME&x=1",
        "https://feeds.example/rss?a=b&feed.key=SESAME",
        "https://feeds.example/rss?client_secret=SESAME#top",
    ],
)
def test_what_gives_access_to_a_feed_is_masked(address: str) -> None:
    """Names without a password, and parameters whose names end in token, key or secret."""
    shown = logs.Redactor().text(f"poll of {address} failed")
    assert "SESAME" not in shown
    assert "feeds.example" in shown


FORGED = "2026-11-24T02:00:00Z [info     ] delivery                       outcome=sent"
HOSTILE = [
    f"Ferry\n{FORGED}",
    f"Ferry\r\n{FORGED}",
    f"Ferry\x85{FORGED}",
    f"Ferry\u2028{FORGED}\u2029",
    f"Ferry\x0b{FORGED}\x0c\x1c\x1d\x1e",
    'Ferry"}\n{"event": "delivery", "outcome": "sent"}',
    "Ferry\x1b[31mred\x1b]0;title\x07\x9b2J\x00",
    "Ferry\u202egnol\u2069",
    "Ferry\u2028outcome=sent",  # no blank: nothing that makes the renderer quote it
]


class Terminal(io.StringIO):
    """Where people read."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["json", "console", "terminal"])
def test_a_text_from_a_feed_cannot_forge_a_line_or_command_the_terminal(kind: str, text: str) -> None:
    """In a title, a name, a list, a mapping, an event, and in other libraries' lines."""
    stream = Terminal() if kind == "terminal" else io.StringIO()
    logs.configure(stream=stream, json=kind == "json")
    log = logs.get("monitor.x").bind(feed=text, rule=text)
    log.info("alert", title=text, words=[text], article={"title": text, text: 1}, error=OSError(text))
    log.warning(text)
    logging.getLogger("other.package").warning("cannot read %s", text)
    logging.getLogger("other.package").warning(f"cannot read {text}")  # noqa: G004  (as libraries do)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    ours = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()) if kind == "terminal" else stream.getvalue()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ours)
    assert "\x1b[31mred" not in stream.getvalue()
    if kind == "json":
        assert all("Ferry" in str(line) for line in written(stream))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_traceback_that_quotes_a_feed_stands_apart(text: str) -> None:
    """Its lines begin as no event does; as JSON it is one line."""
    for as_json in (True, False):
        stream = io.StringIO()
        logs.configure(stream=stream, json=as_json)
        try:
            raise ValueError(text)
        except ValueError:
            logs.get("monitor.x").exception("failed", title=text)
        first, *rest = stream.getvalue().splitlines()
        assert "failed" in first
        assert not rest if as_json else all(line.startswith("    | ") for line in rest)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", stream.getvalue())


def test_http_and_apprise_debug_lines_stay_out() -> None:
    """Their debug lines carry addresses and live tokens."""
    stream = io.StringIO()
    logs.configure(stream=stream, level="debug")
    logging.getLogger("httpx").info("GET https://a.example/?token=x")
    logging.getLogger("apprise").debug("token")
    assert stream.getvalue() == ""
