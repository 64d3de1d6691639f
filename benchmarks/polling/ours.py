"""Polls feeds in each condition with the daemon's own parts, and prints milliseconds of CPU a feed as JSON.

    python -m benchmarks.polling.ours CONTROL_URL FEED_URL...

For `python -m benchmarks.polling`. Counts this process with all its threads, and worker processes.
"""

import asyncio
import json
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.polling import PHASES
from monitor.config import load
from monitor.pipeline.station import Station
from monitor.telemetry import logs


def cpu() -> float:
    """Seconds of this process and its children."""
    children = (child.cpu_times() for child in psutil.Process().children(recursive=True))
    return time.process_time() + sum(times.user + times.system for times in children)


def call(url: str) -> None:
    """Tell the server."""
    urllib.request.urlopen(url).close()


async def run(control: str, urls: list[str]) -> dict[str, float]:
    """Milliseconds a feed for each phase."""
    took = {}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        place = Path(directory)
        (place / "c.yaml").write_text(
            "settings: {database: 'sqlite:///news.db', poll: {concurrency: 50}}\n"
            "feeds:\n"
            + "".join(f"  - {{url: '{url}', allow_private: true}}\n" for url in urls)
            + "rules: {R: whales AND sonar}\nchannels: {out: 'file:///out.jsonl'}\n"
        )
        config = load(place)
        station = await Station.open(config, now=lambda: datetime.now(UTC), random=lambda: 0.5)
        logs.configure(level="error")
        try:
            for phase, _ in PHASES:
                await asyncio.to_thread(call, control + phase)
                states = await station.claim(None)
                began = cpu()
                reports = await asyncio.gather(*(station.poll(state) for state in states))
                took[phase] = (cpu() - began) / len(urls) * 1000
                bad = [report for report in reports if report.reason is not None]
                if bad:
                    raise SystemExit(f"{len(bad)} polls failed: {bad[0].reason} {bad[0].detail}")
        finally:
            await station.close(drain=config.settings.poll.deadline)
    return took


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(sys.argv[1], sys.argv[2:]))))
