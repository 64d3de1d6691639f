"""A pause after telling: of a whole rule, or of one story. What comes within it is suppressed. Pure."""

from datetime import datetime, timedelta


def is_throttled(pause: timedelta | None, last_told_at: datetime | None, *, now: datetime) -> bool:
    """Whether the pause after the last alert still holds.

    One that lies further ahead than the pause is of a time when the clock was ahead: it would
    silence the rule until then, so it does not count.
    """
    if not pause or last_told_at is None:
        return False
    return -pause <= now - last_told_at < pause
