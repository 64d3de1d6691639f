"""`newsmonitor silence`: what is not told for a while."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.model import Silence

LONGEST = timedelta(days=366)


@click.group()
def silence() -> None:
    """Silence rules or articles for a while."""


def _duration(_ctx: click.Context, _param: click.Parameter, value: str) -> timedelta:
    from monitor.config.quantities import read_duration

    try:
        duration = read_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if not timedelta(0) < duration <= LONGEST:
        raise click.BadParameter("a silence lasts more than nothing, and at most 366d")
    return duration


@silence.command()
@click.argument("what", metavar="RULE|QUERY")
@click.option("--for", "duration", required=True, callback=_duration, metavar="3d", help="For how long.")
@click.option("--reason", default="", help="Why; it is kept with what is silenced.")
@click.pass_obj
def add(config_dir: str, what: str, duration: timedelta, reason: str) -> None:
    """Tell nothing of a rule, or about articles that a query matches, for a while.

    What is the name of a rule silences that rule; anything else is a query in the language of the rules.
    What matches meanwhile is suppressed and kept, with that reason.
    """
    from monitor.store import silences

    config = common.load_config(config_dir)
    is_rule = any(rule.name == what for rule in config.rules)
    if not is_rule:
        _refuse_unreadable(what, config)
    now = common.utc_now()
    store = common.open_existing(config)
    try:
        number = store.write(
            lambda conn: silences.add(
                conn,
                rule=what if is_rule else "",
                query="" if is_rule else what,
                reason=reason.strip(),
                until_at=now + duration,
                now=now,
            )
        )
    finally:
        store.close()
    about = f"the rule {what}" if is_rule else f"articles that match {what}"
    until = common.local(now + duration, config.settings.time_zone)
    click.echo(f"silence {number}: {common.printable(about)}, until {until}")


def _refuse_unreadable(query: str, config: "Config") -> None:
    """Raises MonitorError for a query that cannot be read, with what may have been meant."""
    from monitor.errors import QueryError
    from monitor.rules import faults
    from monitor.rules.suggest import did_you_mean

    try:
        faults.read(query, lists=config.lists)
    except QueryError as error:
        hint = did_you_mean(query, [rule.name for rule in config.rules])
        raise MonitorError(f"neither a rule nor a query: {error}" + (f"\n{hint}" if hint else "")) from None


@silence.command("list")
@common.limit_option
@common.json_option
@click.pass_obj
def list_(config_dir: str, limit: int, as_json: bool) -> None:
    """The silences, the latest first: those that hold, and those that are over."""
    from monitor.store import silences

    config = common.look_config(config_dir)
    store = common.open_existing(config)
    try:
        found = store.read(lambda conn: silences.recent(conn, limit=limit))
    finally:
        store.close()
    now, zone = common.utc_now(), config.settings.time_zone
    common.print_rows(
        [_row(one, now, None if as_json else zone) for one in found],
        as_json=as_json,
        columns=("id", "state", "until", "what", "reason"),
        empty="no silences",
    )


@silence.command()
@click.argument("silence_id", metavar="ID", type=int)
@click.pass_obj
def expire(config_dir: str, silence_id: int) -> None:
    """End a silence now."""
    from monitor.model import SilenceId
    from monitor.store import silences

    config = common.look_config(config_dir)
    store = common.open_existing(config)
    number = SilenceId(silence_id)
    try:
        known = store.read(lambda conn: silences.get(conn, number))
        ended = store.write(lambda conn: silences.expire(conn, number, now=common.utc_now()))
    finally:
        store.close()
    if known is None:
        raise MonitorError(f"there is no silence {silence_id}; `newsmonitor silence list` shows them")
    click.echo(f"silence {silence_id} " + ("ended" if ended else "was over already"))


def _row(one: "Silence", now: datetime, zone: str | None) -> dict[str, Any]:
    until = one.end_at
    return {
        "id": one.id,
        "state": "active" if one.is_active(now) else "over",
        "until": common.local(until, zone) if zone else until.isoformat(),
        "what": f"rule {one.rule}" if one.rule else one.query,
        "rule": one.rule,
        "query": one.query,
        "reason": one.reason,
        "created": one.created_at.isoformat(),
    }
