"""Connections kept for the next feed of a host, in HTTP/1.1 and HTTP/2, and servers that abuse them."""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import hypercorn.asyncio
import hypercorn.config
import pytest
import trustme
from hpack import Encoder

from monitor.errors import PollReason
from monitor.fetch import lines
from monitor.fetch.http import Fetcher, FetchRequest, FetchSettings
from monitor.fetch.outcome import Failed, Fresh, Unchanged
from tests.support import feeds
from tests.support.http2site import Play, Site, Visitor, http1, http2, serving

BODY = feeds.simple()
ONE_BY_ONE = FetchSettings(host_gap=timedelta(), per_host=1, deadline=timedelta(seconds=10))
Outcome = Fresh | Unchanged | Failed


def visit(
    place: Path,
    play: Play,
    *,
    count: int = 1,
    settings: FetchSettings = ONE_BY_ONE,
    protocols: Sequence[str] = ("h2", "http/1.1"),
    etag: str | None = None,
    use: Callable[[Fetcher, Site], Awaitable[list[Outcome]]] | None = None,
) -> tuple[list[Outcome], Site]:
    """So many visits by one fetcher to feeds of one host, all due at once."""

    async def scenario() -> tuple[list[Outcome], Site]:
        async with serving(place, play, protocols=tuple(protocols)) as site:
            bounds = replace(settings, ca_file=site.ca_file)
            async with Fetcher(bounds) as fetcher:
                if use is not None:
                    return await use(fetcher, site), site
                asked = [
                    FetchRequest(f"{site.url}/{number}", etag, allow_private=True) for number in range(count)
                ]
                return list(await asyncio.gather(*map(fetcher.fetch, asked))), site

    return asyncio.run(scenario())


def bodies(outcomes: Sequence[Outcome]) -> list[bytes]:
    return [outcome.body if isinstance(outcome, Fresh) else repr(outcome).encode() for outcome in outcomes]


def test_the_feeds_of_a_host_share_one_http2_connection(tmp_path: Path) -> None:
    """Fifty that are due at once, against a server that others wrote."""
    asked: list[str] = []

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        if scope["type"] != "http":
            return
        asked.append(scope["http_version"])
        clients.add(scope["client"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b'"1"')]})
        await send({"type": "http.response.body", "body": BODY})

    clients: set[tuple[str, int]] = set()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")

    async def scenario() -> list[Outcome]:
        config = hypercorn.config.Config()
        config.certfile, config.keyfile = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
        config.bind, config.errorlog = ["127.0.0.1:0"], None
        sockets = config.create_sockets()
        port = sockets.secure_sockets[0].getsockname()[1]
        sockets.secure_sockets[0].listen(64)  # who comes before it is ready waits
        config.create_sockets = lambda: sockets  # type: ignore[method-assign]
        ended = asyncio.Event()
        running = asyncio.create_task(
            hypercorn.asyncio.serve(app, config, shutdown_trigger=ended.wait)  # type: ignore[arg-type]
        )
        bounds = replace(ONE_BY_ONE, ca_file=str(tmp_path / "ca.pem"))
        async with Fetcher(bounds) as fetcher:
            asks = (FetchRequest(f"https://127.0.0.1:{port}/{n}", allow_private=True) for n in range(50))
            found = await asyncio.gather(*map(fetcher.fetch, asks))
        ended.set()
        await running
        return list(found)

    assert bodies(asyncio.run(scenario())) == [BODY] * 50
    assert asked == ["2"] * 50
    assert len(clients) == 1


def test_a_feed_alone_at_its_host_has_a_connection_of_its_own(tmp_path: Path) -> None:
    """It speaks HTTP/1.1, asks as it always does, and leaves nothing open."""
    heads: list[bytes] = []

    async def play(visitor: Visitor) -> None:
        heads.append(await visitor.reader.readuntil(b"\r\n\r\n"))
        await visitor.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await visitor.reader.read()

    async def use(fetcher: Fetcher, site: Site) -> list[Outcome]:
        found = [await fetcher.fetch(FetchRequest(site.url, allow_private=True))]
        assert not fetcher.lines.waiting()
        return found

    outcomes, site = visit(tmp_path, play, use=use)
    assert bodies(outcomes) == [b"hi"]
    assert site.versions == ["http/1.1"]
    assert b"connection:" not in heads[0].lower(), "a feed's requests are always alike"


