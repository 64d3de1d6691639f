"""Servers that mean harm: each is stopped within its bound of time and memory."""

import asyncio
import gzip
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import psutil
import pytest

from monitor.errors import PollReason
from monitor.fetch.http import Fetcher, FetchRequest, FetchSettings
from tests.support.feedserver import Answer, FeedServer

MIB = 1024 * 1024
TIGHT = FetchSettings(
    host_gap=timedelta(), deadline=timedelta(seconds=1), max_bytes=4 * MIB, max_wire_bytes=2 * MIB
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def fetch(server: FeedServer, answer: Answer | Callable[[], Answer]):
    """The outcome, the seconds it took and the MiB that this process grew by."""
    url = server.serve("/feed", answer() if callable(answer) else answer)

    async def scenario():
        async with Fetcher(TIGHT) as fetcher:
            process, started = psutil.Process(), time.monotonic()
            before = process.memory_info().rss
            outcome = await fetcher.fetch(FetchRequest(url, allow_private=True))
            return outcome, time.monotonic() - started, (process.memory_info().rss - before) / MIB

    return asyncio.run(scenario())


def gzip_bomb() -> Answer:
    """Eighty megabytes of zeros, made without holding them."""
    compressor = zlib.compressobj(6, wbits=zlib.MAX_WBITS | 16)
    block = bytes(MIB)
    wire = b"".join(compressor.compress(block) for _ in range(80)) + compressor.flush()
    return Answer(wire, headers={"Content-Encoding": "gzip"})


def deflate_bomb() -> Answer:
    """The same in the other coding."""
    return Answer(zlib.compress(bytes(40 * MIB)), headers={"Content-Encoding": "deflate"})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(Answer(endless=b"<item/>" * 1000), PollReason.TOO_LARGE, id="endless"),
        pytest.param(gzip_bomb, PollReason.TOO_LARGE, id="gzip bomb"),
        pytest.param(deflate_bomb, PollReason.TOO_LARGE, id="deflate bomb"),
        pytest.param(
            Answer(gzip.compress(gzip.compress(bytes(MIB))), headers={"Content-Encoding": "gzip, gzip"}),
            PollReason.ENCODING,
            id="stacked gzip",
        ),
        pytest.param(Answer(b"x", headers={"Content-Encoding": "br"}), PollReason.ENCODING, id="brotli"),
        pytest.param(Answer(b"x", headers={"Content-Encoding": "zstd"}), PollReason.ENCODING, id="zstd"),
        pytest.param(Answer(b"x", headers={"Content-Encoding": "gzip"}), PollReason.ENCODING, id="no gzip"),
        pytest.param(Answer(b"x" * 100, drip=0.1), PollReason.TIMEOUT, id="drip body"),
        pytest.param(Answer(b"x", drip_head=0.1), PollReason.TIMEOUT, id="drip head"),
        pytest.param(Answer(b"x", delay=30), PollReason.TIMEOUT, id="black hole"),
        pytest.param(Answer(b"<rss", hang=True), PollReason.TIMEOUT, id="half a body"),
        pytest.param(Answer(cut=True), PollReason.CONNECT, id="hangs up"),
        pytest.param(Answer(b"x", headers={"Content-Length": "9999"}), PollReason.CONNECT, id="short body"),
        pytest.param(Answer(headers={"X-Long": "y" * MIB}), PollReason.PROTOCOL, id="huge header"),
        pytest.param(
            Answer(headers=[(f"X-{n}", "y") for n in range(300)]), PollReason.PROTOCOL, id="many headers"
        ),
        pytest.param(
            Answer(headers=[(f"X-{n}", "y") for n in range(20_000)]),
            PollReason.PROTOCOL,
            id="too many headers",
        ),
        pytest.param(Answer(raw=b"SSH-2.0-OpenSSH_9.9\r\n"), PollReason.CONNECT, id="not HTTP"),
        pytest.param(Answer(raw=b"\0" * 100_000), PollReason.PROTOCOL, id="zeros"),
        pytest.param(
            Answer(raw=b"HTTP/1.1 200 OK\r\nX\0Y: z\r\n\r\n"), PollReason.PROTOCOL, id="NUL in header"
        ),
        pytest.param(
            Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            PollReason.PROTOCOL,
            id="two lengths",
        ),
        pytest.param(
            Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
            PollReason.CONNECT,
            id="endless chunk",
        ),
        pytest.param(
            Answer(raw=b"", endless=b"HTTP/1.1 100 Continue\r\n\r\n" * 10),
            PollReason.PROTOCOL,
            id="continue",
        ),
    ],
)
def test_hostile_servers_are_stopped(server, answer, reason):
    """The reason is told, soon after the deadline at the latest, and memory hardly grows."""
    outcome, seconds, grown = fetch(server, answer)
    assert outcome.reason is reason
    assert seconds < 6
    assert grown < 32


def test_huge_validators_are_not_kept(server):
    """An ETag of ten kilobytes would come back with every poll."""
    outcome, _, _ = fetch(server, Answer(b"<rss/>", etag='"' + "x" * 10_000 + '"'))
    assert outcome.etag is None


def test_details_are_short(server):
    """What a server writes into its answer does not fill the logs."""
    for answer in (
        Answer(headers={"Content-Encoding": "x" * 9000}),
        Answer(status=302, headers={"Location": "http://" + "a" * 9000 + ".example/"}),
        Answer(status=302, headers={"Location": "x" * 9000 + "://y/"}),
        Answer(raw=b"HTTP/1.1 500 " + b"z" * 9000 + b"\r\n\r\n"),
    ):
        assert len(fetch(server, answer)[0].detail) < 350


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_black_holes_leave_no_connection_open(scheme):
    """A server that takes the call and says nothing, even before TLS, costs no file descriptor."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/"
        settings = FetchSettings(host_gap=timedelta(), deadline=timedelta(seconds=0.2))

        async def scenario():
            async with Fetcher(settings) as fetcher:
                await fetcher.fetch(FetchRequest(url, allow_private=True))
                before = psutil.Process().num_fds()
                outcomes = [await fetcher.fetch(FetchRequest(url, allow_private=True)) for _ in range(3)]
                return outcomes, psutil.Process().num_fds() - before

        outcomes, more = asyncio.run(scenario())
    assert {outcome.reason for outcome in outcomes} == {PollReason.TIMEOUT}
    assert more == 0
