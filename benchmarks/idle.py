"""Memory of the daemon with a thousand feeds and a thousand rules: while all are polled, and at rest.

    python -m benchmarks.idle [--feeds N] [--rules N]

Counted over all processes of the daemon, the one that reads feeds included, as PSS: its own pages, and
its share of those that several processes map. The baseline is an interpreter that has imported the
packages the daemon is built on. Linux only.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import rig

GOAL = 150.0  # MB
BASELINE = (
    "import feedparser, httpx, apscheduler.schedulers.asyncio, sqlalchemy, alembic, apprise, pydantic, yaml, "
    "jinja2, click, structlog, re2, sys; print('ready', flush=True); sys.stdin.read()"
)


@dataclass(frozen=True, slots=True)
class Look:
    """Memory of one process, or of several together, in MB."""

    pss: float
    rss: float


def look_at(pid: int) -> dict[str, Look]:
    """A process and all that it started: it first, and "all processes" last."""
    root = psutil.Process(pid)
    found = {}
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            info = process.memory_full_info()
            found["daemon" if process == root else f"reader of feeds {len(found)}"] = Look(
                info.pss / 1e6, info.rss / 1e6
            )
    looks = found.values()
    return {**found, "all processes": Look(sum(look.pss for look in looks), sum(look.rss for look in looks))}


@contextmanager
def bare_interpreter() -> Iterator[int]:
    """An interpreter with the packages imported; gives its process id."""
    process = subprocess.Popen(
        [rig.PYTHON, "-c", BASELINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=rig.environment()
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        assert process.stdin is not None
        process.stdin.close()


def wait_for_polls(
    daemon: "subprocess.Popen[bytes]", log: Path, count: int, *, seconds: float
) -> tuple[float, dict[str, Look]]:
    """Wait until the log tells of so many polls; how long that took, and the most memory meanwhile."""
    began_at = time.perf_counter()
    polls, looks = 0, []
    with log.open("rb") as stream:
        while polls < count:
            rig.check_alive(daemon, log)
            if time.perf_counter() - began_at > seconds:
                raise TimeoutError(f"{polls} of {count} feeds were polled within {seconds} s")
            time.sleep(0.5)
            looks.append(look_at(daemon.pid))
            polls += sum(b'"event": "poll"' in line for line in stream)
    return time.perf_counter() - began_at, max(looks, key=total)


def total(looks: dict[str, Look]) -> float:
    """By what looks are compared."""
    return looks["all processes"].pss


def rest(pid: int, *, seconds: float) -> dict[str, Look]:
    """The median of looks at a resting daemon over some time."""
    looks = []
    ends_at = time.perf_counter() + seconds
    while time.perf_counter() < ends_at:
        looks.append(look_at(pid))
        time.sleep(1)
    return sorted(looks, key=total)[len(looks) // 2]


def main() -> int:
    """Measure and print; 1 when the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--articles", type=int, default=20, help="of each feed (default 20)")
    parser.add_argument("--rest", type=float, default=15.0, help="seconds at rest (default 15)")
    options = parser.parse_args()
    with bare_interpreter() as pid:
        bare = look_at(pid)["all processes"]
    with tempfile.TemporaryDirectory() as directory, rig.serve_feeds(articles=options.articles) as feeds:
        place = Path(directory)
        rig.write_config(place / "config", rules=options.rules, feeds=feeds.urls(options.feeds))
        with rig.daemon(place) as process:
            took, most = wait_for_polls(process, place / "log", options.feeds, seconds=3600)
            resting = rest(process.pid, seconds=options.rest)
    print(
        f"{options.rules:,} rules, {options.feeds:,} feeds of {options.articles} articles, "
        f"polled in {took:.1f} s"
    )
    show("baseline: bare interpreter with the packages", bare, bare)
    for when, looks in (("at most while polling", most), ("at rest", resting)):
        for name, look in looks.items():
            show(f"{when}: {name}", look, bare)
    # The process that reads feeds goes after a thousand of them and comes with the next: count it in.
    figure = max(total(most), total(resting))
    return 0 if rig.verdict("memory, at rest or while polling", figure, GOAL, "MB") else 1


def show(name: str, look: Look, bare: Look) -> None:
    """One line."""
    print(f"{name:52} {look.pss:6.1f} MB PSS  {look.rss:6.1f} MB RSS  {look.pss / bare.pss:5.2f} x baseline")


if __name__ == "__main__":
    sys.exit(main())
