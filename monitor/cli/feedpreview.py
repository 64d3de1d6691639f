"""`newsmonitor feeds preview`: a feed as it is read, and what the rules would say of its articles."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common, feedaddress, feedlook
from monitor.errors import ConfigError
from monitor.model import Article, Feed

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.fetch.outcome import Failed
    from monitor.model import Document
    from monitor.pipeline.outlook import Foreseen

_KEYS = (
    "id", "url", "title", "author", "published", "updated", "summary", "content", "tags", "language",
)  # fmt: skip


@click.command()
@click.argument("source", metavar="URL|FILE")
@click.option("--language", default="", help="The language of its articles, where it names none.")
@click.option("--tag", "tags", multiple=True, help="A tag it would have, for rules that choose by tags.")
@click.option(
    "--rules/--no-rules",
    "with_rules",
    default=None,
    help="Whether to ask the configured rules; with --json only when asked for.",
)
@common.json_option
@click.pass_obj
def preview(
    config_dir: str,
    source: str,
    language: str,
    tags: tuple[str, ...],
    *,
    with_rules: bool | None,
    as_json: bool,
) -> None:
    """The articles of a feed or of a file as they are read; nothing is kept.

    Where there is a configuration with rules, each article is followed by what these would say if it
    appeared now; --json --rules has that under `rules`. An address that you give here may be private.
    """
    config = _config(config_dir)
    feed = _feed(source, config, language, tags)
    document = feedlook.document(_read(source, feed, config), source)
    ask = not as_json if with_rules is None else with_rules
    rules = _foresee(config, feed, document.articles) if ask else None
    for number, article in enumerate(document.articles):
        told = None if rules is None else rules[number]
        click.echo(_as_json(article, told) if as_json else _as_text(article, told))
    if not document.articles:
        click.echo(f"{common.printable(source)}: a feed, with no articles in it", err=True)
    if document.skipped:
        noun = "entry" if document.skipped == 1 else "entries"
        click.echo(f"{document.skipped} {noun} could not be read", err=True)
    if rules and not as_json:
        matched = sum(1 for told in rules if told)
        click.echo(f"{matched} of {feedlook.articles(len(rules))} matched by a rule", err=True)


def _config(config_dir: str) -> "Config | None":
    """The configuration; None where there is none: a look at a feed needs no more."""
    if not Path(config_dir).is_dir():
        return None
    try:
        return feedlook.load_part(config_dir)
    except ConfigError:
        click.echo(
            "the configuration has errors, `newsmonitor check` shows them; going on without its rules",
            err=True,
        )
        return None


def _is_address(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _feed(source: str, config: "Config | None", language: str, tags: tuple[str, ...]) -> Feed:
    """The feed as configured, or as it would be with these options."""
    known = next((feed for feed in config.feeds if feed.url == source), None) if config else None
    feed = known or Feed(source if _is_address(source) else "")
    return replace(feed, language=language or feed.language, tags=tags or feed.tags, allow_private=True)


def _read(source: str, feed: Feed, config: "Config | None") -> "Document | Failed":
    if _is_address(source):
        (reading,) = feedlook.look_at([feed], config)
        return reading.result
    from monitor.fetch import reading as readings

    if not Path(source).exists() and (source.lower().startswith("www.") or "://" in source):
        feedaddress.refuse(source)
    return readings.read_body(feedlook.read_file(source), language=feed.language)


def _foresee(
    config: "Config | None", feed: Feed, articles: Sequence[Article]
) -> "list[tuple[Foreseen, ...]] | None":
    """What each article would lead to; None where there are no rules."""
    if config is None or not config.rules:
        return None
    from monitor.pipeline import outlook

    return outlook.foresee(
        articles, rules=config.rules, ruleset=config.ruleset, feed=feed, now=common.utc_now()
    )


def _as_json(article: Article, told: "Sequence[Foreseen] | None") -> str:
    whole = article.to_dict()
    row: dict[str, Any] = {key: whole[key] for key in _KEYS}
    if told is not None:
        row["rules"] = [
            {
                "rule": item.match.rule,
                "alert": item.decision.tell,
                "reason": str(item.decision.reason),
                "spans": [list(span) for span in item.match.spans],
            }
            for item in told
        ]
    return json.dumps(row, ensure_ascii=False)


def _as_text(article: Article, told: "Sequence[Foreseen] | None") -> str:
    from monitor.text import visible_text

    moment = article.published_at or article.updated_at
    facts = (moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "", article.author, article.language)
    lines = (
        common.shorten(visible_text(article.title), 100) or "(no title)",
        "  ".join(common.printable(fact) for fact in (*facts, ", ".join(article.tags)) if fact),
        common.printable(article.url),
        common.shorten(visible_text(article.summary or article.content), 200),
        *map(_said, told or ()),
    )
    return "\n  ".join(line for line in lines if line) + "\n"


def _said(item: "Foreseen") -> str:
    verdict = "alert" if item.decision.tell else "no alert"
    return common.printable(f"→ {item.match.rule}: {verdict} ({item.decision.reason})")
