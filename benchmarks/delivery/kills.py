"""Kill -9, sixty times, over 6,000 alerts: how many are lost, how many come twice, and by which id.

    python -m benchmarks.delivery.kills [--alerts N] [--kills N]

A process of its own opens the store (SQLite on the disk of the temporary directory) and sends as the daemon
does, into a file; it is killed after every so many messages, at a random moment, and begun again. After each
kill the file is compared with the outbox: what is in the file and not recorded as sent was in flight.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from benchmarks import rig
from monitor.model import Alert, AlertId, AlertKind, Article, ChannelSpec
from monitor.pipeline.dispatch import Dispatcher
from monitor.pipeline.placement import Addressees, Placement
from monitor.pipeline.surroundings import channel_context
from monitor.store import open_store, outbox, recovery
from monitor.store.tables import delivery
from monitor.telemetry import logs

PATIENCE = 120.0  # seconds without any message, before something is wrong


def _now() -> datetime:
    return datetime.now(UTC)


def child(directory: Path) -> None:
    """Send until nothing is left."""
    logs.configure(level="critical", secrets=frozenset())
    store = open_store(f"sqlite:///{directory / 'kills.db'}", exclusive=True)
    store.write(lambda conn: recovery.take_over(conn, now=_now()))
    context = channel_context(now=_now, instance="kills")
    dispatcher = Dispatcher(store, context, owner=f"{random.random()}", now=_now, random=random.random)
    dispatcher.apply([ChannelSpec("file", f"file://{directory / 'told.jsonl'}")], drain=timedelta(0))
    while not dispatcher.finish(timedelta(seconds=5)):
        pass
    dispatcher.stop(timedelta(seconds=5))
    store.close()


def _fill(directory: Path, count: int) -> None:
    placement = Placement("kills", {"file": ("",)})

    def write(conn: Connection) -> None:
        for number in range(count):
            article = Article(f"g{number}", f"News number {number}", url=f"https://wire.example/{number}")
            alert = Alert(AlertId(0), "R", AlertKind.STORY, _now(), article=article)
            key = f"R|article|{number}"
            placement.place(conn, alert, Addressees(("file",)), key=key, now=_now(), due_at=_now())

    with open_store(f"sqlite:///{directory / 'kills.db'}") as store:
        store.write(write)


def _told(directory: Path) -> list[str]:
    """The keys in the file, in order. A line that was cut off by a kill was not told."""
    found = []
    for line in (directory / "told.jsonl").read_text("utf-8").splitlines():
        try:
            found.append(json.loads(line)["key"])
        except ValueError:
            continue
    return found


def _in_flight(directory: Path, *, after: int) -> int:
    """How many of the messages after the first `after` in the file are not recorded as sent."""
    with open_store(f"sqlite:///{directory / 'kills.db'}", upgrade=False) as store:
        sent = set(store.read(_sent))
    return sum(key not in sent for key in _told(directory)[after:])


def _sent(conn: Connection) -> list[str]:
    return list(
        conn.scalars(delivery.select().with_only_columns(delivery.c.key).where(delivery.c.state == "sent"))
    )


def _kill_after(process: "subprocess.Popen[bytes]", told: Path, more: int) -> None:
    """Kill it when so many more lines are in the file, at a random moment after."""
    before = last = told.read_bytes().count(b"\n")
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and last - before < more and time.monotonic() < deadline:
        time.sleep(0.002)
        last = told.read_bytes().count(b"\n")
    time.sleep(random.random() * 0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()


def main() -> None:
    """Print the figures; exit code 1 when something was lost, or repeated without having been in flight."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--alerts", type=int, default=6_000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "told.jsonl").touch()
        _fill(directory, options.alerts)
        command = [rig.PYTHON, "-m", "benchmarks.delivery.kills", "--child", name]
        flying: list[int] = []
        for _ in range(options.kills):
            before = len(_told(directory))
            process = subprocess.Popen(command)
            _kill_after(process, directory / "told.jsonl", options.alerts // (options.kills + 1))
            flying.append(_in_flight(directory, after=before))
        subprocess.run(command, check=True)
        counts = Counter(_told(directory))
        with open_store(f"sqlite:///{directory / 'kills.db'}") as store:
            states = {str(state): count for state, count in store.read(outbox.counts).items() if count}
    lost, repeats = options.alerts - len(counts), counts.total() - len(counts)
    print(f"{options.kills} kills over {options.alerts} alerts: lost {lost}, outbox {states}")
    print(f"repeats {repeats}, each by the id of the first message")
    print(f"in flight when killed: {sum(flying)} in all, at most {max(flying)} at a time")
    sys.exit(1 if lost or repeats > sum(flying) or states != {"sent": options.alerts} else 0)


if __name__ == "__main__":
    main()
