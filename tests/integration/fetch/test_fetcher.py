"""Visits to a scripted server: what is sent, and what comes of each answer."""

import asyncio
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpcore
import pytest

from monitor import __version__
from monitor.errors import PollReason
from monitor.fetch.http import Failed, Fetcher, FetchRequest, FetchSettings, Fresh, Unchanged, user_agent
from tests.support import feeds
from tests.support.feedserver import Answer, FeedServer, certificate

BODY = feeds.simple()
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
QUICK = FetchSettings(host_gap=timedelta(), deadline=timedelta(seconds=10))


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def fetch_all(requests: Sequence[FetchRequest], settings: FetchSettings = QUICK, **outside):
    """The outcomes of visits made at the same time by one fetcher."""

    async def scenario():
        async with Fetcher(settings, now=lambda: NOW, **outside) as fetcher:
            return await asyncio.gather(*map(fetcher.fetch, requests))

    return asyncio.run(scenario())


def fetch(
    url: str, settings: FetchSettings = QUICK, *, allow_private=True, etag=None, last_modified=None, **outside
):
    request = FetchRequest(url, etag, last_modified, allow_private=allow_private)
    return fetch_all([request], settings, **outside)[0]


def answers_of(*addresses: str):
    """A resolver that gives these addresses for every name, and notes the names."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        resolve.asked.append(host)
        return addresses

    resolve.asked = []
    return resolve


class LoopbackDial(httpcore.AsyncNetworkBackend):
    """Pretends that the server lies at a public address, and notes what was dialled."""

    def __init__(self, server: FeedServer) -> None:
        self.server = server
        self.dialled: list[tuple[str, int]] = []
        self.real = httpcore.AnyIOBackend()

    async def connect_tcp(self, host, port, timeout=None, *rest):  # noqa: ASYNC109  (httpcore's signature)
        self.dialled.append((host, port))
        return await self.real.connect_tcp(self.server.host, self.server.port, timeout, *rest)


# --- what is sent -----------------------------------------------------------------------------


def test_a_visit_is_polite_and_anonymous(server):
    """A stable name, no referrer, no cookies, the codings we can bound, and one request."""
    fetch(server.serve_feed("/feed", BODY))
    (request,) = server.requests
    assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "a-im"}
    assert request.headers["user-agent"] == f"newsmonitor/{__version__}"
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert "application/rss+xml" in request.headers["accept"]


def test_the_contact_is_told():
    """Publishers can complain to somebody; what would break the header is left out."""
    assert user_agent("ops@example.org") == f"newsmonitor/{__version__} (+ops@example.org)"
    assert user_agent("a\r\nX: (é) b\\") == f"newsmonitor/{__version__} (+aX:  b)"


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', "no quotes, with; commas", "caf\xe9 \xff"])
def test_an_etag_comes_back_byte_for_byte(server, etag):
    """Whatever the server calls its version is what it gets back, and a 304 is understood."""
    url = server.serve_feed("/feed", BODY, etag=etag)
    first = fetch(url)
    assert first.etag == etag
    again = fetch(url, etag=first.etag)
    assert again == Unchanged(etag=etag)
    assert server.requests[1].headers["if-none-match"] == etag


def test_both_validators_are_sent_verbatim(server):
    """Even a Last-Modified that is no date."""
    url = server.serve("/feed", Answer(BODY, last_modified="the day before yesterday"))
    first = fetch(url)
    again = fetch(url, etag='"1"', last_modified=first.last_modified)
    assert isinstance(again, Unchanged)
    assert server.requests[1].headers["if-modified-since"] == "the day before yesterday"
    assert server.requests[1].headers["if-none-match"] == '"1"'


def test_validators_that_would_break_the_request_are_left_out(server):
    """A line end smuggled into the database injects nothing."""
    url = server.serve_feed("/feed", BODY)
    assert isinstance(fetch(url, etag='"1"\r\nX-Evil: 1', last_modified="\u20ac"), Fresh)
    assert not {"x-evil", "if-none-match", "if-modified-since"} & set(server.requests[0].headers)


def test_credentials_in_the_address_become_basic_auth(server):
    """They are sent, and appear in no outcome."""
    server.serve_feed("/feed", BODY)
    outcome = fetch(server.url("/feed").replace("://", "://us%65r:p%40ss@"))
    assert server.requests[0].headers["authorization"] == "Basic dXNlcjpwQHNz"
    assert outcome.url == server.url("/feed")


def test_the_environment_is_ignored(server, monkeypatch):
    """A proxy in the environment is not used."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert isinstance(fetch(server.serve_feed("/feed", BODY)), Fresh)


