"""When a feed that answers is polled next, and why: each bound by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Feed, Hints, Why
from monitor.schedule import plan, rhythm
from monitor.schedule.intensity import Intensity
from monitor.schedule.plan import Plan, Policy
from monitor.schedule.rhythm import Rhythm

NOW = datetime(2026, 11, 25, 12, 10, tzinfo=UTC)  # a Wednesday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PUBLIC = Feed("https://example.org/")


def known(per_day: float, *, days: int = 20, alerted: float = 0.0) -> Rhythm:
    """A feed that has brought so many articles a day, evenly."""
    return Rhythm(
        NOW,
        articles=per_day * days,
        exposure=days * 1440.0,
        hours=(per_day * days / 48,) * 48,
        days=(per_day * days / 7,) * 7,
        latest_at=NOW,
        alerted=alerted,
    )


def make(known: Rhythm, price: float = 30.0, *, feed: Feed = PUBLIC, **more) -> Plan:
    more.setdefault("jitter", 0.5)
    return plan.make(feed, known, Policy(price=price), polled_at=NOW, now=NOW, **more)


def test_the_gap_follows_the_square_root_of_the_rate() -> None:
    """Sixteen times as many articles: four times as many polls, at a constant rate."""
    slow, fast = (make(known(rate)).at - NOW for rate in (6, 96))
    assert slow / fast == pytest.approx(4.0, rel=0.05)
    assert make(known(6)).why is Why.RHYTHM


def test_the_expected_delay_is_half_the_gap_at_a_constant_rate() -> None:
    """What `feeds list` shows."""
    made = make(known(24))
    start, end = (moment.timestamp() / 60 for moment in (NOW, made.at))
    expected = Intensity(known(24), now=NOW).waiting(start, end).mean
    assert expected / (end - start) == pytest.approx(0.5, abs=0.03)


def test_articles_that_alert_count_more() -> None:
    """A feed whose articles alert is polled more often, within bounds; without alerts all are equal."""
    policy = Policy(price=30.0, share=0.02)
    never, usual, often = (
        plan.make(PUBLIC, known(24, alerted=share * 480), policy, polled_at=NOW, now=NOW, jitter=0.5).at
        for share in (0.0, 0.02, 0.5)
    )
    assert often < usual < never
    assert plan.weight(known(24, alerted=480), 0.02) == 4.0
    assert plan.weight(known(1000), 0.02) == 0.25
    assert plan.weight(known(1000), 0.0) == plan.weight(known(24, alerted=9.6), 0.02) == 1.0


@pytest.mark.parametrize(
    ("rhythm_", "price", "more", "wait", "why"),
    [
        (known(400), 0.0, {}, 5 * MINUTE, Why.FLOOR),
        (known(0.1), 1e9, {}, DAY, Why.CEILING),
        (Rhythm(NOW), 0.0, {}, HOUR, Why.LEARNING),
        (known(2), 0.0, {"conditional": False}, HOUR, Why.UNCONDITIONAL),
        (known(96), 0.0, {"conditional": False}, 15 * MINUTE, Why.UNCONDITIONAL),
        (
            replace(known(2), latest_at=NOW - 20 * DAY),
            0.0,
            {"conditional": False},
            DAY,
            Why.UNCONDITIONAL,
        ),
        (known(2), 0.0, {"hints": Hints(ttl=3 * HOUR)}, 3 * HOUR, Why.TTL),
        (known(2), 0.0, {"hints": Hints(ttl=9 * DAY)}, DAY, Why.TTL),
        (known(96), 0.0, {"hints": Hints(ttl=3 * HOUR)}, 5 * MINUTE, Why.FLOOR),  # shown wrong
    ],
)
def test_each_bound_holds(rhythm_: Rhythm, price: float, more, wait: timedelta, why: Why) -> None:
    """The rhythm never goes below what politeness asks for, nor above a day."""
    made = make(rhythm_, price, **more)
    assert made.at - NOW == pytest.approx(wait, rel=0.01)
    assert made.why is why


def test_skipped_hours_are_waited_for() -> None:
    """Until the first hour that is not skipped, and not on its stroke."""
    made = make(Rhythm(NOW), 0.0, hints=Hints(skip_hours=frozenset(range(13, 18))))
    assert made.why is Why.SKIP
    assert NOW.replace(hour=18, minute=0) < made.at < NOW.replace(hour=19, minute=0)


def test_skipped_days_are_waited_for() -> None:
    """Wednesday and Thursday are skipped: Friday it is."""
    made = make(Rhythm(NOW), 0.0, hints=Hints(skip_days=frozenset({2, 3})))
    assert (made.at.weekday(), made.at.hour, made.why) == (4, 0, Why.SKIP)


@pytest.mark.parametrize(
    "hints", [Hints(skip_hours=frozenset(range(24))), Hints(skip_days=frozenset(range(7)))]
)
def test_a_document_that_skips_everything_skips_nothing(hints: Hints) -> None:
    """No feed can be made to disappear."""
    assert make(Rhythm(NOW), 0.0, hints=hints).why is Why.LEARNING


def test_an_hour_in_which_articles_came_is_not_skipped() -> None:
    """The document's word is given up where history shows it wrong."""
    assert make(known(6), 0.0, hints=Hints(skip_hours=frozenset({12, 13}))).why is Why.FLOOR


def test_a_fixed_interval_stays_fixed() -> None:
    """`every` is the user's word: neither rhythm nor ttl move it; the floor does."""
    hints = Hints(ttl=DAY, skip_hours=frozenset(range(20)))
    for every, wait in ((HOUR, HOUR), (MINUTE, 5 * MINUTE)):
        made = make(known(400), 0.0, feed=Feed("https://example.org/", every=every), hints=hints)
        assert (made.at - NOW, made.why) == (wait, Why.FIXED)


def test_feeds_added_together_part_after_their_first_poll() -> None:
    """The first interval is cut by chance: a hundred feeds are spread over most of it."""
    whole = make(known(3)).at - NOW
    waits = [make(known(3), jitter=n / 100, first=True).at - NOW for n in range(100)]
    assert min(waits) < 0.15 * whole
    assert max(waits) > 0.9 * whole
    assert len({round(wait / whole, 1) for wait in waits}) == 10


def test_a_feed_is_polled_after_its_hour_has_struck() -> None:
    """One that publishes at 17:00 each day is looked at soon after, and not all the time before."""
    at_five = [NOW.replace(hour=17, minute=2) - DAY * n for n in range(1, 40)]
    seeded = rhythm.seed(at_five, now=NOW)
    made = make(seeded, 60.0)
    assert NOW.replace(hour=17) < made.at < NOW.replace(hour=19, minute=30)


def test_a_burst_brings_the_next_poll_forward() -> None:
    """Fresh articles make more of them likely."""
    calm = known(3)
    stirred = rhythm.observe(calm, now=NOW, since=NOW - HOUR, published=[NOW - MINUTE] * 3)
    assert make(stirred, 8.0).at - NOW < 0.6 * (make(calm, 8.0).at - NOW)
