"""Logs are one JSON object a line and never show a secret or a control character."""

import io
import json
import logging
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
    logging.getLogger("other.library").warning("with %s", "hunter2secret")
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


def test_a_newline_or_escape_in_a_value_cannot_forge_a_line() -> None:
    """One event stays one line, and terminals receive no control sequences."""
    stream = io.StringIO()
    logs.configure(stream=stream, json=False)
    logs.get("monitor.x").info("poll", title="a\x1b[31mred\x07")
    assert "\x1b[31mred" not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 1


def test_http_and_apprise_debug_lines_stay_out() -> None:
    """Their debug lines carry addresses and live tokens."""
    stream = io.StringIO()
    logs.configure(stream=stream, level="debug")
    logging.getLogger("httpx").info("GET https://a.example/?token=x")
    logging.getLogger("apprise").debug("token")
    assert stream.getvalue() == ""