def test_cookies_are_not_kept(server):
    """What one answer sets no later request carries."""
    answer = Answer(BODY, headers=[("Set-Cookie", f"c{n}=1; Path=/") for n in range(50)])
    url = server.serve("/feed", answer)

    async def scenario():
        async with Fetcher(QUICK) as fetcher:
            for _ in range(2):
                await fetcher.fetch(FetchRequest(url, allow_private=True))

    asyncio.run(scenario())
    assert len(server.requests) == 2
    assert all("cookie" not in request.headers for request in server.requests)


# --- what comes back --------------------------------------------------------------------------


def test_a_fresh_document_has_all_that_is_known_of_it(server):
    """Body, type, validators, freshness and the hash of the bytes as they came."""
    wire = gzip.compress(BODY)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "max-age=600", "Age": "60"}
    url = server.serve("/feed", Answer(wire, headers=headers, etag='"1"', last_modified="x"))
    assert fetch(url) == Fresh(
        body=BODY,
        url=url,
        content_type="application/xml",
        etag='"1"',
        last_modified="x",
        wire_hash=hashlib.sha256(wire).hexdigest(),
        fresh_for=timedelta(seconds=540),
    )


@pytest.mark.parametrize(
    ("coding", "wire"), [("deflate", zlib.compress(BODY)), ("identity", BODY), ("", BODY)]
)
def test_other_codings_are_undone(server, coding, wire):
    """deflate and none at all."""
    assert fetch(server.serve("/feed", Answer(wire, headers={"Content-Encoding": coding}))).body == BODY


def test_chunked_bodies_are_read(server):
    """A transfer coding is not a content coding."""
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:50], BODY[50:])) + b"0\r\n\r\n"
    url = server.serve("/feed", Answer(chunked, headers={"Transfer-Encoding": "chunked"}))
    assert fetch(url).body == BODY


def test_a_304_brings_its_own_validators_and_freshness(server):
    """What the server says now counts."""
    headers = {"ETag": '"2"', "Cache-Control": "max-age=60"}
    url = server.serve("/feed", Answer(status=304, headers=headers))
    assert fetch(url, etag='"1"') == Unchanged(etag='"2"', fresh_for=timedelta(seconds=60))


def test_a_304_that_was_not_asked_for_is_a_fault(server):
    """Taken for "unchanged" it would hide the feed for ever."""
    outcome = fetch(server.serve("/feed", Answer(status=304)))
    assert outcome == Failed(PollReason.PROTOCOL, "HTTP 304 Not Modified", status=304)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (204, PollReason.EMPTY),
        (206, PollReason.PROTOCOL),
        (300, PollReason.REDIRECT),
        (400, PollReason.CLIENT_ERROR),
        (401, PollReason.FORBIDDEN),
        (403, PollReason.FORBIDDEN),
        (404, PollReason.NOT_FOUND),
        (407, PollReason.FORBIDDEN),
        (410, PollReason.GONE),
        (418, PollReason.CLIENT_ERROR),
        (429, PollReason.RATE_LIMITED),
        (451, PollReason.FORBIDDEN),
        (500, PollReason.SERVER_ERROR),
        (503, PollReason.SERVER_ERROR),
        (599, PollReason.SERVER_ERROR),
        (777, PollReason.PROTOCOL),
    ],
)
def test_each_status_has_its_reason(server, status, reason):
    """The status is told, and a body behind it is not waited for."""
    outcome = fetch(server.serve("/feed", Answer(b"no", status=status, hang=True)))
    assert (outcome.reason, outcome.status) == (reason, status)
    assert outcome.detail.startswith(f"HTTP {status}")


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_passed_on(server, status):
    """From whichever status it comes."""
    outcome = fetch(server.serve("/feed", Answer(status=status, headers={"Retry-After": "7200"})))
    assert outcome.retry_after == timedelta(hours=2)


