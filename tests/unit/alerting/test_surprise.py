"""Bursts and silences against a rule's own past: the stated rate of false alarms, and what is found."""

import math
import random

import pytest

from monitor.alerting import surprise

RATE = 0.001
DAYS = 28


def _poisson(rng: random.Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _draw(rng: random.Random, mean: float, size: float) -> int:
    """A negative binomial number, as a Poisson number of a rate that varies."""
    rate = mean if math.isinf(size) else rng.gammavariate(size, mean / size)
    return _poisson(rng, rate)


@pytest.mark.parametrize("mean", [0.3, 2.0, 12.0, 60.0])
@pytest.mark.parametrize("size", [math.inf, 5.0, 1.5])
def test_ordinary_days_are_called_bursts_no_more_often_than_stated(mean: float, size: float) -> None:
    """Of 4,000 simulated days at most so many as the rate allows, with the chance of three deviations."""
    rng = random.Random(f"{mean} {size}")
    trials = 4_000
    found = 0
    past = [_draw(rng, mean, size) for _ in range(DAYS)]
    for _ in range(trials):
        today = _draw(rng, mean, size)
        found += surprise.is_burst(today, past, false_alarms=RATE)
        past = [*past[1:], today]
    allowed = trials * RATE
    assert found <= allowed + 3 * math.sqrt(allowed)


@pytest.mark.parametrize("size", [math.inf, 5.0])
def test_ordinary_silences_are_not_told(size: float) -> None:
    """Days without a match are as rarely called a silence."""
    rng = random.Random(f"lull {size}")
    days = [_draw(rng, 1.5, size) for _ in range(DAYS)]
    silent = found = 0
    told = False
    for _ in range(4_000):
        days.append(_draw(rng, 1.5, size))
        silent = silent + 1 if days[-1] == 0 else 0
        past = days[: len(days) - silent][-DAYS:]
        before, told = told, surprise.is_lull(silent, past, false_alarms=RATE)
        found += told and not before
    assert found <= 4 + 3 * 2


def test_a_burst_is_found() -> None:
    """Five times the usual is one; half more is not; nothing is said without a past."""
    past = [10, 12, 9, 8, 11, 10, 13] * 4
    assert surprise.is_burst(50, past, false_alarms=RATE)
    assert not surprise.is_burst(16, past, false_alarms=RATE)
    assert not surprise.is_burst(50, past[:13], false_alarms=RATE)


def test_a_rule_that_bursts_every_week_does_not_surprise() -> None:
    """What has happened before is its habit."""
    assert not surprise.is_burst(60, [2, 3, 2, 60, 1, 2, 3] * 4, false_alarms=RATE)


def test_a_rare_rule_that_matches_twice_does_not_burst() -> None:
    """However rare: a handful is no flood."""
    assert not surprise.is_burst(surprise.LEAST_BURST - 1, [0] * 28, false_alarms=RATE)
    assert surprise.is_burst(surprise.LEAST_BURST + 4, [0] * 28, false_alarms=RATE)


def test_a_silence_is_found_after_as_long_as_its_past_makes_unlikely() -> None:
    """A daily rule within two weeks, a busy one within days; one that hardly ever matches never."""
    daily, busy, rare = [1, 2, 0, 1, 1, 3, 1] * 4, [30, 40, 35, 28, 33, 31, 36] * 4, [0] * 27 + [1]
    first = next(day for day in range(1, 60) if surprise.is_lull(day, daily, false_alarms=RATE))
    assert 4 <= first <= 14
    assert surprise.is_lull(2, busy, false_alarms=RATE)
    assert not surprise.is_lull(50, rare, false_alarms=RATE)


def test_probabilities_sum_up_and_fall() -> None:
    """The distribution is one: all counts together are certain, more is rarer."""
    habit = surprise.habit([3, 5, 2, 8, 0, 4, 6] * 3)
    tails = [habit.at_least(count) for count in range(200)]
    assert tails[0] == 1.0
    assert tails == sorted(tails, reverse=True)
    assert tails[-1] < 1e-6
    assert surprise.habit([0] * 20).none() > 0.9
