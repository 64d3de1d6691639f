"""The running daemon on a clock that goes many times as fast: rhythm and floor, end to end."""

from itertools import pairwise

import pytest

from benchmarks.polling import compressed, traces
from benchmarks.polling.compressed import World

SPEED = 240.0


@pytest.mark.slow
def test_feeds_are_polled_by_their_rhythm_on_a_fast_clock() -> None:
    """The busiest feeds are polled more often than the quietest, and none twice within five minutes."""
    by_rate = sorted(traces.make(60, days=2, seed=5), key=lambda trace: trace.rate)
    feeds = [*by_rate[:8], *by_rate[-8:]]
    made = compressed.measure(
        feeds, days=2, speed=SPEED, until=lambda world: len(world.polls) == 16 and _busy(world) >= 40
    )
    polls = made.world.polls
    assert set(polls) == set(range(16))
    assert _busy(made.world) > 1.5 * sum(len(polls[number]) for number in range(8))
    hesitation = SPEED / 60  # minutes that a second of the machine's is: a request may be that late
    gaps = [after - before for times in polls.values() for before, after in pairwise(times)]
    assert min(gaps) > 5.0 - hesitation
    assert made.told[0] > 0, "the daemon knows how late it saw articles"


def _busy(world: World) -> int:
    return sum(len(world.polls.get(number, ())) for number in range(8, 16))
