"""Signatures of webhooks: what is signed, and what a receiver refuses."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from monitor.deliver import signature

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BODY = b'{"version": 1}'


def signed(secret="s3cret", key="k1"):
    return dict(signature.headers(secret, key=key, body=BODY, now=NOW))


def test_the_published_example_comes_out():
    """The vector of the Standard Webhooks specification's libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    found = signature.headers(secret, key="msg_p5jXN8AQM9LWM0D4loKWxJek", body=body, now=at)
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_with_the_secret_accepts_it():
    """Also when another signature stands beside it, as while secrets are changed."""
    fields = signed()
    assert signature.verify("s3cret", fields, BODY, now=NOW + timedelta(minutes=4))
    fields["webhook-signature"] = "v1,AAAA " + fields["webhook-signature"]
    assert signature.verify("s3cret", fields, BODY, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "k2"},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "٣"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
    ],
)
def test_anything_changed_is_refused(change):
    """Id, time and signature belong together."""
    assert not signature.verify("s3cret", signed() | change, BODY, now=NOW)


def test_another_body_secret_or_day_is_refused():
    """What was recorded cannot be played again later."""
    assert not signature.verify("s3cret", signed(), BODY + b" ", now=NOW)
    assert not signature.verify("other", signed(), BODY, now=NOW)
    assert not signature.verify("s3cret", signed(), BODY, now=NOW + timedelta(minutes=6))


def test_a_secret_in_base64_is_decoded():
    """As the libraries of receivers expect it."""
    assert signature.key_of("whsec_" + b64encode(b"\x00\xff").decode()) == b"\x00\xff"
    with pytest.raises(ValueError, match="base64"):
        signature.key_of("whsec_!!")
