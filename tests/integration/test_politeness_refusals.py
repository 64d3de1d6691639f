"""What a polite reader does when a server says no, on an injected clock: rows 26 to 42 of the checklist."""

import ssl
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import trustme

from monitor.errors import PollReason
from monitor.fetch.http import FetchSettings
from monitor.model import Why
from tests.support.feedserver import Answer, FeedServer
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
)

ROWS = Rows()
row = ROWS.enter


# --- when the server says no ------------------------------------------------------------------


def wait_after_failure(site: Site, *answers: Answer) -> timedelta:
    """The wait after the last of these."""
    site.serve("/feed", *answers)
    for _ in answers:
        site.poll()
    return site.wait()


@row(26)
def retry_after_seconds(site: Site) -> None:
    """Of a 429: nothing before that."""
    assert wait_after_failure(site, Answer(status=429, headers={"Retry-After": "7200"})) == 2 * HOUR
    site.run(days=1.9 / 24)
    assert len(site.visits) == 1


@row(27)
def retry_after_as_a_date(site: Site) -> None:
    """Relative to the server's own clock."""
    there = START - 40 * DAY
    fields = {"Date": http_date(there), "Retry-After": http_date(there + 3 * HOUR)}
    for status in (429, 503):
        assert wait_after_failure(site, Answer(status=status, headers=fields)) == 3 * HOUR
        site.time += 4 * HOUR


@row(28)
def retry_after_of_a_503(site: Site) -> None:
    """Is obeyed like that of a 429."""
    assert wait_after_failure(site, Answer(status=503, headers={"Retry-After": "20000"})) == timedelta(
        seconds=20000
    )


@row(29)
def a_429_without_retry_after(site: Site) -> None:
    """An hour, doubling to a day; the host's other feeds wait for one more interval."""
    site.chance = 0.0
    other = "http://feeds.example/other"
    site.configure(FEED, f"{{url: '{other}', every: 2h}}")
    site.serve("/other", Answer(BODY, etag='"1"'))
    site.poll(other)
    site.time += HOUR
    site.serve("/feed", Answer(status=429))
    waits = []
    for _ in range(6):
        site.poll()
        waits.append(site.wait())
        if len(waits) == 1:
            assert site.wait(other) >= 1.8 * HOUR
    assert waits == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY]


@row(30)
def retry_after_is_for_the_whole_host(site: Site) -> None:
    """All its public feeds wait; or, if so configured, the one."""
    urls = [f"http://feeds.example/{number}" for number in range(10)]
    for mode in ("host", "feed"):
        site.configure(*urls, "http://else.example/x", poll=f"{{retry_after: {mode}}}")
        site.serve("/0", Answer(status=429, headers={"Retry-After": "30000"}))
        site.poll(urls[0])
        waits = [site.wait(url) for url in urls[1:]]
        if mode == "host":
            assert min(waits) == max(waits) == timedelta(seconds=30000)
        else:
            assert max(waits) <= timedelta()
        assert site.wait("http://else.example/x") <= timedelta()
        site.time += DAY


@row(31)
def absurd_retry_after(site: Site) -> None:
    """Ten years are a week; what is negative or no number is nothing."""
    assert wait_after_failure(site, Answer(status=503, headers={"Retry-After": "315360000"})) == 7 * DAY
    for text in ("-5", "soon", "1e9", http_date(START - DAY)):
        site.time += 8 * DAY
        site.configure(f"http://feeds.example/{abs(hash(text))}")
        url = site.config.feeds[0].url
        site.serve(
            url.removeprefix("http://feeds.example"), Answer(status=503, headers={"Retry-After": text})
        )
        site.poll(url)
        assert timedelta() < site.wait(url) < HOUR


