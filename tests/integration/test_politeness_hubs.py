"""What a polite reader agrees with hubs (WebSub), on an injected clock: rows 58 to 62 of the checklist."""

import hmac
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import pytest

from monitor.fetch.callback import Call, Reply
from monitor.fetch.outcome import Fresh
from monitor.pipeline.websub import Hubs
from monitor.schedule import leases
from monitor.schedule.leases import LeaseState
from monitor.store import feeds, subscriptions
from monitor.store.subscriptions import Subscription
from tests.support.feedserver import Answer, Request
from tests.support.politeness import DAY, FEED, HOUR, LEASE, MINUTE, START, Row, Rows, Site, daily, document

ROWS = Rows()
row = ROWS.enter

HUB = "http://hub.example/hub"
TOPIC = "http://feeds.example/topic"
CALLBACK = "https://me.example/websub/"
LINKS = {"Link": f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"', "ETag": '"1"'}
BODY = document(*daily())


class Subscriber:
    """The reader's side of WebSub on the scripted site, which is also the hub."""

    def __init__(self, site: Site, *, lease: timedelta = 10 * DAY) -> None:
        self.site = site
        self.lease = lease
        self.hubs = Hubs(site.store, site.fetcher, self._receive, lambda: site.time, CALLBACK)
        site.ingest.hubs = self.hubs
        site.serve("/feed", Answer(BODY, headers=LINKS))
        site.serve("/hub", Answer(status=202))

    async def _receive(self, url: str, pushed: Fresh) -> bool:
        (state,) = self.site.store.write(
            lambda conn: feeds.claim(conn, [url], now=self.site.time, owner="me", lease=LEASE)
        )
        report = await self.site.ingest.receive(state, pushed)
        return report is None or report.kept

    def tend(self) -> None:
        """The daemon's regular look at what is to be done."""
        self.site.runner.run(self.hubs.tend())

    @property
    def posted(self) -> list[dict[str, str]]:
        """The forms that the hub was sent."""
        requests = [request for request in self.site.server.requests if request.path == "/hub"]
        assert {request.method for request in requests} <= {"POST"}
        return [_form(request) for request in requests]

    @property
    def held(self) -> Subscription:
        (found,) = self.site.store.read(subscriptions.get_all)
        return found

    def call(self, **query: str) -> Reply:
        """The hub verifies, with these words instead of the right ones."""
        right = {"mode": "subscribe", "topic": TOPIC, "challenge": "a b&c"}
        right |= {"lease_seconds": str(int(self.lease.total_seconds()))}
        asked = {f"hub.{name}": text for name, text in (right | query).items()}
        return self._answer(Call("GET", self.held.token, asked))

    def _answer(self, call: Call) -> Reply:
        return self.site.runner.run(self.hubs.answer(call))

    def subscribe(self) -> None:
        """From the first poll to the verified subscription."""
        self.site.poll()
        self.tend()
        assert self.call() == Reply(200, "a b&c")

    def push(self, body: bytes, signature: str | None) -> int:
        headers = {} if signature is None else {"x-hub-signature": signature}
        return self._answer(Call("POST", self.held.token, {}, headers, body)).status

    def sign(self, body: bytes, *, secret: str | None = None, algorithm: str = "sha256") -> str:
        key = self.held.secret if secret is None else secret
        return f"{algorithm}={hmac.new(key.encode(), body, algorithm).hexdigest()}"


def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def news(number: int, at: datetime) -> bytes:
    return document(at, first=number)


@row(58)
def a_hub_is_found_and_asked_with_a_secret(site: Site) -> None:
    """In the header first, else in the document; each subscription has a secret and a callback of its own."""
    us = Subscriber(site)
    inside = f'<atom:link rel="hub" href="{HUB}?2"/><atom:link rel="self" href="{TOPIC}-inside"/>'
    body = document(*daily(), channel=inside)
    site.serve("/feed", Answer(body, headers=LINKS))
    site.poll()
    us.tend()
    (form,) = us.posted
    assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", TOPIC)
    assert form["hub.callback"] == CALLBACK + us.held.token
    assert len(form["hub.secret"]) >= 32
    assert 0 < int(form["hub.lease_seconds"]) <= 30 * 86400
    us.tend()
    assert len(us.posted) == 1, "asked once"
    site.configure("http://feeds.example/inside")
    site.ingest.hubs = us.hubs
    site.serve("/inside", Answer(body.replace(b"item-", b"other-")))
    site.serve("/hub?2", Answer(status=202))
    site.poll("http://feeds.example/inside")
    us.tend()
    (second,) = [_form(request) for request in site.server.requests_for("/hub?2")]
    assert second["hub.topic"] == f"{TOPIC}-inside"
    assert {form["hub.secret"], form["hub.callback"]}.isdisjoint(second.values())


@row(59)
def a_challenge_is_echoed_for_what_was_asked_only(site: Site) -> None:
    """Anything else is not found: other topics, other modes, other callbacks, what is agreed already."""
    us = Subscriber(site)
    site.poll()
    us.tend()
    assert us.call(topic=f"{TOPIC}/other").status == 404
    assert us.call(mode="unsubscribe").status == 404
    assert us.call(mode="subscribed").status == 404
    assert us.call(challenge="").status == 404
    stranger = Call("GET", "guess", {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "x"})
    assert us._answer(stranger).status == 404
    assert us.held.state is LeaseState.PENDING
    assert us.call() == Reply(200, "a b&c")
    assert us.held.state is LeaseState.ACTIVE
    assert us.call().status == 404, "nobody else can prolong it"
    assert us.call(mode="unsubscribe").status == 404
    assert us.held.expires_at == START + 10 * DAY


@row(60)
def a_forged_push_is_dropped_without_a_word(site: Site) -> None:
    """Answered like a good one, so that guessing teaches nothing; the right one is taken in, once."""
    us = Subscriber(site)
    us.subscribe()
    site.time += HOUR
    body = news(700, site.time)
    right = us.sign(body)
    forged = (
        None, "", "sha256=", "sha256", right[:-1], right.replace("sha256", "md5"),
        right.removeprefix("sha256="), us.sign(body, secret=""), us.sign(body, secret="guess"),
        us.sign(body + b" "), "sha256=é",
    )  # fmt: skip
    for signature in forged:
        assert us.push(body, signature) == 202
    assert site.state().items_seen == 10
    assert us.push(body, right) == 202
    assert site.state().items_seen == 11
    assert us.push(body, right) == 202, "a repeat does no harm"
    assert us.push(news(701, site.time), us.sign(news(701, site.time), algorithm="sha512")) == 202
    assert site.state().items_seen == 12
    assert len(site.visits) == 1, "nothing of it made a request"


@row(61)
def a_lease_is_renewed_in_time(site: Site) -> None:
    """At two thirds, more than once if need be; when it ends all the same, the feed is polled again."""
    us = Subscriber(site, lease=9 * DAY)
    us.subscribe()
    site.time = START + 6 * DAY - MINUTE
    us.tend()
    assert len(us.posted) == 1
    site.time = START + 6 * DAY
    us.tend()
    assert [form["hub.mode"] for form in us.posted] == ["subscribe"] * 2
    assert us.posted[1]["hub.callback"] == us.posted[0]["hub.callback"]
    assert us.call().status == 200
    assert us.held.expires_at == START + 15 * DAY
    site.poll()
    assert site.wait() == 6 * HOUR
    site.serve("/hub", Answer(status=500))
    while us.held.state is LeaseState.ACTIVE:
        site.time = us.held.act_at
        us.tend()
    assert site.time == START + 15 * DAY
    assert len(us.posted) > 4, "a hub that is away for an hour loses nobody"
    assert us.hubs.pushed_until(us.held.feed_id) is None
    site.run(polls=1)
    assert site.wait() < 6 * HOUR


@row(62)
def a_silent_hub_is_checked_on(site: Site) -> None:
    """A poll every six hours; what it finds and was not pushed ends the trust."""
    us = Subscriber(site)
    us.subscribe()
    site.run(polls=1)
    site.run(days=3)
    assert {timedelta(hours=6) <= gap <= DAY for gap in site.gaps()[1:]} == {True}
    assert len(site.gaps()) >= 9
    pushed = news(700, site.time)
    assert us.push(pushed, us.sign(pushed)) == 202
    site.serve("/feed", Answer(document(site.time, *daily(), first=700), headers=LINKS | {"ETag": '"2"'}))
    site.time += leases.LATE + MINUTE
    site.poll()
    assert us.held.state is LeaseState.ACTIVE, "what it finds was pushed"
    unpushed = document(site.time - HOUR, first=800)
    site.serve("/feed", Answer(unpushed, headers=LINKS | {"ETag": '"3"'}))
    site.run(polls=1)
    assert us.held.state is LeaseState.FAILED
    assert us.hubs.pushed_until(us.held.feed_id) is None
    site.run(polls=1)
    assert site.wait() < 6 * HOUR


@pytest.mark.parametrize("check", ROWS.params())
def test_the_checklist(check: Row, site: Site) -> None:
    """Given that server, that client."""
    check(site)


def test_a_reader_without_a_public_address_asks_no_hub(site: Site) -> None:
    """WebSub is off unless it is configured."""
    site.serve("/feed", Answer(BODY, headers=LINKS))
    site.serve("/hub", Answer(status=202))
    site.poll(FEED)
    assert site.server.requests_for("/hub") == []
