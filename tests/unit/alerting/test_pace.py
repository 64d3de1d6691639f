"""When further messages about a story go out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting import pace

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_first_goes_out_at_once_and_the_next_half_an_hour_later() -> None:
    """Counted from when it went out, not from when it was decided."""
    assert pace.due_at([], now=NOON) == NOON
    assert pace.due_at([NOON - 10 * MINUTE], now=NOON) == NOON + 20 * MINUTE
    assert pace.due_at([NOON - 15 * MINUTE, NOON - 10 * MINUTE], now=NOON) == NOON + 45 * MINUTE
    assert pace.due_at([NOON - 40 * MINUTE], now=NOON) == NOON


@given(st.lists(st.integers(0, 600), max_size=20))
def test_never_two_within_half_an_hour(minutes: list[int]) -> None:
    """However they come, and none is lost."""
    decided: list[datetime] = []
    due = []
    for minute in sorted(minutes):
        now = NOON + minute * MINUTE
        due.append(pace.due_at(decided, now=now))
        decided.append(now)
        assert pace.latest_due(decided) == due[-1]
    assert all(later - earlier >= pace.PAUSE for earlier, later in pairwise(due))
