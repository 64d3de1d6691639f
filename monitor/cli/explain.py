"""`newsmonitor rules explain`: why a rule matches an article, or what it misses."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common, marks, subject
from monitor.model import Article, Feed

if TYPE_CHECKING:
    from monitor.rules.explain import Clause, Explanation

_WIDEST = 240  # characters of an excerpt


@click.command()
@click.argument("rule")
@click.argument("article")
@common.json_option
@click.pass_obj
def explain(config_dir: str, rule: str, article: str, as_json: bool) -> None:
    """Say why RULE matches ARTICLE, or which clauses fail and what comes nearest to them.

    RULE is a rule's name, or a query. ARTICLE is an id or address in the archive, FILE.jsonl#id, a JSON
    file, or `-`. Exits 0 when the rule matches, 1 when it does not.
    """
    from monitor.rules import explain as explaining

    if subject.is_archived(article):
        config = common.load_config(config_dir, warn=True)
        found = subject.find_rule(config, rule)
        text, feed = _archived(config, article)
        explanation = explaining.explain(found.rule, found.compiled, text, feed)
    else:
        found = subject.find_rule(subject.load_config_if_any(config_dir), rule)
        text = subject.read_article(article)
        explanation = explaining.explain(subject.anywhere(found.rule), found.compiled, text)
    if as_json:
        click.echo(json.dumps(as_data(explanation), ensure_ascii=False))
    else:
        for line in lines(explanation, text):
            click.echo(line)
    raise SystemExit(0 if explanation.matched and not explanation.outside else 1)


def _archived(config: Any, reference: str) -> tuple[Article, Feed]:
    store = common.open_existing(config)
    try:
        stored, feed = subject.find_archived(config, store, reference)
    finally:
        store.close()
    return stored.article, feed


# --- for people -------------------------------------------------------------------------------


def lines(explanation: "Explanation", article: Article) -> Iterator[str]:
    """The explanation, line by line."""
    yield _verdict(explanation)
    for reason in explanation.outside:
        yield f"  – {reason}"
    if explanation.threshold is not None:
        yield from _earned(explanation, article)
    elif explanation.matched:
        for clause in explanation.clauses:
            yield from _places(clause, article)
    else:
        for clause in explanation.failed:
            yield from _failure(clause, article)
        for clause in explanation.clauses:
            if clause.satisfied:
                yield from _places(clause, article)
    for note in explanation.notes if explanation.threshold is None else ():
        yield f"  {note}"


def _verdict(explanation: "Explanation") -> str:
    rule, article = common.shorten(explanation.rule, 80), common.shorten(explanation.article, 80)
    if explanation.outside:
        verdict = "is not asked about" if explanation.matched else "does not match, and is not asked about,"
    else:
        verdict = "matches" if explanation.matched else "does not match"
    score = "" if explanation.score is None else f" ({explanation.score:g} of {explanation.threshold:g})"
    return f"`{rule}` {verdict} article {article}{score}"


def _earned(explanation: "Explanation", article: Article) -> Iterator[str]:
    for clause in explanation.clauses:
        if clause.satisfied:
            yield from _places(clause, article, f"{clause.weight:+g}")
    for clause in explanation.clauses:
        if not clause.satisfied:
            yield f"  0 of {clause.weight:+g}  {common.shorten(clause.text, 60)}: {_hint(clause)}"


def _places(clause: "Clause", article: Article, sign: str = "✓") -> Iterator[str]:
    text = common.shorten(clause.text, 60)
    if not clause.spans:
        yield f"  {sign} {text}" + "".join(f" ({note})" for note in clause.notes)
    else:
        yield f"  {sign} {text}"
    yield from (f"      {line}" for line in marks.field_lines(article, clause.spans))


def _failure(clause: "Clause", article: Article) -> Iterator[str]:
    yield f"  ✗ {common.shorten(clause.text, 60)}"
    for nearest in clause.nearest:
        yield f"      {common.printable(nearest.message)}"
        if nearest.span is not None:
            width = min(_WIDEST, max(100, nearest.span.end - nearest.span.start + 20))
            for line in marks.field_lines(article, nearest.ends or (nearest.span,), width):
                yield f"      {line}"


def _hint(clause: "Clause") -> str:
    return common.printable(clause.nearest[0].message) if clause.nearest else "not satisfied"


# --- for programs -----------------------------------------------------------------------------


def as_data(explanation: "Explanation") -> dict[str, Any]:
    """The explanation as JSON values."""
    data: dict[str, Any] = {
        "rule": explanation.rule,
        "article": explanation.article,
        "matched": explanation.matched,
        "outside": list(explanation.outside),
        "spans": [list(span) for span in explanation.spans],
        "clauses": [_clause(clause) for clause in explanation.clauses],
        "failed": [_clause(clause) for clause in explanation.failed],
        "notes": list(explanation.notes),
    }
    if explanation.threshold is not None:
        data |= {"score": explanation.score, "threshold": explanation.threshold}
    return data


def _clause(clause: "Clause") -> dict[str, Any]:
    data: dict[str, Any] = {
        "clause": clause.text,
        "at": list(clause.span),
        "satisfied": clause.satisfied,
        "spans": [list(span) for span in clause.spans],
        "notes": list(clause.notes),
        "nearest": [
            {"message": item.message, "span": list(item.span) if item.span else None}
            for item in clause.nearest
        ],
        "parts": [_clause(part) for part in clause.parts],
    }
    if clause.weight is not None:
        data |= {"weight": clause.weight, "earned": clause.earned}
    return data