def test_a_challenge_page_is_named(server):
    """People learn why their browser sees the feed and we do not."""
    outcome = fetch(server.serve("/feed", Answer(status=403, headers={"cf-mitigated": "challenge"})))
    assert "challenge page" in outcome.detail


# --- redirects --------------------------------------------------------------------------------


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server, status):
    """All five kinds, with the validators on every hop."""
    server.serve_feed("/new", BODY)
    outcome = fetch(server.serve("/old", redirect("new", status)), etag='"0"')
    assert (outcome.body, outcome.url) == (BODY, server.url("/new"))
    assert [request.headers["if-none-match"] for request in server.requests] == ['"0"', '"0"']


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [([], None), ([301], 1), ([308, 301], 2), ([301, 302], 1), ([302, 301], None), ([301, 302, 301], 1)],
)
def test_only_the_permanent_beginning_of_a_chain_is_reported(server, statuses, permanent):
    """After one temporary hop nothing is permanent any more."""
    for number, status in enumerate(statuses):
        server.serve(f"/{number}", redirect(f"/{number + 1}", status))
    server.serve_feed(f"/{len(statuses)}", BODY)
    expected = None if permanent is None else server.url(f"/{permanent}")
    assert fetch(server.url("/0")).permanent_url == expected


def test_five_redirects_are_enough(server):
    """The sixth is refused."""
    for number in range(10):
        server.serve(f"/{number}", redirect(f"/{number + 1}"))
    server.serve_feed("/5", BODY)
    assert isinstance(fetch(server.url("/0")), Fresh)
    server.serve("/5", redirect("/6"))
    outcome = fetch(server.url("/0"))
    assert outcome == Failed(PollReason.REDIRECT, "more than 5 redirects")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/feed", PollReason.REDIRECT),
        ("", PollReason.REDIRECT),
        ("http://[broken/", PollReason.REFUSED_ADDRESS),
        ("http://x:99999999/", PollReason.REFUSED_ADDRESS),
        ("file:///etc/passwd", PollReason.REFUSED_ADDRESS),
        ("gopher://127.0.0.1/", PollReason.REFUSED_ADDRESS),
        ("//", PollReason.REDIRECT),
        ("http://127.0.0.2/", PollReason.REFUSED_ADDRESS),
        ("http://169.254.169.254/latest/meta-data", PollReason.REFUSED_ADDRESS),
        ("http://[::ffff:127.0.0.1]/", PollReason.REFUSED_ADDRESS),
        ("http://[::1]/", PollReason.REFUSED_ADDRESS),
        ("http://2130706433/", PollReason.REFUSED_ADDRESS),
        ("http://0x7f.1/", PollReason.REFUSED_ADDRESS),
        ("http://0/", PollReason.REFUSED_ADDRESS),
        ("http://localhost/", PollReason.REFUSED_ADDRESS),
        ("http://8.8.8.8:22/", PollReason.REFUSED_ADDRESS),
        ("http://8.8.8.8\\@127.0.0.1/", PollReason.REFUSED_ADDRESS),
        ("http://127.0.0.1:1/", PollReason.REFUSED_ADDRESS),
    ],
)
def test_redirects_that_lead_nowhere_good_are_refused(server, location, reason):
    """Loops, broken ones, other schemes and ports, and private addresses in any dress: one request is all."""
    outcome = fetch(server.serve("/feed", redirect(location)))
    assert outcome.reason is reason
    assert "allow_private" not in outcome.detail
    assert len(server.requests) == 1


