"""Reading the headers that say when to come back."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetch import headers

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"cache-control": "max-age=1800"}, HOUR / 2),
        ({"cache-control": "public, Max-Age = 1800, must-revalidate"}, HOUR / 2),
        ({"cache-control": 'max-age="1800"'}, HOUR / 2),
        ({"cache-control": "max-age=1800", "age": "1700"}, timedelta(seconds=100)),
        ({"cache-control": "max-age=1800", "age": "1900"}, None),
        ({"cache-control": "max-age=1800", "age": "-7 elephants"}, HOUR / 2),
        ({"cache-control": "max-age=99999999"}, timedelta(hours=24)),
        ({"cache-control": "s-maxage=1800"}, None),
        ({"cache-control": "max-age=1800, no-cache"}, None),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": "max-age=soon"}, None),
        ({"expires": "Mon, 23 Nov 2026 13:00:00 GMT", "date": DATE}, HOUR),
        ({"expires": "Mon, 23 Nov 2026 13:00:00 GMT", "date": "Mon, 23 Nov 2026 12:30:00 GMT"}, HOUR / 2),
        ({"expires": "Mon, 23 Nov 2026 13:00:00 GMT"}, HOUR),
        ({"expires": "Mon, 23 Nov 2026 11:00:00 GMT"}, None),
        ({"expires": "0"}, None),
        ({"expires": "Mon, 23 Nov 9999 13:00:00 GMT"}, timedelta(hours=24)),
        ({"cache-control": "max-age=1800", "expires": "Mon, 23 Nov 2026 20:00:00 GMT"}, HOUR / 2),
    ],
)
def test_freshness(fields, expected):
    """max-age less Age goes before Expires less Date; nothing lasts longer than a day."""
    assert headers.freshness(fields, now=NOW) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7200", 2 * HOUR),
        (" 1.5 ", timedelta(seconds=1.5)),
        ("-5", timedelta()),
        ("999999999999", timedelta(days=7)),
        ("Mon, 23 Nov 2026 14:00:00 GMT", 2 * HOUR),
        ("Mon, 23 Nov 2026 10:00:00 GMT", timedelta()),
        ("Mon, 23 Nov 2099 10:00:00 GMT", timedelta(days=7)),
        ("Mon, 23 Nov 99999 10:00:00 GMT", None),
        ("soon", None),
        ("1" * 5000, None),
        ("", None),
    ],
)
def test_retry_after(value, expected):
    """Seconds or a date, clamped to a week; what cannot be read is None."""
    assert headers.retry_after({"retry-after": value}, now=NOW) == expected


def test_retry_after_date_counts_from_the_servers_clock():
    """A date is taken relative to the answer's own Date, whose clock may be wrong."""
    fields = {"retry-after": "Sun, 01 Jan 2023 01:00:00 GMT", "date": "Sun, 01 Jan 2023 00:00:00 GMT"}
    assert headers.retry_after(fields, now=NOW) == HOUR


@pytest.mark.parametrize("value", ['"abc"', 'W/"abc"', "no quotes, with, commas", "caf\xe9", "\x80\xff"])
def test_odd_validators_are_kept_and_sendable(value):
    """A validator is opaque: it is neither repaired nor read."""
    assert headers.validator(value) == value
    assert headers.is_sendable(value)


@pytest.mark.parametrize("value", ["x" * 1025, "", None])
def test_huge_or_missing_validators_are_not_kept(value):
    """A validator beyond a kilobyte costs more than it saves."""
    assert headers.validator(value) is None


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\0b", "\u20ac", " padded "])
def test_validators_that_cannot_be_a_header_are_not_sent(value):
    """Nothing stored can inject a header."""
    assert not headers.is_sendable(value)
