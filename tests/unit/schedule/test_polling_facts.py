"""The smaller judgements of polling: pace, silence, moves, trust, loss, delays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import PollReason
from monitor.model import Feed, FeedId, FeedState, Habits
from monitor.schedule import delay, loss, moves, pace, rhythm, silence, trust
from monitor.schedule.pace import Pace
from monitor.schedule.rhythm import Rhythm

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OLD, NEW = "http://old.example/feed", "https://new.example/feed"


def state(url: str = OLD, **more) -> FeedState:
    habits = more.pop("habits", Habits())
    return FeedState(FeedId(1), Feed(url), NOW, habits=habits, **more)


# --- pace -------------------------------------------------------------------------------------


def test_the_price_spends_the_budget_at_constant_rates() -> None:
    """Gaps of √(2·price/rate) make as many requests as there are."""
    rates = [0.001 * n for n in range(1, 50)]
    made = Pace(NOW, pull=sum(rate**0.5 for rate in rates), feeds=len(rates), per_day=1000.0)
    requests = sum((rate / (2 * made.price)) ** 0.5 for rate in rates) * 1440
    assert requests == pytest.approx(1000.0)


def test_without_a_budget_each_feed_has_24_a_day() -> None:
    """The default grows with the feeds."""
    assert Pace(NOW, pull=1.0, feeds=50).rate * 1440 == 1200


def advance(before: Pace, requests: int, *, hours: int = 1) -> Pace:
    return pace.advance(
        before,
        now=before.at + hours * HOUR,
        requests=requests,
        pull=before.pull,
        feeds=before.feeds,
        per_day=before.per_day,
    )


def test_overspending_raises_the_price_and_thrift_lowers_it() -> None:
    """Within bounds, however long it lasts: nothing winds up."""
    even = Pace(NOW, pull=1.0, feeds=10, per_day=240.0)
    much = little = right = even
    for _ in range(24):
        much, little, right = advance(much, 20), advance(little, 5), advance(right, 10)
    assert little.price < right.price < much.price
    assert right.price == pytest.approx(even.price)
    for _ in range(1000):
        much, little = advance(much, 999), advance(little, 0)
    assert (much.trim, little.trim) == (pace.MOST_TRIM, pace.LEAST_TRIM)


def test_a_pause_of_the_daemon_is_no_thrift() -> None:
    """A week switched off moves the price no more than an hour does."""
    before = Pace(NOW, pull=1.0, feeds=10, per_day=240.0, spent=240.0, expected=240.0)
    assert advance(before, 0, hours=24 * 7).trim == advance(before, 0).trim


def test_the_week_of_all_feeds_is_flat_until_it_is_known() -> None:
    """Its shares of the week always make up one."""
    hours = [0.0] * 48
    hours[9] = 10_000.0
    learnt = pace.advance(Pace(NOW), now=NOW + HOUR, requests=0, pull=0, feeds=0, per_day=None, hours=hours)
    for made in (Pace(NOW), learnt):
        week = 5 * sum(made.pooled[:24]) / 7 + 2 * sum(made.pooled[24:]) / 7
        assert week == pytest.approx(1.0)
    assert learnt.pooled[9] > 20 * learnt.pooled[10]


def test_a_pace_comes_back_from_json() -> None:
    """What was spent yesterday counts after a restart; another version's begins anew."""
    made = advance(Pace(NOW, pull=1.0, feeds=10, per_day=240.0), 17)
    back = pace.from_json(pace.to_json(made), now=made.at)
    assert back == made
    assert pace.from_json({**pace.to_json(made), "v": 99}, now=NOW) == Pace(NOW)
    assert pace.from_json(None, now=NOW) == Pace(NOW)


# --- silence ----------------------------------------------------------------------------------


def steady(per_day: float, *, quiet: timedelta, longest: timedelta = HOUR) -> Rhythm:
    """A feed that brought so many a day for twenty days, and then nothing."""
    return Rhythm(
        NOW,
        articles=per_day * 20,
        exposure=20 * 1440 + quiet.total_seconds() / 60,
        latest_at=NOW - quiet,
        longest=longest,
    )


