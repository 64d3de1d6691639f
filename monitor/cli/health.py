"""`newsmonitor health`: is the daemon well? For container health checks and cron; needs no port."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common
from monitor.errors import StoreError

if TYPE_CHECKING:
    from monitor.store import Store

STALE = timedelta(seconds=60)
OVERDUE = timedelta(minutes=15)


@click.command()
@common.json_option
@click.pass_obj
def health(config_dir: str, as_json: bool) -> None:
    """Exit 0 when the daemon beats and delivers, 1 when something is wrong (and say what)."""
    config = common.load_config(config_dir)
    try:
        store = common.open_existing(config)
    except StoreError as error:
        facts: dict[str, Any] = {"healthy": False, "problems": [str(error)]}
    else:
        try:
            facts = _look(store, common.utc_now())
        finally:
            store.close()
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    elif facts["healthy"]:
        click.echo(f"well: last sign of life {facts['beat']}, {facts['pending']} deliveries pending")
    for problem in [] if as_json else facts["problems"]:
        click.echo(problem)
    raise SystemExit(0 if facts["healthy"] else 1)


def _look(store: "Store", now: datetime) -> dict[str, Any]:
    from monitor.model import DeliveryState
    from monitor.store import feeds, heartbeat, outbox

    beat = store.read(heartbeat.read)
    counts = store.read(outbox.counts)
    oldest = store.read(outbox.oldest_due_at)
    failing = [state for state in store.read(feeds.states) if state.failures]
    problems = []
    if beat is None:
        problems.append("the daemon has never run on this database: newsmonitor run")
    elif now - beat.beat_at > STALE:
        problems.append(
            f"no sign of life for {round((now - beat.beat_at).total_seconds())} s: is the daemon running?"
        )
    else:
        paused = beat.facts.get("paused_channels") or []
        problems += [f"channel {name} takes no messages: newsmonitor deliveries list" for name in paused]
        disabled = beat.facts.get("disabled_rules") or {}
        problems += [f"rule {name!r} is switched off: {reason}" for name, reason in disabled.items()]
        if not beat.facts.get("last_reload_good", True):
            problems.append("the configuration on disk is not in use, it has errors: newsmonitor check")
    if oldest is not None and now - oldest > OVERDUE:
        problems.append(f"a delivery has been due since {oldest.isoformat(timespec='seconds')}")
    return {
        "healthy": not problems,
        "problems": problems,
        "beat": beat.beat_at.isoformat(timespec="seconds") if beat else None,
        "daemon": dict(beat.facts) if beat else {},
        "pending": counts[DeliveryState.PENDING] + counts[DeliveryState.SENDING],
        "dead": counts[DeliveryState.DEAD],
        "feeds_failing": len(failing),
    }
