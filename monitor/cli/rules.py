"""`newsmonitor rules`: what is looked for."""

from typing import Any

import click

from monitor.cli import common
from monitor.cli.backtest import backtest
from monitor.cli.calibrate import calibrate
from monitor.cli.explain import explain
from monitor.cli.lint import lint


@click.group()
def rules() -> None:
    """List, test, explain and try out rules."""


rules.add_command(explain)
rules.add_command(backtest)
rules.add_command(calibrate)
rules.add_command(lint)


@rules.command("list")
@common.json_option
@click.pass_obj
def list_(config_dir: str, as_json: bool) -> None:
    """All rules: their queries, channels and limits."""
    from monitor.config.quantities import write_duration

    config = common.load_config(config_dir)
    tests = [sample.rule for sample in config.samples]
    rows: list[dict[str, Any]] = [
        {
            "rule": rule.name,
            "query": rule.text if as_json else common.shorten(rule.text, 70),
            "channels": list(rule.channels),
            "feeds": [*rule.feeds.tags, *rule.feeds.feeds],
            "language": list(rule.languages),
            "priority": str(rule.priority),
            "max_age": write_duration(rule.max_age),
            "alert": str(rule.alert),
            "tests": tests.count(rule.name),
        }
        for rule in config.rules
    ]
    common.print_rows(
        rows, as_json=as_json, columns=("rule", "query", "channels", "feeds", "priority", "max_age", "tests")
    )


@rules.command()
@click.argument("names", nargs=-1, metavar="[RULE]...")
@common.json_option
@click.pass_obj
def test(config_dir: str, names: tuple[str, ...], as_json: bool) -> None:
    """Run the rules' own tests: all, or those of the rules named. Exits 1 when one fails."""
    from dataclasses import asdict, replace

    from monitor.config import ruletests

    config = common.load_config(config_dir)
    known = {rule.name for rule in config.rules}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"no rule is called {', '.join(unknown)}; `newsmonitor rules list` shows them")
    samples = tuple(sample for sample in config.samples if not names or sample.rule in names)
    failures = ruletests.failures(replace(config, samples=samples))
    if as_json:
        common.print_rows([asdict(failure) for failure in failures], as_json=True, columns=())
    else:
        for failure in failures:
            click.echo(str(failure))
        click.echo(f"{len(samples)} tests, {len(failures)} failed")
    raise SystemExit(1 if failures else 0)
