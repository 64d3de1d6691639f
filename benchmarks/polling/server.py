"""A server of feeds in a process of its own: 30 items of some 4 kB each, in one of four conditions.

    python -m benchmarks.polling.server [--cert FILE --ca FILE]

Prints its ports (plain, TLS or 0). `/_phase/NAME` sets the condition, `/N` is feed number N:
`cold` and `unchanged` answer 200 with the same document, `conditional` answers 304 to a known ETag,
`new` has three more items at the top than the phase before.
"""

import argparse
import asyncio
import contextlib
import functools
import random
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from benchmarks import rig

ITEMS = 30
NEW = 3
WORDS = 560
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


@functools.lru_cache(maxsize=40_000)
def item(feed: int, number: int) -> str:
    """One item as XML; each has words of its own, as news has."""
    chance = random.Random(f"{feed}/{number}")
    words = rig.PLACES + rig.THINGS
    made = ["".join(chance.choices(rig.SYLLABLES, k=3)) for _ in range(120)]
    text = " ".join(chance.choices(made, k=WORDS))
    title = " ".join((*chance.choices(words, k=4), *made[:4]))
    date = format_datetime(BEGAN + timedelta(minutes=number))
    link = f"https://outlet{feed}.example/{number}"
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{feed}-{number}</guid>"
        f"<pubDate>{date}</pubDate><dc:creator>Ann Example</dc:creator><category>World</category>"
        f"<description>{text[:200]}</description>"
        f"<content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"
    )


@functools.lru_cache(maxsize=2000)
def document(feed: int, generation: int) -> bytes:
    """The feed's document; each generation has three items more, and drops as many at its end."""
    first = generation * NEW
    items = "".join(item(feed, number) for number in range(first + ITEMS - 1, first - 1, -1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Outlet {feed}</title><link>https://outlet{feed}.example/</link>"
        f"<description>News</description><language>en</language>{items}</channel></rss>"
    ).encode()


class Server:
    """Answers one request a connection."""

    def __init__(self) -> None:
        self.phase, self.generation = "cold", 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer and close."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            writer.write(self.respond(head.split(" ", 2)[1], head.lower()))
            await writer.drain()
        writer.close()

    def respond(self, path: str, head: str) -> bytes:
        """The bytes of the answer."""
        if path.startswith("/_phase/"):
            self.phase = path.rpartition("/")[2]
            self.generation += self.phase == "new"
            return b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
        etag = f'"{self.generation}"'
        if self.phase == "conditional" and f"if-none-match: {etag}" in head:
            return f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\nConnection: close\r\n\r\n".encode()
        body = document(int(path.strip("/")), self.generation)
        return (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: {etag}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        ).encode() + body


async def serve(cert: str | None) -> None:
    """Serve until killed."""
    server = Server()
    plain = await asyncio.start_server(server.answer, "0.0.0.0", 0, backlog=2000)
    ports = [plain.sockets[0].getsockname()[1], 0]
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert)
        safe = await asyncio.start_server(server.answer, "0.0.0.0", 0, backlog=2000, ssl=context)
        ports[1] = safe.sockets[0].getsockname()[1]
    print(*ports, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--cert")
    asyncio.run(serve(options.parse_args().cert))
