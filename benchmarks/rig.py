"""What the measurements share: commands timed in turns, a configuration of any size, loopback feeds."""

import asyncio
import contextlib
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

PYTHON = sys.executable
COMMAND = (PYTHON, "-m", "monitor")
HOSTS = 250  # loopback addresses that feeds are spread over

PLACES = tuple(
    (
        "Russia Venezuela Ukraine China Iran Iraq Syria Turkey Egypt Sudan Libya Mali Niger Chad Kenya "
        "Ghana Nigeria Angola Brazil Chile Peru Bolivia Colombia Ecuador Panama Cuba Haiti Mexico Canada "
        "Norway Sweden Finland Poland Hungary Romania Serbia Greece Cyprus Israel Jordan Lebanon Yemen "
        "Oman Qatar India Pakistan Nepal Bhutan Myanmar Laos Thailand Vietnam Japan Korea Taiwan Fiji "
        "Samoa Caracas Moscow Kyiv"
    ).split()
)
THINGS = tuple(
    (
        "oil gas uranium lithium copper gold wheat rice tanker pipeline refinery port embargo sanction "
        "treaty summit minister president parliament election referendum protest strike coup court "
        "verdict army navy frigate drone missile border refugee ceasefire hostage earthquake flood "
        "drought wildfire cholera vaccine outbreak bank currency inflation tariff export budget railway "
        "airport satellite reactor dam cable"
    ).split()
)
# Made-up words of two to four syllables, some with accents: a vocabulary as large as that of real news.
SYLLABLES = tuple("ba ke ti ro nu sa mé lo vi ga te né pu do ri ka sö mu fa lé".split())
VOCABULARY = 150_000


def timed(command: Sequence[str], *, cwd: Path | None = None) -> float:
    """Seconds of wall time that a command takes; it must succeed."""
    began_at = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment(), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began_at


def environment() -> dict[str, str]:
    """Ours, so that the checkout is found from any directory, without settings of an installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSMONITOR_")}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[1])}


def in_turns(times: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Take each measure so many times, one after the other, so that all see the same machine.

    A first round, which fills the caches, does not count.
    """
    rounds = [[measure() for measure in measures] for _ in range(times + 1)][1:]
    return [list(column) for column in zip(*rounds, strict=True)]


def describe(name: str, seconds: Sequence[float], baseline: Sequence[float] | None = None) -> str:
    """One line: median, spread and, beside a baseline, the ratio of the medians."""
    median = statistics.median(seconds)
    text = f"{name:52} {median:7.3f} s  ({min(seconds):.3f} to {max(seconds):.3f})"
    return text if baseline is None else f"{text}  {median / statistics.median(baseline):5.2f} x baseline"


def verdict(name: str, figure: float, goal: float, unit: str) -> bool:
    """Say whether a goal is met."""
    met = figure < goal
    print(f"{'met' if met else 'MISSED'}: {name}: {figure:.3g} {unit}, the goal is below {goal:g} {unit}")
    return met


def write_config(
    directory: Path, *, rules: int, feeds: Sequence[str], every: str = "1h", tests: bool = False
) -> None:
    """A configuration with so many rules of every kind, alerting into a file. The same each time."""
    directory.mkdir(exist_ok=True)
    entries = "".join(f"  - {{url: {url!r}, every: {every}, allow_private: true}}\n" for url in feeds)
    (directory / "main.yaml").write_text(
        "settings: {database: 'sqlite:///news.db'}\n"
        f"channels: {{ledger: 'file://{directory.parent / 'told.jsonl'}'}}\n"
        "defaults: {channels: [ledger]}\n"
        f"lists:\n  places: [{', '.join(PLACES[:12])}]\n  things: [{', '.join(THINGS[:12])}]\n"
        f"feeds:\n{entries}",
        encoding="utf-8",
    )
    dice = random.Random(20)
    lines = ["rules:\n"]
    for number in range(rules):
        lines.append(f"  Rule {number}:\n    match: |\n      {_query(dice)}\n")
        if tests:
            lines.append("    tests: {should_not_match: ['A quiet day at the lake']}\n")
    (directory / "rules.yaml").write_text("".join(lines), encoding="utf-8")


