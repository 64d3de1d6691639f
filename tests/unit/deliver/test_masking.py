"""What may be shown of a channel's address."""

import pytest

from monitor.deliver import masking


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23news", "slack://***/***"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "tgram://***/***"),
        ("mailtos://user:password@example.org?to=a@b.example", "mailtos://***@example.org"),
        ("irc://bot@127.0.0.1:6667/%23news", "irc://***@127.0.0.1:6667/***"),
        ("json://[::1]:8080/hook", "json://[::1]:8080/***"),
        ("webhook+https://example.org/hooks/t0ken?key=1", "webhook+https://example.org/***"),
        ("json://localhost", "json://localhost"),
        ("not an address", "***"),
    ],
)
def test_only_scheme_and_server_show(url, shown):
    """A server's name is no secret; what could be a token is."""
    assert masking.mask(url) == shown


@pytest.mark.parametrize(
    ("url", "text", "redacted"),
    [
        (
            "mailtos://user:p%40ss!@example.org",
            "535 p@ss! p%40ss! at example.org",
            "535 *** *** at example.org",
        ),
        ("slack://T1JJ3T3L2/A1BRTD4JD", "bad token T1JJ3T3L2 (A1BRTD4JD)", "bad token *** (***)"),
        ("json://h.example/api/s3cr3t-t0ken", "no /api/s3cr3t-t0ken", "no /api/***"),
        ("pover://user@token-token?key=topsecret", "topsecret, token-token", "***, ***"),
        ("x://h.example/a", "failed: x://h.example/a", "failed: ***"),
        ("mailto://h.example?recipients=1", "no `recipients=`", "no `recipients=`"),
        ("mailto://me:pa?sswords=rest@h.example", "no `sswords=`", "no `***=`"),
        ("json://h.example?s3cr3t-t0ken", "no `s3cr3t-t0ken`", "no `***`"),
        ("mailto://h.example?to=desk@b.example", "no desk@b.example", "no desk@b.example"),
    ],
)
def test_secrets_are_taken_out_of_any_text(url, text, redacted):
    """As written and decoded; servers, e-mail addresses and short words stay readable."""
    assert masking.redact(text, masking.secrets_of(url)) == redacted


def test_nothing_is_redacted_for_an_address_without_content():
    """An empty address does not blot out everything."""
    assert masking.redact("text", masking.secrets_of("console://")) == "text"
