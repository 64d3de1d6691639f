"""The running daemon on a clock that goes many times as fast, against the simulation on the same feeds.

    python -m benchmarks.polling.compressed [--feeds N] [--days D] [--speed N]

Synthetic feeds are served on the loopback interface as of the fast clock; the daemon is the product's
own, in a process of its own. How long articles wait is counted where they are served: from their
date to the first request that shows them. The daemon's own figure stands beside it.
"""

import argparse
import asyncio
import contextlib
import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

from benchmarks import rig
from benchmarks.polling import loopback, simulate, traces
from benchmarks.polling.traces import Trace

LISTED = 20
STEP = 0.02  # seconds of time as it passes
SHARES = (0.5, 0.95)
GOAL = 0.10  # how far the two may be apart, of the simulated figure


class Clock:
    """A clock that begins at `traces.START` and goes `speed` times as fast as time passes in the daemon.

    It lies in a file that several processes map. The daemon's event loop moves it, and while that does
    not turn, because the machine does something else, the clock stands still, too. Until `start` it
    hardly moves: to read the first documents of all feeds is not what is measured.
    """

    def __init__(self, path: Path, speed: float) -> None:
        self.speed = speed
        if not path.exists():
            path.write_bytes(bytes(16))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 16)

    def minutes(self) -> float:
        return float(struct.unpack("d", self._shared[:8])[0])

    def now(self) -> datetime:
        return traces.START + timedelta(minutes=self.minutes())

    def start(self) -> None:
        """Go at full speed from now on."""
        self._shared[8:] = struct.pack("d", 1.0)

    async def run(self) -> None:
        """Move it on, in the loop that it is the clock of, until cancelled."""
        minutes, before = self.minutes(), time.monotonic()
        while True:
            await asyncio.sleep(STEP)
            now = time.monotonic()
            has_started = struct.unpack("d", self._shared[8:])[0]
            minutes += min(now - before, 2 * STEP) * (self.speed if has_started else 1.0) / 60
            self._shared[:8] = struct.pack("d", minutes)
            before = now


@dataclass(slots=True)
class World:
    """The feeds as they are served, and when they were asked for."""

    feeds: Sequence[Trace]
    clock: Clock
    polls: dict[int, list[float]] = field(default_factory=dict)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            number = int(head.split(" ", 2)[1].rsplit("/", 1)[1])
            now = self.clock.minutes()
            self.polls.setdefault(number, []).append(now)
            trace = self.feeds[number]
            newest = bisect_right(trace.times, now)
            etag = f'"{newest}"'
            if f"if-none-match: {etag}" in head.lower():
                writer.write(
                    f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\nConnection: close\r\n\r\n".encode()
                )
            else:
                body = _document(number, trace, newest)
                writer.write(
                    f"HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Type: application/rss+xml\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                    + body
                )
            await writer.drain()
        writer.close()

    def delays(self) -> list[float]:
        """Minutes from each article's date to the first request after it; not those of first documents."""
        found = []
        for number, polls in self.polls.items():
            for before, after in pairwise(polls):
                found += [after - at for at in self.feeds[number].between(before, after)]
        return found


def _document(number: int, trace: Trace, newest: int) -> bytes:
    items = "".join(
        f"<item><guid>{number}-{n}</guid><title>{_title(number, n)}</title>"
        f"<link>https://feed{number}.example/{n}</link>{_date(trace, n)}</item>"
        for n in range(newest - 1, max(-1, newest - 1 - LISTED), -1)
    )
    channel = f"<channel><title>{number}</title>{items}</channel>"
    return f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>'.encode()


def _title(number: int, n: int) -> str:
    """Words that no other article has, so that none is taken for another's copy."""
    return " ".join(
        f"{word}{number * 1_000_003 + n:x}" for word in ("council", "weather", "harvest", "railway")
    )


def _date(trace: Trace, n: int) -> str:
    if not trace.dated:
        return ""
    return f"<pubDate>{format_datetime(traces.moment(trace.times[n]))}</pubDate>"


