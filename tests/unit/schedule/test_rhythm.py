"""What is learnt of a feed's rates, and what is kept of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.schedule import rhythm
from monitor.schedule.rhythm import Rhythm

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def per_day(known: Rhythm, now: datetime = NOW) -> float:
    return rhythm.rate(known, now=now) * 1440


def test_nothing_known_is_one_article_in_eight_hours() -> None:
    """A beginner is neither ignored nor hammered."""
    assert per_day(Rhythm(NOW)) == pytest.approx(3.0)


def test_the_first_document_tells_the_rate() -> None:
    """Thirty articles, one every four hours: about six a day, known at once."""
    seeded = rhythm.seed([NOW - 4 * HOUR * n for n in range(30)], now=NOW)
    assert per_day(seeded) == pytest.approx(6.0, rel=0.1)
    assert seeded.latest_at == NOW
    assert seeded.longest == 4 * HOUR


def test_the_past_counts_less_than_the_present() -> None:
    """A feed that has fallen asleep is known as slower than one that woke up, by the same articles."""
    early = [NOW - 60 * DAY + 6 * HOUR * n for n in range(40)]
    late = [NOW - 10 * DAY + 6 * HOUR * n for n in range(40)]
    oldest = NOW - 60 * DAY
    assert per_day(rhythm.seed(early, now=NOW)) < per_day(rhythm.seed([oldest, *late], now=NOW)) / 2


@pytest.mark.parametrize(
    "dates",
    [
        [],
        [None] * 10,
        [NOW - HOUR],
        [NOW - n * MINUTE / 10 for n in range(20)],  # all dated when asked for
        [NOW + n * DAY for n in range(1, 9)],  # from the future
        [NOW - 900 * DAY - n * DAY for n in range(9)],  # of years ago
    ],
)
def test_dates_that_say_nothing_teach_nothing(dates: list[datetime | None]) -> None:
    """Missing, made up, future or ancient dates leave a beginner a beginner."""
    assert per_day(rhythm.seed(dates, now=NOW)) == pytest.approx(3.0)


def test_what_the_document_says_of_itself_is_a_weak_prior() -> None:
    """`sy:updatePeriod` moves the first guess a little; dates overrule it."""
    guess = rhythm.seed([], now=NOW, period=timedelta(weeks=1))
    assert 0.1 < per_day(guess) < 1.0
    assert 3.0 < per_day(rhythm.seed([], now=NOW, period=HOUR)) < 8.0
    dated = [NOW - 4 * HOUR * n for n in range(30)]
    assert rhythm.seed(dated, now=NOW, period=timedelta(weeks=1)) == rhythm.seed(dated, now=NOW)


def test_hours_days_and_minutes_are_counted_where_articles_came() -> None:
    """A date between the two polls counts in its hour, its day and its five minutes."""
    published = NOW.replace(hour=11, minute=32)
    after = rhythm.observe(Rhythm(NOW - 2 * HOUR), now=NOW, since=NOW - 2 * HOUR, published=[published])
    assert (after.hours[11], after.days[2], after.slots[6]) == (1.0, 1.0, 1.0)
    assert sum(after.hours) == sum(after.days) == sum(after.slots) == 1.0
    weekend = NOW + 3 * DAY
    after = rhythm.observe(Rhythm(weekend - HOUR), now=weekend, since=weekend - HOUR, published=[weekend])
    assert after.hours[24 + 12] == 1.0


@pytest.mark.parametrize("published", [None, NOW - 9 * DAY, NOW + DAY, NOW.replace(hour=0)])
def test_untrusted_dates_count_as_somewhere_in_between(published: datetime | None) -> None:
    """Undated, backdated, future or at midnight sharp: spread over the time between the polls."""
    since = NOW - 4 * HOUR if published != NOW.replace(hour=0) else NOW - 13 * HOUR
    after = rhythm.observe(Rhythm(since), now=NOW, since=since, published=[published])
    assert sum(after.hours) == pytest.approx(1.0)
    assert sum(after.slots) == 0.0
    assert after.hours[11] < 1.0
    assert all(count == 0 for count in after.hours[13:23])


def test_counts_halve_in_five_weeks() -> None:
    """Thirty-five days later a count is worth half, exactly."""
    before = replace(Rhythm(NOW), articles=8.0, exposure=600.0, alerted=4.0)
    after = rhythm.observe(before, now=NOW + 35 * DAY, since=NOW + 35 * DAY)
    assert (after.articles, after.exposure, after.alerted) == pytest.approx((4.0, 300.0, 2.0))


def test_a_burst_is_what_came_in_the_last_half_hour() -> None:
    """Old articles after a long pause are no burst; it is bounded."""
    since = NOW - 9 * HOUR
    old = rhythm.observe(Rhythm(since), now=NOW, since=since, published=[NOW - 8 * HOUR] * 5)
    fresh = rhythm.observe(Rhythm(since), now=NOW, since=since, published=[NOW - MINUTE] * 2)
    many = rhythm.observe(Rhythm(since), now=NOW, since=since, published=[NOW - MINUTE] * 99)
    assert (old.burst, fresh.burst, many.burst) == (0.0, 2.0, 4.0)


def test_the_longest_break_is_remembered() -> None:
    """Between the last article and the first of the new ones."""
    before = replace(Rhythm(NOW - HOUR), latest_at=NOW - 5 * DAY)
    after = rhythm.observe(before, now=NOW, since=NOW - HOUR, published=[NOW - 30 * MINUTE])
    assert after.longest == 5 * DAY - 30 * MINUTE
    assert after.latest_at == NOW - 30 * MINUTE


def test_a_rhythm_comes_back_from_json() -> None:
    """To five digits; and it is small."""
    import json

    seeded = rhythm.seed([NOW - 4 * HOUR * n for n in range(30)], now=NOW)
    seeded = rhythm.observe(seeded, now=NOW + HOUR, since=NOW, published=[NOW + MINUTE], alerted=1)
    text = json.dumps(rhythm.to_json(seeded))
    back = rhythm.from_json(json.loads(text))
    assert back is not None
    assert len(text) < 1500
    assert back.articles == pytest.approx(seeded.articles, rel=1e-4)
    assert back.hours == pytest.approx(seeded.hours, rel=1e-4)
    assert (back.known_at, back.latest_at, back.longest) == (
        seeded.known_at,
        seeded.latest_at,
        seeded.longest,
    )
    assert rhythm.to_json(back) == rhythm.to_json(seeded)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 99},
        {"articles": -1},
        {"articles": "x"},
        {"hours": [1]},
        {"slots": None},
        {"known_at": None},
        {"exposure": float("nan")},
        {"latest_at": 1e300},
    ],
)
def test_what_cannot_be_read_is_learnt_anew(change: dict[str, object]) -> None:
    """Another version's, or a damaged one: None, never an error."""
    good = rhythm.to_json(rhythm.seed([NOW - HOUR * n for n in range(9)], now=NOW))
    assert rhythm.from_json(good) is not None
    assert rhythm.from_json({**good, **change}) is None
    assert rhythm.from_json(None) is rhythm.from_json({}) is None
