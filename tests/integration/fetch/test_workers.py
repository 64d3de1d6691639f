"""The pool of killable parser processes, with well-behaved and with hostile documents."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import psutil
import pytest

from monitor.errors import PollReason
from monitor.fetch.outcome import Failed
from monitor.fetch.workers import ParserPool
from monitor.model import Document
from tests.support import feeds

URL = "https://feeds.example/feed"
GOOD = feeds.simple()
MIB = 1024 * 1024
T = TypeVar("T")


def with_pool(scenario: Callable[[ParserPool], Awaitable[T]], **options) -> T:
    """Run a scenario, then close the pool and see that no process is left."""

    async def run() -> T:
        pool = ParserPool(**{"deadline": timedelta(seconds=20), **options})
        try:
            return await scenario(pool)
        finally:
            await pool.close()

    before = children()
    result = asyncio.run(run())
    assert children() <= before
    return result


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if is_worker(child)}


def is_worker(process: psutil.Process) -> bool:
    try:
        return "monitor.fetch.worker" in " ".join(process.cmdline())
    except psutil.Error:  # it is ending just now
        return False


def test_a_document_comes_back_whole():
    """What the worker read is what the pool returns, dates and all."""
    dated = feeds.rss(
        feeds.item(1) + "<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate><category>x</category>",
        channel="<ttl>30</ttl>",
    )

    async def scenario(pool: ParserPool) -> object:
        return await pool.parse(dated, url=URL, content_type="text/xml", feed_language="de")

    document = with_pool(scenario)
    assert isinstance(document, Document)
    assert document.hints.ttl == timedelta(minutes=30)
    (article,) = document.articles
    assert (article.id, article.tags, article.language) == ("item-1", ("x",), "de")
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2026-11-02T10:00:00+00:00"


def test_nothing_runs_until_it_is_needed_and_idle_workers_end():
    """Memory is held only while there is something to read."""

    async def scenario(pool: ParserPool) -> list[int]:
        counts = [len(children())]
        await pool.parse(GOOD, url=URL)
        counts.append(len(children()))
        async with asyncio.timeout(10):
            while children():  # noqa: ASYNC110  (processes raise no event)
                await asyncio.sleep(0.02)
        assert isinstance(await pool.parse(GOOD, url=URL), Document)
        return counts

    assert with_pool(scenario, idle=timedelta(seconds=0.2)) == [0, 1]


def test_one_worker_serves_many_documents():
    """Starting Python is paid for once."""

    async def scenario(pool: ParserPool) -> set[int]:
        seen = set()
        for _ in range(5):
            await pool.parse(GOOD, url=URL)
            seen |= children()
        return seen

    assert len(with_pool(scenario)) == 1


def test_no_more_workers_than_allowed():
    """Ten documents at once are read by two."""

    async def scenario(pool: ParserPool) -> int:
        documents = await asyncio.gather(*(pool.parse(GOOD, url=URL) for _ in range(10)))
        assert all(isinstance(document, Document) for document in documents)
        return len(children())

    assert with_pool(scenario, processes=2) == 2


def test_a_dead_worker_costs_one_document():
    """Killed from outside in the middle: that feed fails with the signal's name, the next is fine."""

    async def scenario(pool: ParserPool) -> tuple[object, object]:
        await pool.parse(GOOD, url=URL)
        (worker,) = children()
        os.kill(worker, signal.SIGSTOP)
        reading = asyncio.create_task(pool.parse(GOOD, url=URL))
        await asyncio.sleep(0.05)
        os.kill(worker, signal.SIGKILL)
        return await reading, await pool.parse(GOOD, url=URL)

    dead, fine = with_pool(scenario)
    assert isinstance(dead, Failed)
    assert dead.reason is PollReason.PARSER_DIED
    assert "SIGKILL" in dead.detail
    assert isinstance(fine, Document)


def test_a_worker_that_died_at_rest_costs_nothing():
    """The next document gets a new one."""

    async def scenario(pool: ParserPool) -> object:
        await pool.parse(GOOD, url=URL)
        (worker,) = children()
        os.kill(worker, signal.SIGKILL)
        async with asyncio.timeout(10):
            while pool._resting[0].is_alive:  # noqa: ASYNC110  (processes raise no event)
                await asyncio.sleep(0.01)
        return await pool.parse(GOOD, url=URL)

    assert isinstance(with_pool(scenario), Document)