@contextlib.contextmanager
def daemon(place: Path, world: World, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The product's daemon on the fast clock, while the context lasts."""
    (place / "config").mkdir()
    entries = "".join(
        f"  - {{url: 'http://127.0.{n // 200}.{n % 200 + 1}:{port}/f/{n}', allow_private: true}}\n"
        for n in range(len(world.feeds))
    )
    (place / "config" / "c.yaml").write_text(
        "settings: {database: 'sqlite:///news.db', poll: {host_gap: 0s, concurrency: 64}}\n"
        f"feeds:\n{entries}rules: {{R: nothing-of-this-kind}}\nchannels: {{out: 'file:///out.jsonl'}}\n"
    )
    command = [
        rig.PYTHON, "-m", "benchmarks.polling.compressed", "--serve", str(place / "config"),
        str(place / "clock"), str(world.clock.speed),
    ]  # fmt: skip
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=place, stderr=log, env=environment)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def serve(directory: str, clock: Clock) -> None:
    """The child: the daemon on the fast clock."""
    from monitor import daemon as product
    from monitor.config import load
    from monitor.telemetry import logs

    config = load(Path(directory))
    logs.configure(level="info", secrets=config.secrets)

    async def run() -> None:
        moving = asyncio.create_task(clock.run())
        try:
            await product.serve(Path(directory), config, now=clock.now, speed=clock.speed)
        finally:
            moving.cancel()

    asyncio.run(run())


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run of the daemon showed."""

    world: World
    told: tuple[float, float]  # articles and minutes in the mean, by the daemon's own account
    jumps: int


def measure(
    feeds: Sequence[Trace], *, days: float, speed: float, until: Callable[[World], bool] = lambda _: False
) -> Measured:
    """Let the daemon poll these feeds for so many days of the fast clock, or until enough was seen."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        world = World(feeds, Clock(place / "clock", speed))
        with loopback.serving(world.answer) as port, daemon(place, world, port) as process:
            while world.clock.minutes() < days * 1440 and not until(world):
                rig.check_alive(process, place / "log")
                if len(world.polls) == len(feeds):
                    world.clock.start()
                time.sleep(0.5)
        log = (place / "log").read_text("utf-8", "replace").splitlines()
        lines = [json.loads(line) for line in log if line.startswith("{")]
        jumps = sum(line.get("event") == "clock_jumped" for line in lines)
        return Measured(world, _told(place), jumps)


def _told(place: Path) -> tuple[float, float]:
    from monitor.schedule import rhythm
    from monitor.store import feeds, open_store

    with open_store(f"sqlite:///{place / 'news.db'}") as store:
        states = store.read(feeds.states)
    known = [found for state in states if (found := rhythm.from_json(state.habits.rhythm))]
    articles = sum(sum(one.delays) for one in known)
    return articles, sum(one.delayed for one in known) / max(articles, 1e-9)


def mean(values: Sequence[float]) -> float:
    """Their mean; 0 of none."""
    return sum(values) / len(values) if values else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """Of sorted values; 0 of none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main() -> int:
    """Measure and print; 1 when daemon and simulation disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling.compressed", description=__doc__)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--days", type=float, default=1.0, help="of the fast clock (default 1)")
    parser.add_argument("--speed", type=float, default=120.0, help="times as fast (default 120)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        directory, path, speed = options.serve
        serve(directory, Clock(Path(path), float(speed)))
        return 0
    feeds = traces.make(options.feeds, days=int(options.days) + 1, seed=options.seed)
    made = measure(feeds, days=options.days, speed=options.speed)
    setting = simulate.Setting(feeds, 0, options.days, 24.0, options.seed)  # type: ignore[arg-type]
    simulated = simulate.run(setting, simulate.Product(setting))
    fixed = simulate.run(setting, simulate.Fixed(setting), replan=False)
    polls = sum(map(len, made.world.polls.values()))
    delays = sorted(made.world.delays())
    print(f"{len(feeds)} feeds, {options.days:g} days at {options.speed:g} times the speed; minutes")
    for name, number, found in (
        ("the daemon, measured where served", polls, delays),
        ("the simulation on the same feeds", simulated.polls, sorted(simulated.delays)),
        ("a fixed interval, simulated", fixed.polls, sorted(fixed.delays)),
    ):
        print(
            f"{name:36} {number:7,} polls {len(found):7,} articles  mean {mean(found):6.1f}  "
            + "  ".join(f"p{share * 100:.0f} {quantile(found, share):6.1f}" for share in SHARES)
        )
    articles, told = made.told
    print(f"{'the daemon, by its own account':36} {'':13} {articles:7,.0f} articles  mean {told:6.1f}")
    if made.jumps:
        print(f"the machine stood still {made.jumps} times: run it again, or more slowly")
    known = sorted(simulated.delays)
    goods = [
        rig.verdict("polls are apart by", abs(polls / simulated.polls - 1), GOAL, "of the simulated"),
        rig.verdict(
            "the means are apart by", abs(mean(delays) / mean(known) - 1), GOAL, "of the simulated one"
        ),
        *(
            rig.verdict(
                f"the {share:.0%} quantiles are apart by",
                abs(quantile(delays, share) / quantile(known, share) - 1),
                GOAL,
                "of the simulated one",
            )
            for share in SHARES
        ),
    ]
    return 0 if all(goods) else 1


if __name__ == "__main__":
    sys.exit(main())
