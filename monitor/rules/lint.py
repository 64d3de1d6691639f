"""Lint: warnings about queries that can be read and hardly mean what was wanted.

Judges the syntax tree alone; what needs the archive (words never seen, alerts a day) is not here.
"""

from collections.abc import Iterator, Sequence

from monitor.rules import dialects
from monitor.rules.contradictions import contradictions
from monitor.rules.finding import Finding, shown
from monitor.rules.idle import idle_pairs, idle_parts
from monitor.rules.implication import Judge
from monitor.rules.query import Field, ListRef, Node, Query, children
from monitor.rules.suspects import Suspects

__all__ = ["Finding", "lint", "lint_items", "lint_score"]


def lint(query: Query, *, languages: tuple[str, ...] = (), beside: Sequence[Node] = ()) -> list[Finding]:
    """All warnings in the order of the text. `languages`: those of the rule, when it names some.

    `beside`: the other items of a list, when the query is one of them.
    """
    remarks = [Finding(*remark) for remark in dialects.foreign(query)]
    meant = frozenset(remark.span[0] for remark in remarks)  # such a word is not judged as a word as well
    judge = Judge()
    found = [*_mixed(query), *contradictions(query.root, judge)]
    for node in _own_nodes(query.root):
        found += idle_parts(node, judge)
    found += Suspects(query, languages, beside).findings(meant)
    return sorted({*remarks, *(finding for finding in found if not _is_inside(finding, remarks))})


def _is_inside(finding: Finding, remarks: Sequence[Finding]) -> bool:
    """Whether it is about a part of what a remark asks to be written anew."""
    start, end = finding.span
    return any(remark.span[0] <= start and end <= remark.span[1] for remark in remarks)


def _own_nodes(node: Node) -> Iterator[Node]:
    """The nodes whose spans are in this query: lists are not entered, nor language codes and exact words."""
    yield node
    if isinstance(node, ListRef) or (
        isinstance(node, Field) and node.name in ("lang", "exact", "url", "source")
    ):
        return
    for child in children(node):
        yield from _own_nodes(child)


def _mixed(query: Query) -> Iterator[Finding]:
    for span in query.mixed:
        text = query.text[slice(*span)]
        hint = (
            f"AND binds first; to be clear, write ({text})" if len(text) <= 60 else "put brackets around it"
        )
        yield Finding(span, "AND and OR mixed without brackets", hint)


# --- lists and scores -------------------------------------------------------------------------


def lint_items(items: Sequence[tuple[str, Node]]) -> Iterator[tuple[int, Finding]]:
    """Warnings about the items of a list, each with the item's number; spans are places in its text."""
    nodes = [node for _, node in items]
    for number, (text, node) in enumerate(items):
        for finding in lint(Query(text, node), beside=nodes):
            yield number, finding
    for index, other in idle_pairs(nodes, Judge(), is_all=False):
        message = f"`{shown(nodes[index])}` adds nothing to `{shown(nodes[other])}`"
        yield index, Finding((0, len(items[index][0])), message, "remove it")


def lint_score(threshold: float, weights: Sequence[float]) -> Iterator[tuple[int | None, str, str]]:
    """Warnings about a weighted rule: the number of the term, or None for the threshold; what; a hint."""
    most = sum(weight for weight in weights if weight > 0)
    if most < threshold:
        hint = "lower the threshold, or raise the weights"
        yield None, f"can never match: the weights add up to {most:g} at most", hint
    elif threshold <= 0:
        hint = "write the sum from which on an article is worth telling"
        yield None, f"any term alone reaches a threshold of {threshold:g}", hint
    for number, weight in enumerate(weights):
        if weight == 0:
            yield number, "a weight of 0 adds nothing", "remove the term, or give it a weight"
