"""What a visit costs, by our connections and by httpx's transports.

    python -m benchmarks.polling.transports [--requests N]

304 and 200, plain and TLS, 50 at once, each over a connection of its own: by `Fetcher` with its
guard of addresses, by httpx's client as it comes, and over httpx-aiohttp where it is installed,
whose sockets are vetted as they are made; on asyncio's loop, and on uvloop where that is installed.
Milliseconds of CPU, the least of five rounds.
"""

import argparse
import asyncio
import contextlib
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
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


def stock_transport(ca_file: str) -> httpx.AsyncBaseTransport:
    """httpx as it comes, with one connection a request."""
    return httpx.AsyncHTTPTransport(
        verify=Trust(ca_file).context, limits=httpx.Limits(max_connections=None, max_keepalive_connections=0)
    )


async def visit(urls: list[str], ca_file: str, *, etag: str | None) -> float:
    """Milliseconds a visit by the product's fetcher."""
    settings = FetchSettings(host_gap=timedelta(), concurrency=50, ca_file=ca_file)
    async with Fetcher(settings) as fetcher:
        requests = [FetchRequest(url, etag=etag, allow_private=True) for url in urls]

        async def fetch_all() -> int:
            answers = await asyncio.gather(*map(fetcher.fetch, requests))
            return sum(isinstance(it, Unchanged if etag else Fresh) for it in answers)

        return await least(fetch_all, len(urls))


async def visit_by(transport: httpx.AsyncBaseTransport, urls: list[str], *, etag: str | None) -> float:
    """Milliseconds a visit by httpx's client over a transport."""
    headers = {"If-None-Match": etag} if etag else {}
    room = asyncio.Semaphore(50)
    async with httpx.AsyncClient(transport=transport, trust_env=False, headers=headers) as client:

        async def get(url: str) -> int:
            async with room:
                return (await client.get(url)).status_code

        async def fetch_all() -> int:
            return (await asyncio.gather(*map(get, urls))).count(304 if etag else 200)

        return await least(fetch_all, len(urls))


async def least(fetch_all: Callable[[], Awaitable[int]], count: int) -> float:
    """Of some rounds, in each of which all visits must go well."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        well = await fetch_all()
        best = min(best, (time.process_time() - began) / count * 1000)
        if well != count:
            raise SystemExit(f"{count - well} visits failed")
    return best


def loops() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loops that are installed."""
    found: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    with contextlib.suppress(ImportError):
        import uvloop

        found["uvloop"] = uvloop.new_event_loop
    return found


WAYS: dict[str, Callable[[str], httpx.AsyncBaseTransport | None] | None] = {
    "ours": None,
    "httpx": stock_transport,
    "httpx-aiohttp": aiohttp_transport,
}


def _measure(
    urls: list[str],
    ca_file: str,
    etag: str | None,
    make: Callable[[str], httpx.AsyncBaseTransport | None] | None,
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> float | None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        if make is None:
            return runner.run(visit(urls, ca_file, etag=etag))
        transport = make(ca_file)
        return None if transport is None else runner.run(visit_by(transport, urls, etag=etag))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling.transports", description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    count = parser.parse_args().requests
    columns = [(tls, etag) for tls in (False, True) for etag in ('"0"', None)]
    print(f"{'ms of CPU a visit':24}       304       200   TLS 304   TLS 200")
    with tempfile.TemporaryDirectory() as directory, serving(Path(directory)) as (plain, safe):
        ca_file = str(Path(directory) / "ca.pem")
        urllib.request.urlopen(f"http://127.0.0.1:{plain}/_phase/conditional").close()
        for loop, new_loop in loops().items():
            for name, transport in WAYS.items():
                cells = []
                for tls, etag in columns:
                    scheme, port = ("https", safe) if tls else ("http", plain)
                    urls = [f"{scheme}://{HOSTS[n % len(HOSTS)]}:{port}/{n}" for n in range(count)]
                    cells.append(_measure(urls, ca_file, etag, transport, new_loop))
                row = "".join("  not there" if cell is None else f"{cell:10.2f}" for cell in cells)
                print(f"{f'{name}, {loop}':24}{row}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
