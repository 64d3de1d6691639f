"""How often further messages about one story go out: follow-ups and updates, at most one in half an hour.

Corrections are told at once and do not count. What comes sooner waits: while it waits, the message
takes up what else comes, so that a story that is edited every minute makes two messages an hour.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

PAUSE = timedelta(minutes=30)


def due_at(decided: Iterable[datetime], *, now: datetime) -> datetime:
    """When one more message decided `now` may go out, after those decided at these moments."""
    last_due = latest_due(decided)
    return now if last_due is None else max(now, last_due + PAUSE)


def latest_due(decided: Iterable[datetime]) -> datetime | None:
    """When the last of them went out, or will."""
    due: datetime | None = None
    for moment in sorted(decided):
        due = moment if due is None else max(moment, due + PAUSE)
    return due