def test_a_redirect_without_location_is_a_fault(server):
    """The status alone leads nowhere."""
    outcome = fetch(server.serve("/feed", Answer(status=302)))
    assert outcome == Failed(PollReason.REDIRECT, "HTTP 302 without a Location")


def test_credentials_go_to_their_own_origin_only(server):
    """They survive a redirect within the origin, and stay behind when it leads elsewhere."""
    dial = LoopbackDial(server)
    server.serve("/a", redirect("/b"))
    server.serve("/b", redirect("http://other.example/c"))
    server.serve("/c", redirect("http://thief:stolen@news.example:80/d"))
    server.serve_feed("/d", BODY)
    outcome = fetch(
        "http://u:p@news.example/a", allow_private=False, resolve=answers_of("8.8.8.8"), dial=dial
    )
    assert isinstance(outcome, Fresh)
    sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == ["Basic dTpw", "Basic dTpw", None, "Basic dTpw"]
    assert [request.headers["host"] for request in server.requests] == [
        "news.example", "news.example", "other.example", "news.example",
    ]  # fmt: skip


# --- addresses --------------------------------------------------------------------------------


def test_a_private_address_needs_permission(server):
    """Without it nothing is sent, and the text says how to mend it."""
    outcome = fetch(server.serve_feed("/feed", BODY), allow_private=False)
    assert outcome.reason is PollReason.REFUSED_ADDRESS
    assert "`allow_private: true`" in outcome.detail
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "file:///etc/passwd", "example.org", "http://", "http://a b/", "http://x/\r\nX: y",
     "http://good.example\\@127.0.0.1/", "http://[::1", "", "http://x:port/", "javascript:alert(1)"],
)  # fmt: skip
def test_addresses_that_are_none_are_refused(url):
    """Nothing is looked up or dialled for them."""
    assert fetch(url).reason is PollReason.REFUSED_ADDRESS


def test_the_name_is_looked_up_once_and_its_address_dialled(server):
    """The host header still carries the name."""
    resolve, dial = answers_of("93.184.216.34"), LoopbackDial(server)
    server.serve_feed("/feed", BODY)
    outcome = fetch("http://news.example/feed", allow_private=False, resolve=resolve, dial=dial)
    assert isinstance(outcome, Fresh)
    assert resolve.asked == ["news.example"]
    assert dial.dialled == [("93.184.216.34", 80)]
    assert server.requests[0].headers["host"] == "news.example"


def test_every_hop_is_vetted(server):
    """A public name that redirects to a name with a private address is refused at the second door."""
    server.serve("/feed", redirect("http://inside.example/"))
    dial = LoopbackDial(server)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34"] if host == "news.example" else ["93.184.216.34", "10.0.0.7"]

    outcome = fetch("http://news.example/feed", allow_private=False, resolve=resolve, dial=dial)
    assert outcome.reason is PollReason.REFUSED_ADDRESS
    assert "inside.example lies at 10.0.0.7" in outcome.detail
    assert len(dial.dialled) == 1


def test_permission_is_for_the_feeds_own_host(server):
    """A private feed may not send us to another private host."""
    server.serve("/feed", redirect("http://other.example/"))
    outcome = fetch("http://news.example/feed", resolve=answers_of("10.0.0.1"), dial=LoopbackDial(server))
    assert outcome.reason is PollReason.REFUSED_ADDRESS


def test_an_unknown_name_is_a_dns_failure():
    """The name is told, and what the resolver said."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    outcome = fetch("http://nowhere.example/", resolve=resolve)
    assert outcome == Failed(PollReason.DNS, "nowhere.example: Name or service not known")


def test_a_closed_port_is_a_connection_failure(server):
    """The system's own words are told."""
    url = server.serve_feed("/feed", BODY)
    server.__exit__()
    outcome = fetch(url)
    assert outcome.reason is PollReason.CONNECT
    server.__enter__()


