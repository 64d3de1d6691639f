"""`newsmonitor rules lint`: what is suspicious about rules, by their queries and by the archive."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from monitor.cli import common, period, subject
from monitor.errors import Problem, SchemaOutdated
from monitor.model import Rule

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.rules import Query
    from monitor.rules.lint import Finding
    from monitor.store import Store


@click.command()
@click.argument("names", nargs=-1, metavar="[RULE]...")
@period.since_option("30d")
@click.option(
    "--most-alerts",
    default=50.0,
    show_default=True,
    type=click.FloatRange(0),
    help="Alerts a day from which on a rule tells too much.",
)
@common.json_option
@click.pass_obj
def lint(config_dir: str, names: tuple[str, ...], since: str, most_alerts: float, as_json: bool) -> None:
    """Look over all rules, or those named, for what hardly means what was wanted.

    Contradictions, branches that add nothing and the like; then, by the archive, words that no article has
    while a near spelling is common, and rules that would tell too much. Exits 1 when something is found.
    """
    from monitor.config import load

    config = load(config_dir)
    rules = subject.rules_named(config, names)
    found = [*_by_query(config, rules)]
    try:
        store = common.open_existing(config)
    except SchemaOutdated as error:
        click.echo(f"only the queries were looked at: {error}", err=True)
    else:
        try:
            found += _by_archive(config, store, rules, since, most_alerts)
        finally:
            store.close()
    for row in found:
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else _text(row))
    if not as_json:
        click.echo(f"{len(rules)} rules, {len(found)} warnings", err=bool(found))
    raise SystemExit(1 if found else 0)


def _by_query(config: "Config", rules: list[Rule]) -> Iterator[dict[str, Any]]:
    from monitor.pipeline import inspection
    from monitor.rules import lint as linting

    for rule in rules:
        for query in inspection.queries(config.ruleset.rules[rule.name]):
            for finding in linting.lint(query, languages=rule.languages):
                yield _row(rule, "query", query, finding)


def _by_archive(
    config: "Config", store: "Store", rules: list[Rule], since: str, most_alerts: float
) -> Iterator[dict[str, Any]]:
    from monitor.pipeline import inspection

    known = inspection.vocabulary(store)
    if known is None:
        click.echo(f"fewer than {inspection.FEWEST_ARTICLES} articles: words were not looked up", err=True)
    else:
        for rule in rules:
            for query, finding in inspection.misspelt(store, config.ruleset.rules[rule.name], known):
                yield _row(rule, "spelling", query, finding)
    yield from _too_much(config, store, rules, since, most_alerts)


def _too_much(
    config: "Config", store: "Store", rules: list[Rule], since: str, most_alerts: float
) -> Iterator[dict[str, Any]]:
    from monitor.pipeline import inspection
    from monitor.rules import RuleSet

    chosen = {rule.name: rule.score or rule.query for rule in rules}
    ruleset = (
        config.ruleset if len(rules) == len(config.rules) else RuleSet.compile(chosen, lists=config.lists)
    )
    now = common.utc_now()
    start = period.read_since(since, now=now, zone=ZoneInfo(config.settings.time_zone))
    with period.progress("linting") as bar:
        volumes = inspection.volumes(
            store,
            rules,
            ruleset,
            feeds=config.feeds,
            since=start,
            until=now,
            on_plan=bar.plan,
            on_read=bar.read,
        )
    for name, volume in volumes.items():
        if volume.failure:
            message = f"fails on an article: {volume.failure}"
            yield {"rule": name, "check": "engine", "message": message, "hint": "", "query": None}
        if volume.a_day > most_alerts:
            message = f"would tell {volume.a_day:.3g} alerts a day, more than {most_alerts:g}"
            hint = "narrow the query, or set `throttle`; `newsmonitor rules backtest` shows what it finds"
            yield {"rule": name, "check": "volume", "message": message, "hint": hint, "query": None}


def _row(rule: Rule, check: str, query: "Query", finding: "Finding") -> dict[str, Any]:
    return {
        "rule": rule.name,
        "check": check,
        "message": finding.message,
        "hint": finding.hint,
        "query": query.text,
        "span": list(finding.span),
    }


def _text(row: dict[str, Any]) -> str:
    where = f"rule `{common.shorten(row['rule'], 80)}`"
    if row["query"] is None or row["span"][1] == 0:
        return str(Problem(where, 0, 0, row["message"], row["hint"], "warning"))
    start, end = row["span"]
    before = row["query"][:start]
    line = row["query"][before.rfind("\n") + 1 :].partition("\n")[0]
    column = start - before.rfind("\n")
    length = max(1, min(end - start, len(line) - column + 1))
    number = before.count("\n") + 1
    return str(Problem(where, number, column, row["message"], row["hint"], "warning", line, length))
