"""`newsmonitor channels`: which channels there are, and whether they work."""

import secrets
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from monitor.cli import common
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import Alert, AlertId, AlertKind, ChannelSpec, Outcome

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.deliver.channel import Channel, Context


@click.group()
def channels() -> None:
    """List and test channels."""


@channels.command("list")
@common.json_option
@click.pass_obj
def list_(config_dir: str, *, as_json: bool) -> None:
    """List the configured channels; what could be secret in an address is masked."""
    config = common.load_config(config_dir)
    common.print_rows(
        [_row(spec) for spec in config.channels],
        as_json=as_json,
        columns=("name", "address", "recipients", "max_age", "on_unknown", "problem"),
        empty="no channels are configured",
    )


@channels.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@common.json_option
@click.pass_obj
def test(config_dir: str, names: Sequence[str], *, as_json: bool) -> None:
    """Send a test message through the named channels, or through all of them.

    Prints what became of it, one line per recipient; exits with 1 when one did not take it. A test
    touches neither the database nor the daemon.
    """
    config = common.load_config(config_dir)
    common.configure_logs(config)
    specs = _chosen(config.channels, names)
    failed = False
    for spec in specs:
        for recipient, outcome in _try(spec, sys.stderr if as_json else sys.stdout):
            failed = failed or not outcome.sent
            _report(spec, recipient, outcome, as_json=as_json)
    sys.exit(1 if failed else 0)


@channels.command()
@click.argument("name", metavar="CHANNEL")
@click.option("--alert", "alert_id", type=int, metavar="ID", help="The alert to show, instead of a sample.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the HTML form, as mail has it, into this file, to be looked at in a browser.",
)
@click.pass_obj
def preview(config_dir: str, name: str, alert_id: int | None, html_file: Path | None) -> None:
    """Show what a channel would send for an alert, and send nothing.

    Mail is shown as headers and text; chats, webhooks and files as what is handed over.
    """
    from monitor.deliver import channel
    from monitor.deliver.render import render

    config = common.load_config(config_dir)
    (spec,) = _chosen(config.channels, [name])
    try:
        made = channel.create(spec, _context(sys.stdout))
    except DeliveryError as error:
        raise click.ClickException(error.detail) from None
    alert = _sample() if alert_id is None else _stored(config, alert_id)
    message = render(alert, delivery_key="preview", now=common.utc_now(), time_zone=spec.time_zone)
    if html_file is not None:
        html_file.write_text(made.html(message), encoding="utf-8")
        click.echo(f"written: {html_file}")
    else:
        for line in made.preview(message, made.recipients[0]).rstrip("\n").split("\n"):
            click.echo(common.printable(line))
    made.close()


def _sample() -> Alert:
    from monitor.deliver import sample

    return sample.alert(common.utc_now())


def _stored(config: "Config", alert_id: int) -> Alert:
    from monitor.store import alerts

    store = common.open_existing(config)
    try:
        found = store.read(lambda conn: alerts.get(conn, AlertId(alert_id)))
    finally:
        store.close()
    if found is None:
        raise click.UsageError(f"there is no alert {alert_id}")
    return found


def _row(spec: ChannelSpec) -> dict[str, Any]:
    from monitor.deliver import channel

    recipients: tuple[str, ...] = ()
    problem = None
    try:
        made = channel.create(spec, _context(sys.stdout))
        recipients = made.recipients
        made.close()
    except DeliveryError as error:
        problem = error.detail
    return {
        "name": spec.name,
        "address": channel.describe(spec),
        "recipients": [recipient for recipient in recipients if recipient],
        "deadline": _duration(spec.deadline),
        "max_age": _duration(spec.max_age),
        "on_unknown": str(spec.on_unknown),
        "fallback": spec.fallback,
        "problem": problem,
    }


def _chosen(specs: Sequence[ChannelSpec], names: Sequence[str]) -> Sequence[ChannelSpec]:
    known = {spec.name: spec for spec in specs}
    if not known:
        raise click.UsageError("no channels are configured")
    for name in names:
        if name not in known:
            raise click.UsageError(f"there is no channel {name!r}; there are: {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(names)] or specs


def _try(spec: ChannelSpec, stream: TextIO) -> Iterator[tuple[str, Outcome]]:
    from monitor.deliver import channel

    try:
        made = channel.create(spec, _context(stream))
    except DeliveryError as error:
        yield "", Outcome(error.reason, error.detail)
        return
    for recipient in made.recipients:
        yield recipient, _send(made, spec, recipient)
    made.close()


def _send(made: "Channel", spec: ChannelSpec, recipient: str) -> Outcome:
    """One attempt, in a thread of its own: a channel that hangs must not hang the command."""
    from monitor.deliver.render import render

    now = common.utc_now()
    message = render(_test_alert(spec), delivery_key=secrets.token_hex(16), now=now, time_zone=spec.time_zone)
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(made.send(message, recipient)), daemon=True)
    thread.start()
    thread.join(spec.deadline.total_seconds())
    if outcomes:
        return outcomes[0]
    return Outcome(DeliveryReason.UNKNOWN, f"no answer within {spec.deadline.total_seconds():g} s")


def _test_alert(spec: ChannelSpec) -> Alert:
    return Alert(
        id=AlertId(0),
        rule=f"test {secrets.token_hex(4)}",  # each test is a thread of its own
        kind=AlertKind.NOTICE,
        decided_at=common.utc_now(),
        headline=f"TEST: the channel {spec.name} works",
        detail="This is only a test, sent by `newsmonitor channels test`. No rule has matched.",
    )


def _duration(duration: timedelta) -> str:
    """As the configuration writes it."""
    seconds = int(duration.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _context(stream: TextIO) -> "Context":
    from monitor.pipeline.surroundings import channel_context

    return channel_context(stream=stream)


def _report(spec: ChannelSpec, recipient: str, outcome: Outcome, *, as_json: bool) -> None:
    row = {
        "channel": spec.name,
        "recipient": recipient,
        "sent": outcome.sent,
        "reason": str(outcome.reason) if outcome.reason else None,
        "detail": outcome.detail,
    }
    if as_json:
        common.print_rows([row], as_json=True, columns=())
        return
    whom = f" → {recipient}" if recipient else ""
    result = "sent" if outcome.sent else f"NOT SENT: {outcome.reason}: {outcome.detail}"
    click.echo(common.printable(f"{spec.name}{whom}: {result}"))
