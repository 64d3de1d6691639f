"""`newsmonitor alerts why`: what became of an article, step by step, to where it ended."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import common, explain, marks, subject

if TYPE_CHECKING:
    from monitor.pipeline.ledger import Decided, Ledger, RuleEntry, Sent, Told

_MOST_SILENT = 10  # rules that did not match, explained in a line each


@click.command()
@click.argument("article")
@click.argument("rule", required=False)
@common.json_option
@click.pass_obj
def why(config_dir: str, article: str, rule: str | None, as_json: bool) -> None:
    """Say what became of ARTICLE: fetched, folded, matched, decided, delivered; or where it ended.

    ARTICLE is an id in the archive, or an address. With RULE, of that rule only; a rule that did not match
    is explained.
    """
    from monitor.pipeline import ledger as ledgers

    config = common.load_config(config_dir)
    compiled = config.ruleset.rules
    rules = [(known, compiled[known.name]) for known in config.rules]
    store = common.open_existing(config)
    try:
        stored, feed = subject.find_archived(config, store, article)
        ledger = ledgers.trace(store, stored, feed, rules, only=rule)
    finally:
        store.close()
    if rule is not None and not ledger.rules:
        message = f"no rule is called {rule}, and none of that name has matched; see `newsmonitor rules list`"
        raise click.UsageError(message)
    if as_json:
        click.echo(json.dumps(as_data(ledger), ensure_ascii=False))
    else:
        for line in lines(ledger, config.settings.time_zone, in_full=rule is not None):
            click.echo(line)


# --- for people -------------------------------------------------------------------------------


def lines(ledger: "Ledger", zone: str, *, in_full: bool) -> Iterator[str]:
    """The ledger, step by step. `in_full`: rules that did not match are explained at length."""
    stored = ledger.stored
    yield f"article {stored.id}: {common.shorten(stored.article.title, 100)}"
    if stored.article.url:
        yield f"  {common.printable(stored.article.url)}"
    published = common.local(stored.article.published_at, zone)
    dated = f", published {published}" if published else ", without a date"
    seen = common.local(stored.seen_at, zone)
    yield f"  fetched {seen} from {common.printable(ledger.feed.label)}{dated}"
    if stored.changed_at > stored.seen_at:
        yield f"  edited, last at {common.local(stored.changed_at, zone)}"
    yield from (f"  {line}" for line in _folded(ledger, zone))
    silent = [entry for entry in ledger.rules if entry.explanation is not None]
    for entry in ledger.rules:
        if entry.explanation is None:
            yield from _entry(entry, zone)
    if not in_full and len(silent) == len(ledger.rules):
        yield "no rule matched: here its way ended"
    for entry in silent if in_full else silent[:_MOST_SILENT]:
        yield from _silent(entry, ledger, in_full=in_full)
    if not in_full and len(silent) > _MOST_SILENT:
        yield f"  and {len(silent) - _MOST_SILENT} more rules; name one to have it explained"


def _folded(ledger: "Ledger", zone: str) -> Iterator[str]:
    from monitor.cli.stories import merge_line

    stored, origin = ledger.stored, ledger.origin
    account = common.printable(origin.account) if origin else ""
    if stored.of is None:
        is_first = origin is None or not origin.account or stored.kind == "roundup"
        what = "the first article of" if is_first else "joined"
        yield f"{stored.kind}: {what} story {stored.story_id}"
    elif origin is None or origin.earlier is None:
        yield f"{stored.kind} of article {stored.of}, which is gone; story {stored.story_id}"
    else:
        key = f" by its {origin.key}" if origin.key else ""
        title = common.shorten(origin.earlier.article.title, 60)
        yield f"{stored.kind}{key} of article {origin.earlier.id} ({title}); story {stored.story_id}"
    if account:
        yield f"  {account}"
    yield from (f"  story {merge.kept_id} {merge_line(merge, zone)}" for merge in ledger.merges)


def _entry(entry: "RuleEntry", zone: str) -> Iterator[str]:
    yield f"rule `{common.shorten(entry.rule, 80)}`"
    for decided in entry.decisions:
        yield from _decided(decided, zone)
    for told in entry.follow_ups:
        what = "followed up" if told.alert.kind == "follow_up" else "corrected"
        yield f"  {what}: alert {told.alert.id}, {common.local(told.alert.decided_at, zone)}"
        yield from _deliveries(told, zone)


def _decided(decided: "Decided", zone: str) -> Iterator[str]:
    from monitor.pipeline.ledger import IN_WORDS

    recorded = decided.recorded
    score = "" if recorded.match.score is None else f" with a score of {recorded.match.score:g}"
    yield f"  matched{score}, {common.local(recorded.decided_at, zone)}"
    yield from (f"      {common.printable(note)}" for note in recorded.match.notes)
    if decided.article is None:
        yield "      by words that have been edited since"
    else:
        yield from (f"      {line}" for line in marks.field_lines(decided.article, recorded.match.spans))
    yield f"  {IN_WORDS[recorded.reason] if recorded.reason else recorded.decision}"
    if decided.told_before is not None:
        before = decided.told_before
        yield f"      by alert {before.id}, {common.local(before.decided_at, zone)}"
    if decided.told is not None:
        yield f"  alert {decided.told.alert.id}, {common.local(decided.told.alert.decided_at, zone)}"
        yield from _deliveries(decided.told, zone)
    elif recorded.decision == "alert":
        yield "  its alert is older than the retention"


def _deliveries(told: "Told", zone: str) -> Iterator[str]:
    from monitor.cli.alerts import describe

    for sent in told.deliveries:
        yield f"  {common.printable(describe(sent.delivery, zone))}"
        if sent.held_until is not None:
            yield f"      held until {common.local(sent.held_until, zone)}"
        for number, attempt in enumerate(sent.attempts, 1):
            reason = f" ({attempt.reason}: {common.printable(attempt.detail)})" if attempt.reason else ""
            moment = common.local(attempt.finished_at, zone)
            yield f"      attempt {number}, {moment}: {attempt.state}{reason}"
    if not told.deliveries:
        yield "  no delivery: its channels had no recipient"


def _silent(entry: "RuleEntry", ledger: "Ledger", *, in_full: bool) -> Iterator[str]:
    explanation = entry.explanation
    if explanation is None:
        return
    if explanation.matched and not explanation.outside:
        yield f"rule `{common.shorten(entry.rule, 80)}`"
        yield "  matches now, but no match was recorded: the rule is newer than the article, or was changed"
    if in_full:
        yield from explain.lines(explanation, ledger.stored.article)
    elif explanation.outside:
        yield f"  `{common.shorten(entry.rule, 60)}`: {explanation.outside[0]}"
    elif not explanation.matched:
        failed = ", ".join(common.shorten(clause.text, 40) for clause in explanation.failed)
        missed = failed or f"a score of {explanation.score:g}, {explanation.threshold:g} needed"
        yield f"  `{common.shorten(entry.rule, 60)}`: fails at {missed}"


# --- for programs -----------------------------------------------------------------------------


def as_data(ledger: "Ledger") -> dict[str, Any]:
    """The ledger as JSON values."""
    from monitor.cli.stories import merge_row

    stored, origin = ledger.stored, ledger.origin
    return {
        "id": stored.id,
        "article": stored.article.to_dict(),
        "feed": ledger.feed.url,
        "seen": stored.seen_at.isoformat(),
        "changed": stored.changed_at.isoformat(),
        "kind": str(stored.kind),
        "of": stored.of,
        "key": origin.key if origin else "",
        "folded": origin.account if origin else "",
        "story": stored.story_id,
        "merged": [merge_row(merge) for merge in ledger.merges],
        "rules": [_entry_data(entry) for entry in ledger.rules],
    }


def _entry_data(entry: "RuleEntry") -> dict[str, Any]:
    return {
        "rule": entry.rule,
        "decisions": [_decision_data(decided) for decided in entry.decisions],
        "follow_ups": [_told_data(told) for told in entry.follow_ups],
        "explanation": explain.as_data(entry.explanation) if entry.explanation else None,
    }


def _decision_data(decided: "Decided") -> dict[str, Any]:
    recorded = decided.recorded
    return {
        "decided": recorded.decided_at.isoformat(),
        "decision": recorded.decision,
        "reason": str(recorded.reason) if recorded.reason else None,
        "spans": [list(span) for span in recorded.match.spans],
        "score": recorded.match.score,
        "notes": list(recorded.match.notes),
        "told_before": decided.told_before.id if decided.told_before else None,
        "alert": _told_data(decided.told) if decided.told else None,
    }


def _told_data(told: "Told") -> dict[str, Any]:
    return {
        "id": told.alert.id,
        "decided": told.alert.decided_at.isoformat(),
        "kind": str(told.alert.kind),
        "deliveries": [_sent_data(sent) for sent in told.deliveries],
    }


def _sent_data(sent: "Sent") -> dict[str, Any]:
    from monitor.cli.alerts import delivery_row

    held = sent.held_until.isoformat() if sent.held_until else None
    attempts = [
        {
            "started": attempt.started_at.isoformat(),
            "finished": attempt.finished_at.isoformat(),
            "state": str(attempt.state),
            "reason": str(attempt.reason) if attempt.reason else None,
            "detail": attempt.detail,
        }
        for attempt in sent.attempts
    ]
    return delivery_row(sent.delivery) | {"held_until": held, "tries": attempts}
