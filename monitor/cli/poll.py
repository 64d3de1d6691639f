"""`newsmonitor poll`: one pass over feeds, without a daemon."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli import common

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config import Config
    from monitor.model import FeedState
    from monitor.pipeline.ingest import PollReport
    from monitor.pipeline.station import Station

DRAIN = timedelta(seconds=60)


@click.command()
@click.argument("feeds", nargs=-1, metavar="[FEED]...")
@click.option("--all", "poll_all", is_flag=True, help="All feeds, due or not.")
@common.json_option
@click.pass_obj
def poll(config_dir: str, feeds: tuple[str, ...], poll_all: bool, as_json: bool) -> None:
    """Poll the feeds that are due (or all, or those named by name or address), deliver what is due, exit.

    A feed whose server asked to be left alone (Retry-After, freshness) is not polled before its time.
    Exits 1 when a feed did not answer, or a message that was tried could not be sent.
    """
    config = common.load_config(config_dir, warn=True)
    common.configure_logs(config)
    urls = None if poll_all else _addresses(config, feeds)
    reports, unsent = asyncio.run(_poll(config, urls, due_only=not (poll_all or feeds)))
    common.print_rows(
        [_row(report) | {"feed": config.hide_secrets(report.feed)} for report in reports],
        as_json=as_json,
        columns=("feed", "outcome", "entries", "new", "updated", "copies", "matches", "alerts", "detail"),
        empty="no feed is due; --all polls all of them",
    )
    if unsent:
        click.echo(f"{unsent} not sent: newsmonitor deliveries list", err=True)
    if unsent or any(report.reason for report in reports):
        raise SystemExit(1)


def _addresses(config: "Config", names: Sequence[str]) -> list[str]:
    by_name = {feed.name: feed.url for feed in config.feeds if feed.name} | {
        feed.url: feed.url for feed in config.feeds
    }
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise click.UsageError(f"no feed is called {', '.join(unknown)}; `newsmonitor feeds list` shows them")
    return [by_name[name] for name in names]


async def _poll(
    config: "Config", urls: list[str] | None, *, due_only: bool
) -> tuple[list["PollReport"], int]:
    """What the polls brought, and how many deliveries were tried in vain."""
    from random import random

    from monitor.pipeline.station import Station
    from monitor.store import outbox

    station = await Station.open(config, now=common.utc_now, random=random)
    try:
        reports = []
        before = await asyncio.to_thread(station.store.read, outbox.last_attempt)
        started = station.now()  # a feed that is due again by the end of the pass has had its turn
        while states := await _claim(station, urls, due_by=started if due_only else None):
            reports += await _poll_all(station, states)
            if not due_only:
                break
        await asyncio.to_thread(station.dispatcher.finish, DRAIN)
        unsent = await asyncio.to_thread(station.store.read, lambda conn: outbox.unsent_since(conn, before))
        return reports, unsent
    finally:
        await station.close(drain=DRAIN)


async def _claim(
    station: "Station", urls: list[str] | None, *, due_by: "datetime | None"
) -> list["FeedState"]:
    """Those due by that moment; without one, those named, or all."""
    if due_by is not None:
        return await station.claim_due(station.config.settings.poll.concurrency, by=due_by)
    states = await station.claim(urls)
    now = station.now()
    waiting = [state for state in states if state.not_before and state.not_before > now]
    for state in waiting:
        zone = station.config.settings.time_zone
        click.echo(
            f"{state.feed.label}: asked to be left alone until {common.local(state.not_before, zone)}",
            err=True,
        )
    return [state for state in states if state not in waiting]


async def _poll_all(station: "Station", states: list["FeedState"]) -> list["PollReport"]:
    bar = click.progressbar(
        length=len(states), label="Polling", file=sys.stderr, hidden=not common.is_interactive()
    )
    with bar:

        async def one(state: "FeedState") -> "PollReport":
            report = await station.poll(state)
            bar.update(1)
            return report

        return list(await asyncio.gather(*(one(state) for state in states)))


def _row(report: "PollReport") -> dict[str, object]:
    row = asdict(report)
    row.pop("decisions")
    row["outcome"] = report.outcome
    row["matches"] = report.matches
    row["alerts"] = report.alerts
    row["detail"] = f"{report.reason}: {report.detail}" if report.reason else ""
    return row
