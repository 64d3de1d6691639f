"""What holds for every rhythm, plan and budget, against a plain oracle and a small simulation."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.polling import simulate, traces
from benchmarks.polling.simulate import Bound, Fixed, Product, Setting
from monitor.model import Feed, FeedId, FeedState, Habits, Hints
from monitor.schedule import due, pace, plan, rhythm
from monitor.schedule.intensity import Intensity
from monitor.schedule.plan import Policy
from monitor.schedule.rhythm import Rhythm

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

ages = st.floats(0, 60 * 1440)
dates = st.lists(st.none() | ages.map(lambda age: NOW - timedelta(minutes=age)), max_size=60)
rhythms = st.builds(lambda given: rhythm.seed(given, now=NOW), dates)
bursting = st.builds(
    lambda known, count: rhythm.observe(
        known, now=NOW, since=NOW - timedelta(hours=1), published=[NOW - timedelta(minutes=3)] * count
    ),
    rhythms,
    st.integers(0, 5),
)
prices = st.floats(0, 1e5)
jitters = st.floats(0, 1, exclude_max=True)
hints = st.builds(
    Hints,
    ttl=st.none() | st.timedeltas(timedelta(), timedelta(days=9)),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)
START = NOW.timestamp() / 60


def oracle(known: Intensity, start: float, end: float) -> tuple[float, float]:
    """N and A by a sum over twenty-seconds steps, from the rate alone."""
    step, articles, minutes, at = 1 / 3, 0.0, 0.0, start
    while at < end:
        width = min(step, end - at)
        middle = at + width / 2
        hour = int(middle // 60)
        flow = known.hour(hour) * known._slots[min(11, int((middle - hour * 60) // 5))]
        flow += known._burst * math.exp(-max(0.0, middle - known._burst_at) / 20)
        articles += flow * width
        minutes += flow * width * (end - middle)
        at += width
    return articles, minutes


@given(known=bursting, length=st.floats(1, 700))
def test_waiting_is_the_integral_of_the_rate(known: Rhythm, length: float) -> None:
    """The quick way by hours, slots and closed forms equals the sum over small steps."""
    intensity = Intensity(known, now=NOW)
    found = intensity.waiting(START, START + length)
    articles, minutes = oracle(intensity, START, START + length)
    assert found.articles == pytest.approx(articles, rel=0.01, abs=1e-6)
    assert found.minutes == pytest.approx(minutes, rel=0.01, abs=1e-4)


@given(known=bursting, price=st.floats(0.01, 1e4))
def test_the_price_is_reached_and_not_before(known: Rhythm, price: float) -> None:
    """At the moment found waiting costs the price; a minute earlier it did not, unless it is the limit."""
    intensity = Intensity(known, now=NOW)
    end = intensity.reach(START, price=price, limit=START + 1440)
    assert START <= end <= START + 1440
    if end < START + 1440:
        assert intensity.waiting(START, end).minutes >= price * 0.99
    assert intensity.waiting(START, max(START, end - 1)).minutes <= price * 1.01


@given(known=bursting, price=prices, more=prices)
def test_a_higher_price_never_means_an_earlier_poll(known: Rhythm, price: float, more: float) -> None:
    """Monotonous in the price."""
    intensity = Intensity(known, now=NOW)
    cheap = intensity.reach(START, price=price, limit=START + 1440)
    assert cheap <= intensity.reach(START, price=price + more, limit=START + 1440) + 1 / 30


@given(known=rhythms, price=prices, factor=st.floats(1, 50))
def test_more_articles_never_mean_a_later_poll(known: Rhythm, price: float, factor: float) -> None:
    """Monotonous in the rate, the week being the same."""
    busier = replace(known, articles=known.articles * factor)
    slow, fast = (
        Intensity(one, now=NOW).reach(START, price=price, limit=START + 1440) for one in (known, busier)
    )
    assert fast <= slow + 1 / 30


@given(known=bursting)
def test_the_weeks_hours_make_up_the_mean_rate(known: Rhythm) -> None:
    """Whatever was counted: the 168 hours have the feed's rate in the mean."""
    intensity = Intensity(known, now=NOW)
    assert sum(intensity.hour(hour) for hour in range(168)) / 168 == pytest.approx(intensity.mean_rate)