@row(32)
def a_permanent_redirect_is_believed_in_time(site: Site) -> None:
    """After three sightings over two days; the configured address stays the feed's name."""
    for status in (301, 308):
        old, new = f"http://feeds.example/{status}", f"http://new.example/{status}-new"
        site.configure(old)
        site.serve(f"/{status}", Answer(status=status, headers={"Location": new}))
        site.serve(f"/{status}-new", Answer(document(*daily(), first=status), etag='"1"'))
        began = site.time
        while site.state(old).habits.address is None:
            site.run(polls=1)
        assert len(site.at(f"/{status}")) >= 3
        assert site.time - began >= 2 * DAY
        assert site.state(old).habits.address == new
        site.visits.clear()
        site.run(polls=3)
        assert {visit.path for visit in site.visits} == {f"/{status}-new"}
    assert site.kinds().count("feed_moved") == 2
    upgraded_at_once(site)


def upgraded_at_once(site: Site) -> None:
    """The same address by https needs no second sighting."""
    plain, safe = "http://feeds.example/safe", "https://feeds.example/safe"
    context, authority = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
    authority.issue_cert("feeds.example").configure_cert(context)
    authority.cert_pem.write_to_path(site.directory / "ca.pem")
    with FeedServer(tls=context) as secure:
        site.dial.ports[443] = secure.port
        site.configure(plain)
        site.restart(FetchSettings(host_gap=timedelta(), ca_file=str(site.directory / "ca.pem")))
        site.serve("/safe", Answer(status=301, headers={"Location": safe}))
        secure.serve("/safe", Answer(document(*daily(), first=900), etag='"1"'))
        site.poll(plain)
        assert site.state(plain).habits.address == safe
        site.time += HOUR
        site.poll(plain)
        assert (len(site.at("/safe")), len(secure.requests)) == (1, 2)


@row(33)
def temporary_redirects_are_followed_each_time(site: Site) -> None:
    """And never believed."""
    for status in (302, 303, 307):
        site.serve("/feed", Answer(status=status, headers={"Location": "http://new.example/there"}))
        site.serve("/there", Answer(BODY, etag='"1"'))
        site.run(days=4)
    assert site.state().habits.address is None
    assert all(report.reason is None for report in site.reports)


@row(34)
def of_a_chain_only_the_permanent_beginning_is_believed(site: Site) -> None:
    """301, 302, 200: the feed is polled where the 301 leads."""
    site.serve("/feed", Answer(status=301, headers={"Location": "http://b.example/b"}))
    site.serve("/b", Answer(status=302, headers={"Location": "http://c.example/c"}))
    site.serve("/c", Answer(BODY, etag='"1"'))
    site.run(days=5)
    assert site.state().habits.address == "http://b.example/b"


@row(35)
def a_circle_of_redirects_is_one_failure(site: Site) -> None:
    """Stopped, and waited after like any other."""
    site.serve("/feed", Answer(status=302, headers={"Location": "/b"}))
    site.serve("/b", Answer(status=302, headers={"Location": "/feed"}))
    assert site.poll().reason is PollReason.REDIRECT
    assert len(site.visits) == 2
    assert site.wait() >= 30 * MINUTE
    for number in range(9):
        site.serve(f"/long{number}", Answer(status=302, headers={"Location": f"/long{number + 1}"}))
    site.configure("http://feeds.example/long0")
    site.visits.clear()
    assert site.poll("http://feeds.example/long0").reason is PollReason.REDIRECT
    assert len(site.visits) == 6


@row(36)
def redirects_to_private_addresses_are_refused(site: Site) -> None:
    """At every hop, for names and numbers and other schemes."""
    site.names["inside.example"] = [["10.0.0.7"]]
    for number, target in enumerate(
        ("http://127.0.0.1/", "http://169.254.169.254/latest", "file:///etc/passwd", "http://inside.example/")
    ):
        site.serve("/feed", Answer(status=301, headers={"Location": target}))
        assert site.poll().reason is PollReason.REFUSED_ADDRESS
        assert len(site.visits) == number + 1