ORPHANING = """
import asyncio, os, psutil, signal
from monitor.fetch.workers import ParserPool

async def main():
    await ParserPool().parse(b"<rss><channel/></rss>", url="")
    (child,) = psutil.Process().children()
    print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_workers_do_not_outlive_a_killed_parent():
    """The end of the pipe is the end of the worker."""
    parent = subprocess.run([sys.executable, "-c", ORPHANING], stdout=subprocess.PIPE, check=False)
    worker = int(parent.stdout)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(worker) and psutil.Process(worker).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_cancelled_reading_leaves_the_pool_usable():
    """Half-read documents go with their worker."""

    async def scenario(pool: ParserPool) -> object:
        await pool.parse(GOOD, url=URL)
        (worker,) = children()
        os.kill(worker, signal.SIGSTOP)
        reading = asyncio.create_task(pool.parse(GOOD, url=URL))
        await asyncio.sleep(0.02)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return await pool.parse(GOOD, url=URL)

    assert isinstance(with_pool(scenario), Document)


def test_the_worker_gets_no_secrets(monkeypatch):
    """Its environment is not ours."""
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")

    async def scenario(pool: ParserPool) -> dict[str, str]:
        await pool.parse(GOOD, url=URL)
        (worker,) = children()
        return psutil.Process(worker).environ()

    assert "hunter2" not in str(with_pool(scenario))


def test_too_little_memory_is_that_documents_failure():
    """The worker runs out, not we; the next document has a new one."""
    big = feeds.rss("<title>" + "x" * (60 * MIB) + "</title>")

    async def scenario(pool: ParserPool) -> tuple[object, object]:
        return await pool.parse(big, url=URL), await pool.parse(GOOD, url=URL)

    failed, fine = with_pool(scenario, memory_limit=256 * MIB)
    assert isinstance(failed, Failed)
    assert failed.reason is PollReason.PARSER_DIED
    assert "256 MiB" in failed.detail
    assert isinstance(fine, Document)


HEAD, TAIL = "<rss><channel><item>", "</item></channel></rss>"


def laughs(count: int = 30) -> bytes:
    entities = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(count))
    title = f"<title>&l{count};</title>"
    return f'<!DOCTYPE rss [<!ENTITY l0 "lol">{entities}]>{HEAD}{title}{TAIL}'.encode()


def quadratic() -> bytes:
    title = f"<title>{'&a;' * 2_000}</title>"
    return f'<!DOCTYPE rss [<!ENTITY a "{"x" * 50_000}">]>{HEAD}{title}{TAIL}'.encode()


NOISE = random.Random(7).randbytes(300_000)

HOSTILE = {
    "billion laughs": laughs(),
    "quadratic blow-up": quadratic(),
    "external dtd": b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd"><rss><channel><item><title>a</title></item></channel></rss>',
    "deep nesting": b"<rss><channel><item>" + b"<a>" * 100_000,
    "many attributes": b"<rss><channel><item "
    + b" ".join(b'a%d="1"' % n for n in range(60_000))
    + b"/></channel></rss>",
    "less-than signs": b"<rss>" + b"<" * 3_000_000,
    "many items": b"<rss><channel>" + b"<item><title>x</title></item>" * 40_000,
    "distinct tags": b"<rss><channel><item>"
    + b"".join(b"<t%d/>" % n for n in range(100_000))
    + b"</item></channel></rss>",
    "web page": b"<html><body>" + b"<p><b>x</b></p>" * 50_000,
    "ampersands": b"<rss><channel><item><title>" + b"&" * 2_000_000,
    "unclosed comment": b"<rss><channel><item><title>a</title></item><!-- " + b"-" * 500_000,
    "unclosed cdata": b"<rss><channel><item><title>a</title><description><![CDATA[" + b"]" * 500_000,
    "utf-7": f"<?xml version='1.0' encoding='utf-7'?>{HEAD}<title>+ADw-script+AD4-</title>{TAIL}".encode(),
    "utf-16 without a mark": feeds.simple().decode().encode("utf-16-le"),
    "wrong charset": f"<?xml version='1.0' encoding='utf-16'?>{HEAD}<title>ü</title>{TAIL}".encode(),
    "same guid": feeds.rss(*(f"<guid>0</guid><title>{n}</title>" for n in range(200))),
    "noise": NOISE,
    "noise in a feed": b"<rss><channel><item><title>" + NOISE,
    "deep json": b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 300_000,
    "wide json": b'{"version": "https://jsonfeed.org/version/1", "items": [' + b"0," * 500_000 + b"0]}",
    "base64 content": b"<feed><entry><content type='image/png'>"
    + b"QUJD" * 200_000
    + b"</content></entry></feed>",
}


def test_hostile_documents_are_bounded_in_time_and_memory():
    """Each ends within its deadline as articles or as a reason; we do not grow, and a good feed follows."""
    deadline = timedelta(seconds=1.5)

    async def scenario(pool: ParserPool) -> dict[str, tuple[object, float]]:
        await pool.parse(GOOD, url=URL)
        found = {}
        for name, body in HOSTILE.items():
            started = time.monotonic()
            found[name] = await pool.parse(body, url=URL), time.monotonic() - started
        assert isinstance(await pool.parse(GOOD, url=URL), Document)
        return found

    before = psutil.Process().memory_info().rss
    found = with_pool(scenario, deadline=deadline, memory_limit=400 * MIB)
    grown = (psutil.Process().memory_info().rss - before) / MIB
    for name, (outcome, seconds) in found.items():
        assert isinstance(outcome, Document | Failed), name
        assert seconds < 10, f"{name}: {seconds}"
    reasons = {name: getattr(outcome, "reason", None) for name, (outcome, _) in found.items()}
    assert reasons["many items"] is PollReason.TOO_LARGE
    assert reasons["web page"] is reasons["noise"] is PollReason.NOT_A_FEED
    assert reasons["many attributes"] is reasons["ampersands"] is PollReason.PARSE_TIMEOUT
    assert reasons["deep json"] is PollReason.BROKEN
    assert reasons["same guid"] is reasons["unclosed comment"] is None
    assert grown < 64
