"""`newsmonitor alerts`: what was told."""

import getpass
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common
from monitor.cli.why import why
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.model import Alert, Delivery

_MOST_TELLERS = 30


@click.group()
def alerts() -> None:
    """List and show alerts; say what became of an article."""


alerts.add_command(why)


@alerts.command("list")
@click.option("--rule", help="Only those of this rule.")
@common.limit_option
@common.json_option
@click.pass_obj
def list_(config_dir: str, rule: str | None, limit: int, as_json: bool) -> None:
    """The latest alerts, the newest first."""
    from monitor.store import alerts as table

    config = common.look_config(config_dir)
    store = common.open_existing(config)
    try:
        found = store.read(lambda conn: table.recent(conn, limit=limit, rule=rule))
    finally:
        store.close()
    zone = config.settings.time_zone
    common.print_rows(
        [_row(alert) if as_json else _line(alert, zone) for alert in found],
        as_json=as_json,
        columns=("id", "decided", "rule", "kind", "outlet", "headline"),
        empty="no alerts yet",
    )


@alerts.command()
@click.argument("alert_id", metavar="ID", type=int)
@common.json_option
@click.pass_obj
def show(config_dir: str, alert_id: int, as_json: bool) -> None:
    """One alert: the message, why it was told, and what became of each delivery."""
    from monitor.cli.stories import teller_lines, teller_row
    from monitor.model import AlertId
    from monitor.store import alerts as table
    from monitor.store import outbox, stories

    config = common.look_config(config_dir)
    store = common.open_existing(config)
    try:
        alert = store.read(lambda conn: table.get(conn, AlertId(alert_id)))
        deliveries = store.read(lambda conn: outbox.of_alert(conn, AlertId(alert_id)))
        story_id = alert.story_id if alert is not None else None
        told_by = store.read(
            lambda conn: stories.tellers(conn, story_id, limit=_MOST_TELLERS) if story_id else []
        )
    finally:
        store.close()
    if alert is None:
        raise MonitorError(f"there is no alert {alert_id}; `newsmonitor alerts list` shows the latest")
    if as_json:
        row = _row(alert) | {
            "deliveries": [delivery_row(delivery) for delivery in deliveries],
            "articles": [teller_row(teller, told_by) for teller in told_by],
        }
        click.echo(json.dumps(row, ensure_ascii=False))
    else:
        click.echo(_text(alert, config.settings.time_zone))
        for delivery in deliveries:
            click.echo(describe(delivery, config.settings.time_zone))
        if len(told_by) > 1:
            click.echo(f"\nstory {alert.story_id}:")
            for line in teller_lines(told_by, config.settings.time_zone):
                click.echo(line)


@alerts.command()
@click.option("--rule", help="Only the matches of this rule.")
@common.json_option
@click.pass_obj
def tally(config_dir: str, rule: str | None, as_json: bool) -> None:
    """Count what became of every match: sent, digested, suppressed and why, expired, dead, or not yet."""
    from monitor.store import tally as counting

    config = common.look_config(config_dir)
    store = common.open_existing(config)
    try:
        found = store.read(lambda conn: counting.count(conn, rule=rule))
    finally:
        store.close()
    told = [("", str(state), count) for state, count in sorted(found.told.items())]
    suppressed = [
        ("suppressed", str(reason), count) for reason, count in sorted(found.suppressed.items(), key=str)
    ]
    gone = [("", "pruned", found.pruned)] if found.pruned else []
    rows = [
        {"what": f"{kind} {name}".strip(), "matches": count} for kind, name, count in told + suppressed + gone
    ]
    common.print_rows(
        [*rows, {"what": "all matches", "matches": found.matches}] if rows else [],
        as_json=as_json,
        columns=("what", "matches"),
        empty="no matches",
    )


@alerts.command()
@click.argument("alert_id", metavar="ID", type=int)
@click.option("--by", default=getpass.getuser, help="Who has it in hand.", show_default="the user")
@click.pass_obj
def ack(config_dir: str, alert_id: int, by: str) -> None:
    """Acknowledge an alert: somebody has it in hand, and nobody else needs to be told."""
    from monitor.model import AlertId
    from monitor.store import alerts as table
    from monitor.store import outbox

    config = common.look_config(config_dir)
    store = common.open_existing(config)
    number, now = AlertId(alert_id), common.utc_now()
    try:
        alert = store.read(lambda conn: table.get(conn, number))
        if alert is None:
            raise MonitorError(f"there is no alert {alert_id}; `newsmonitor alerts list` shows the latest")
        first = store.write(lambda conn: table.acknowledge(conn, number, by=by, now=now))
        spared = store.write(lambda conn: outbox.acknowledge(conn, number))
    finally:
        store.close()
    if not first:
        at = common.local(alert.acknowledged_at or now, config.settings.time_zone)
        click.echo(f"alert {alert_id} was acknowledged by {common.printable(alert.acknowledged_by)} at {at}")
        return
    saved = f"; {spared} escalation{'' if spared == 1 else 's'} called off" if spared else ""
    click.echo(f"alert {alert_id} acknowledged{saved}")


def _line(alert: "Alert", zone: str) -> dict[str, Any]:
    row = _row(alert)
    row["decided"] = common.local(alert.decided_at, zone)
    row["headline"] = common.shorten(str(row["headline"]), 90)
    return row


def _row(alert: "Alert") -> dict[str, Any]:
    article = alert.article
    return {
        "id": alert.id,
        "decided": alert.decided_at.isoformat(),
        "rule": alert.rule,
        "kind": str(alert.kind),
        "reason": str(alert.reason) if alert.reason else None,
        "priority": str(alert.priority),
        "story": alert.story_id,
        "outlet": article.source if article else "",
        "headline": article.title if article else alert.headline,
        "url": article.url if article else "",
        "published": article.published_at.isoformat() if article and article.published_at else None,
        "spans": [list(span) for span in alert.spans],
        "query": alert.query,
        "detail": alert.detail,
        "acknowledged": _iso(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "notes": list(alert.notes),
        "difference": alert.difference.to_dict() if alert.difference else None,
    }


def _text(alert: "Alert", zone: str) -> str:
    from monitor.deliver import render

    message = render.render(alert, delivery_key="", now=common.utc_now(), time_zone=zone)
    return f"{message.title}\n\n{message.text}\n"


def delivery_row(delivery: "Delivery") -> dict[str, Any]:
    """A delivery as data."""
    return {
        "id": delivery.id,
        "alert": delivery.alert_id,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "state": str(delivery.state),
        "attempts": delivery.attempts,
        "reason": str(delivery.reason) if delivery.reason else None,
        "detail": delivery.detail,
        "created": delivery.created_at.isoformat(),
        "due": delivery.due_at.isoformat(),
        "sent": _iso(delivery.sent_at),
    }


def describe(delivery: "Delivery", zone: str) -> str:
    """A delivery as a sentence."""
    to = f" to {delivery.recipient}" if delivery.recipient else ""
    attempts = f"{delivery.attempts} attempt{'' if delivery.attempts == 1 else 's'}"
    moment = delivery.sent_at or delivery.due_at
    what = f"{delivery.state}" + (f" ({delivery.reason}: {delivery.detail})" if delivery.reason else "")
    return f"delivery {delivery.id}: {delivery.channel}{to}: {what}, {common.local(moment, zone)}, {attempts}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