@row(37)
def gone_is_believed_the_second_time(site: Site) -> None:
    """An hour later at the earliest; then polling stops, and it is told."""
    site.serve("/feed", Answer(BODY, etag='"1"'), Answer(status=410))
    site.run(days=60)
    assert len(site.visits) == 3
    assert site.gaps()[1] >= HOUR
    assert site.kinds() == ["feed_gone"]
    assert site.state().habits.why is Why.GONE
    site.serve("/feed", Answer(BODY, etag='"2"'))
    assert site.poll().reason is None, "whoever asks for it gets it"
    assert site.kinds() == ["feed_gone", "feed_recovered"]
    assert site.wait() <= DAY


@row(38)
def missing_feeds_are_tried_ever_less(site: Site) -> None:
    """2 h, 4 h … 24 h, weekly after a week; told after three days; heals itself."""
    site.chance = 0.0
    for status in (404, 401, 403):
        url = f"http://feeds.example/{status}"
        site.configure(url)
        site.serve(f"/{status}", Answer(status=status))
        site.run(days=30)
        hours = [round(gap / HOUR) for gap in site.gaps(f"/{status}")]
        assert hours[:5] == [2, 4, 8, 16, 24]
        assert set(hours[12:]) == {168}
        site.serve(f"/{status}", Answer(document(*daily(), first=status), etag='"1"'))
        site.run(days=8)
        assert site.state(url).failures == 0
    assert site.kinds() == ["feed_failing", "feed_recovered"] * 3


@row(39)
def other_failures_double(site: Site) -> None:
    """To a day, with chance on top, and never at once; a name that does not resolve counts a quarter."""
    site.serve("/feed", Answer(status=500))
    site.run(days=4)
    gaps = site.gaps()
    assert gaps[0] >= 30 * MINUTE
    assert all(after > 1.9 * before for before, after in pairwise(gaps[:5]))
    assert max(gaps) <= DAY
    site.names["lost.example"] = [[]]
    site.configure("http://lost.example/")
    site.run(polls=4)
    assert {report.reason for report in site.reports[-4:]} == {PollReason.DNS}
    assert site.wait("http://lost.example/") < 1.2 * HOUR


@row(40)
def a_challenge_page_changes_nothing(site: Site) -> None:
    """No disguise, no second request; it is named."""
    site.serve("/feed", Answer(status=403, headers={"cf-mitigated": "challenge"}))
    report = site.poll()
    assert (report.reason, "browser" in report.detail) == (PollReason.FORBIDDEN, True)
    site.run(polls=1)
    assert len(site.visits) == 2
    assert site.visits[0].request.headers == site.visits[1].request.headers
    assert site.gaps()[0] >= 2 * HOUR


@row(41)
def what_is_no_feed_is_an_error(site: Site) -> None:
    """Articles and validators stay as they were."""
    site.serve("/feed", Answer(BODY, headers={"ETag": '"1"'}))
    site.poll()
    for number, body in enumerate((b"<html><body>Hello</body></html>", b"", b"<rss><channel><item><title>")):
        site.serve("/feed", Answer(body, headers={"ETag": f'"x{number}"'}))
        site.time += HOUR
        assert site.poll().outcome == "failed"
        assert (site.state().etag, site.state().items_seen) == ('"1"', 10)


@row(42)
def an_expired_certificate_is_refused(site: Site) -> None:
    """And never got around by plain http."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    old = datetime(2020, 1, 1, tzinfo=UTC)
    authority.issue_cert("feeds.example", not_before=old - DAY, not_after=old).configure_cert(context)
    path = site.directory / "ca.pem"
    authority.cert_pem.write_to_path(path)
    with FeedServer(tls=context) as server:
        site.dial.port = server.port
        site.configure("https://feeds.example/feed")
        site.restart(FetchSettings(host_gap=timedelta(), ca_file=str(path)))
        report = site.poll("https://feeds.example/feed")
        assert (report.reason, "expired" in report.detail) == (PollReason.TLS, True)
        assert server.requests == []


@pytest.mark.parametrize("check", ROWS.params())
def test_the_checklist(check: Row, site: Site) -> None:
    """Given that server, that client."""
    check(site)
