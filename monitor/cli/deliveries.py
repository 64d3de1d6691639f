"""`newsmonitor deliveries`: the outbox."""

from typing import Any

import click

from monitor.cli import common
from monitor.cli.alerts import delivery_row
from monitor.model import DeliveryId, DeliveryState


@click.group()
def deliveries() -> None:
    """List and retry deliveries."""


@deliveries.command("list")
@click.option(
    "--state", type=click.Choice([str(state) for state in DeliveryState]), help="Only those in this state."
)
@click.option("--channel", help="Only those of this channel.")
@common.limit_option
@common.json_option
@click.pass_obj
def list_(config_dir: str, state: str | None, channel: str | None, limit: int, as_json: bool) -> None:
    """The latest deliveries, the newest first."""
    from monitor.store import outbox

    config = common.load_config(config_dir)
    wanted = DeliveryState(state) if state else None
    store = common.open_existing(config)
    try:
        found = store.read(lambda conn: outbox.recent(conn, limit=limit, state=wanted, channel=channel))
    finally:
        store.close()
    zone = config.settings.time_zone
    configured = {spec.name for spec in config.channels}
    rows: list[dict[str, Any]] = []
    for delivery in found:
        row = delivery_row(delivery)
        if delivery.channel not in configured and delivery.state is DeliveryState.PENDING:
            row["detail"] = "held: the configuration names no such channel"
        if not as_json:
            row["due"] = common.local(delivery.sent_at or delivery.due_at, zone)
            row["detail"] = common.shorten(row["detail"], 60)
        rows.append(row)
    common.print_rows(
        rows,
        as_json=as_json,
        columns=("id", "alert", "channel", "recipient", "state", "due", "attempts", "reason", "detail"),
        empty="no deliveries",
    )


@deliveries.command()
@click.argument("ids", nargs=-1, type=int, metavar="[ID]...")
@click.option("--dead", is_flag=True, help="All that were given up.")
@click.option("--channel", help="Only those of this channel.")
@click.pass_obj
def retry(config_dir: str, ids: tuple[int, ...], dead: bool, channel: str | None) -> None:
    """Make deliveries due now: those named, the dead ones, or all unsent ones of a channel."""
    from monitor.store import outbox

    if not (ids or dead or channel):
        raise click.UsageError("name deliveries by ID, or use --dead or --channel")
    config = common.load_config(config_dir)
    store = common.open_existing(config)
    wanted = [DeliveryId(number) for number in ids] or None
    try:
        count = store.write(
            lambda conn: outbox.retry(conn, ids=wanted, dead=dead, channel=channel, now=common.utc_now())
        )
    finally:
        store.close()
    click.echo(
        f"{count} deliver{'y' if count == 1 else 'ies'} due now; a running daemon sends within a minute"
    )
    if ids and count < len(set(ids)):
        raise SystemExit(1)
