"""What a request costs over other transports of httpx, with the guard of addresses in its place.

    python -m benchmarks.polling.transports [--requests N]

The same visits by the same `Fetcher`, 304 and 200, plain and TLS, 50 at once: over httpcore (as shipped), and
over httpx-aiohttp where it is installed, whose sockets are vetted as they are made; each on asyncio's loop
and on uvloop, where that is installed. Milliseconds of CPU, the least of five rounds.
"""

import argparse
import asyncio
import contextlib
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.polling.__main__ import HOSTS, serving
from monitor.fetch import guard
from monitor.fetch.http import Fetcher, FetchRequest, FetchSettings, Fresh, Trust, Unchanged

ROUNDS = 5


def aiohttp_transport(ca_file: str) -> httpx.AsyncBaseTransport | None:
    """httpx-aiohttp with one connection a request; None where it is not installed."""
    try:
        import aiohttp
        import httpx_aiohttp
    except ImportError:
        return None

    def dial(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        if not address[0].startswith("127."):  # here the loopback is what may be visited
            guard.vet(address[0], [address[0]])
        return socket.socket(family, kind, protocol)

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            force_close=True, limit=0, socket_factory=dial, ssl=Trust(ca_file).context
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return httpx_aiohttp.AiohttpTransport(client=session)


async def visit(urls: list[str], ca_file: str, *, etag: str | None, use_aiohttp: bool) -> float | None:
    """Milliseconds a visit."""
    settings = FetchSettings(host_gap=timedelta(), concurrency=50, ca_file=ca_file)
    best = float("inf")
    async with Fetcher(settings) as fetcher:
        if use_aiohttp:
            transport = aiohttp_transport(ca_file)
            if transport is None:
                return None
            fetcher._transport = transport  # type: ignore[assignment]  # noqa: SLF001
        requests = [FetchRequest(url, etag=etag, allow_private=True) for url in urls]
        for _ in range(ROUNDS):
            began = time.process_time()
            answers = await asyncio.gather(*map(fetcher.fetch, requests))
            best = min(best, (time.process_time() - began) / len(urls) * 1000)
            wrong = [it for it in answers if not isinstance(it, Unchanged if etag else Fresh)]
            if wrong:
                raise SystemExit(f"{len(wrong)} visits failed: {wrong[0]}")
    return best


def loops() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loops that are installed."""
    found: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    with contextlib.suppress(ImportError):
        import uvloop

        found["uvloop"] = uvloop.new_event_loop
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling.transports", description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    count = parser.parse_args().requests
    columns = [(tls, etag) for tls in (False, True) for etag in ('"0"', None)]
    print(f"{'ms of CPU a visit':24}    304    200   TLS 304   TLS 200")
    with tempfile.TemporaryDirectory() as directory, serving(Path(directory)) as (plain, safe):
        ca_file = str(Path(directory) / "ca.pem")
        urllib.request.urlopen(f"http://127.0.0.1:{plain}/_phase/conditional").close()
        for loop, new_loop in loops().items():
            for use_aiohttp in (False, True):
                cells = []
                for tls, etag in columns:
                    scheme, port = ("https", safe) if tls else ("http", plain)
                    urls = [f"{scheme}://{HOSTS[n % len(HOSTS)]}:{port}/{n}" for n in range(count)]
                    with asyncio.Runner(loop_factory=new_loop) as runner:
                        cells.append(runner.run(visit(urls, ca_file, etag=etag, use_aiohttp=use_aiohttp)))
                name = f"{'httpx-aiohttp' if use_aiohttp else 'httpcore'}, {loop}"
                print(f"{name:24}" + "".join("  not there" if c is None else f"{c:8.2f}" for c in cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
