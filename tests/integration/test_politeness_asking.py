"""What a polite reader asks for and how often, on an injected clock: rows 1 to 25 of the checklist."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.config import load
from monitor.model import Feed, FeedId, FeedState, Why
from monitor.schedule import due
from monitor.schedule.due import Answer as Brought
from monitor.schedule.due import Policy
from tests.support.feedserver import Answer, Request
from tests.support.politeness import (
    BODY,
    DAY,
    FEED,
    HOUR,
    MINUTE,
    START,
    Row,
    Rows,
    Site,
    daily,
    document,
    http_date,
    twice,
)

ROWS = Rows()
row = ROWS.enter


# --- validators -------------------------------------------------------------------------------


@row(1)
def an_etag_comes_back(site: Site) -> None:
    """Byte for byte."""
    twice(site, Answer(BODY, headers={"ETag": '"abc"'}))
    assert [visit.header("if-none-match") for visit in site.visits] == [None, '"abc"']


@row(2)
def a_weak_etag_stays_weak(site: Site) -> None:
    """And its 304 is accepted."""
    twice(site, Answer(BODY, etag='W/"abc"'))
    assert site.visits[1].header("if-none-match") == 'W/"abc"'
    assert site.reports[1].outcome == "unchanged"


@row(3)
def a_malformed_etag_is_echoed(site: Site) -> None:
    """Never repaired, never parsed."""
    for etag in ("abc", "a,b, c", '"unclosed', "*", '"\xfc\xe9"', '""'):
        site.serve("/feed", Answer(BODY, headers={"ETag": etag}))
        site.poll()
        site.time += HOUR
        site.poll()
        assert site.visits[-1].header("if-none-match") == etag


@row(4)
def any_last_modified_is_echoed(site: Site) -> None:
    """Even one that is no date."""
    for text in ("yesterday", "Mon, 99 Foo 2026 25:61:61", "2026-11-20", "Sun, 22 Nov 2026 10:00:00 +0100"):
        site.serve("/feed", Answer(BODY, headers={"Last-Modified": text}))
        site.poll()
        site.time += HOUR
        site.poll()
        assert site.visits[-1].header("if-modified-since") == text


@row(5)
def both_validators_are_sent(site: Site) -> None:
    """A server may know one only."""
    stamp = http_date(START - DAY)
    twice(site, Answer(BODY, headers={"ETag": '"1"', "Last-Modified": stamp}))
    assert site.visits[1].header("if-none-match") == '"1"'
    assert site.visits[1].header("if-modified-since") == stamp


@row(6)
def without_validators_an_hour_passes(site: Site) -> None:
    """Whatever the budget; a day when the body never changes; less when the rate is known to justify it."""
    site.configure(FEED, poll="{requests_per_day: 1000}")
    site.serve("/feed", Answer(BODY))
    site.run(days=1)
    assert min(site.gaps()[1:]) >= HOUR
    site.visits.clear()
    old = [moment - 30 * DAY for moment in daily()]
    site.serve("/feed", Answer(document(*old, first=100)))
    site.run(days=25)
    assert min(site.gaps()[-5:]) >= 0.9 * DAY
    busy = [START + 50 * DAY - 10 * MINUTE * n for n in range(60)]
    state = site.state()
    answer = Brought(listed=busy, conditional=False)
    fresh = replace(state, first_polled_at=None, last_success_at=None)
    after, _ = due.after_success(fresh, answer, now=START + 50 * DAY, jitter=0.9, policy=Policy(price=0.1))
    assert after.next_poll_at - (START + 50 * DAY) < HOUR / 2


@row(7)
def a_304_is_not_parsed_and_ends_a_streak(site: Site) -> None:
    """Nothing is read or written but that it went well."""
    site.serve("/feed", Answer(BODY, etag='"1"'), Answer(status=500), Answer(BODY, etag='"1"'))
    for _ in range(3):
        site.poll()
        site.time += HOUR
    assert [report.outcome for report in site.reports] == ["read", "failed", "unchanged"]
    assert site.parser.read == 1
    assert site.state().failures == 0


@row(8)
def a_304_brings_new_metadata(site: Site) -> None:
    """The validators and the freshness that it names."""
    told = {"ETag": '"2"', "Last-Modified": "new", "Cache-Control": "max-age=7200"}
    twice(
        site, Answer(BODY, headers={"ETag": '"1"', "Last-Modified": "old"}), Answer(status=304, headers=told)
    )
    assert (site.state().etag, site.state().last_modified) == ('"2"', "new")
    assert site.wait() >= 2 * HOUR


@row(9)
def a_304_without_validators_keeps_the_old_ones(site: Site) -> None:
    """They are still right."""
    twice(site, Answer(BODY, headers={"ETag": '"1"', "Last-Modified": "x"}), Answer(status=304))
    assert (site.state().etag, site.state().last_modified) == ('"1"', "x")


@row(10)
def the_same_content_is_not_read_again(site: Site) -> None:
    """Neither the same bytes, nor those that differ in dates of their own, comments and space."""
    twice(site, Answer(BODY))
    assert (site.parser.read, site.reports[1].outcome) == (1, "unchanged")
    volatile = BODY.replace(b"<item>", b"<lastBuildDate>now</lastBuildDate>\n<!-- 17 ms -->\n<item>", 1)
    assert volatile != BODY
    site.serve("/feed", Answer(volatile))
    site.time += HOUR
    assert site.poll().outcome == "unchanged"
    assert site.parser.read == 1
    site.serve("/feed", Answer(document(START, *daily(), first=50)))
    site.time += HOUR
    assert site.poll().new == 11


@row(11)
def validators_that_lie_are_found_out(site: Site) -> None:
    """One request a week goes without them; news under the same ETag ends their use for a month."""

    def lie(request: Request) -> Answer:
        if "if-none-match" in request.headers:
            return Answer(status=304)
        news = [START + 3 * DAY] if site.time > START + 3 * DAY else []
        return Answer(document(*news, *seldom, first=-len(news)), headers={"ETag": '"1"'})

    seldom = [START - 2 * DAY * number - HOUR for number in range(9)]
    site.serve("/feed", lie)
    site.run(days=9)
    bare = [visit.at for visit in site.at() if visit.header("if-none-match") is None]
    assert bare[0] == START
    assert START + 7 * DAY <= bare[1] < START + 8.1 * DAY
    assert site.kinds() == ["feed_distrusted"]
    assert len(bare) > 2, "from then on every request is unconditional"
    assert [visit.at for visit in site.at() if visit.at >= bare[1]] == bare[1:]
    future = {"Last-Modified": http_date(site.time + 30 * DAY)}
    site.serve("/feed", Answer(document(*daily(), first=900), headers=future))
    site.poll()
    assert site.state().last_modified is None


@row(12)
def a_restart_polls_nothing_early(site: Site) -> None:
    """Ten restarts in an hour: no request that was not due, and none without validators."""
    site.serve("/feed", Answer(BODY, headers={"ETag": '"1"', "Cache-Control": "max-age=3600"}))
    site.run(polls=1)
    for _ in range(10):
        site.restart()
        site.run(days=5 / 1440)
    assert len(site.visits) == 1
    site.run(days=1)
    assert all(visit.header("if-none-match") == '"1"' for visit in site.visits[1:])


@row(13)
def a_feed_added_costs_one_request(site: Site) -> None:
    """Its body and its validators are kept."""
    site.serve("/feed", Answer(BODY, headers={"ETag": '"1"'}))
    site.run(days=4 / 1440)
    assert [visit.path for visit in site.visits] == ["/feed"]
    assert (site.state().etag, site.state().items_seen) == ('"1"', 10)


# --- freshness and the document's wishes ------------------------------------------------------


def wait_after(site: Site, status: int = 200, **headers: str) -> timedelta:
    """How long an answer with these fields is left alone, with money to burn."""
    site.configure(FEED, poll="{requests_per_day: 100000}")
    site.time += DAY  # what was promised before is over
    busy = [site.time - 3 * MINUTE * n for n in range(1, 90)]
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    first = 100 * len(site.visits)
    known = Answer(document(*busy, first=first), etag='"e"')
    site.serve("/feed", known, Answer(document(*busy, first=first + 100), status=status, headers=fields))
    site.poll()
    site.time += HOUR
    site.poll()
    return site.wait()


@row(14)
def max_age_is_kept(site: Site) -> None:
    """Up to a day."""
    assert wait_after(site, Cache_Control="max-age=1800") == 30 * MINUTE
    assert wait_after(site, Cache_Control="public, max-age=999999999") == DAY
    assert site.state().habits.why is Why.FRESH


@row(15)
def age_is_subtracted(site: Site) -> None:
    """What a cache has used up."""
    assert wait_after(site, Cache_Control="max-age=1800", Age="700") == timedelta(seconds=1100)


@row(16)
def expires_counts_from_date(site: Site) -> None:
    """Whatever our own clock says; the past and 0 promise nothing."""
    date = START - 300 * DAY
    assert wait_after(site, Date=http_date(date), Expires=http_date(date + 2 * HOUR)) == 2 * HOUR
    for gone in ("0", "-1", http_date(date - HOUR)):
        assert wait_after(site, Date=http_date(date), Expires=gone) < HOUR


@row(17)
def max_age_beats_expires_and_no_cache_beats_both(site: Site) -> None:
    """RFC 9111."""
    later = http_date(START + 9 * HOUR)
    assert wait_after(site, Cache_Control="max-age=1800", Expires=later) == 30 * MINUTE
    assert wait_after(site, Cache_Control="no-cache, max-age=86400", Expires=later) < HOUR
    twice(site, Answer(BODY, headers={"ETag": '"still"', "Cache-Control": "no-cache"}))
    assert site.visits[-1].header("if-none-match") == '"still"', "asked at once, but conditionally"


@row(18)
def a_304_promises_freshness_too(site: Site) -> None:
    """By the same rule."""
    assert wait_after(site, 304, Cache_Control="max-age=1800") == 30 * MINUTE


@row(19)
def ttl_is_a_floor(site: Site) -> None:
    """Bounded, and dropped when history shows it wrong."""
    site.configure(FEED, poll="{requests_per_day: 100000}")
    site.serve("/feed", Answer(document(*daily(), channel="<ttl>180</ttl>"), etag='"1"'))
    site.poll()
    assert site.wait() == 3 * HOUR
    assert site.state().habits.why is Why.TTL
    site.time += 3 * HOUR
    site.poll()
    assert site.wait() == 3 * HOUR, "a 304 does not forget it"
    busy = [site.time - 3 * MINUTE * n for n in range(1, 90)]
    site.configure("http://feeds.example/busy", poll="{requests_per_day: 100000}")
    site.serve("/busy", Answer(document(*busy, first=500, channel="<ttl>180</ttl>"), etag='"1"'))
    site.poll("http://feeds.example/busy")
    assert site.wait("http://feeds.example/busy") < HOUR


@row(20)
def skipped_hours_and_days_are_skipped(site: Site) -> None:
    """In GMT, as RSS says; from the document, through the parser, to the due time."""
    site.configure(FEED, poll="{requests_per_day: 100000}")
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(12, 20))
    days = "<skipDays><day>Tuesday</day></skipDays>"
    site.serve("/feed", Answer(document(None, channel=f"<skipHours>{hours}</skipHours>{days}"), etag='"1"'))
    site.run(days=3)
    assert not [visit for visit in site.visits[1:] if visit.at.hour in range(12, 20)]
    assert not [visit for visit in site.visits if visit.at.weekday() == 1]
    assert len(site.visits) > 5
    site.configure("http://feeds.example/seen", poll="{requests_per_day: 100000}")
    dates = [START.replace(hour=13) - DAY * n - MINUTE * m for n in range(1, 8) for m in range(0, 50, 5)]
    wrong = document(*dates, first=100, channel=f"<skipHours>{hours}</skipHours>")
    site.serve("/seen", Answer(wrong, etag='"1"'))
    site.run(days=1)
    seen_at = {visit.at.hour for visit in site.at("/seen")[1:]}
    assert 13 in seen_at, "articles have come then, so it is not skipped"
    assert 17 not in seen_at


@row(21)
def the_update_period_is_a_guess_only(site: Site) -> None:
    """Neither a floor nor an excuse."""
    hourly = "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>60</sy:updateFrequency>"
    yearly = "<sy:updatePeriod>yearly</sy:updatePeriod>"
    for number, channel in enumerate((hourly, yearly)):
        site.serve("/feed", Answer(document(None, channel=channel, first=number), etag=f'"{number}"'))
        site.poll()
        assert 50 * MINUTE <= site.wait() <= DAY
        site.time += DAY


@row(22)
def without_hints_it_is_hourly_and_never_below_five_minutes(site: Site) -> None:
    """Until a rate is learnt, and whatever it is then."""
    site.configure(FEED, poll="{requests_per_day: 100000}")
    site.serve("/feed", Answer(document(None, None), etag='"1"'))
    site.run(days=0.5)
    assert min(site.gaps()) >= 50 * MINUTE
    wild = [site.time - MINUTE * n for n in range(200)]
    site.serve("/feed", Answer(document(*wild, first=50), etag='"2"'))
    site.visits.clear()
    site.run(days=0.2)
    assert min(site.gaps()) >= 5 * MINUTE


@row(23)
def a_minute_is_clamped_and_said(site: Site) -> None:
    """In the warnings of the configuration; the poll waits five."""
    site.configure("{url: 'http://feeds.example/feed', every: 1m}")
    assert any("every 5m at most" in str(warning) for warning in load(site.directory).warnings)
    site.serve("/feed", Answer(BODY, etag='"1"'))
    site.poll()
    assert site.wait() == 5 * MINUTE


# --- many feeds -------------------------------------------------------------------------------


@row(24)
def feeds_due_together_part(site: Site) -> None:
    """A thousand polled at noon are not polled together again, nor on the stroke of the hour."""
    noon = START.replace(hour=12, minute=0, second=0)
    policy = Policy(price=30.0)
    minutes: Counter[datetime] = Counter()
    for number in range(1000):
        state = FeedState(FeedId(number), Feed(f"http://f{number}.example/"), noon)
        after, _ = due.after_success(
            state, Brought(listed=daily(now=noon)), now=noon, jitter=(number * 0.618) % 1, policy=policy
        )
        minutes[after.next_poll_at.replace(second=0, microsecond=0)] += 1
    assert max(minutes.values()) < 30
    assert sum(count for moment, count in minutes.items() if moment.minute == 0) < 50
    assert site.visits == []


@row(25)
def a_busy_feed_gets_more_of_the_budget(site: Site) -> None:
    """Within one budget for all."""
    site.configure("http://a.example/busy", "http://b.example/quiet", poll="{requests_per_day: 48}")
    busy = [START - 20 * MINUTE * n for n in range(60)]
    quiet = [START - 5 * DAY * n - HOUR for n in range(10)]
    site.serve("/busy", Answer(document(*busy), etag='"1"'))
    site.serve("/quiet", Answer(document(*quiet, first=500), etag='"1"'))
    site.run(polls=2)
    site.runner.run(advance(site))
    site.run(days=1)
    assert len(site.at("/busy")) > 3 * len(site.at("/quiet")) > 0
    assert len(site.visits) < 70


async def advance(site: Site) -> None:
    """The budget's tick."""
    site.ingest.pacer.advance(site.store, site.config, now=site.time)
    site.ingest.pacer.replan(site.store, site.config, now=site.time, jitter=0.5)


@pytest.mark.parametrize("check", ROWS.params())
def test_the_checklist(check: Row, site: Site) -> None:
    """Given that server, that client."""
    check(site)