@given(known=bursting, price=prices, jitter=jitters, wishes=hints, first=st.booleans(), able=st.booleans())
def test_a_plan_keeps_the_floor_and_starves_nobody(
    known: Rhythm, price: float, jitter: float, wishes: Hints, first: bool, able: bool
) -> None:
    """Never within five minutes; within a day, or by the end of the days that the document skips."""
    made = plan.make(
        Feed("https://example.org/"),
        known,
        Policy(price=price),
        polled_at=NOW,
        now=NOW,
        jitter=jitter,
        hints=wishes,
        conditional=able,
        first=first,
    )
    assert made.at - NOW >= plan.PUBLIC_FLOOR
    assert made.at - NOW <= DAY * 1.01 + (8 * DAY if wishes.skip_hours or wishes.skip_days else DAY * 0)


@given(
    known=rhythms,
    price=prices,
    jitter=jitters,
    polled=st.timedeltas(timedelta(), timedelta(days=2)),
    promised=st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=7)),
)
def test_a_new_plan_keeps_old_promises(
    known: Rhythm, price: float, jitter: float, polled: timedelta, promised: timedelta | None
) -> None:
    """Never before what the server asked for, nor in the past, nor later than within a day of the poll."""
    not_before = None if promised is None else NOW + promised
    state = FeedState(
        FeedId(1),
        Feed("https://example.org/"),
        NOW,
        last_polled_at=NOW - polled,
        not_before=not_before,
        habits=Habits(rhythm=rhythm.to_json(known)),
    )
    after = due.replan(state, now=NOW, jitter=jitter, policy=Policy(price=price))
    assert after.next_poll_at >= NOW
    assert not_before is None or after.next_poll_at >= not_before
    latest = max(NOW - polled + DAY * 1.01, NOW + plan.PUBLIC_FLOOR, not_before or NOW)
    assert after.next_poll_at <= latest
    assert after.habits.pull > 0


@given(known=bursting)
def test_rhythms_survive_json(known: Rhythm) -> None:
    """Whatever was learnt comes back, to five digits."""
    kept = json.loads(json.dumps(rhythm.to_json(known)))
    back = rhythm.from_json(kept)
    assert back is not None
    assert rhythm.to_json(back) == kept


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.timedeltas(timedelta(), timedelta(days=3))), max_size=30),
    st.floats(0, 10),
    st.integers(0, 1000),
)
def test_no_history_of_requests_winds_the_price_up(
    history: list[tuple[int, timedelta]], pull: float, feeds: int
) -> None:
    """The correction stays between a fifth and five, whatever was spent."""
    made = pace.Pace(NOW, pull=pull, feeds=feeds)
    for requests, passed in history:
        made = pace.advance(
            made, now=made.at + passed, requests=requests, pull=pull, feeds=feeds, per_day=None
        )
        assert pace.LEAST_TRIM <= made.trim <= pace.MOST_TRIM
        assert math.isfinite(made.price)
    assert pace.from_json(json.loads(json.dumps(pace.to_json(made))), now=made.at).trim == made.trim


@pytest.mark.slow
def test_the_simulation_keeps_its_promises() -> None:
    """The budget is kept, and articles wait less than half of what a fixed interval makes them wait."""
    feeds = traces.make(50, days=14, seed=3)
    setting = Setting(feeds, 7, 7, 24.0, 3)
    product = simulate.run(setting, Product(setting))
    wanted = product.polls / setting.days / len(feeds)
    assert wanted == pytest.approx(24.0, rel=0.1)
    fixed, bound = (
        simulate.run(replace(setting, per_day=wanted), kind(replace(setting, per_day=wanted)), replan=again)
        for kind, again in ((Fixed, False), (Bound, True))
    )
    assert product.mean() < 0.5 * fixed.mean()
    assert product.quantile(0.95) < 0.95 * fixed.quantile(0.95)
    assert product.mean() < 1.2 * bound.mean()
