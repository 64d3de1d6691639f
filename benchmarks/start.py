"""Cold start: from `newsmonitor run` until the first poll's request arrives at a loopback feed.

    python -m benchmarks.start [--times N]

In a place without a database, which includes making it, and in one where the daemon ran before; with
ten rules and with a thousand. The baseline imports the packages that the daemon is built on.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import rig

GOAL = 2.0  # seconds
BASELINE = "import feedparser, httpx, apscheduler, sqlalchemy, alembic"


def measure_start(place: Path, feeds: rig.Feeds, *, rules: int, fresh: bool) -> float:
    """Seconds until a feed that is new in each run is asked for."""
    if fresh:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    number = len(feeds.asked_at)
    rig.write_config(place / "config", rules=rules, feeds=feeds.urls(1, first=number))
    began_at = time.perf_counter()
    with rig.daemon(place) as process:
        return feeds.wait_for(f"/{number}", process, place / "log") - began_at


def main() -> int:
    """Measure and print; 1 when the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as directory, rig.serve_feeds(hosts=1) as feeds:

        def start(rules: int, *, fresh: bool) -> Callable[[], float]:
            place = Path(directory) / f"{rules}-{fresh}"
            place.mkdir()
            return lambda: measure_start(place, feeds, rules=rules, fresh=fresh)

        baseline, first, again, large = rig.in_turns(
            times,
            lambda: rig.timed([rig.PYTHON, "-c", BASELINE]),
            start(10, fresh=True),
            start(10, fresh=False),
            start(1000, fresh=False),
        )
    print(rig.describe(f"baseline: python -c '{BASELINE[:25]}…'", baseline))
    print(rig.describe("start, no database yet, 10 rules", first, baseline))
    print(rig.describe("start, database there, 10 rules", again, baseline))
    print(rig.describe("start, database there, 1,000 rules", large, baseline))
    return 0 if rig.verdict("cold start", statistics.median(first), GOAL, "s") else 1


if __name__ == "__main__":
    sys.exit(main())
