"""`newsmonitor deliveries`: the outbox."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common
from monitor.cli.alerts import delivery_row
from monitor.errors import DeliveryReason
from monitor.model import Delivery, DeliveryId, DeliveryState

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store


@click.group()
def deliveries() -> None:
    """List and retry deliveries."""


@deliveries.command("list")
@click.option(
    "--state", type=click.Choice([str(state) for state in DeliveryState]), help="Only those in this state."
)
@click.option("--dead", is_flag=True, help="Only those that were given up: dead or expired.")
@click.option("--channel", help="Only those of this channel.")
@common.limit_option
@common.json_option
@click.pass_obj
def list_(
    config_dir: str, state: str | None, dead: bool, channel: str | None, limit: int, as_json: bool
) -> None:
    """The latest deliveries, the newest first."""
    from monitor.store import outbox

    config = common.look_config(config_dir)
    wanted = DeliveryState(state) if state else None
    store = common.open_existing(config)
    try:
        _refuse_unknown(channel, config, store)
        found = store.read(
            lambda conn: outbox.recent(conn, limit=limit, state=wanted, channel=channel, given_up=dead)
        )
    finally:
        store.close()
    zone = config.settings.time_zone
    configured = {spec.name for spec in config.channels}
    rows: list[dict[str, Any]] = []
    for delivery in found:
        row = delivery_row(delivery)
        if configured and delivery.channel not in configured and delivery.state is DeliveryState.PENDING:
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
    config = common.look_config(config_dir)
    store = common.open_existing(config)
    wanted = [DeliveryId(number) for number in dict.fromkeys(ids)]
    try:
        _refuse_unknown(channel, config, store)
        found = store.read(lambda conn: outbox.find(conn, wanted))
        count = store.write(
            lambda conn: outbox.retry(
                conn, ids=wanted or None, dead=dead, channel=channel, now=common.utc_now()
            )
        )
    finally:
        store.close()
    for line in _not_retried(wanted, found, dead=dead, channel=channel):
        click.echo(line, err=True)
    if count:
        noun = "delivery" if count == 1 else "deliveries"
        click.echo(f"{count} {noun} due now; a running daemon sends within a minute")
    else:
        click.echo("nothing to retry")
    if count < len(wanted):
        raise SystemExit(1)


def _not_retried(
    wanted: list[DeliveryId], found: Mapping[DeliveryId, Delivery], *, dead: bool, channel: str | None
) -> Iterator[str]:
    """A line for each delivery that was named and stays as it is."""
    given_up = (DeliveryState.DEAD, DeliveryState.EXPIRED)
    for number in wanted:
        delivery = found.get(number)
        if delivery is None:
            yield f"{number}: there is no such delivery; `newsmonitor deliveries list` shows them"
        elif channel is not None and delivery.channel != channel:
            yield f"{number}: not retried: it is of the channel {common.printable(delivery.channel)}"
        elif delivery.state is DeliveryState.SENT:
            yield f"{number}: not retried: already sent"
        elif delivery.state in (DeliveryState.WAITING, DeliveryState.DIGESTED) or delivery.part_of:
            digest = f" {delivery.part_of}" if delivery.part_of else ""
            yield f"{number}: not retried: it goes with its digest{digest}"
        elif delivery.state is DeliveryState.CANCELLED:
            silenced = delivery.reason is DeliveryReason.SILENCED
            why = (
                f"it was silenced ({common.printable(delivery.detail)})"
                if silenced
                else "its alert was acknowledged"
            )
            yield f"{number}: not retried: {why}"
        elif delivery.state is DeliveryState.SENDING:
            yield f"{number}: not retried: being sent now"
        elif dead and delivery.state not in given_up:
            yield f"{number}: not retried: not given up, but {delivery.state}; leave out --dead"


def _refuse_unknown(channel: str | None, config: "Config", store: "Store") -> None:
    """A usage error for a channel that is neither configured nor has deliveries."""
    from monitor.rules.suggest import did_you_mean
    from monitor.store import outbox

    configured = {spec.name for spec in config.channels}
    if channel is None or not configured:  # without its channels the configuration knows no better
        return
    known = configured | store.read(outbox.channels)
    if channel in known:
        return
    names = ", ".join(sorted(map(common.printable, known)))
    hint = did_you_mean(channel, sorted(known)) or f"channels: {names}"
    raise click.UsageError(f"there is no channel {common.printable(channel)}; {hint}")
