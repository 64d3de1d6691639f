"""Whether a feed that answers has been without news for longer than is its habit. Pure."""

from datetime import datetime, timedelta

from monitor.schedule.rhythm import Rhythm

LEAST = timedelta(days=2)
_EXPECTED = 12.0  # articles that should have come: by chance, they fail to once in 160,000 times
_TIMES_LONGEST = 3
_KNOWN = 5.0  # articles from which on a habit is one


def silent_since(rhythm: Rhythm, *, now: datetime) -> datetime | None:
    """When its last article came, if that is too long ago; None for a feed that is as usual.

    Too long is: at least two days, thrice the longest break there was, and a time in which a dozen
    articles were to be expected. The rate is that of before the break.
    """
    latest = rhythm.latest_at
    if latest is None or rhythm.articles < _KNOWN:
        return None
    quiet = now - latest
    if quiet < LEAST or quiet < _TIMES_LONGEST * rhythm.longest:
        return None
    minutes = quiet.total_seconds() / 60
    watched = max(rhythm.exposure - minutes, 0.0) + 240.0
    return latest if rhythm.articles / watched * minutes >= _EXPECTED else None
