"""The one door to feeds over HTTP. Only importer of httpx.

A visit is bounded in time, bytes, headers and redirects, and each of its hops goes through the
guard of addresses. What may go wrong comes back as a `Failed` value. No cookies are kept between two
visits; connections are, for some seconds, where a host has several feeds (`monitor.fetch.lines`). Of
httpx only its addresses and its authorities are used.
"""

import asyncio
import functools
import hashlib
import importlib.util
import ssl
from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Self

import httpcore
import httpx

from monitor.errors import PollReason
from monitor.fetch import decode, failures, guard, headers
from monitor.fetch.calls import Answer, Call, Fields, Place
from monitor.fetch.hosts import HostGate
from monitor.fetch.lines import Lines
from monitor.fetch.network import Network
from monitor.fetch.outcome import Failed, FetchRequest, Fresh, Unchanged
from monitor.fetch.settings import FetchSettings, user_agent
from monitor.fetch.trip import Address, Credentials, Trip

__all__ = [
    "Failed",
    "FetchRequest",
    "FetchSettings",
    "Fetcher",
    "Fresh",
    "Unchanged",
    "user_agent",
]

Outcome = Fresh | Unchanged | Failed

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
# 226: only what is new since the validators' document (RFC 3229, with the "feed" manipulation).
_DOCUMENTS = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.IM_USED})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_HEADERS = 200
_PORTS = {"http": 80, "https": 443}
ADDRESSES = 2_000  # remembered as read; some 3 kB each
_EXCERPT_BYTES = 2048
_ALLOW_PRIVATE = "; `allow_private: true` on the feed permits it"


class Fetcher:
    """Fetches feeds. Use as an async context manager, from one event loop.

    `resolve`, `dial` and `now` are the outside world; leave them out to use the real one.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        resolve: guard.Resolver | None = None,
        dial: httpcore.AsyncNetworkBackend | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._now = now
        self._gate = HostGate(
            concurrency=settings.concurrency, per_host=settings.per_host, gap=settings.host_gap
        )
        self._system = None if resolve else guard.SystemResolver()
        patience = min(10.0, settings.deadline.total_seconds() / 3)
        resolver: guard.Resolver = resolve or self._system  # type: ignore[assignment]
        self.lines = Lines(Trust(settings.ca_file), resolver, dial or Network(), patience)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let everything go. Visits under way end with an error."""
        await self.lines.close()
        if self._system:
            self._system.close()

    async def fetch(self, request: FetchRequest) -> Outcome:
        """Visit one feed. Never raises for what the outside world does."""
        deadline = self._settings.deadline
        try:
            start, credentials = _read_address(request.url)
        except failures.Rejected as error:
            return failures.explain(error, deadline=deadline)
        trip = Trip(request, start, credentials, budget=deadline.total_seconds())
        try:
            while True:
                outcome = await self._hop(trip)
                if outcome is not None:
                    return outcome
        except failures.EXPECTED as error:
            hint = _ALLOW_PRIVATE if trip.here == trip.start else ""
            return failures.explain(error, deadline=deadline, hint=hint)

    async def post(self, url: str, form: bytes, *, allow_private: bool = False) -> Failed | None:
        """Post a form, vetted and bounded like any visit, without redirects; None when it was taken."""
        deadline = self._settings.deadline
        try:
            address, credentials = _read_address(url)
            trip = Trip(FetchRequest(url, allow_private=allow_private), address, credentials, budget=0)
            fields = {
                "User-Agent": self._settings.user_agent,
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": str(len(form)),
                **trip.fields,
            }
            call = _call("POST", trip, fields, content=form)
            async with self._gate.visit(address.host), asyncio.timeout(deadline.total_seconds()):
                held = await self.lines.send(call)
                await held.release()
        except failures.EXPECTED as error:
            return failures.explain(error, deadline=deadline)
        if 200 <= held.answer.status < 300:
            return None
        return failures.of_status(held.answer.status, _mapping(held.answer.fields), now=self._now())

    async def _hop(self, trip: Trip) -> Outcome | None:
        """One request; None when it was a redirect that `trip` now stands at the end of."""
        loop = asyncio.get_running_loop()
        async with self._gate.visit(trip.here.host, follows=trip.stays) as has_company:
            started = loop.time()
            try:
                async with asyncio.timeout(max(0.0, trip.budget)):
                    return await self._exchange(trip, keep=has_company)
            finally:
                trip.budget -= loop.time() - started

    async def _exchange(self, trip: Trip, *, keep: bool) -> Outcome | None:
        held = await self.lines.send(self._build(trip, keep=keep))
        is_well = False
        try:
            answer = held.answer
            if len(answer.fields) > _MOST_HEADERS:
                raise failures.Rejected(PollReason.PROTOCOL, f"more than {_MOST_HEADERS} header fields")
            if answer.status in _REDIRECTS:
                target = _read_location(trip.here, answer)
                trip.turn(target, status=answer.status, max_hops=self._settings.max_hops)
                outcome = None
            else:
                outcome = await self._read(trip, answer)
            is_well = True
            return outcome
        finally:
            await held.release(is_well=is_well)

    def _build(self, trip: Trip, *, keep: bool) -> Call:
        """The same headers on every visit to a feed, so that its validators stay valid."""
        fields = {
            "User-Agent": self._settings.user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": decode.OFFERED,
            "A-IM": "feed",
            **trip.fields,
        }
        return _call("GET", trip, fields, keep=keep)

    async def _read(self, trip: Trip, answer: Answer) -> Outcome:
        status, fields = answer.status, _mapping(answer.fields)
        etag = headers.validator(fields.get("etag"))
        last_modified = headers.last_modified(fields, now=self._now())
        fresh_for = headers.freshness(fields, now=self._now())
        if status == HTTPStatus.NOT_MODIFIED and trip.validators:
            return Unchanged(etag, last_modified, fresh_for, trip.permanent_url)
        if status not in _DOCUMENTS:
            return failures.of_status(status, fields, now=self._now())
        body, wire_hash = await self._receive(answer, fields)
        links = headers.links(fields.get("link", ""), trip.here.text)
        return Fresh(
            body=body,
            url=trip.here.text,
            content_type=fields.get("content-type", "")[:200],
            etag=etag,
            last_modified=last_modified,
            wire_hash=wire_hash,
            fresh_for=fresh_for,
            permanent_url=trip.permanent_url,
            is_delta=status == HTTPStatus.IM_USED,
            hub=links.get("hub", ""),
            topic=links.get("self", ""),
        )

    async def _receive(self, answer: Answer, fields: Mapping[str, str]) -> tuple[bytes, str]:
        """The decoded body and the hash of what came over the wire, both capped while they come."""
        decoder = decode.Decoder(fields.get("content-encoding", ""), limit=self._settings.max_bytes)
        wire_hash, received = hashlib.sha256(), 0
        async with aclosing(answer.chunks) as chunks:
            async for chunk in chunks:
                received += len(chunk)
                if received > self._settings.max_wire_bytes:
                    raise decode.TooLarge(f"more than {self._settings.max_wire_bytes:,} bytes on the wire")
                wire_hash.update(chunk)
                decoder.feed(chunk)
        return decoder.finish(), wire_hash.hexdigest()