@pytest.mark.parametrize(
    ("known", "is_silent"),
    [
        (steady(10, quiet=3 * DAY), True),
        (steady(10, quiet=DAY), False),  # less than two days
        (steady(1, quiet=5 * DAY), False),  # five were expected
        (steady(1, quiet=20 * DAY), True),
        (steady(10, quiet=3 * DAY, longest=2 * DAY), False),  # it has had such breaks
        (steady(0.1, quiet=300 * DAY), False),  # its habits are not known
        (Rhythm(NOW), False),
    ],
)
def test_a_feed_is_silent_beyond_its_habit(known: Rhythm, is_silent: bool) -> None:
    """Twelve articles missed, two days, thrice the longest break: all three."""
    assert silence.silent_since(known, now=NOW) == (known.latest_at if is_silent else None)


# --- moves ------------------------------------------------------------------------------------


def sight(sightings: list[tuple[timedelta, str | None]], url: str = OLD) -> list[str | None]:
    """The adopted address after each of these polls."""
    habits, found = Habits(), []
    for after, target in sightings:
        habits = moves.after_success(state(url, habits=habits), habits, target, now=NOW + after)
        found.append(habits.address)
    return found


def test_a_permanent_redirect_is_believed_after_three_times_over_two_days() -> None:
    """Neither three in an hour nor two in a week are enough; one visit without it begins anew."""
    assert sight([(n * HOUR, NEW) for n in range(4)])[-1] is None
    assert sight([(0 * DAY, NEW), (7 * DAY, NEW)])[-1] is None
    assert sight([(0 * DAY, NEW), (DAY, NEW), (2 * DAY, NEW)]) == [None, None, NEW]
    assert sight([(0 * DAY, NEW), (DAY, None), (2 * DAY, NEW), (3 * DAY, NEW)])[-1] is None
    assert sight([(0 * DAY, NEW), (DAY, NEW + "2"), (2 * DAY, NEW)])[-1] is None


def test_https_at_the_same_place_is_believed_at_once() -> None:
    """Of the same host, path and query, on the ordinary ports."""
    assert sight([(DAY, "https://old.example/feed")]) == ["https://old.example/feed"]
    assert sight([(DAY, "https://old.example/other")]) == [None]
    assert sight([(DAY, "https://old.example:8443/feed")]) == [None]


def test_an_address_with_credentials_stays() -> None:
    """They would not go along."""
    secret = "https://user:word@old.example/feed"
    assert sight([(n * DAY, NEW) for n in range(9)], url=secret)[-1] is None


def test_a_feed_that_moves_back_is_at_its_configured_address() -> None:
    """An adopted address that redirects home is forgotten."""
    habits = Habits(address=NEW)
    for n in range(3):
        habits = moves.after_success(state(habits=habits), habits, OLD, now=NOW + n * DAY)
    assert habits.address is None


def test_a_new_address_that_fails_for_long_is_given_up() -> None:
    """The configured one is tried again: a redirect is easily sent by mistake."""
    lost = state(habits=Habits(address=NEW), failures=3, reason=PollReason.DNS)
    assert moves.after_failure(lost).habits.address is None
    assert moves.after_failure(replace(lost, failures=2)).habits.address == NEW
    assert moves.after_failure(replace(lost, reason=PollReason.SERVER_ERROR)).habits.address == NEW


# --- trust ------------------------------------------------------------------------------------


def test_validators_are_sent_but_once_a_week() -> None:
    """A week after the first poll, and then after each probe, a request goes without; daily when silent."""
    before = state(etag='"1"', first_polled_at=NOW - 6 * DAY)
    assert trust.sends_validators(before, now=NOW)
    assert not trust.sends_validators(before, now=NOW + DAY)
    probed = replace(before, habits=Habits(probed_at=NOW + DAY))
    assert trust.sends_validators(probed, now=NOW + 2 * DAY)
    quiet = replace(before, habits=Habits(probed_at=NOW, silent_since=NOW))
    assert not trust.sends_validators(quiet, now=NOW + DAY)
    assert not trust.sends_validators(state(), now=NOW)


