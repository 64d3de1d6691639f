"""When a permanent redirect is believed: the feed is then polled at its new address. Pure.

A plain upgrade from http to https at the same host is believed at once. Anything else only after
three sightings over two days: a permanent redirect is easily sent by mistake, and by captive portals.
The configured address stays the feed's name, and is tried again when the new one fails for long.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.errors import PollReason
from monitor.model import FeedState, Habits

SIGHTINGS = 3
OVER = timedelta(hours=48)
_DISOWNED_AFTER = 3  # failures in a row
_DISOWNING = frozenset(
    {
        PollReason.DNS,
        PollReason.CONNECT,
        PollReason.TLS,
        PollReason.REFUSED_ADDRESS,
        PollReason.REDIRECT,
        PollReason.FORBIDDEN,
        PollReason.NOT_FOUND,
        PollReason.GONE,
        PollReason.NOT_A_FEED,
    }
)


def address(state: FeedState) -> str:
    """Where the feed is polled."""
    return state.habits.address or state.feed.url


def after_success(state: FeedState, habits: Habits, permanent_url: str | None, *, now: datetime) -> Habits:
    """The habits after a poll that a permanent redirect led to `permanent_url` (None: none did).

    A feed whose address holds credentials stays where it is: a redirect does not carry them on.
    """
    here = address(state)
    if permanent_url is None or permanent_url == here or "@" in urlsplit(state.feed.url).netloc:
        return replace(habits, moving_to=None, moving_since=None, moving_seen=0)
    known = habits.moving_to == permanent_url
    since = (habits.moving_since if known else None) or now
    seen = habits.moving_seen + 1 if known else 1
    if _is_upgrade(here, permanent_url) or (seen >= SIGHTINGS and now - since >= OVER):
        moved = None if permanent_url == state.feed.url else permanent_url
        return replace(habits, address=moved, moving_to=None, moving_since=None, moving_seen=0)
    return replace(habits, moving_to=permanent_url, moving_since=since, moving_seen=seen)


def after_failure(state: FeedState) -> FeedState:
    """The state, back at the configured address when the new one has failed for long."""
    lost = state.habits.address and state.failures >= _DISOWNED_AFTER and state.reason in _DISOWNING
    if not lost:
        return state
    return replace(state, habits=replace(state.habits, address=None, gone_at=None))


def _is_upgrade(before: str, after: str) -> bool:
    """The same address, but by https; on the ordinary ports."""
    old, new = urlsplit(before), urlsplit(after)
    return (
        (old.scheme, new.scheme) == ("http", "https")
        and (old.hostname, old.path, old.query) == (new.hostname, new.path, new.query)
        and old.port in (None, 80)
        and new.port in (None, 443)
    )
