"""Polls feeds in each condition with the daemon's own parts, and prints milliseconds of CPU a feed as JSON.

    python -m benchmarks.polling.ours [--kept-alone] CONTROL_URL FEED_URL...

For `python -m benchmarks.polling`. With `--kept-alone` articles are known again by their keys, matched with
one rule, indexed and kept, but neither compared with others nor grouped into stories: what comes nearest
to what other readers do. Counts this process with all its threads, and worker processes: from
the search for feeds that are due, through the daemon's own claims, to their rows written.
"""

import argparse
import asyncio
import json
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import psutil

from benchmarks.polling import ROUND
from monitor.config import load
from monitor.model import ArticleRef, Verdict
from monitor.pipeline.ingest import PollReport
from monitor.pipeline.recognition import Recognised, Recognition, Sight
from monitor.pipeline.station import Station
from monitor.store.additions import Additions
from monitor.telemetry import logs

CONCURRENCY = 50
PAUSE = timedelta(hours=26)  # on the clock, between two phases: then all feeds are due again


def cpu() -> float:
    """Seconds of this process and its children."""
    children = (child.cpu_times() for child in psutil.Process().children(recursive=True))
    return time.process_time() + sum(times.user + times.system for times in children)


def call(url: str) -> None:
    """Tell the server."""
    urllib.request.urlopen(url).close()


async def poll_all(station: Station) -> list[PollReport]:
    """Poll everything that is due as the daemon does: so many at once, more when a quarter has ended."""
    reports: list[PollReport] = []
    polls: set[asyncio.Task[PollReport]] = set()
    while True:
        claimed = await station.claim_due(CONCURRENCY - len(polls))
        polls |= {asyncio.create_task(station.poll(state)) for state in claimed}
        if not polls:
            return reports
        enough = CONCURRENCY * 3 // 4 if claimed else 0
        while len(polls) > enough:
            done, polls = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
            reports += [poll.result() for poll in done]


class KeysAlone(Recognition):
    """Takes articles for what their keys say, and makes nothing findable by its wording."""

    def see(self, *_: object, **__: object) -> Sight:
        """Nothing is looked at."""
        return _UNSEEN

    def judge(self, added: Additions, sight: Sight, verdict: Verdict, *, now: datetime) -> Recognised:
        """As the keys say."""
        return Recognised(verdict)

    def keep(
        self, added: Additions, ref: ArticleRef, found: Recognised, sight: Sight, *, now: datetime
    ) -> ArticleRef:
        """Nothing is learnt."""
        return ref


_UNSEEN = cast(Sight, None)


async def run(control: str, urls: list[str], recognition: Recognition) -> dict[str, float]:
    """Milliseconds a feed for each phase."""
    took: dict[str, float] = {}
    ahead = timedelta()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        place = Path(directory)
        (place / "c.yaml").write_text(
            "settings:\n  database: 'sqlite:///news.db'\n"
            f"  poll: {{concurrency: {CONCURRENCY}, host_gap: 0s}}\n"
            "feeds:\n"
            + "".join(f"  - {{url: '{url}', allow_private: true}}\n" for url in urls)
            + "rules: {R: whales AND sonar}\nchannels: {out: 'file:///out.jsonl'}\n"
        )
        config = load(place)
        station = await Station.open(config, now=lambda: datetime.now(UTC) + ahead, random=lambda: 0.5)
        station.ingest.recognition = recognition
        logs.configure(level="error")
        try:
            for phase in ROUND:
                await asyncio.to_thread(call, control + phase)
                began = cpu()
                reports = await poll_all(station)
                each = (cpu() - began) / len(urls) * 1000
                took[phase] = min(each, took.get(phase, each))
                ahead += PAUSE
                bad = [report for report in reports if report.reason is not None]
                if bad or len(reports) != len(urls):
                    told = f": {bad[0].reason} {bad[0].detail}" if bad else ""
                    raise SystemExit(f"{len(reports)} polls, {len(bad)} failed{told}")
        finally:
            await station.close(drain=config.settings.poll.deadline)
    return took


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--kept-alone", action="store_true")
    options.add_argument("control")
    options.add_argument("urls", nargs="+")
    given = options.parse_args()
    known = KeysAlone() if given.kept_alone else Recognition()
    print(json.dumps(asyncio.run(run(given.control, given.urls, known))))
