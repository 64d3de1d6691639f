"""The breaker: when a whole channel rests."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerting import breaker
from monitor.alerting.breaker import Breaker
from monitor.errors import DeliveryReason
from monitor.model import Outcome

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DOWN = Outcome(DeliveryReason.TRANSIENT, "down")


def after(state, *outcomes, now=NOW, random=0.0):
    for outcome in outcomes:
        state = breaker.after(state, outcome, now=now, random=random)
    return state


def test_two_failures_are_borne_and_the_third_opens():
    """A hiccup does not stop a channel, an outage does."""
    two = after(Breaker(), DOWN, DOWN)
    assert (two.failures, two.is_open(NOW)) == (2, False)
    three = after(two, DOWN)
    assert three.is_open(NOW)
    assert three.until == NOW + timedelta(seconds=15)
    assert (three.reason, three.detail) == (DeliveryReason.TRANSIENT, "down")


def test_no_answer_counts_as_a_failure():
    """A channel that hangs is as good as down."""
    hung = Outcome(DeliveryReason.UNKNOWN)
    assert after(Breaker(), hung, hung, DOWN).is_open(NOW)


def test_a_success_between_them_starts_the_count_anew():
    """Only failures in a row open the breaker."""
    assert not after(Breaker(), DOWN, DOWN, Outcome(), DOWN, DOWN).is_open(NOW)


def test_half_open_a_single_failure_opens_again():
    """The pauses last up to a minute, so that a recovery is seen soon."""
    state = after(Breaker(), DOWN, DOWN, DOWN, random=1.0)
    pauses = []
    for _ in range(6):
        now = state.until
        assert not state.is_open(now)
        state = after(state, DOWN, now=now, random=1.0)
        pauses.append((state.until - now).total_seconds())
    assert pauses == [60, 60, 60, 60, 60, 60]


@pytest.mark.parametrize("answer", [Outcome(), Outcome(DeliveryReason.PERMANENT)])
def test_half_open_any_answer_closes(answer):
    """A service that refuses one message for good is there."""
    state = after(Breaker(), DOWN, DOWN, DOWN)
    assert after(state, answer, now=state.until) == Breaker()


def test_a_throttle_rests_the_channel_as_long_as_it_asks():
    """No delivery of this channel is attempted inside the pause."""
    state = after(Breaker(), Outcome(DeliveryReason.THROTTLED, "", timedelta(seconds=7)))
    assert state.is_open(NOW + timedelta(seconds=6))
    assert not state.is_open(NOW + timedelta(seconds=7))


def test_throttles_without_a_time_double():
    """A storm of 429 lowers the rate by itself."""
    state, pauses = Breaker(), []
    for _ in range(8):
        now = state.until or NOW
        state = after(state, Outcome(DeliveryReason.THROTTLED), now=now)
        pauses.append((state.until - now).total_seconds())
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_wrong_configuration_pauses_at_once():
    """One 401 is enough; it is asked again now and then, in case it was mended elsewhere."""
    state, pauses = Breaker(), []
    for _ in range(4):
        now = state.until or NOW
        state = after(state, Outcome(DeliveryReason.CONFIGURATION, "401"), now=now)
        pauses.append(state.until - now)
    assert pauses == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=1)]
    assert state.reason is DeliveryReason.CONFIGURATION


@pytest.mark.parametrize(
    "reason", [DeliveryReason.EXPIRED, DeliveryReason.RENDERING, DeliveryReason.CHANNEL_REMOVED]
)
def test_what_never_reached_the_channel_changes_nothing(reason):
    """An expired alert is no sign of life."""
    for state in (Breaker(), after(Breaker(), DOWN), after(Breaker(), DOWN, DOWN, DOWN)):
        assert after(state, Outcome(reason)) == state


def test_a_pause_of_a_clock_that_ran_ahead_is_over() -> None:
    """No pause is longer than a day, so one that ends later was made by a wrong clock."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    ahead = Breaker(failures=3, pauses=1, until=now + timedelta(days=3650))
    assert not ahead.is_open(now)
