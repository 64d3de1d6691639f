"""What a polite reader makes of bodies, and who it says it is: rows 43 to 57 of the checklist."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import PollReason
from monitor.fetch.http import FetchSettings, user_agent
from monitor.fetch.parse import parse_document
from monitor.model import Document
from monitor.store import feeds
from tests.support.feedserver import Answer
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
    twice,
)

ROWS = Rows()
row = ROWS.enter


# --- bodies -----------------------------------------------------------------------------------


@row(43)
def only_bounded_codings_are_offered(site: Site) -> None:
    """gzip and deflate; the first is undone."""
    site.serve("/feed", Answer(gzip.compress(BODY), headers={"Content-Encoding": "gzip"}))
    assert site.poll().new == 10
    assert site.visits[0].header("accept-encoding") == "gzip, deflate"


@row(44)
def bombs_are_stopped(site: Site) -> None:
    """A gigabyte in a megabyte, and codings that were not offered or are stacked."""
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    for coding, body, reason in (
        ("gzip", bomb, PollReason.TOO_LARGE),
        ("br", b"\x5b\xff\xff", PollReason.ENCODING),
        ("zstd", b"\x28\xb5\x2f\xfd", PollReason.ENCODING),
        ("gzip, gzip", gzip.compress(bomb), PollReason.ENCODING),
    ):
        site.serve("/feed", Answer(body, headers={"Content-Encoding": coding}))
        assert site.poll().reason is reason
        site.time += 2 * DAY


@row(45)
def an_endless_body_is_stopped(site: Site) -> None:
    """At the cap of the wire."""
    site.restart(FetchSettings(host_gap=timedelta(), max_bytes=10**6, max_wire_bytes=10**6))
    site.serve("/feed", Answer(b"<rss>", endless=b"<item/>" * 1000))
    assert site.poll().reason is PollReason.TOO_LARGE


@row(46)
def slow_drips_meet_the_deadline(site: Site) -> None:
    """In the head or in the body."""
    site.restart(FetchSettings(host_gap=timedelta(), deadline=timedelta(seconds=1)))
    for drip in (Answer(BODY, drip=0.2), Answer(BODY, drip_head=0.2)):
        site.serve("/feed", drip)
        assert site.poll().reason is PollReason.TIMEOUT


@row(47)
def requests_are_always_alike(site: Site) -> None:
    """But for the validators: `Vary` never makes a difference."""
    site.serve(
        "/feed", Answer(BODY, headers={"Vary": "*", "ETag": '"1"'}), Answer(status=403), Answer(status=500)
    )
    for _ in range(4):
        site.poll()
    heads = [
        {name: value for name, value in visit.request.headers.items() if not name.startswith("if-")}
        for visit in site.visits
    ]
    assert heads == [heads[0]] * 4


@row(48)
def a_delta_is_merged(site: Site) -> None:
    """226 IM Used adds to what is known, deletes nothing, and is no loss."""
    delta = document(*[START + HOUR - n * MINUTE for n in range(4)], first=70)
    fields = {"IM": "feed", "ETag": '"2"'}
    twice(site, Answer(BODY, headers={"ETag": '"1"'}), Answer(delta, status=226, headers=fields))
    assert site.visits[1].header("a-im") == "feed"
    assert (site.reports[1].new, site.state().items_seen, site.state().etag) == (4, 14, '"2"')
    assert site.kinds() == []


@row(49)
def older_pages_are_read_until_they_overlap(site: Site) -> None:
    """At most five; what is missing then is an event."""
    site.serve("/feed", Answer(BODY))
    site.poll()
    site.time += DAY
    recent = [site.time - n * MINUTE for n in range(10)]
    older = [site.time - HOUR - n * MINUTE for n in range(10)]
    site.serve("/feed", Answer(document(*recent, first=100, link="/older1")))
    site.serve("/older1", Answer(document(*older, first=110, link="/older2")))
    site.serve("/older2", Answer(document(*daily(5), first=0, link="/older3")))
    assert site.poll().new == 20
    assert [visit.path for visit in site.visits[1:]] == ["/feed", "/older1", "/older2"]
    assert site.kinds() == []
    site.time += DAY
    for number in range(9):
        dates = [site.time - number * HOUR - n * MINUTE for n in range(10)]
        path = f"/p{number}" if number else "/feed"
        site.serve(path, Answer(document(*dates, first=500 + 10 * number, link=f"/p{number + 1}")))
    site.visits.clear()
    assert site.poll().new == 60
    assert len(site.visits) == 6
    (event,) = site.events()
    assert str(event.kind) == "feed_rolled_over"
    assert event.facts["unseen"] > 20


@row(50)
def every_character_set_is_read(site: Site) -> None:
    """Marks, headers and declarations that contradict one another; Windows bytes where UTF-8 was said."""
    text = "<rss><channel><title>Ärger — „so“</title><item><title>Übung</title></item></channel></rss>"
    for body, content_type in (
        (b"\xef\xbb\xbf" + text.encode(), "text/xml; charset=iso-8859-1"),
        (text.encode("utf-16"), "application/xml"),
        (f"<?xml version='1.0' encoding='windows-1252'?>{text}".encode("cp1252"), "text/xml"),
        (text.encode(), "text/xml"),
        (f"<?xml version='1.0' encoding='utf-8'?>{text}".encode("cp1252"), "application/rss+xml"),
    ):
        read = parse_document(body, url=FEED, content_type=content_type)
        assert isinstance(read, Document)
        assert read.articles[0].title == "Übung"
    assert site.visits == []


@row(51)
def json_feeds_are_read(site: Site) -> None:
    """Version 1.1, found by what it is and not by its type."""
    items = b'"items": [{"id": "1", "title": "One"}]'
    body = b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", ' + items + b"}"
    site.serve("/feed", Answer(body, content_type="text/plain"))
    assert site.poll().new == 1


# --- who we are -------------------------------------------------------------------------------


@row(52)
def the_user_agent_says_who_and_where(site: Site) -> None:
    """Name, version and contact; the same each time."""
    name = user_agent("https://ops.example/bot")
    assert name.startswith("newsmonitor/")
    assert name.endswith(" (+https://ops.example/bot)")
    site.restart(FetchSettings(host_gap=timedelta(), user_agent=name))
    twice(site, Answer(BODY))
    assert {visit.header("user-agent") for visit in site.visits} == {name}


@row(53)
def nothing_but_the_feed_is_asked_for(site: Site) -> None:
    """No referrer, no query of ours, no icon, no front page."""
    site.serve("/feed", Answer(BODY))
    site.run(days=1)
    assert {visit.path for visit in site.visits} == {"/feed"}
    assert {visit.header("referer") for visit in site.visits} == {None}
    assert {visit.request.method for visit in site.visits} == {"GET"}


@row(54)
def cookies_and_credentials_stay_where_they_belong(site: Site) -> None:
    """No cookie is kept; credentials do not cross to another host."""
    site.configure("http://me:word@feeds.example/feed")
    url = "http://me:word@feeds.example/feed"
    site.serve(
        "/feed", Answer(status=302, headers={"Location": "http://else.example/x", "Set-Cookie": "a=b"})
    )
    site.serve("/x", Answer(BODY, headers={"Set-Cookie": "c=d"}))
    site.poll(url)
    site.time += HOUR
    site.poll(url)
    assert {visit.header("cookie") for visit in site.visits} == {None}
    assert {visit.header("authorization") is None for visit in site.at("/x")} == {True}
    assert {visit.header("authorization") is None for visit in site.at("/feed")} == {False}


@row(55)
def one_host_gets_two_at_a_time_and_a_pause(site: Site) -> None:
    """Twelve feeds of it due at once: the starts are spaced, two are open at most."""
    urls = [f"http://feeds.example/{number}" for number in range(12)]
    site.configure(*urls)
    site.restart(FetchSettings(host_gap=timedelta(seconds=0.02), per_host=2))
    for number in range(12):
        site.serve(f"/{number}", Answer(document(None, first=number), delay=0.05))
    states = site.store.write(
        lambda conn: feeds.claim_due(conn, now=site.time, limit=99, per_host=99, owner="me", lease=HOUR)
    )

    async def poll_all() -> None:
        import asyncio

        await asyncio.gather(*map(site.ingest.poll, states))

    site.runner.run(poll_all())
    assert site.server.most_at_once <= 2
    starts = sorted(request.at for request in site.server.requests)
    assert len(starts) == 12
    assert starts[-1] - starts[0] >= 11 * 0.02 * 0.9


@row(57)
def the_address_vetted_is_the_one_dialled(site: Site) -> None:
    """One look-up a visit; a name that turns private later is refused, however it is written."""
    site.names["rebinding.example"] = [["93.184.215.14"], ["127.0.0.1"]]
    site.configure("http://rebinding.example/feed")
    site.serve("/feed", Answer(BODY))
    url = "http://rebinding.example/feed"
    assert site.poll(url).reason is None
    assert (site.looked_up, site.dial.dialled) == (["rebinding.example"], ["93.184.215.14"])
    assert site.poll(url).reason is PollReason.REFUSED_ADDRESS
    for private in ("::ffff:127.0.0.1", "100.64.0.1", "64:ff9b::a00:1", "fe80::1"):
        site.names["rebinding.example"] = [[private]]
        site.time += 2 * DAY
        assert site.poll(url).reason is PollReason.REFUSED_ADDRESS
    assert len(site.visits) == 1


@pytest.mark.parametrize("check", ROWS.params())
def test_the_checklist(check: Row, site: Site) -> None:
    """Given that server, that client."""
    check(site)


ELSEWHERE = {
    56: "one HTTP/2 connection for the feeds of a host: fetch/test_kept_lines.py",
}


def test_every_row_of_the_checklist_is_there_or_accounted_for() -> None:
    """Sixty-two, each once."""
    files = Path(__file__).parent.glob("test_politeness_*.py")
    found = [
        int(number)
        for file in files
        for number in re.findall(r"^@row\((\d+)\)", file.read_text(), re.MULTILINE)
    ]
    assert sorted([*found, *ELSEWHERE]) == list(range(1, 63))
