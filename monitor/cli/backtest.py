"""`newsmonitor rules backtest`: what a rule would have found and told, without telling anybody."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from monitor.cli import common, marks, period, subject, terminal
from monitor.model import Rule

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.pipeline.backtest import Backtest, Difference, Sample, Tally, Trial

_BAR = 40  # characters of the longest bar
_BEFORE_BAR = 32  # the day and two numbers
_MOST_ROWS = 62  # more days than this are shown by the week
_SAMPLES = 5
_WIDTH = 140
_INDENT = 6  # and the ellipses of an excerpt


@click.command()
@click.argument("rule")
@period.since_option("30d")
@click.option(
    "--against",
    metavar="OLD|FILE.yaml",
    help="Compare with another query, or with the rule of the same name in a file.",
)
@common.json_option
@click.pass_obj
def backtest(config_dir: str, rule: str, since: str, against: str | None, as_json: bool) -> None:
    """Run RULE over the archive: matches and alerts a day, and what would change.

    RULE is a rule's name, or a query. Uses the live engine and the live alert policy; sends nothing and
    writes nothing.
    """
    from monitor.pipeline import backtest as testing

    config = common.load_config(config_dir, warn=True)
    found = subject.find_rule(config, rule)
    new, old = _trial(config, found.rule), _old(config, found.rule, against)
    now = common.utc_now()
    zone = ZoneInfo(config.settings.time_zone)
    store = common.open_existing(config)
    try:
        with period.progress("backtest") as bar:
            result = testing.backtest(
                store,
                new,
                old,
                feeds=config.feeds,
                since=period.read_since(since, now=now, zone=zone),
                until=now,
                zone=zone,
                on_plan=bar.plan,
                on_read=bar.read,
            )
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(as_data(found.rule, result), ensure_ascii=False))
    else:
        for line in lines(found.rule, result, config.settings.time_zone):
            click.echo(line)


def _trial(config: "Config", rule: Rule) -> "Trial":
    from monitor.pipeline.backtest import Trial
    from monitor.rules import RuleSet

    return Trial(rule, RuleSet.compile({rule.name: rule.score or rule.query}, lists=config.lists))


def _old(config: "Config", rule: Rule, against: str | None) -> "Trial | None":
    """The query to compare with: the rule otherwise unchanged, or the one of that name in a file."""
    if against is None:
        return None
    if not against.endswith((".yaml", ".yml")):
        from monitor.rules import faults

        faults.read(against, lists=config.lists)
        return _trial(config, replace(rule, query=against, score=None))
    from monitor.config import load_rules

    if not Path(against).is_file():
        raise click.UsageError(f"--against {against}: there is no such file")
    other = load_rules(against)
    named = [old for old in other.rules if old.name == rule.name]
    if not named:
        known = ", ".join(old.name for old in other.rules)
        raise click.UsageError(f"--against {against}: no rule is called `{rule.name}`, only {known}")
    # The file may be a rules file alone, without the defaults that name the channels.
    return _trial(other, replace(named[0], channels=named[0].channels or rule.channels))


# --- for people -------------------------------------------------------------------------------


def lines(rule: Rule, result: "Backtest", zone: str) -> Iterator[str]:
    """The result, line by line."""
    days = result.period / timedelta(days=1)
    first, last = common.local(result.since, zone)[:16], common.local(result.until, zone)[:16]
    yield f"`{common.shorten(rule.name, 80)}` over {days:.1f} days ({first} to {last}, {zone})"
    yield f"  {result.archived:,} articles archived, {result.read:,} looked at"
    yield from _totals("", result.new, result)
    if result.old is not None:
        yield from _totals("before: ", result.old, result)
    if not result.archived:
        yield "  there is nothing to look at yet: `newsmonitor run` gathers articles"
        return
    yield ""
    yield from chart(result.new, zone=ZoneInfo(zone), result=result)
    if result.old is not None:
        yield from _difference("gained", "+", result.gained, zone)
        yield from _difference("lost", "-", result.lost, zone)
    elif result.latest:
        yield ""
        yield "the latest matches:"
        for sample in list(result.latest)[: -_SAMPLES - 1 : -1]:
            yield from _sample(" ", sample, zone)


def _totals(label: str, tally: "Tally", result: "Backtest") -> Iterator[str]:
    from monitor.alerting.rehearsal import a_day

    matches, alerts = tally.matches.total(), tally.alerts.total()
    rates = (a_day(matches, result.period), a_day(alerts, result.period))
    counted = (
        f"{matches:,} match{'' if matches == 1 else 'es'}",
        f"{alerts:,} alert{'' if alerts == 1 else 's'}",
    )
    yield f"  {label}{counted[0]} ({rates[0]:.2g} a day), {counted[1]} ({rates[1]:.2g} a day)"
    if tally.follow_ups:
        yield f"  {label}{tally.follow_ups:,} of the alerts are follow-ups"
    if tally.edited:
        has_changed = "1 was" if tally.edited == 1 else f"{tally.edited:,} were"
        yield f"  {label}{has_changed} edited later: what would be told of the edits is not counted"
    if tally.suppressed:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in tally.suppressed.most_common())
        yield f"  {label}not told: {reasons}"


def chart(tally: "Tally", *, zone: ZoneInfo, result: "Backtest") -> Iterator[str]:
    """A bar for each day, or for each week of a long time: alerts, and what else matched."""
    days = list(_days(result.since.astimezone(zone).date(), result.until.astimezone(zone).date()))
    step = 1 if len(days) <= _MOST_ROWS else 7
    rows = [days[start : start + step] for start in range(0, len(days), step)]
    counted = [(sum(tally.matches[d] for d in row), sum(tally.alerts[d] for d in row)) for row in rows]
    most = max((max(pair) for pair in counted), default=0)
    unit = "day" if step == 1 else "week of"
    yield f"  {unit:10}  {'alerts':>6}  {'matches':>7}   █ alerts  ░ further matches"
    for row, (matches, alerts) in zip(rows, counted, strict=True):
        yield f"  {row[0]}  {alerts:6}  {matches:7}   {_bar(alerts, matches, most)}".rstrip()


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _bar(alerts: int, matches: int, most: int) -> str:
    if not most:
        return ""
    longest = terminal.columns(_BAR, beside=_BEFORE_BAR)
    told = -(-alerts * longest // most)  # rounded up, so that one alert among thousands is seen
    return "█" * told + "░" * max(0, -(-max(alerts, matches) * longest // most) - told)


def _difference(label: str, sign: str, difference: "Difference", zone: str) -> Iterator[str]:
    if difference.count:
        yield ""
    yield f"{label}: {difference.count:,}"
    for sample in list(difference.latest)[: -_SAMPLES - 1 : -1]:
        yield from _sample(sign, sample, zone)


def _sample(sign: str, sample: "Sample", zone: str) -> Iterator[str]:
    stored, decision = sample.stored, sample.decision
    verdict = "alert" if decision.tell else "not told"
    moment = common.local(stored.seen_at, zone)[:16]
    yield f"{sign} {stored.id}  {moment}  {verdict}: {decision.reason}"
    titles = [span for span in sample.match.spans if span.field == "title"]
    width = terminal.columns(_WIDTH, beside=_INDENT)
    yield f"    {marks.excerpt_of(stored.article, 'title', titles, width)}"
    for line in marks.body_lines(stored.article, sample.match.spans, width):
        yield f"    {line}"


# --- for programs -----------------------------------------------------------------------------


def as_data(rule: Rule, result: "Backtest") -> dict[str, Any]:
    """The result as JSON values; days are those of the configured time zone."""
    data: dict[str, Any] = {
        "rule": rule.name,
        "query": rule.text,
        "since": result.since.isoformat(),
        "until": result.until.isoformat(),
        "archived": result.archived,
        "read": result.read,
        **_tally(result.new),
        "alerts_per_day": round(result.alerts_a_day, 3),
        "samples": _samples(result.latest),
    }
    if result.old is not None:
        data["against"] = _tally(result.old)
        data["gained"] = {"count": result.gained.count, "samples": _samples(result.gained.latest)}
        data["lost"] = {"count": result.lost.count, "samples": _samples(result.lost.latest)}
    return data


def _tally(tally: "Tally") -> dict[str, Any]:
    days: Mapping[date, None] = dict.fromkeys(sorted([*tally.matches, *tally.alerts]))
    return {
        "matches": tally.matches.total(),
        "alerts": tally.alerts.total(),
        "follow_ups": tally.follow_ups,
        "edited": tally.edited,
        "suppressed": {str(reason): count for reason, count in tally.suppressed.items()},
        "days": [
            {"day": str(day), "matches": tally.matches[day], "alerts": tally.alerts[day]} for day in days
        ],
    }


def _samples(samples: Iterable["Sample"]) -> list[dict[str, Any]]:
    """The latest first."""
    return [
        {
            "id": sample.stored.id,
            "article": sample.stored.article.id,
            "seen": sample.stored.seen_at.isoformat(),
            "title": sample.stored.article.title,
            "url": sample.stored.article.url,
            "spans": [list(span) for span in sample.match.spans],
            "told": sample.decision.tell,
            "reason": str(sample.decision.reason),
        }
        for sample in reversed(list(samples))
    ]