def test_the_next_address_is_tried(server):
    """A name whose first address is dead is still reached."""
    server.serve_feed("/feed", BODY)
    url = server.url("/feed", host="news.example")
    outcome = fetch(url, resolve=answers_of("127.0.0.1", "127.0.0.1"), dial=FirstDead())
    assert isinstance(outcome, Fresh)


class FirstDead(httpcore.AsyncNetworkBackend):
    """The first dial finds nobody."""

    def __init__(self) -> None:
        self.tries = 0

    async def connect_tcp(self, *args):
        self.tries += 1
        if self.tries == 1:
            raise httpcore.ConnectError
        return await httpcore.AnyIOBackend().connect_tcp(*args)


# --- TLS --------------------------------------------------------------------------------------


def test_tls_with_a_trusted_authority_works(tmp_path: Path):
    """A private authority is given as a file."""
    tls = certificate(tmp_path)
    with FeedServer(tls=tls.context) as server:
        settings = FetchSettings(host_gap=timedelta(), ca_file=tls.ca_file)
        assert isinstance(fetch(server.serve_feed("/feed", BODY), settings), Fresh)


@pytest.mark.parametrize(
    ("names", "expired", "trusted", "words"),
    [
        (("127.0.0.1",), False, False, "certificate was refused: unable to get local issuer"),
        (("127.0.0.1",), True, True, "certificate was refused: certificate has expired"),
        (("other.example",), False, True, "certificate was refused: IP address mismatch"),
    ],
)
def test_bad_certificates_are_refused_with_the_reason(tmp_path, names, expired, trusted, words):
    """Unknown authority, expired, wrong name: never fetched unverified, never over plain HTTP instead."""
    tls = certificate(tmp_path, *names, expired=expired)
    with FeedServer(tls=tls.context) as server:
        settings = FetchSettings(host_gap=timedelta(), ca_file=tls.ca_file if trusted else None)
        outcome = fetch(server.serve_feed("/feed", BODY), settings)
        assert outcome.reason is PollReason.TLS
        assert words in outcome.detail
        assert server.requests == []


def test_plain_http_where_tls_is_expected_is_a_tls_failure(server):
    """The handshake fails and says so."""
    outcome = fetch(server.serve_feed("/feed", BODY).replace("http:", "https:"))
    assert outcome.reason is PollReason.TLS


# --- many at once -----------------------------------------------------------------------------


def test_visits_to_one_host_are_few_and_spaced(server):
    """Two connections at most, and a gap between the starts."""
    settings = FetchSettings(per_host=2, host_gap=timedelta(seconds=0.03))
    urls = [server.serve(f"/{n}", Answer(BODY, delay=0.08)) for n in range(6)]
    outcomes = fetch_all([FetchRequest(url, allow_private=True) for url in urls], settings)
    assert all(isinstance(outcome, Fresh) for outcome in outcomes)
    assert server.most_at_once <= 2
    starts = sorted(request.at for request in server.requests)
    assert sum(later - earlier for earlier, later in pairwise(starts)) >= 5 * 0.03


def test_waiting_for_a_turn_is_not_counted(server):
    """A queue longer than the deadline fails nobody."""
    settings = FetchSettings(deadline=timedelta(seconds=1), per_host=1, host_gap=timedelta(seconds=0.3))
    urls = [server.serve_feed(f"/{n}", BODY) for n in range(5)]
    outcomes = fetch_all([FetchRequest(url, allow_private=True) for url in urls], settings)
    assert all(isinstance(outcome, Fresh) for outcome in outcomes)


def test_a_cancelled_visit_ends_at_once(server):
    """Shutting down does not wait for a server that hangs."""
    url = server.serve("/feed", Answer(hang=True))

    async def scenario():
        async with Fetcher(QUICK) as fetcher:
            visit = asyncio.create_task(fetcher.fetch(FetchRequest(url, allow_private=True)))
            while not server.requests:  # noqa: ASYNC110  (another thread's list)
                await asyncio.sleep(0.005)
            visit.cancel()
            with pytest.raises(asyncio.CancelledError):
                await visit

    asyncio.run(asyncio.wait_for(scenario(), 5))
