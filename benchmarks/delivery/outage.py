"""An outage of one channel for six simulated hours at 1,000 alerts an hour: what is lost, delayed, attempted.

    python -m benchmarks.delivery.outage [--hours H] [--rate N]

Real store (SQLite on the disk of the temporary directory), teller, desks, senders, breakers; only time and
the channels are made up. Three channels take each alert in 0.02 s; one of them is away. The baseline is
the same run without the outage. Run once more with `backlog: 100`, the waiting alerts come in one digest.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model import ChannelSpec, DeliveryState, Rule
from monitor.store import open_store, tally
from monitor.telemetry import logs
from tests.support.simulation import DOWN, NOTHING, World

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
CALM = timedelta(minutes=30)  # before the outage
SPECS = tuple(ChannelSpec(name, "console://") for name in ("away", "mail", "chat"))
RULE = Rule("R", "a", channels=("away", "mail", "chat"))
TAKES = timedelta(seconds=0.02)
MOST_ATTEMPTS, LONGEST_RECOVERY = 600, timedelta(minutes=5)


@dataclass(frozen=True)
class Result:
    """What one run showed."""

    alerts: int
    arrived: int  # different alerts that the channel that was away told in the end
    failed: int
    recovery: timedelta  # from the end of the outage to the last message of what waited
    messages: int  # that it took for them
    delays: tuple[float, ...]  # seconds, of the other channels
    open: int
    cpu: float


def run(hours: float, rate: int, *, backlog: int | None = None) -> Result:
    """One simulation; no outage with 0 hours."""
    begun = time.process_time()
    down_from, down_to = START + CALM, START + CALM + timedelta(hours=hours)
    with tempfile.TemporaryDirectory() as directory:
        store = open_store(f"sqlite:///{Path(directory) / 'outage.db'}")
        specs = (replace(SPECS[0], backlog=backlog), *SPECS[1:])
        world = World(store, START, specs, [RULE], takes=TAKES)
        world.channels["away"].answer = lambda now: DOWN if down_from <= now < down_to else NOTHING
        decided: dict[int, datetime] = {}
        gap = timedelta(hours=1) / rate
        while world.now < down_to:
            decided |= {int(one.alert): world.now for one in world.arrive("R") if one.alert}
            world.run(world.now + gap)
        world.run(down_to + timedelta(hours=2))
        told = world.told("away")
        numbers = {number for one in told for number in _alerts(one.message.payload)}
        waited = [one.at for one in told if one.at >= down_to]
        delays = [
            (one.at - decided[number]).total_seconds()
            for name in ("mail", "chat")
            for one in world.told(name)
            for number in _alerts(one.message.payload)
        ]
        sums = store.read(tally.count)
        result = Result(
            alerts=len(decided),
            arrived=len(numbers & decided.keys()),
            failed=world.channels["away"].attempts - len(told),
            recovery=max(waited, default=down_to) - down_to,
            messages=len(waited),
            delays=tuple(delays),
            open=sums.open + abs(sums.total - sums.matches) + sums.told[DeliveryState.DEAD],
            cpu=time.process_time() - begun,
        )
        world.close()
        store.close()
        return result


def _alerts(payload: object) -> list[int]:
    """The numbers of the alerts in a message, be it a digest or not."""
    assert isinstance(payload, dict)
    if payload.get("kind") == "digest":
        return [alert["id"] for rule in payload["rules"] for alert in rule["alerts"]]
    return [payload["id"]]


def main() -> None:
    """Print the figures; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--rate", type=int, default=1000, help="alerts an hour")
    options = parser.parse_args()
    logs.configure(level="critical", secrets=frozenset())
    calm = run(0, options.rate)
    missed = False
    for title, backlog in (("one by one", None), ("backlog: 100", 100)):
        away = run(options.hours, options.rate, backlog=backlog)
        before, during = (statistics.quantiles(one.delays, n=100) for one in (calm, away))
        lost = away.alerts - away.arrived
        print(f"{title}: {away.alerts} alerts, lost {lost}, open or dead {away.open}")
        print(f"  failed attempts {away.failed} (goal: at most {MOST_ATTEMPTS})")
        print(f"  all out {away.recovery.total_seconds():.0f} s after recovery (goal: 300)")
        print(f"  in {away.messages} messages")
        print(
            f"  delay of the other channels, p50/p99/max: {during[49]:.3f}/{during[98]:.3f}/"
            f"{max(away.delays):.3f} s; without an outage {before[49]:.3f}/{before[98]:.3f}/"
            f"{max(calm.delays):.3f} s"
        )
        print(f"  CPU {away.cpu:.0f} s, {1000 * away.cpu / away.alerts:.1f} ms an alert on three channels")
        missed |= away.alerts != away.arrived or bool(away.open) or away.failed > MOST_ATTEMPTS
        missed |= away.recovery > LONGEST_RECOVERY or max(away.delays) > max(calm.delays) + 0.1
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
