"""Backoff: what follows an attempt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting import backoff
from monitor.alerting.backoff import Next
from monitor.errors import DeliveryReason
from monitor.model import AlertId, Delivery, DeliveryId, DeliveryState, OnUnknown, Outcome

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW = CREATED + timedelta(minutes=1)
DELIVERY = Delivery(
    id=DeliveryId(1),
    alert_id=AlertId(1),
    channel="desk",
    recipient="",
    key="k",
    state=DeliveryState.SENDING,
    created_at=CREATED,
    due_at=CREATED,
    attempts=1,
)


def after(
    outcome,
    *,
    delivery=DELIVERY,
    now=NOW,
    random=0.5,
    max_age=timedelta(hours=72),
    on_unknown=OnUnknown.RESEND,
):
    return backoff.after_attempt(
        delivery, outcome, now=now, random=random, max_age=max_age, on_unknown=on_unknown
    )


def test_sent_is_the_end():
    """A message that was taken needs nothing more."""
    assert after(Outcome()) == Next(DeliveryState.SENT, NOW)


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (DeliveryReason.PERMANENT, DeliveryState.DEAD),
        (DeliveryReason.RENDERING, DeliveryState.DEAD),
        (DeliveryReason.CHANNEL_REMOVED, DeliveryState.DEAD),
        (DeliveryReason.EXPIRED, DeliveryState.EXPIRED),
    ],
)
def test_what_cannot_succeed_is_given_up_with_its_reason(reason, state):
    """No attempt is spent on it again."""
    assert after(Outcome(reason, "why")) == Next(state, NOW, reason, "why")


@pytest.mark.parametrize(
    ("attempts", "ceiling"),
    [(0, 30), (1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (9, 3600), (500, 3600)],
)
def test_failures_wait_a_random_part_of_a_doubling_time(attempts, ceiling):
    """The first repeat comes within 30 s; no two are more than an hour apart."""
    failed = Outcome(DeliveryReason.TRANSIENT, "down")
    tried = replace(DELIVERY, attempts=attempts)
    later = after(failed, delivery=tried, random=0.5)
    assert later == Next(DeliveryState.PENDING, NOW + timedelta(seconds=ceiling / 2), failed.reason, "down")
    assert after(failed, delivery=tried, random=0.0).due_at == NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("asked", "attempts", "seconds"),
    [(None, 1, 60), (None, 3, 240), (None, 30, 3600), (7, 1, 7), (0, 1, 1), (10**6, 1, 86_400)],
)
def test_a_throttle_is_obeyed_within_bounds(asked, attempts, seconds):
    """Retry-After counts, up to a day; without one a minute, doubling to an hour."""
    pause = None if asked is None else timedelta(seconds=asked)
    outcome = Outcome(DeliveryReason.THROTTLED, "", pause)
    later = after(outcome, delivery=replace(DELIVERY, attempts=attempts))
    assert later.due_at == NOW + timedelta(seconds=seconds)
    assert later.state is DeliveryState.PENDING


def test_a_misconfigured_channel_keeps_its_alerts():
    """They wait for the operator, whatever their number of attempts."""
    later = after(Outcome(DeliveryReason.CONFIGURATION, "401"), delivery=replace(DELIVERY, attempts=9))
    assert (later.state, later.due_at) == (DeliveryState.PENDING, NOW + backoff.CONFIGURATION_PAUSE)


def test_no_answer_is_sent_again_and_marked():
    """The repeat says that it may be one, and so does every later attempt."""
    later = after(Outcome(DeliveryReason.UNKNOWN))
    assert (later.state, later.maybe_sent) == (DeliveryState.PENDING, True)
    again = after(Outcome(DeliveryReason.TRANSIENT), delivery=replace(DELIVERY, maybe_sent=True))
    assert again.maybe_sent


def test_no_answer_is_held_where_a_repeat_is_worse():
    """With `on_unknown: hold` a person decides."""
    later = after(Outcome(DeliveryReason.UNKNOWN, "60 s"), on_unknown=OnUnknown.HOLD)
    assert later == Next(DeliveryState.UNKNOWN, NOW, DeliveryReason.UNKNOWN, "60 s", maybe_sent=True)


def test_an_alert_too_old_expires_with_the_last_reason():
    """The ledger says for how long it was tried and what was wrong in the end."""
    late = CREATED + timedelta(hours=72)
    later = after(Outcome(DeliveryReason.TRANSIENT, "connection refused"), now=late)
    assert later.state is DeliveryState.EXPIRED
    assert later.reason is DeliveryReason.EXPIRED
    assert later.detail == "given up after 72 h; last: transient: connection refused"


def test_the_last_due_time_is_the_end_of_its_age():
    """So that the expiry is recorded when it happens, not at some later attempt."""
    now = CREATED + timedelta(seconds=89)
    later = after(Outcome(DeliveryReason.THROTTLED), now=now, max_age=timedelta(seconds=90))
    assert later.due_at == CREATED + timedelta(seconds=90)
    assert backoff.is_expired(DELIVERY, now=later.due_at, max_age=timedelta(seconds=90))
    assert not backoff.is_expired(DELIVERY, now=now, max_age=timedelta(seconds=90))


def test_short_ages_are_told_in_seconds():
    """ "given up after 0.0166667 h" would help nobody."""
    later = after(Outcome(DeliveryReason.TRANSIENT), now=NOW, max_age=timedelta(seconds=60))
    assert later.detail == "given up after 60 s; last: transient"


@given(
    reason=st.sampled_from([None, *DeliveryReason]),
    attempts=st.integers(0, 10_000),
    age=st.timedeltas(timedelta(0), timedelta(days=30)),
    random=st.floats(0, 1, exclude_max=True),
    asked=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
    on_unknown=st.sampled_from(OnUnknown),
    max_age=st.timedeltas(timedelta(seconds=1), timedelta(days=10)),
)
def test_every_delivery_comes_to_an_end(reason, attempts, age, random, asked, on_unknown, max_age):
    """Whatever happens: sent, given up with a reason, or due again within its age and after now."""
    delivery = replace(DELIVERY, attempts=attempts)
    now = CREATED + age
    later = after(
        Outcome(reason, "", asked),
        delivery=delivery,
        now=now,
        random=random,
        max_age=max_age,
        on_unknown=on_unknown,
    )
    if later.state is DeliveryState.PENDING:
        assert now < later.due_at <= CREATED + max_age
    else:
        assert later.due_at == now
    assert (later.reason is None) == (reason is None)
