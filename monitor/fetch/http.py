"""The one door to feeds over HTTP. Only importer of httpx.

A visit is bounded in time, bytes, headers and redirects, and each of its hops goes through the
guard of addresses. What may go wrong comes back as a `Failed` value. Nothing is kept between two
visits: no cookies, no connections, and so none of httpx's own client, which keeps both. A kept
connection would let a feed without `allow_private` use what another was allowed to open, and a
polite reader returns long after a server hangs up.
"""

import asyncio
import functools
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Self

import httpcore
import httpx

from monitor.errors import PollReason
from monitor.fetch import decode, failures, guard, headers
from monitor.fetch.hosts import HostGate
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
        self._transport = OneShotTransport(
            trust=Trust(settings.ca_file),
            resolve=resolve,
            dial=dial,
            patience=min(10.0, settings.deadline.total_seconds() / 3),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let everything go. Visits under way end with an error."""
        await self._transport.aclose()

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
                "Connection": "close",
                **trip.fields,
            }
            request = httpx.Request(
                "POST",
                _url(address.text),
                headers=fields,
                content=form,
                extensions={"private_host": trip.private_host},
            )
            async with self._gate.visit(address.host), asyncio.timeout(deadline.total_seconds()):
                response = await self._transport.handle_async_request(request)
                await response.aclose()
        except failures.EXPECTED as error:
            return failures.explain(error, deadline=deadline)
        if response.is_success:
            return None
        return failures.of_status(response.status_code, response.headers, now=self._now())

    async def _hop(self, trip: Trip) -> Outcome | None:
        """One request; None when it was a redirect that `trip` now stands at the end of."""
        loop = asyncio.get_running_loop()
        async with self._gate.visit(trip.here.host, follows=trip.stays):
            started = loop.time()
            try:
                async with asyncio.timeout(max(0.0, trip.budget)):
                    return await self._exchange(trip)
            finally:
                trip.budget -= loop.time() - started

    async def _exchange(self, trip: Trip) -> Outcome | None:
        response = await self._transport.handle_async_request(self._build(trip))
        try:
            response.headers.encoding = "iso-8859-1"  # keeps every byte
            if len(response.headers.raw) > _MOST_HEADERS:
                raise failures.Rejected(PollReason.PROTOCOL, f"more than {_MOST_HEADERS} header fields")
            if response.status_code in _REDIRECTS:
                target = _read_location(trip.here, response)
                trip.turn(target, status=response.status_code, max_hops=self._settings.max_hops)
                return None
            return await self._read(trip, response)
        finally:
            await response.aclose()

    def _build(self, trip: Trip) -> httpx.Request:
        """The same headers on every visit to a feed, so that its validators stay valid."""
        fields = {
            "User-Agent": self._settings.user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": decode.OFFERED,
            "A-IM": "feed",
            "Connection": "close",
            **trip.fields,
        }
        raw = [(name.encode("ascii"), value.encode("iso-8859-1")) for name, value in fields.items()]
        return httpx.Request(
            "GET", _url(trip.here.text), headers=raw, extensions={"private_host": trip.private_host}
        )

    async def _read(self, trip: Trip, response: httpx.Response) -> Outcome:
        status, fields = response.status_code, response.headers
        etag = headers.validator(fields.get("etag"))
        last_modified = headers.last_modified(fields, now=self._now())
        fresh_for = headers.freshness(fields, now=self._now())
        if status == HTTPStatus.NOT_MODIFIED and trip.validators:
            return Unchanged(etag, last_modified, fresh_for, trip.permanent_url)
        if status not in _DOCUMENTS:
            return failures.of_status(status, fields, now=self._now())
        body, wire_hash = await self._receive(response)
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

    async def _receive(self, response: httpx.Response) -> tuple[bytes, str]:
        """The decoded body and the hash of what came over the wire, both capped while they come."""
        decoder = decode.Decoder(response.headers.get("content-encoding", ""), limit=self._settings.max_bytes)
        wire_hash, received = hashlib.sha256(), 0
        async for chunk in response.aiter_raw():
            received += len(chunk)
            if received > self._settings.max_wire_bytes:
                raise decode.TooLarge(f"more than {self._settings.max_wire_bytes:,} bytes on the wire")
            wire_hash.update(chunk)
            decoder.feed(chunk)
        return decoder.finish(), wire_hash.hexdigest()


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


def _read_location(here: Address, response: httpx.Response) -> Address:
    """Where a redirect leads; credentials in it are dropped. Raises Rejected."""
    raw = next((value for name, value in response.headers.raw if name.lower() == b"location"), b"")
    location = _text(raw[:8192])
    if not location:
        raise failures.Rejected(PollReason.REDIRECT, f"HTTP {response.status_code} without a Location")
    if "\\" in location:
        raise failures.Rejected(PollReason.REFUSED_ADDRESS, "redirected to an address with a backslash")
    try:
        joined = str(httpx.URL(here.text).join(location))
    except (httpx.InvalidURL, ValueError):
        raise failures.Rejected(PollReason.REDIRECT, "the Location is not an address") from None
    return _read_address(joined)[0]


class OneShotTransport(httpx.AsyncBaseTransport):
    """One connection a request, dialled through the guard; raises httpcore's errors and the guard's."""

    def __init__(
        self,
        *,
        trust: "Trust",
        patience: float,
        resolve: guard.Resolver | None = None,
        dial: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._trust = trust
        self._patience = patience
        self._system = None if resolve else guard.SystemResolver()
        self._resolve: guard.Resolver = resolve or self._system  # type: ignore[assignment]
        self._dial = dial or Network()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        line = guard.Line(
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            tls=self._trust.context if url.scheme == "https" else None,
            resolve=self._resolve,
            dial=self._dial,
            private_host=request.extensions.get("private_host"),
            patience=self._patience,
        )
        answer = await line.send(
            request.method, request.headers.raw, request.stream, extensions=request.extensions
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, line))

    async def aclose(self) -> None:
        if self._system:
            self._system.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, line: guard.Line) -> None:
        self._answer = answer
        self._line = line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._line.close()


def _text(raw: bytes) -> str:
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        return raw.decode("iso-8859-1").strip()


class Trust:
    """Whom we believe: the bundled authorities, the system's and those in `ca_file`.

    Reading them costs 40 ms, so it is done once, when the first TLS connection is made.
    """

    def __init__(self, ca_file: str | None) -> None:
        self._ca_file = ca_file

    @functools.cached_property
    def context(self) -> ssl.SSLContext:
        """Verifies, always."""
        context = httpx.create_ssl_context(trust_env=False)
        context.load_default_certs()
        if self._ca_file:
            context.load_verify_locations(self._ca_file)
        return context
