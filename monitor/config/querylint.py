"""Where the queries stand in the files, and what the lint of the rules has to say of them there.

What cannot be read is told by `queries`; this module only warns.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from typing import NamedTuple

from monitor import rules
from monitor.config import nodes, spans
from monitor.config.merge import Merged
from monitor.config.nodes import Mapping, Node, Scalar
from monitor.config.problems import Report
from monitor.config.source import Place
from monitor.model import Rule
from monitor.rules import RuleSet, query
from monitor.rules.lint import Finding, lint, lint_items, lint_score
from monitor.rules.ruleset import Compiled
from monitor.rules.score import WeighedQueries
from monitor.rules.suspects import meant_language

Lints = AnyMapping[tuple[str, int], tuple[Finding, ...]]  # by rule and number of the term


class Reading(NamedTuple):
    """Queries that were read: what another reading keeps of those that stay as they are."""

    rules: Sequence[Rule]
    ruleset: RuleSet
    lints: Lints


def queries_of(merged: Merged) -> Iterator[tuple[str, int, Scalar]]:
    """Every query: its rule, its number among the rule's terms, and where it stands."""
    for key, rule in entries_of(merged.root.get("rules")):
        match = rule.get("match") if isinstance(rule, Mapping) else rule
        if isinstance(match, Scalar):
            yield key.value, 0, match
        score = rule.get("score") if isinstance(rule, Mapping) else None
        terms = score.get("terms") if isinstance(score, Mapping) else None
        for number, (term, _) in enumerate(entries_of(terms)):
            yield key.value, number, term


def entries_of(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """The keys and values of a mapping."""
    if isinstance(node, Mapping):
        yield from node.items.values()


def locate(scalar: Scalar, span: tuple[int, int]) -> Place:
    """The place of a span of the stripped value."""
    shift = len(scalar.value) - len(scalar.value.lstrip())
    return spans.locate(scalar, shift + span[0], shift + span[1])


def warn(scalar: Scalar, findings: Iterable[Finding], report: Report) -> None:
    """Tell each finding at its place."""
    for finding in findings:
        report.warn(locate(scalar, finding.span), finding.message, finding.hint)


# --- rules ------------------------------------------------------------------------------------


def lint_queries(
    merged: Merged,
    compiled: AnyMapping[str, Compiled],
    languages: AnyMapping[str, tuple[str, ...]],
    kept: Lints,
    report: Report,
) -> dict[tuple[str, int], tuple[Finding, ...]]:
    """Warn of what the queries hardly mean; what was `kept` is known."""
    lints = {}
    for name, number, scalar in queries_of(merged):
        if not scalar.interpolated:
            found = kept.get((name, number))
            if found is None:
                rule = compiled[name]
                read = rule if isinstance(rule, rules.Query) else rule.terms[number][0]
                found = tuple(lint(read, languages=languages[name]))
            lints[name, number] = found
            warn(scalar, found, report)
    for key, node in entries_of(merged.root.get("rules")):
        if isinstance(node, Mapping):
            _lint_score(node.get("score"), compiled[key.value], report)
            _lint_languages(node.get("language"), report)
    return lints


def kept_lints(
    before: Reading, compiled: AnyMapping[str, Compiled], languages: AnyMapping[str, tuple[str, ...]]
) -> Lints:
    """What was found earlier in the queries that were kept, for rules of the same languages."""
    old = before.ruleset.rules
    same = {
        rule.name
        for rule in before.rules
        if old[rule.name] is compiled.get(rule.name) and rule.languages == languages[rule.name]
    }
    return {key: found for key, found in before.lints.items() if key[0] in same}


def _lint_score(node: Node | None, rule: Compiled, report: Report) -> None:
    if not (isinstance(node, Mapping) and isinstance(rule, WeighedQueries)):
        return
    weights = [value for _, value in entries_of(node.get("terms"))]
    threshold = node.get("threshold")
    for number, message, hint in lint_score(rule.threshold, [weight for _, weight in rule.terms]):
        where = threshold if number is None else weights[number]
        if where is not None:
            report.warn(where, message, hint)


def _lint_languages(node: Node | None, report: Report) -> None:
    for scalar in nodes.scalars(node) if node is not None else ():
        if meant := meant_language(scalar.value):
            message = f"feeds do not call a language `{nodes.shorten(scalar.value)}`"
            report.warn(scalar, message, f"Did you mean {meant}?")


# --- lists ------------------------------------------------------------------------------------


def lint_list(node: Node, read: Sequence[query.Node], report: Report) -> None:
    """Warn of what the items of a list hardly mean; `read` are the items as they were read."""
    scalars = list(node.items if isinstance(node, nodes.Sequence) else [node])
    if len(scalars) != len(read):
        return
    texts = [scalar.value.strip() if isinstance(scalar, Scalar) else "" for scalar in scalars]
    items = list(zip(texts, read, strict=True))
    for number, finding in lint_items(items):
        scalar = scalars[number]
        if isinstance(scalar, Scalar) and not scalar.interpolated:
            warn(scalar, [finding], report)
