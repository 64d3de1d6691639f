"""Messages a second through the real outbox and store, and how long one takes when nothing else is going on.

    python -m benchmarks.delivery.throughput [--mails N] [--posts N] [--idle N]

Alerts are written into a new SQLite database on the disk of the temporary directory, as the daemon
writes them; the daemon's own dispatcher claims, renders, sends and records them. The sinks are
processes of their own on the loopback. As a baseline, the same messages go out by the standard
library, with a connection each and no outbox. CPU seconds are ours alone, without the sinks.
"""

import argparse
import random
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import Connection

from benchmarks import rig
from monitor.errors import DecisionReason
from monitor.model import Alert, AlertId, AlertKind, Article, ChannelSpec, DeliveryState, Span, StoryId
from monitor.pipeline.dispatch import Dispatcher
from monitor.pipeline.surroundings import channel_context
from monitor.store import Store, alerts, open_store, outbox
from monitor.store.tables import story
from monitor.telemetry import logs

MAILS_GOAL, POSTS_GOAL, LATENCY_GOAL = 300.0, 1000.0, 0.3
_TEXT = "The minister said on Monday that talks about the pipeline would go on in Vienna next week. " * 6


@dataclass(frozen=True)
class Sink:
    """A running sink."""

    process: subprocess.Popen[str]
    port: int

    def came(self) -> tuple[int, int, int]:
        """Messages, different ones, connections."""
        assert self.process.stdin
        assert self.process.stdout
        print(file=self.process.stdin, flush=True)
        messages, names, connections = map(int, self.process.stdout.readline().split())
        return messages, names, connections


