"""`newsmonitor rules calibrate`: how the terms and the threshold of a weighted rule do on the archive."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from monitor.cli import common, period, subject
from monitor.model import Rule

if TYPE_CHECKING:
    from monitor.pipeline.calibration import Calibrated


@click.command()
@click.argument("rule")
@period.since_option("30d")
@common.json_option
@click.pass_obj
def calibrate(config_dir: str, rule: str, since: str, as_json: bool) -> None:
    """Show what each term of the weighted RULE earned, and what other thresholds would let through."""
    from monitor.pipeline import calibration
    from monitor.rules import RuleSet

    config = common.load_config(config_dir, warn=True)
    (found,) = subject.rules_named(config, (rule,))
    if found.score is None:
        message = f"`{rule}` has a query and no score; `newsmonitor rules backtest` is for queries"
        raise click.UsageError(message)
    terms = RuleSet.compile(
        {str(number): term for number, term in enumerate(found.score.terms)}, lists=config.lists
    )
    now = common.utc_now()
    zone = ZoneInfo(config.settings.time_zone)
    store = common.open_existing(config)
    try:
        with period.progress("calibrating") as bar:
            result = calibration.calibrate(
                store,
                found,
                found.score,
                terms=terms,
                feeds=config.feeds,
                since=period.read_since(since, now=now, zone=zone),
                until=now,
                on_plan=bar.plan,
                on_read=bar.read,
            )
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(as_data(found, result), ensure_ascii=False))
    else:
        for line in lines(found, result, config.settings.time_zone):
            click.echo(line)


def lines(rule: Rule, result: "Calibrated", zone: str) -> Iterator[str]:
    """Two tables: the terms, and the thresholds."""
    from monitor.alerting.rehearsal import a_day

    first, last = common.local(result.since, zone)[:16], common.local(result.until, zone)[:16]
    yield f"`{common.shorten(rule.name, 80)}`, {first} to {last}"
    yield ""
    yield f"{'WEIGHT':>8}  {'FOUND':>8}  {'IN MATCHES':>10}  {'DECISIVE':>8}  {'PREVENTED':>9}  TERM"
    for term in result.terms:
        yield (
            f"{term.weight:>+8g}  {term.found:>8,}  {term.in_matches:>10,}  {term.decisive:>8,}  "
            f"{term.prevented:>9,}  {common.shorten(term.term, 60)}"
        )
    yield "  decisive: matches that need the term; prevented: matches that it alone keeps out"
    if not any(term.found for term in result.terms):
        yield "  no article of that time has any of the terms"
        return
    yield ""
    yield f"{'THRESHOLD':>10}  {'MATCHES':>8}  {'A DAY':>7}  {'ALERTS':>8}  {'A DAY':>7}"
    for outlook in result.outlooks:
        matches, alerts = outlook.step.matches, outlook.alerts
        mark = "  ← now" if outlook.step.threshold == result.score.threshold else ""
        yield (
            f"{outlook.step.threshold:>10g}  {matches:>8,}  {a_day(matches, result.period):>7.2g}  "
            f"{alerts:>8,}  {a_day(alerts, result.period):>7.2g}{mark}"
        )


def as_data(rule: Rule, result: "Calibrated") -> dict[str, Any]:
    """The result as JSON values."""
    from monitor.alerting.rehearsal import a_day

    return {
        "rule": rule.name,
        "threshold": result.score.threshold,
        "since": result.since.isoformat(),
        "until": result.until.isoformat(),
        "terms": [term._asdict() for term in result.terms],
        "thresholds": [
            {
                "threshold": outlook.step.threshold,
                "matches": outlook.step.matches,
                "matches_per_day": round(a_day(outlook.step.matches, result.period), 3),
                "alerts": outlook.alerts,
                "alerts_per_day": round(a_day(outlook.alerts, result.period), 3),
            }
            for outlook in result.outlooks
        ],
    }
