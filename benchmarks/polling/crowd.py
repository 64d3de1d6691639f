"""Very many feeds: what a tick costs with 100,000 in the table, and catching up with 10,000 after an outage.

    python -m benchmarks.polling.crowd [--table N] [--feeds N] [--hosts N]

The table is SQLite's; the baseline of a tick is the same search among 1,000 feeds. The outage: all
feeds have been due for hours when the daemon starts; all answer "not modified". The server notes how
many requests a host has open at once, and how far apart they begin. Linux only.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Connection, bindparam, select, update

from benchmarks import idle, rig
from benchmarks.polling import loopback
from monitor.model import Feed, Habits, Why
from monitor.pipeline.pacing import Pacer
from monitor.schedule import plan, rhythm
from monitor.store import Store, feeds, habits, open_store
from monitor.store.tables import feed as table
from monitor.store.tables import habits as learnt

TICK_GOAL = 50.0  # ms
MEMORY_GOAL = 200.0  # MB
GAP = 1.0  # seconds between the starts of two requests to one host
LEASE = timedelta(minutes=5)


def fill(store: Store, urls: Sequence[str], *, due_in: Callable[[int], timedelta], private: bool) -> None:
    """Configure feeds that have been polled before, with a rhythm of three articles a day."""
    now = datetime.now(UTC)
    known = rhythm.to_json(rhythm.seed([now - timedelta(hours=8 * n) for n in range(20)], now=now))
    entries = [Feed(url, allow_private=private) for url in urls]
    store.write(lambda conn: feeds.sync(conn, entries, now=now))
    states = store.read(feeds.states)
    kept = Habits(rhythm=known, pull=0.045, planned_at=now, why=Why.RHYTHM)

    def settle(conn: Connection) -> None:
        then = now - timedelta(hours=6)
        values = {"etag": '"1"', "first_polled_at": then, "last_polled_at": then, "last_success_at": then}
        conn.execute(update(table).values(**values, items_seen=20, title="A feed"))
        at = {"next_poll_at": bindparam("at"), "due_at": bindparam("at")}
        conn.execute(
            update(table).where(table.c.id == bindparam("feed")).values(at),
            [{"feed": state.id, "at": now + due_in(number)} for number, state in enumerate(states)],
        )
        habits.save_many(conn, [(states[0].id, kept)])
        first = select(learnt).where(learnt.c.feed_id == states[0].id)
        row = dict(conn.execute(first).mappings().one())
        conn.execute(learnt.insert(), [row | {"feed_id": state.id} for state in states[1:]])

    store.write(settle)


def ticks(count: int, *, times: int) -> dict[str, float]:
    """Milliseconds of processor time of each regular look of the daemon, with so many feeds in the table."""
    with tempfile.TemporaryDirectory() as directory, open_store(f"sqlite:///{directory}/news.db") as store:
        urls = [f"https://host{n % 20_000}.example/{n}" for n in range(count)]
        # An hour's gap on the average: so many are due each second.
        fill(store, urls, due_in=lambda n: timedelta(seconds=(n * 7919) % 3600 + 1), private=False)
        began = datetime.now(UTC)
        pacer = Pacer()

        def claim(second: int) -> None:
            now = began + timedelta(seconds=second)
            store.write(
                lambda conn: feeds.claim_due(conn, now=now, limit=32, per_host=2, owner="me", lease=LEASE)
            )

        found = {"a tick: claim what is due": _median([lambda n=n: claim(n) for n in range(times)])}
        found["a look for the next due time"] = _median([lambda: store.read(feeds.next_due_at)] * times)
        found["the budget, once an hour"] = _median([lambda: store.read(habits.total_pull)] * 5)
        stale = datetime.now(UTC) + timedelta(hours=1)
        policy = plan.Policy(price=30.0)
        from monitor.pipeline import pacing

        found["plans made anew, each"] = (
            _median(
                [
                    lambda: store.write(
                        lambda conn: pacing._replan(  # noqa: SLF001
                            conn, policy=policy, before=stale, now=datetime.now(UTC), jitter=0.5
                        )
                    )
                ]
                * 5
            )
            / pacing.FULL
        )
        assert pacer.pace.feeds == 0
        return found


def _median(looks: Sequence[Callable[[], object]]) -> float:
    took = []
    for look in looks:
        began = time.process_time()  # of all threads: the writer has its own
        look()
        took.append((time.process_time() - began) * 1000)
    return statistics.median(took)


@dataclass(slots=True)
class Hosts:
    """Answers "not modified" to everything, and notes who came when."""

    starts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    open: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most: int = 0
    polls: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            host = writer.get_extra_info("sockname")[0]
            self.starts[host].append(time.monotonic())
            self.open[host] += 1
            self.most = max(self.most, self.open[host])
            self.polls[head.split(" ", 2)[1]] += 1
            writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nConnection: close\r\n\r\n')
            await writer.drain()
            self.open[host] -= 1
        writer.close()

    @property
    def closest(self) -> float:
        """The least time between two arrivals at one host, but for the closest in a hundred of them."""
        gaps = sorted(b - a for starts in self.starts.values() for a, b in pairwise(starts))
        return gaps[len(gaps) // 100] if gaps else 0.0


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """How the daemon caught up."""

    seconds: float
    cpu: float
    memory: float  # MB at rest afterwards
    repeated: int  # feeds polled again before all had had their turn


def catch_up(hosts: Hosts, *, count: int, number: int) -> CaughtUp:
    """Start the daemon on feeds that are all hours late, and wait until each was polled."""
    import psutil

    with tempfile.TemporaryDirectory() as directory, loopback.serving(hosts.answer) as port:
        place = Path(directory)
        urls = [f"http://127.0.{n % number // 200}.{n % number % 200 + 1}:{port}/{n}" for n in range(count)]
        (place / "config").mkdir()
        (place / "config" / "c.yaml").write_text(
            "settings: {database: 'sqlite:///news.db', poll: {concurrency: 128}}\n"
            "feeds:\n"
            + "".join(f"  - {{url: '{url}', allow_private: true}}\n" for url in urls)
            + "rules: {R: whales}\nchannels: {out: 'file:///out.jsonl'}\n"
        )
        with open_store(f"sqlite:///{place}/news.db") as store:
            fill(store, urls, due_in=lambda n: timedelta(seconds=-n % 3600 - 3600), private=True)
        with rig.daemon(place) as process:
            while not hosts.polls:
                rig.check_alive(process, place / "log")
                time.sleep(0.1)
            began, used = time.perf_counter(), _cpu(psutil.Process(process.pid))
            while len(hosts.polls) < count:
                rig.check_alive(process, place / "log")
                if time.perf_counter() - began > 900:
                    raise TimeoutError(f"{len(hosts.polls)} of {count} feeds within 15 minutes")
                time.sleep(0.2)
            took = time.perf_counter() - began
            cpu = _cpu(psutil.Process(process.pid)) - used
            repeated = sum(polls > 1 for polls in hosts.polls.values())
            time.sleep(10)
            memory = idle.total(idle.rest(process.pid, seconds=10))
        return CaughtUp(took, cpu, memory, repeated)


def _cpu(process: "object") -> float:
    times = process.cpu_times()  # type: ignore[attr-defined]
    return float(times.user + times.system)


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling.crowd", description=__doc__)
    parser.add_argument("--table", type=int, default=100_000)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--times", type=int, default=60)
    options = parser.parse_args()
    small, large = (ticks(count, times=options.times) for count in (1000, options.table))
    print(f"{'milliseconds of processor time':36} {1000:>9,} {options.table:>9,} feeds")
    for name, took in large.items():
        print(f"{name:36} {small[name]:9.2f} {took:9.2f}  {took / small[name]:6.1f} x")
    hosts = Hosts()
    caught = catch_up(hosts, count=options.feeds, number=options.hosts)
    least = options.feeds / options.hosts * GAP
    print(
        f"{options.feeds:,} feeds of {options.hosts} hosts, all late: polled in {caught.seconds:.0f} s "
        f"({caught.seconds / least:.2f} x what the pause of {GAP:g} s at each host takes), "
        f"{caught.cpu / options.feeds * 1000:.2f} ms of CPU each"
    )
    print(
        f"at most {hosts.most} open at one host; starts {hosts.closest:.2f} s apart or more; "
        f"{caught.repeated} polled twice before all had their turn"
    )
    goods = [
        rig.verdict("a tick", large["a tick: claim what is due"], TICK_GOAL, "ms"),
        rig.verdict("memory of all processes, at rest", caught.memory, MEMORY_GOAL, "MB"),
        rig.verdict("open at one host", hosts.most, 3, "requests"),
        rig.verdict("a pause at a host, too short by", GAP - hosts.closest, 0.5 * GAP, "s"),
        rig.verdict("polled twice before all had their turn", caught.repeated, 1, "feeds"),
    ]
    return 0 if all(goods) else 1


if __name__ == "__main__":
    sys.exit(main())