@pytest.mark.parametrize(
    ("play", "protocols"),
    [pytest.param(http2(BODY), ["h2"], id="h2"), pytest.param(http1(BODY), ["http/1.1"], id="http/1.1")],
)
def test_feeds_one_after_the_other_use_one_connection(
    tmp_path: Path, play: Play, protocols: list[str]
) -> None:
    """Thrice the same document over one connection, in either version."""
    outcomes, site = visit(tmp_path, play, count=3, protocols=protocols)
    assert bodies(outcomes) == [BODY] * 3
    assert site.versions == protocols


def test_not_modified_is_understood_over_http2(tmp_path: Path) -> None:
    """A head without a body leaves the connection ready."""
    outcomes, site = visit(tmp_path, http2(BODY), count=3, etag='"1"')
    assert outcomes == [Unchanged(etag='"1"')] * 3
    assert site.connections == 1


def test_no_more_connections_than_the_host_may_have(tmp_path: Path) -> None:
    """Two at a time: then two are kept, whatever the number of feeds."""
    outcomes, site = visit(tmp_path, http2(BODY), count=9, settings=replace(ONE_BY_ONE, per_host=2))
    assert bodies(outcomes) == [BODY] * 9
    assert site.connections <= 2


@pytest.mark.parametrize(
    ("play", "protocols"),
    [
        pytest.param(http2(BODY, leaves_after=2), ["h2"], id="GOAWAY"),
        pytest.param(http1(BODY, answers=2), ["http/1.1"], id="hung up"),
    ],
)
def test_a_connection_that_ended_meanwhile_is_replaced(
    tmp_path: Path, play: Play, protocols: list[str]
) -> None:
    """The visit that finds it ended is made over a new one, and nothing is lost."""
    outcomes, site = visit(tmp_path, play, count=5, protocols=protocols)
    assert bodies(outcomes) == [BODY] * 5
    assert site.connections == 3


def test_an_answer_that_nobody_asked_for_is_nobodys(tmp_path: Path) -> None:
    """What a server sends beyond its answer is not taken for the next feed's."""
    more = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    outcomes, site = visit(tmp_path, http1(BODY, more=more), count=3, protocols=["http/1.1"])
    assert bodies(outcomes) == [BODY] * 3
    assert site.connections == 3


def test_a_connection_to_a_private_address_serves_no_other_feed(tmp_path: Path) -> None:
    """One that a feed with `allow_private` opened: a feed without goes through the guard, and is refused."""

    async def use(fetcher: Fetcher, site: Site) -> list[Outcome]:
        asked = FetchRequest(site.url, allow_private=True)
        await asyncio.gather(fetcher.fetch(asked), fetcher.fetch(asked))
        assert sum(fetcher.lines.waiting().values()) == 1
        return [await fetcher.fetch(replace(asked, allow_private=False))]

    (outcome,), site = visit(tmp_path, http2(BODY), use=use)
    assert isinstance(outcome, Failed)
    assert outcome.reason is PollReason.REFUSED_ADDRESS
    assert site.connections == 1


def test_a_connection_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some seconds without a visit it is hung up."""
    monkeypatch.setattr(lines, "IDLE", 0.01)
    ended = asyncio.Event()

    async def play(visitor: Visitor) -> None:
        await http1(BODY)(visitor)

    async def watched(visitor: Visitor) -> None:
        try:
            await play(visitor)
        finally:
            ended.set()

    async def use(fetcher: Fetcher, site: Site) -> list[Outcome]:
        asked = FetchRequest(site.url, allow_private=True)
        found = await asyncio.gather(fetcher.fetch(asked), fetcher.fetch(asked))
        await ended.wait()
        assert not fetcher.lines.waiting()
        return list(found)

    outcomes, _ = visit(tmp_path, watched, protocols=["http/1.1"], use=use)
    assert bodies(outcomes) == [BODY] * 2


# --- servers that abuse HTTP/2 ----------------------------------------------------------------


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """RFC 9113, section 4.1."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


HEADERS, RST, SETTINGS, PUSH, PING, GOAWAY, CONTINUATION = 1, 3, 4, 5, 6, 7, 9
HEAD = Encoder().encode([(":status", "200")])
ANSWER = frame(HEADERS, 4, 1, HEAD)