def _query(dice: random.Random) -> str:
    a, b, c = dice.sample(PLACES, 3)
    x, y, z = dice.sample(THINGS, 3)
    return dice.choice(
        (
            f"{a} AND {b}",
            f"({a} OR {b} OR {c}) AND ({x} OR {y}) AND NOT football",
            f'"{x} {y}" AND {a}',
            f"({x}* OR {y}*) NEAR/8 ({a} OR {b})",
            f"title:({a} AND {x}) OR title:({b} AND {y} AND {z})",
            f"$places AND {x} AND -{y}",
            f'{a} EXCEPT ("New {a}" OR "{a} City") AND {z}',
        )
    )


def feed_document(number: int, *, articles: int) -> bytes:
    """One RSS feed of made-up articles, a few days old."""
    dice = random.Random(number)
    now = datetime.now(UTC)
    items = "".join(_item(dice, number, index, now) for index in range(articles))
    return (
        f"<?xml version='1.0' encoding='utf-8'?>\n<rss version='2.0'><channel><title>Feed {number}</title>"
        f"<language>en</language>{items}</channel></rss>"
    ).encode()


def _item(dice: random.Random, number: int, index: int, now: datetime) -> str:
    def sentence(words: int) -> str:
        kinds = dice.choices("wpt", (94, 2, 4), k=words)
        return " ".join(
            _word(dice) if kind == "w" else dice.choice({"p": PLACES, "t": THINGS}[kind]) for kind in kinds
        )

    published_at = now - timedelta(hours=dice.randint(30, 200))
    link = f"https://feed{number}.example/{index}"
    return (
        f"<item><guid>{link}</guid><link>{link}</link><title>{sentence(9)}</title>"
        f"<description>{'. '.join(sentence(12) for _ in range(4))}.</description>"
        f"<pubDate>{format_datetime(published_at)}</pubDate></item>"
    )


def _word(dice: random.Random) -> str:
    """A word of the vocabulary, the n-th of which is n times rarer than the first."""
    rank = int(VOCABULARY ** dice.random()) + len(SYLLABLES)
    word = ""
    while rank:
        rank, syllable = divmod(rank, len(SYLLABLES))
        word += SYLLABLES[syllable]
    return word


class Feeds:
    """A server of any number of feeds on many loopback addresses; keeps when each was first asked for."""

    def __init__(self, articles: int) -> None:
        self._articles = articles
        self.asked_at: dict[str, float] = {}  # path → on the performance counter
        self._ports: list[tuple[str, int]] = []
        self._grown = threading.Condition()

    def urls(self, count: int, *, first: int = 0) -> list[str]:
        """The addresses of so many feeds, spread over the hosts."""
        return [
            "http://{}:{}/{}".format(*self._ports[number % len(self._ports)], number)
            for number in range(first, first + count)
        ]

    def wait_for(self, path: str, process: "subprocess.Popen[bytes]", log: Path) -> float:
        """When a feed was first asked for, once it has been. Raises RuntimeError when the daemon ends."""
        with self._grown:
            while not self._grown.wait_for(lambda: path in self.asked_at, 1):
                check_alive(process, log)
            return self.asked_at[path]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            at = time.perf_counter()
            path = head.split()[1].decode()
            with self._grown:
                self.asked_at.setdefault(path, at)
                self._grown.notify_all()
            body = feed_document(int(path[1:]), articles=self._articles)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
            )
            await writer.drain()
        writer.close()

    async def _open(self, hosts: int) -> asyncio.Server:
        addresses = [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(hosts)]
        server = await asyncio.start_server(self._answer, addresses, 0)
        self._ports = [socket.getsockname() for socket in server.sockets]
        return server


@contextlib.contextmanager
def serve_feeds(*, hosts: int = HOSTS, articles: int = 20) -> Iterator[Feeds]:
    """Serve feeds, in a thread, while the context lasts."""
    feeds = Feeds(articles)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(feeds._open(hosts))  # noqa: SLF001  (two halves of one thing)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield feeds
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def check_alive(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Raise RuntimeError, with the end of its log, when the daemon has ended."""
    if process.poll() is not None:
        end = log.read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"the daemon ended with status {process.returncode}:\n{end}")


@contextlib.contextmanager
def daemon(directory: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`newsmonitor run` on `directory`/config while the context lasts; its log goes to `directory`/log."""
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, "--config", str(directory / "config"), "run"],
            cwd=directory,
            env=environment(),
            stderr=log,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
