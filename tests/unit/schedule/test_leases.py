"""Leases of pushes: when they are renewed, whose pushes count, what ends the trust."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from monitor.schedule import leases

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("864000", timedelta(days=10)),
        ("1", leases.SHORTEST_LEASE),
        ("99999999999999999999", leases.LONGEST_LEASE),
        ("", leases.LEASE),
        ("-5", leases.LEASE),
        ("٣٠٠", leases.LEASE),
    ],
)
def test_a_lease_is_what_the_hub_grants_within_reason(said, lease):
    """Nothing a hub says can make us ask every second, or never again."""
    assert leases.lease_of(said) == lease


def test_a_lease_is_renewed_at_two_thirds():
    """Early enough to be refused a few times."""
    assert leases.renew_at(NOW, timedelta(days=9)) == NOW + timedelta(days=6)


def test_failures_wait_longer_and_longer():
    """An hour, doubling to a day."""
    waits = [leases.retry_at(NOW, failures) - NOW for failures in (1, 2, 5, 9, 10_000)]
    assert waits == [timedelta(hours=hours) for hours in (1, 2, 16, 24, 24)]


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_a_push_is_signed_with_the_secret(algorithm):
    """By any of the algorithms of the recommendation, in any case."""
    signature = hmac.new(b"secret", b"body", algorithm).hexdigest()
    headers = {"x-hub-signature": f"{algorithm.upper()}={signature.upper()}"}
    assert leases.is_signed(b"body", headers, "secret")
    assert not leases.is_signed(b"other", headers, "secret")
    assert not leases.is_signed(b"body", headers, "guess")


@pytest.mark.parametrize("value", ["", "sha256", "sha256=", "md5=aa", "sha256=é", "=", "none=x"])
def test_what_is_no_signature_signs_nothing(value):
    """Missing, empty, weak or broken."""
    assert not leases.is_signed(b"body", {"x-hub-signature": value}, "secret")


def test_a_pushed_feed_is_polled_rarely_and_as_planned_once_its_lease_is_over():
    """Six hours, no longer than the lease; a plan for later stays."""
    soon, far = NOW + timedelta(minutes=5), NOW + timedelta(days=9)
    assert leases.next_poll_at(soon, now=NOW, expires_at=far) == NOW + timedelta(hours=6)
    assert leases.next_poll_at(soon, now=NOW, expires_at=NOW + timedelta(hours=1)) == NOW + timedelta(hours=1)
    assert leases.next_poll_at(far, now=NOW, expires_at=far) == far


@pytest.mark.parametrize(("age", "expected"), [(14, False), (16, True), (None, False)])
def test_only_what_had_time_to_be_pushed_was_missed(age, expected):
    """Within a quarter of an hour, or without a date, nobody knows."""
    published = None if age is None else NOW - timedelta(minutes=age)
    assert leases.missed(published, now=NOW) is expected