def bomb() -> bytes:
    """A field of four kilobytes, named once and repeated by a byte each time."""
    encoder = Encoder()
    encoder.header_table_size = 4096 * 2
    first = encoder.encode([(":status", "200"), ("x", "y" * 3900)])
    return frame(HEADERS, 4, 1, first + b"\xbe" * 4000)


def sends(*, once: bytes = b"", endlessly: bytes = b"") -> Play:
    """The beginning of a connection, then these frames."""

    async def play(visitor: Visitor) -> None:
        await visitor.reader.readuntil(b"\r\n\r\nSM\r\n\r\n")
        await visitor.send(frame(SETTINGS, 0, 0) + once)
        while endlessly:
            await visitor.send(endlessly * 500)
        await visitor.reader.read()

    return play


@pytest.mark.parametrize(
    ("play", "reason"),
    [
        pytest.param(
            sends(once=frame(HEADERS, 0, 1, HEAD), endlessly=frame(CONTINUATION, 0, 1, b"")),
            PollReason.PROTOCOL,
            id="continuation without end",
        ),
        pytest.param(sends(endlessly=frame(PING, 0, 0, bytes(8))), PollReason.PROTOCOL, id="pings"),
        pytest.param(sends(endlessly=frame(SETTINGS, 0, 0)), PollReason.PROTOCOL, id="settings"),
        pytest.param(
            sends(once=ANSWER, endlessly=frame(0, 0, 1)), PollReason.PROTOCOL, id="empty data without end"
        ),
        pytest.param(
            sends(once=ANSWER, endlessly=frame(0, 0, 1, b"a")), PollReason.PROTOCOL, id="byte by byte"
        ),
        pytest.param(sends(once=bomb()), PollReason.PROTOCOL, id="a bomb of header fields"),
        pytest.param(sends(once=frame(RST, 0, 1, struct.pack(">I", 2))), PollReason.PROTOCOL, id="given up"),
        pytest.param(
            sends(once=ANSWER + frame(RST, 0, 1, struct.pack(">I", 2))),
            PollReason.PROTOCOL,
            id="given up amid",
        ),
        pytest.param(
            sends(once=frame(PUSH, 4, 1, struct.pack(">I", 2) + HEAD)), PollReason.PROTOCOL, id="a push"
        ),
        pytest.param(
            sends(once=frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0))), PollReason.CONNECT, id="sent away"
        ),
        pytest.param(
            sends(once=frame(HEADERS, 4, 1, Encoder().encode([(":status", "x")]))),
            PollReason.PROTOCOL,
            id="no status",
        ),
        pytest.param(
            sends(once=frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 2**31))), PollReason.PROTOCOL, id="windows"
        ),
        pytest.param(sends(endlessly=b"\xff" * 100), PollReason.PROTOCOL, id="no frames"),
        pytest.param(
            sends(once=ANSWER, endlessly=frame(0, 0, 1, bytes(16_000))), PollReason.TOO_LARGE, id="endless"
        ),
        pytest.param(sends(), PollReason.TIMEOUT, id="silence"),
    ],
)
def test_hostile_http2_servers_are_stopped(tmp_path: Path, play: Play, reason: PollReason) -> None:
    """The reason is told, for each feed, and no connection stays."""
    bounds = replace(
        ONE_BY_ONE,
        deadline=timedelta(seconds=0.5 if reason is PollReason.TIMEOUT else 10),
        max_bytes=500_000,
        max_wire_bytes=500_000,
    )

    async def use(fetcher: Fetcher, site: Site) -> list[Outcome]:
        asked = FetchRequest(site.url, allow_private=True)
        found = await asyncio.gather(fetcher.fetch(asked), fetcher.fetch(asked))
        assert not fetcher.lines.waiting()
        return list(found)

    outcomes, _ = visit(tmp_path, play, settings=bounds, protocols=["h2"], use=use)
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Failed)] == [reason] * 2


def test_a_window_of_nothing_holds_no_visit_up(tmp_path: Path) -> None:
    """We only ask, so that what we may send does not matter."""

    async def play(visitor: Visitor) -> None:
        await visitor.reader.readuntil(b"\r\n\r\nSM\r\n\r\n")
        await visitor.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)) + ANSWER + frame(0, 1, 1, b"hi"))
        await visitor.reader.read()

    outcomes, _ = visit(tmp_path, play, count=2, protocols=["h2"])
    assert b"hi" in bodies(outcomes)
