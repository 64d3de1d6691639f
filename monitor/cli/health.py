"""`newsmonitor health`: is the daemon well? For container health checks and cron; needs no port."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common
from monitor.errors import StoreError

if TYPE_CHECKING:
    from monitor.store import Store
    from monitor.store.heartbeat import Heartbeat

STALE = timedelta(seconds=60)
OVERDUE = timedelta(minutes=15)


@click.command()
@common.json_option
@click.pass_obj
def health(config_dir: str, as_json: bool) -> None:
    """Exit 0 when the daemon beats and delivers, 1 when something is wrong (and say what)."""
    config = common.look_config(config_dir)
    try:
        store = common.open_existing(config)
    except StoreError as error:
        facts: dict[str, Any] = {"problems": [str(error)]}
    else:
        with store:
            facts = _look(store, [channel.name for channel in config.channels], common.utc_now())
    if not config.rules:  # only the settings could be read
        facts["problems"].append("the configuration on disk has errors: newsmonitor check")
    facts = {"healthy": not facts["problems"], **facts}
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    elif facts["healthy"]:
        pending = f"{facts['pending']} deliver{'y' if facts['pending'] == 1 else 'ies'} pending"
        click.echo(f"well: last sign of life {facts['beat']}, {pending}")
    for line in [] if as_json else (*facts["problems"], *facts.get("notes", ())):
        click.echo(line)
    raise SystemExit(0 if facts["healthy"] else 1)


def _look(store: "Store", channels: list[str], now: datetime) -> dict[str, Any]:
    """`channels`: those of the configuration; without any it could not be read, and all count."""
    from monitor.model import DeliveryState
    from monitor.store import feeds, heartbeat, orphans, outbox

    beats = store.read(heartbeat.daemons)
    beat = beats[0] if beats else None
    counts = store.read(outbox.counts)
    lost: dict[str, int] = {}
    if channels:
        lost = store.read(partial(orphans.waiting, known=channels))
        oldest = store.read(partial(orphans.oldest_due_at, known=channels))
    else:
        oldest = store.read(outbox.oldest_due_at)
    states = store.read(feeds.states)
    failing = sum(state.failures > 0 for state in states)
    problems = _of_daemons(beats, now)
    if 2 * failing > len(states):
        problems.append(f"{failing} of {len(states)} feeds do not answer: newsmonitor feeds list")
    if oldest is not None and now - oldest > OVERDUE:
        problems.append(f"a delivery has been due since {oldest.isoformat(timespec='seconds')}")
    return {
        "problems": problems,
        "notes": [
            f"alerts for {name}, which is no channel any more: {number}; they wait, "
            f"then are given up: newsmonitor deliveries list --channel {name}"
            for name, number in lost.items()
        ],
        "beat": beat.beat_at.isoformat(timespec="seconds") if beat else None,
        "daemon": dict(beat.facts) if beat else {},
        "daemons": [
            {"name": _whose(each), "beat": each.beat_at.isoformat(timespec="seconds"), **each.facts}
            for each in beats
        ],
        "pending": counts[DeliveryState.PENDING] + counts[DeliveryState.SENDING],
        "dead": counts[DeliveryState.DEAD],
        "feeds_failing": failing,
    }


def _of_daemons(beats: "list[Heartbeat]", now: datetime) -> list[str]:
    """What is wrong with each. One that was stopped while another goes on is no problem."""
    if not beats:
        return ["the daemon has never run on this database: newsmonitor run"]
    counting = [beat for beat in beats if not beat.facts.get("stopped")] or beats[:1]
    if len(counting) == 1:
        return _of_daemon(counting[0], now)
    return [f"{_whose(beat)}: {problem}" for beat in counting for problem in _of_daemon(beat, now)]


def _whose(beat: "Heartbeat") -> str:
    """The machine and the process; the rest of the name tells apart what nobody mistakes."""
    return ":".join(beat.name.removeprefix("daemon").strip().split(":")[:2]) or "daemon"


def _of_daemon(beat: "Heartbeat", now: datetime) -> list[str]:
    since = beat.beat_at.isoformat(timespec="seconds")
    if beat.facts.get("stopped"):
        return [f"the daemon was stopped at {since}: newsmonitor run"]
    if beat.beat_at - now > STALE:
        return [f"the last sign of life is from {since}, in the future: is the daemon running?"]
    if now - beat.beat_at > STALE:
        return [f"no sign of life since {since}: is the daemon running?"]
    paused = beat.facts.get("paused_channels") or []
    problems = [f"channel {name} takes no messages: newsmonitor deliveries list" for name in paused]
    disabled = beat.facts.get("disabled_rules") or {}
    problems += [f"rule {name!r} is switched off: {reason}" for name, reason in disabled.items()]
    if not beat.facts.get("last_reload_good", True):
        problems.append(
            "the configuration on disk is not in use, it had errors when it was read: newsmonitor check"
        )
    return problems