def _call(
    method: str, trip: Trip, fields: Mapping[str, str], *, content: bytes = b"", keep: bool = False
) -> Call:
    url, scheme = _url(trip.here.text), trip.here.scheme
    host = url.raw_host.decode("ascii")
    place = Place(scheme, host, url.port or _PORTS[scheme], host == trip.private_host)
    raw = [(name.encode("ascii"), value.encode("iso-8859-1")) for name, value in fields.items()]
    return Call(method, place, url.raw_path, [(b"Host", url.netloc), *raw], content, keep)


def _mapping(fields: Fields) -> dict[str, str]:
    """Each name once, in lower case; every byte is kept."""
    found: dict[str, str] = {}
    for raw, value in fields:
        name, text = raw.decode("iso-8859-1"), value.decode("iso-8859-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


@functools.lru_cache(maxsize=ADDRESSES)
def _url(text: str) -> httpx.URL:
    """Read once: it costs as much as sending the request, and feeds are visited again and again."""
    if any(c.isspace() or c == "\\" for c in text):
        raise httpx.InvalidURL("white space or a backslash in it")
    return httpx.URL(text)


def _read_address(text: str) -> tuple[Address, Credentials | None]:
    """An address we can visit, and the credentials in it. Raises Rejected."""
    try:
        url = _url(text)
    except httpx.InvalidURL as error:
        raise failures.Rejected(PollReason.REFUSED_ADDRESS, f"not an address: {error}") from None
    if "%" in url.host:
        raise failures.Rejected(PollReason.REFUSED_ADDRESS, "not an address: no such host can be")
    if url.scheme not in ("http", "https") or not url.host:
        scheme = f"{url.scheme}:" if url.scheme else "this"
        raise failures.Rejected(PollReason.REFUSED_ADDRESS, f"{scheme} is not an http or https address")
    is_bare = not (url.userinfo or url.fragment or "#" in text)
    bare = url if is_bare else url.copy_with(username="", password="", fragment=None)
    credentials = Credentials(url.username, url.password) if url.userinfo else None
    return Address(str(bare), url.scheme, url.raw_host.decode("ascii"), url.port), credentials


def _read_location(here: Address, answer: Answer) -> Address:
    """Where a redirect leads; credentials in it are dropped. Raises Rejected."""
    raw = next((value for name, value in answer.fields if name == b"location"), b"")
    location = _text(raw[:8192])
    if not location:
        raise failures.Rejected(PollReason.REDIRECT, f"HTTP {answer.status} without a Location")
    if "\\" in location:
        raise failures.Rejected(PollReason.REFUSED_ADDRESS, "redirected to an address with a backslash")
    try:
        joined = str(httpx.URL(here.text).join(location))
    except (httpx.InvalidURL, ValueError):
        raise failures.Rejected(PollReason.REDIRECT, "the Location is not an address") from None
    return _read_address(joined)[0]


def _text(raw: bytes) -> str:
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        return raw.decode("iso-8859-1").strip()


class Trust:
    """Whom we believe: the bundled authorities, the system's and those in `ca_file`.

    Reading them costs 40 ms, so it is done once, when the first TLS connection is made; and once more for
    the first that may be kept, because it offers HTTP/2.
    """

    def __init__(self, ca_file: str | None) -> None:
        self._ca_file = ca_file

    @functools.cached_property
    def context(self) -> ssl.SSLContext:
        """Verifies, always. Speaks HTTP/1.1."""
        return self._make("http/1.1")

    @functools.cached_property
    def context_to_keep(self) -> ssl.SSLContext:
        """Likewise, and HTTP/2 where h2 is installed."""
        return self._make("h2", "http/1.1") if importlib.util.find_spec("h2") else self.context

    def _make(self, *protocols: str) -> ssl.SSLContext:
        context = httpx.create_ssl_context(trust_env=False)
        context.load_default_certs()
        if self._ca_file:
            context.load_verify_locations(self._ca_file)
        context.set_alpn_protocols(list(protocols))
        return context
