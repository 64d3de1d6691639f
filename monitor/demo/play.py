"""The story of the demonstration: feed, daemon, decision, mail; then everything is cleared away.

Says what happens as it happens through `tell`, and returns what was shown; prints nothing itself.
"""

import asyncio
import contextlib
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from string import Template
from typing import cast

from monitor.demo import child, mailbox, source
from monitor.demo.child import Child, Event
from monitor.demo.mailbox import Mail, Mailbox
from monitor.errors import MonitorError
from monitor.model import Alert, AlertId, Rule

Tell = Callable[[timedelta, str], None]

PREFIX = "newsmonitor-demo-"


class Failed(MonitorError):
    """No mail came. `log` is what the daemon said, line by line."""

    def __init__(self, message: str, log: tuple[str, ...]) -> None:
        super().__init__(message)
        self.log = log


class Interrupted(MonitorError):
    """A signal ended the show early; everything has been cleared away."""

    def __init__(self, number: int) -> None:
        super().__init__("interrupted; the daemon was stopped, its files are removed")
        self.number = number


@dataclass(frozen=True, slots=True)
class Shown:
    """What there was to see."""

    alert: Alert
    mail: Mail
    log: tuple[str, ...]  # what the daemon said
    took: timedelta


@dataclass(slots=True)
class _Stage:
    """One performance: where its files are, who listens, and what ended it."""

    home: Path
    tell: Tell
    began_at: float  # on the monotonic clock
    interrupted_by: int | None = None

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self.began_at)

    def say(self, text: str) -> None:
        self.tell(self.elapsed, text)


def play(tell: Tell, *, patience: timedelta) -> Shown:
    """Show it all. `tell` is given the time since the start and a line of text.

    `patience` bounds the time until the mail; clearing away takes a moment more. Raises Failed when no
    mail came, Interrupted on SIGINT, SIGTERM or SIGHUP, MonitorError when something is not installed.
    However it ends, none of its processes and files is left.
    """
    began_at = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as home:
        stage = _Stage(Path(home), tell, began_at)
        try:
            return asyncio.run(_play(stage, patience))
        except asyncio.CancelledError:
            raise Interrupted(stage.interrupted_by or signal.SIGINT) from None


async def _play(stage: _Stage, patience: timedelta) -> Shown:
    shown: tuple[Alert, Mail] | str
    with _interruptible(stage), source.serve() as feed:
        async with mailbox.serve() as box:
            config = _write_config(stage.home, feed, box)
            stage.say(f"feed      {feed} ({source.count_articles()} made-up articles)")
            stage.say(f"mailbox   {mailbox.RECIPIENT}, by SMTP on 127.0.0.1:{box.port}")
            async with child.start(config, home=stage.home) as daemon:
                stage.say("daemon    newsmonitor run, with a configuration and a database of its own")
                try:
                    async with asyncio.timeout(patience.total_seconds()):
                        shown = await _watch(stage, daemon, box)
                except TimeoutError:
                    shown = f"no mail arrived within {patience.total_seconds():g} s"
                except child.Ended as error:
                    shown = str(error)
    if isinstance(shown, str):
        raise Failed(shown, tuple(daemon.log))
    stage.say("the end   the daemon has stopped, its files are removed")
    return Shown(*shown, tuple(daemon.log), stage.elapsed)


@contextlib.contextmanager
def _interruptible(stage: _Stage) -> Iterator[None]:
    """Let the first signal end the show; those that follow would only disturb the clearing away."""
    loop = asyncio.get_running_loop()
    task = cast("asyncio.Task[Shown]", asyncio.current_task())

    def interrupt(number: int) -> None:
        if stage.interrupted_by is None:
            stage.interrupted_by = number
            task.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, interrupt, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _write_config(home: Path, feed: str, box: Mailbox) -> Path:
    template = resources.files("monitor.demo").joinpath("config.yaml").read_text("utf-8")
    config = home / "config"
    config.mkdir()
    text = Template(template).substitute(feed=feed, mailbox=box.channel)
    (config / "demo.yaml").write_text(text, encoding="utf-8")
    return config


async def _watch(stage: _Stage, daemon: Child, box: Mailbox) -> tuple[Alert, Mail]:
    """From the daemon's start to the mail. Raises child.Ended."""
    rule = await asyncio.to_thread(_read_rule, stage.home / "config")  # while the daemon starts
    stage.say(f"rule      {rule.name}: {rule.text.strip()}")
    ready = await daemon.wait_for("ready")
    stage.say(f"ready     {ready['configuration']}")
    poll = await daemon.wait_for("poll")
    stage.say(f"poll      {poll['entries']} articles, {poll['new']} of them new, {poll['matches']} matching")
    alert = await asyncio.to_thread(_read_alert, stage.home, await daemon.wait_for("decision"))
    title = alert.article.title if alert.article else ""
    stage.say(f"decision  alert ({alert.reason}): {title}")
    await daemon.wait_for("delivery", outcome="sent")
    mail = await box.arrived.get()
    stage.say("mail      arrived")
    return alert, mail


def _read_rule(config: Path) -> Rule:
    from monitor.config import load

    (rule,) = load(config, environ={}).rules
    return rule


def _read_alert(home: Path, decision: Event) -> Alert:
    """What the daemon decided, as it stands in its database."""
    from monitor.store import alerts, open_store

    with open_store(f"sqlite:///{home / 'demo.db'}", upgrade=False) as store:
        alert = store.read(partial(alerts.get, alert_id=AlertId(decision["alert"])))
    if alert is None:
        raise MonitorError(f"the daemon's database lacks alert {decision['alert']}")
    return alert