def test_distrust_lasts_a_month() -> None:
    """No validators are sent meanwhile."""
    liar = state(etag='"1"', habits=Habits(distrusted_at=NOW, probed_at=NOW + 29.5 * DAY))
    assert not trust.sends_validators(liar, now=NOW + 29 * DAY)
    assert trust.sends_validators(liar, now=NOW + 30 * DAY)


@pytest.mark.parametrize(
    ("held", "given", "new", "lied"),
    [
        (('"1"', None), ('"1"', None), 2, True),
        (('"1"', None), ('"2"', None), 2, False),
        (('"1"', None), ('"1"', None), 0, False),
        ((None, "Mon"), (None, "Mon"), 1, True),
        ((None, "Mon"), (None, "Tue"), 1, False),
        (('"1"', "Mon"), ('"2"', "Mon"), 1, False),  # the stronger one counts
        (('"1"', None), (None, None), 1, False),
    ],
)
def test_news_under_the_same_validators_is_a_lie(held, given, new: int, lied: bool) -> None:
    """Nothing else is."""
    before = state(etag=held[0], last_modified=held[1])
    assert trust.is_lie(before, etag=given[0], last_modified=given[1], new=new) is lied


# --- loss and delays --------------------------------------------------------------------------


def test_a_document_without_anything_known_may_have_rolled_over() -> None:
    """Unless it is very short, or a delta."""
    assert loss.may_have_rolled_over(20, 0)
    assert not loss.may_have_rolled_over(20, 1)
    assert not loss.may_have_rolled_over(2, 0)
    assert not loss.may_have_rolled_over(20, 0, is_delta=True)


def test_the_unseen_are_counted_by_the_documents_own_pace() -> None:
    """Ten articles in the last hour, four hours since the last look: some thirty are missing."""
    dates = [NOW - 6 * MINUTE * n for n in range(11)]
    assert loss.unseen(dates, since=NOW - 4 * HOUR, now=NOW, rate=0.001) == 30
    assert loss.unseen([None] * 5, since=NOW - 4 * HOUR, now=NOW, rate=0.1) == 19
    assert loss.unseen([None] * 5, since=NOW - 4 * HOUR, now=NOW, rate=0.001) == 1
    assert loss.unseen([*dates, NOW - 5 * HOUR], since=NOW - 4 * HOUR, now=NOW, rate=1.0) == 0


def test_delays_are_summarised() -> None:
    """The mean is exact, the percentile lies in its bucket."""
    minutes = [float(n) for n in range(1, 101)]
    counts = delay.count((0.0,) * delay.BUCKETS, minutes)
    found = delay.summarise(counts, sum(minutes))
    assert found is not None
    assert found.articles == 100
    assert found.mean == timedelta(minutes=50.5)
    assert 80 * MINUTE < found.p95 < 110 * MINUTE
    assert delay.summarise((0.0,) * delay.BUCKETS, 0.0) is None
    both = delay.merge([(counts, sum(minutes)), (counts, sum(minutes))])
    assert both is not None
    assert (both.articles, both.mean) == (200, found.mean)
    assert delay.merge([]) is None


def test_delays_are_measured_from_dates_that_can_be_true() -> None:
    """Not from midnight, the future, or days ago; late servers count."""
    since = NOW - HOUR
    dates = [NOW - 10 * MINUTE, NOW - 5 * HOUR, NOW.replace(hour=0), NOW + HOUR, NOW - 3 * DAY, None]
    after = rhythm.observe(Rhythm(since), now=NOW, since=since, published=dates)
    found = delay.summarise(after.delays, after.delayed)
    assert found is not None
    assert (found.articles, found.mean) == (2, 155 * MINUTE)
