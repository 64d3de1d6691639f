"""What a command is about: a rule by its name or as a query, an article from the archive or a file."""

import difflib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import common
from monitor.model import Article, Feed, FeedSelector, Rule

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.rules.ruleset import Compiled
    from monitor.store import Store
    from monitor.store.articles import StoredArticle

ASKED = "backtest"  # the channel of a query that is no rule: it would be told, but nobody is


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule and its compiled form."""

    rule: Rule
    compiled: "Compiled"


def find_rule(config: "Config | None", text: str) -> Subject:
    """The configured rule of that name, else the text read as a query. Raises QueryError."""
    from monitor.rules import faults

    known = {rule.name: rule for rule in config.rules} if config else {}
    if config and text in known:
        return Subject(known[text], config.ruleset.rules[text])
    near = difflib.get_close_matches(text, known, n=1, cutoff=0.8)
    if near:
        click.echo(f"no rule is called `{text}` (did you mean `{near[0]}`?); it is read as a query", err=True)
    query = faults.read(text, lists=config.lists if config else None)
    return Subject(Rule(name=text, query=text, channels=(ASKED,)), query)


def rules_named(config: "Config", names: tuple[str, ...]) -> list[Rule]:
    """The rules of these names, in their order; all when none is named. Raises UsageError."""
    known = {rule.name for rule in config.rules}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"no rule is called {', '.join(unknown)}; `newsmonitor rules list` shows them")
    return [rule for rule in config.rules if not names or rule.name in names]


def load_config_if_any(directory: str) -> "Config | None":
    """The configuration; None when there is no such directory, where a query and a file are enough."""
    return common.load_config(directory) if Path(directory).is_dir() else None


def anywhere(rule: Rule) -> Rule:
    """The rule for articles from a file: no feed is known there, so that feeds are not looked at."""
    return replace(rule, feeds=FeedSelector())


# --- articles ---------------------------------------------------------------------------------


def is_archived(reference: str) -> bool:
    """Whether an article is named by its id or address in the archive, rather than by a file."""
    return reference.isdecimal() or reference.startswith(("http://", "https://"))


def find_archived(config: "Config", store: "Store", reference: str) -> "tuple[StoredArticle, Feed]":
    """The archived article of an id or address, and the feed it came from. Raises UsageError."""
    from monitor import dedup
    from monitor.model import ArticleId
    from monitor.store import archive, articles

    if reference.isdecimal() and len(reference) < 19:
        found = store.read(lambda conn: articles.get(conn, ArticleId(int(reference))))
    else:
        key = dedup.canonical(reference)
        found = store.read(lambda conn: archive.find_by_address(conn, reference, key))
    if found is None:
        hint = "`newsmonitor search QUERY` finds articles and their ids"
        raise click.UsageError(f"the archive has no article {reference}; {hint}")
    feed = store.read(lambda conn: archive.feed_of(conn, found.feed_id))
    configured = {feed.url: feed for feed in config.feeds}
    return found, configured.get(feed.url, feed)


def read_article(reference: str) -> Article:
    """The article of `-`, FILE.json or FILE.jsonl#id. Raises UsageError that says what is wrong."""
    name, _, wanted = reference.rpartition("#") if "#" in reference else (reference, "", "")
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        hint = "an article is an id or address in the archive, FILE.json, FILE.jsonl#id, or -"
        raise click.UsageError(f"{name}: {error.strerror}; {hint}") from None
    try:
        found = list(_objects(data.decode("utf-8-sig"), wanted))
        if len(found) == 1:
            return Article.from_dict(found[0])
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{name}: no article: {error}") from None
    if not found:
        raise click.UsageError(f"{name}: no article" + (f" with the id {wanted}" if wanted else ""))
    raise click.UsageError(f"{name} holds {len(found)} articles: name one, {name}#id")


def _objects(text: str, wanted: str) -> Iterator[dict[str, object]]:
    """The JSON objects of a file, one in all or one a line; only that of the id wanted, if any."""
    try:
        values = [json.loads(text)]
    except json.JSONDecodeError:
        values = [json.loads(line) for line in text.splitlines() if line.strip()]
    for value in values:
        if not isinstance(value, dict):
            raise ValueError("an article is a JSON object")
        if not wanted or str(value.get("id")) == wanted:
            yield value
            if wanted:
                return
