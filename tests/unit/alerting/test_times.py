"""Slots, quiet hours and active hours over years: both changes of the clocks, the leap day, every minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerting import activity, digest, quiet, storm, throttle
from monitor.errors import DecisionReason as Why
from monitor.model import Active, Digest, QuietHours, Storm

ZONES = ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
START = datetime(2027, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
days = st.frozensets(st.integers(0, 6), min_size=1)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("clock", [time(0), time(2), time(2, 30), time(3), time(23, 59)])
def test_each_day_of_three_years_has_exactly_one_slot(zone: str, clock: time) -> None:
    """Also where the clock skips that time, or shows it twice, and on the 29th of February 2028."""
    where, plan = ZoneInfo(zone), Digest(at=clock)
    slots = [digest.slot_after(plan, START, where)]
    while len(slots) < 3 * 365:
        slots.append(digest.slot_after(plan, slots[-1], where))
    dates = [slot.astimezone(where).date() for slot in slots]
    assert dates == [dates[0] + n * DAY for n in range(len(dates))]


@given(now=moments, clock=clocks, on=days, zone=st.sampled_from(ZONES))
def test_no_moment_lies_between_a_slot_and_the_next(
    now: datetime, clock: time, on: frozenset[int], zone: str
) -> None:
    """The last one and the next one are neighbours, on one of the days."""
    where, plan = ZoneInfo(zone), Digest(at=clock, days=on)
    last, following = digest.slot_at_or_before(plan, now, where), digest.slot_after(plan, now, where)
    assert last <= now < following
    assert digest.slot_after(plan, last, where) == following
    assert digest.slot_at_or_before(plan, following, where) == following


@given(now=moments, minutes=st.sampled_from([1, 5, 15, 30, 60, 360, 1440]))
def test_slots_of_an_interval_are_even(now: datetime, minutes: int) -> None:
    """Whatever the zone: by the clock of UTC."""
    plan = Digest(every=timedelta(minutes=minutes))
    last = digest.slot_at_or_before(plan, now, UTC)
    assert digest.slot_after(plan, now, UTC) - last == plan.every
    assert (last.hour * 60 + last.minute) % minutes == 0


@settings(max_examples=200)
@given(now=moments, begins=clocks, ends=clocks, on=days, zone=st.sampled_from(ZONES))
def test_quiet_hours_end_when_they_are_over(
    now: datetime, begins: time, ends: time, on: frozenset[int], zone: str
) -> None:
    """What is held goes out at a moment that is not quiet, within days."""
    where, hours = ZoneInfo(zone), [QuietHours(begins, ends, on)]
    if quiet.is_always(hours):
        return
    until = quiet.quiet_until(hours, now=now, zone=where)
    if until is not None:
        assert now < until <= now + 8 * DAY
        assert quiet.quiet_until(hours, now=until, zone=where) is None
        assert quiet.quiet_until(hours, now=now, zone=where, urgent=True) is None


@pytest.mark.parametrize(
    ("local", "until"),
    [("2026-03-28T23:00", "2026-03-29T07:00"), ("2026-03-29T06:59", "2026-03-29T07:00"),
     ("2026-10-25T02:30", "2026-10-25T07:00"), ("2026-10-25T07:00", None),
     ("2028-02-28T22:00", "2028-02-29T07:00")],
)  # fmt: skip
def test_a_night_ends_at_seven_local_time(local: str, until: str | None) -> None:
    """The night of nine hours, of eight and of ten."""
    vienna = ZoneInfo("Europe/Vienna")
    now = datetime.fromisoformat(local).replace(tzinfo=vienna).astimezone(UTC)
    found = quiet.quiet_until([QuietHours(time(22), time(7))], now=now, zone=vienna)
    assert (None if found is None else f"{found.astimezone(vienna):%Y-%m-%dT%H:%M}") == until


def test_quiet_hours_that_touch_are_one() -> None:
    """From Friday night through the weekend into Monday morning."""
    hours = [QuietHours(time(22), time(7)), QuietHours(time(0), time(0), frozenset({5, 6}))]
    friday = datetime(2026, 11, 27, 23, tzinfo=UTC)
    assert quiet.quiet_until(hours, now=friday, zone=UTC) == datetime(2026, 11, 30, 7, tzinfo=UTC)


@pytest.mark.parametrize(("hour", "reason"), [(5, Why.INACTIVE), (6, None), (21, None), (22, Why.INACTIVE)])
def test_a_rule_is_active_in_its_hours(hour: int, reason: Why | None) -> None:
    """From the first to before the last."""
    active = Active(begins=time(6), ends=time(22))
    assert activity.objection(active, now=START + hour * HOUR, zone=UTC) is reason


def test_a_rule_begins_and_ends_at_its_dates() -> None:
    """Before: inactive. From the end on: expired."""
    active = Active(since=START, until=START + DAY)
    assert activity.objection(active, now=START - HOUR, zone=UTC) is Why.INACTIVE
    assert activity.objection(active, now=START, zone=UTC) is None
    assert activity.objection(active, now=START + DAY, zone=UTC) is Why.RULE_EXPIRED


def test_a_pause_of_a_clock_that_was_ahead_does_not_count() -> None:
    """An alert of ten years hence silences nothing."""
    assert throttle.is_throttled(HOUR, START, now=START + HOUR / 2)
    assert not throttle.is_throttled(HOUR, START + 3650 * DAY, now=START)
    assert not throttle.is_throttled(HOUR, START, now=START + HOUR)


def test_a_collection_goes_on_until_its_end_and_begins_at_the_limit() -> None:
    """One from a clock that was ahead is none."""
    limit = Storm(3, HOUR)
    assert storm.collect_until(limit, storm.Recent(2), now=START) is None
    assert storm.collect_until(limit, storm.Recent(3), now=START) == START + HOUR
    assert storm.collect_until(limit, storm.Recent(0, START + HOUR / 2), now=START) == START + HOUR / 2
    assert storm.collect_until(limit, storm.Recent(0, START + 9 * HOUR), now=START) is None
    assert storm.collect_until(None, storm.Recent(99), now=START) is None
