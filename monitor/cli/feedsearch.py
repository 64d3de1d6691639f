"""`newsmonitor feeds search`: feeds of what news searches on the web find for a query. Fetches nothing."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from monitor.cli import common, feedfile, feedlook
from monitor.errors import MonitorError
from monitor.model import Feed
from monitor.rules import faults
from monitor.rules.query import Query
from monitor.rules.websearch import SERVICES, Search, search


@click.command("search")
@click.argument("query", required=False)
@click.option("--rule", "rule_name", metavar="NAME", help="The query of a configured rule.")
@click.option(
    "--service",
    "services",
    multiple=True,
    type=click.Choice(list(SERVICES)),
    help="Which searches; may be repeated. All of them when not given.",
)
@click.option("--language", default="en", show_default=True, help="Of the results, where it can be chosen.")
@click.option("--country", default="US", show_default=True, help="Whose edition, where it can be chosen.")
@click.option("--add", "add_them", is_flag=True, help="Add the feeds to the configuration.")
@click.option("--tag", "tags", multiple=True, help="With --add: a word to choose feeds by; may be repeated.")
@common.json_option
@click.pass_context
def search_(
    context: click.Context,
    query: str | None,
    rule_name: str | None,
    *,
    services: tuple[str, ...],
    language: str,
    country: str,
    add_them: bool,
    tags: tuple[str, ...],
    as_json: bool,
) -> None:
    """Feeds of news searches (Google News, Bing News, GDELT) for QUERY, or for a rule.

    The query is translated as far as it goes, and what was left out is told: the service then finds
    more than the rule would, which sorts it afterwards, or (marked with !) less. Nothing is fetched.
    """
    if (query is None) == (rule_name is None):
        raise click.UsageError("give either a QUERY or --rule NAME")
    read = faults.read(query) if query is not None else _query_of(context.obj, rule_name or "")
    chosen = [SERVICES[name] for name in (services or SERVICES)]
    edition = {"language": language.lower(), "country": country.upper()}
    made = [(service.name, search(read, service, **edition)) for service in chosen]
    found = [one for _, one in made if one is not None]
    for name, one in made:
        if one is None:
            click.echo(f"{name}: nothing of this query can be asked for there, or it is too long", err=True)
        else:
            _show(one, as_json=as_json)
    if add_them and found:
        _add(Path(context.obj), found, rule_name or query or "", tags)
    context.exit(0 if found else 1)


def _query_of(config_dir: str, name: str) -> Query:
    """The query of a rule. Raises MonitorError for one that has none."""
    rules = feedlook.load_part(config_dir).ruleset.rules
    found = rules.get(name)
    if found is None:
        raise MonitorError(f"there is no rule `{common.printable(name)}`")
    if not isinstance(found, Query):
        raise MonitorError(f"the rule `{common.printable(name)}` is a score, which no service can search for")
    return found


def _show(one: Search, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(one), ensure_ascii=False))
        return
    click.echo(common.printable(f"{one.service}: {one.query}"))
    click.echo(f"  {one.url}")
    for omission in one.omissions:
        mark = "!" if omission.loses else "-"
        click.echo(common.printable(f"  {mark} {omission.part}: {omission.why}"))


def _add(directory: Path, found: list[Search], what: str, tags: tuple[str, ...]) -> None:
    config = feedlook.load_part(str(directory))
    known = {feed.url for feed in config.feeds}
    wanted = [
        Feed(one.url, name=f"{one.service}: {common.shorten(what, 60)}", tags=tags)
        for one in found
        if one.url not in known
    ]
    if wanted:
        feedfile.append(directory, wanted, verify=lambda: feedlook.load_part(str(directory)))
    click.echo(f"{len(wanted)} added to {directory / feedfile.NAME}", err=True)
