"""`newsmonitor db`: bring the database up to date, and look it over."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.store.check import Finding

_database = click.option(
    "--database", metavar="URL", help="The database, instead of the configuration's `settings: database`."
)
_BATCH = 500  # rows in one transaction


@click.group()
def db() -> None:
    """Upgrade and check the database."""
    from monitor.telemetry import logs

    logs.configure()


@db.command()
@_database
@click.pass_obj
def upgrade(config_dir: str, *, database: str | None) -> None:
    """Create the database, or bring its schema up to this version's.

    Before an existing SQLite database is changed, a copy is put beside it.
    """
    from monitor.store import migrate

    before, after = migrate.upgrade(_url(config_dir, database))
    if before == after:
        click.echo(f"up to date: schema {after}")
    else:
        click.echo(f"upgraded from schema {before} to {after}" if before else f"created: schema {after}")


@db.command()
@click.pass_obj
def prune(config_dir: str) -> None:
    """Remove what is older than `settings: retention`. A running daemon does it every hour."""
    from monitor.cli import common
    from monitor.store import prune as table
    from monitor.store.sketches import MEMORY

    config = common.look_config(config_dir)
    now = common.utc_now()
    before, compared_before = now - config.settings.retention, now - MEMORY
    articles = alerts = 0
    with common.open_existing(config) as store:
        while True:
            batch = store.write(
                lambda conn: table.prune(conn, before=before, compared_before=compared_before, limit=_BATCH)
            )
            articles += batch.articles
            alerts += batch.alerts
            if batch.is_whole(_BATCH):
                break
    click.echo(f"removed {articles} articles and {alerts} alerts from before {before:%Y-%m-%d %H:%M} UTC")


@db.command()
@_database
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per check.")
@click.pass_context
def check(context: click.Context, *, database: str | None, as_json: bool) -> None:
    """Check that the database is reachable, whole and of this version's schema; 1 when it is not."""
    from monitor.store.check import check as look

    findings = look(_url(context.obj, database))
    for finding in findings:
        click.echo(_line(finding, as_json=as_json))
    context.exit(0 if all(finding.ok for finding in findings) else 1)


def _line(finding: "Finding", *, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(finding), ensure_ascii=False)
    return f"{'ok  ' if finding.ok else 'FAIL'} {finding.check}: {finding.detail}"


def _url(config_dir: str, database: str | None) -> str:
    if database is not None:
        return database
    from monitor.config import load

    return load(config_dir).settings.database