@contextmanager
def sink(kind: str) -> Iterator[Sink]:
    """A sink of that kind, until the block ends."""
    command = [rig.PYTHON, "-m", "benchmarks.delivery.sinks", kind]
    process = subprocess.Popen(
        command, env=rig.environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdin
    try:
        yield Sink(process, int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def now() -> datetime:
    return datetime.now(UTC)


def write_alert(conn: Connection, number: int, channel: str, recipient: str) -> None:
    """One alert with its delivery, as `pipeline.tell` writes them."""
    story_id = conn.execute(story.insert().values(started_at=now(), latest_at=now()).returning(story.c.id))
    title = f"Minister speaks of pipeline, report {number}"
    article = Article(
        id=f"urn:{number}",
        title=title,
        summary=_TEXT[:200],
        content=f"<p>{_TEXT}</p>",
        url=f"https://news.example/{number}",
        source="Example Post",
        language="en",
        published_at=now() - timedelta(minutes=4),
    )
    spans = (Span("title", 0, 8), Span("title", 19, 27), Span("body", 4, 12), Span("body", 50, 58))
    alert = Alert(
        id=AlertId(0),
        rule="pipelines",
        kind=AlertKind.STORY,
        decided_at=now(),
        story_id=StoryId(story_id.scalar_one()),
        article=article,
        spans=spans,
        query="minister AND pipeline",
        reason=DecisionReason.NEW_STORY,
    )
    alert_id = alerts.insert(conn, alert, unique_key=f"{channel}{number}")
    assert alert_id is not None
    outbox.enqueue(
        conn,
        alert_id=alert_id,
        channel=channel,
        recipient=recipient,
        key=f"{channel}-{number}",
        now=now(),
        due_at=now(),
    )


@contextmanager
def dispatcher(store: Store, spec: ChannelSpec) -> Iterator[Dispatcher]:
    """The daemon's sending side with one channel."""
    made = Dispatcher(store, channel_context(instance="bench"), owner="me", now=now, random=random.random)
    made.apply([spec], drain=timedelta(0))
    try:
        yield made
    finally:
        made.stop(timedelta(seconds=10))


def wait(condition: Callable[[], bool], *, pause: float, seconds: float = 600) -> None:
    """Until the condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "not done in time"
        time.sleep(pause)


def burst(
    store: Store, spec: ChannelSpec, target: Sink, *, number: int, recipient: str
) -> tuple[float, float]:
    """Send `number` alerts that wait; returns wall and CPU seconds until the last is recorded as sent."""
    began_at = target.came()[0]
    store.write(lambda conn: [write_alert(conn, n, spec.name, recipient) for n in range(number)] and None)
    wall, cpu = time.perf_counter(), time.process_time()

    def done() -> bool:
        return store.read(outbox.counts)[DeliveryState.SENT] - before == number

    before = store.read(outbox.counts)[DeliveryState.SENT]
    with dispatcher(store, spec):
        wait(done, pause=0.05)
        took = time.perf_counter() - wall, time.process_time() - cpu
    messages, names, connections = target.came()
    assert messages - began_at == number == names, (messages, names)
    print(f"  {connections} connections, {names} different messages arrived")
    return took


def idle(store: Store, spec: ChannelSpec, target: Sink, *, number: int, recipient: str) -> list[float]:
    """Seconds from an alert's commit to its mail, one after the other."""
    took = []
    with dispatcher(store, spec) as running:
        wait(lambda: running.finish(timedelta(seconds=1)), pause=0.01)
        for n in range(number):
            before = target.came()[0]
            began_at = time.perf_counter()
            store.write(lambda conn, n=n: write_alert(conn, 10**6 + n, spec.name, recipient))
            running.wake()
            wait(lambda before=before: target.came()[0] > before, pause=0.001)
            took.append(time.perf_counter() - began_at)
    return sorted(took)


def plain_mails(port: int, number: int) -> tuple[float, float]:
    """The baseline: the standard library, a connection for each mail, nothing kept."""
    wall, cpu = time.perf_counter(), time.process_time()
    for n in range(number):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "a@news.example", "b@desk.example", f"Report {n}"
        message["Message-ID"] = f"<plain-{n}@news.example>"
        message.set_content(_TEXT)
        message.add_alternative(f"<html><body><p>{_TEXT * 6}</p></body></html>", subtype="html")
        with smtplib.SMTP("127.0.0.1", port) as server:
            server.send_message(message)
    return time.perf_counter() - wall, time.process_time() - cpu


def report(what: str, number: int, took: tuple[float, float]) -> float:
    """Print one line; returns messages a second of wall time."""
    wall, cpu = took
    print(f"{what:44} {number / wall:7.0f}/s  ({number / cpu:.0f} for each second of our own CPU)")
    return number / wall


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery.throughput", description=__doc__)
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--posts", type=int, default=6000)
    parser.add_argument("--idle", type=int, default=200)
    options = parser.parse_args()
    logs.configure(level="warning", secrets=())
    reader = "desk@reader.example"
    with tempfile.TemporaryDirectory() as place, sink("smtp") as smtp, sink("http") as http:
        store = open_store(f"sqlite:///{Path(place) / 'news.db'}", exclusive=True)
        mail = ChannelSpec("mail", f"mailto://127.0.0.1:{smtp.port}?from=m@news.example&to={reader}")
        hook = ChannelSpec("hook", f"webhook+http://127.0.0.1:{http.port}/hook")
        fast = burst(store, mail, smtp, number=options.mails, recipient=reader)
        posted = burst(store, hook, http, number=options.posts, recipient="")
        latencies = idle(store, mail, smtp, number=options.idle, recipient=reader)
        store.close()
    with sink("smtp") as smtp:
        plain = plain_mails(smtp.port, options.mails // 4)
    plain_rate = report("baseline: smtplib, a connection a mail", options.mails // 4, plain)
    mails = report("mails through the outbox", options.mails, fast)
    posts = report("webhook posts through the outbox", options.posts, posted)
    p99 = latencies[min(len(latencies) - 1, len(latencies) * 99 // 100)]
    print(f"{'from match to mail, idle':44} median {statistics.median(latencies):.4f} s, p99 {p99:.4f} s")
    print(f"{'mails against the baseline':44} {mails / plain_rate:7.2f} x")
    met = [
        rig.verdict("seconds a mail", 1 / mails, 1 / MAILS_GOAL, "s"),
        rig.verdict("seconds a post", 1 / posts, 1 / POSTS_GOAL, "s"),
        rig.verdict("p99 from match to mail", p99, LATENCY_GOAL, "s"),
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
