"""Subscriptions to hubs (W3C WebSub): what state they are in, and what is to be done about them when. Pure.

| state    | what it is                                   | next                                             |
|----------|----------------------------------------------|--------------------------------------------------|
| pending  | asked for, not verified by the hub yet       | after ten minutes counted as failed              |
| active   | verified, until the lease ends               | renewed at two thirds of the lease               |
| failed   | refused, not verified, or found to miss news | tried again after 1 h, doubling to a day         |
| leaving  | no longer wanted; the hub was told           | forgotten when it confirms, or after ten minutes |

While it is active the feed is still polled, but rarely: news that a poll finds and no push had brought
end the trust in the hub.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

LEASE = timedelta(days=10)  # what we ask for
SHORTEST_LEASE = timedelta(minutes=5)
LONGEST_LEASE = timedelta(days=30)
SAFETY = timedelta(hours=6)  # between two polls of a feed that is pushed
PATIENCE = timedelta(minutes=10)  # for the verification
LATE = timedelta(minutes=15)  # how long a push may take
_FIRST_RETRY = timedelta(hours=1)
_LONGEST_RETRY = timedelta(hours=24)
_ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})


class LeaseState(StrEnum):
    """See the table above."""

    PENDING = "pending"
    ACTIVE = "active"
    FAILED = "failed"
    LEAVING = "leaving"


def lease_of(seconds: str) -> timedelta:
    """The lease that a hub grants; within reason whatever it says."""
    granted = timedelta(seconds=int(seconds[:12])) if seconds.isdigit() and seconds.isascii() else LEASE
    return min(max(granted, SHORTEST_LEASE), LONGEST_LEASE)


def renew_at(now: datetime, lease: timedelta) -> datetime:
    """When to ask for the next lease: early enough to be refused a few times."""
    return now + lease * 2 / 3


def retry_at(now: datetime, failures: int) -> datetime:
    """When to try again after so many failures in a row."""
    return now + min(_FIRST_RETRY * 2.0 ** min(failures - 1, 10), _LONGEST_RETRY)


def is_signed(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Whether `X-Hub-Signature` is the body's HMAC with this secret. Always takes the same time."""
    algorithm, _, given = headers.get("x-hub-signature", "").strip().partition("=")
    algorithm = algorithm.lower()
    if algorithm not in _ALGORITHMS:
        return False
    expected = hmac.new(secret.encode(), body, algorithm).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace"))


def next_poll_at(planned: datetime, *, now: datetime, expires_at: datetime) -> datetime:
    """When a feed that is pushed is polled for safety: rarely, but as planned once its lease is over."""
    return max(planned, min(now + SAFETY, expires_at))


def missed(published: datetime | None, *, now: datetime) -> bool:
    """Whether an article that a poll found new ought to have been pushed by now."""
    return published is not None and published < now - LATE
