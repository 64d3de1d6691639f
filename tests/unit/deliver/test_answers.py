"""HTTP answers (the table of statuses is tested over real connections, with the webhook)."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.deliver import answers

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        (" 120 ", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("9" * 400, timedelta(days=10**7 / 86_400)),
        ("Mon, 23 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 12:05:00 -0000", timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("Mon, 99 Nov 2026 11:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, pause):
    """Anything else is as good as none; a date in the past means now."""
    assert answers.retry_after(value, now=NOW) == pause


def test_only_429_and_503_make_us_wait():
    """Retry-After beside another status does not rest the channel."""
    assert answers.outcome_of(500, retry_after=timedelta(seconds=9)).retry_after is None
