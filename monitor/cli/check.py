"""`newsmonitor check`: validates the whole configuration and runs the rules' own tests."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict

import click

from monitor import config
from monitor.config import Config, ruletests
from monitor.errors import ConfigError, Problem


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per problem.")
@click.pass_obj
def check(config_dir: str, *, as_json: bool) -> None:
    """Validate the configuration and run the rules' own tests.

    Exits with 0 when all is fine (there may be warnings), 1 when a rule's own test fails, and 2
    when the configuration cannot be used.
    """
    try:
        loaded = config.load(config_dir)
    except ConfigError as error:
        _print_problems(error.problems, as_json=as_json)
        _print_summary(_count(error.problems), as_json=as_json)
        sys.exit(2)
    problems = (*loaded.warnings, *_check_sources(loaded), *_check_channels(loaded))
    if any(problem.level == "error" for problem in problems):
        _print_problems(problems, as_json=as_json)
        _print_summary(_count(problems), as_json=as_json)
        sys.exit(2)
    failures = ruletests.failures(loaded)
    _print_problems((*problems, *failures), as_json=as_json)
    _print_summary(f"{loaded.summary}: {_verdict(loaded, failures)}", as_json=as_json)
    sys.exit(1 if failures else 0)


def _check_sources(loaded: Config) -> list[Problem]:
    """Ask the sources of others whether their options make sense; fetches nothing."""
    if not any(feed.source or feed.options for feed in loaded.feeds):
        return []
    from monitor.fetch import sources

    reasons = ((feed.url, sources.validate(feed)) for feed in loaded.feeds)
    return [
        loaded.problem_of_feed(url, f"the feed cannot be read: {reason}") for url, reason in reasons if reason
    ]


def _check_channels(loaded: Config) -> list[Problem]:
    """Ask the channels themselves whether their addresses make sense; sends nothing."""
    from monitor.deliver import channel

    problems = []
    for spec in loaded.channels:
        reason = channel.validate(spec)
        if reason is not None:
            problems.append(loaded.problem_of_channel(spec.name, f"the channel cannot be used: {reason}"))
    return problems


def _print_problems(problems: Iterable[Problem], *, as_json: bool) -> None:
    for problem in problems:
        click.echo(json.dumps(asdict(problem), ensure_ascii=False) if as_json else str(problem))


def _print_summary(text: str, *, as_json: bool) -> None:
    """The closing line: for people only, since each line of JSON is a problem."""
    click.echo(text, err=as_json)


def _count(problems: Iterable[Problem]) -> str:
    levels = [problem.level for problem in problems]
    return ", ".join(
        f"{number} {level}{'' if number == 1 else 's'}"
        for level in ("error", "warning")
        if (number := levels.count(level))
    )


def _verdict(loaded: Config, failures: tuple[Problem, ...]) -> str:
    if failures:
        return f"{len(failures)} of {len(loaded.samples)} tests failed"
    warnings = _count(loaded.warnings)
    return f"fine, with {warnings}" if warnings else "fine"
