"""The queries of all rules and lists: read each one and point at the exact character that is wrong.

Reads and lints through `monitor.rules`; matches nothing.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping

from monitor import rules
from monitor.config import nodes, spans
from monitor.config.merge import Merged
from monitor.config.nodes import Mapping, Node, Scalar
from monitor.config.problems import Report
from monitor.config.source import Place
from monitor.errors import QueryError
from monitor.rules.lint import lint

_LIST_NAME = re.compile(r"[^\W\d][\w-]*")
_COMMENT_BEHIND = re.compile(r"[ \t]+#")

Lists = AnyMapping[str, tuple[str, ...]]


def check_queries(merged: Merged, lists: Lists, report: Report) -> None:
    """Report every query that cannot be read, and what is odd about those that can."""
    # A list that is not valid has been told; its name still exists.
    known = {
        key.value: lists.get(key.value, ("placeholder",)) for key, _ in _entries(merged.root.get("lists"))
    }
    _check_lists(merged, lists, report)
    shared = rules.Lists(known)
    for scalar in _queries(merged.root.get("rules")):
        if not _refuse_comment(scalar, report):
            _check_query(scalar, shared, report)
    for scalar in _score_terms(merged.root.get("rules")):
        _check_query(scalar, shared, report)


def _check_lists(merged: Merged, lists: Lists, report: Report) -> None:
    for key, value in _entries(merged.root.get("lists")):
        name = key.value
        if not _LIST_NAME.fullmatch(name):
            hint = "Use letters, digits, _ and -, beginning with a letter: a query names the list as $name."
            report.error(key, "this cannot be the name of a list", hint)
        elif lists.get(name) and not _is_readable(name, lists):
            _check_items(name, value, lists, report)


def _is_readable(name: str, lists: Lists) -> bool:
    try:
        rules.parse(f"${name}", lists=lists)
    except QueryError:
        return False
    return True


def _check_items(name: str, value: Node, lists: Lists, report: Report) -> None:
    """Try each item by itself, so that every bad one is told at its place."""
    for item in value.items if isinstance(value, nodes.Sequence) else [value]:
        if not isinstance(item, Scalar):
            continue
        try:
            rules.parse(f"${name}", lists={**lists, name: (item.value.strip(),)})
        except QueryError as error:
            if error.text == item.value.strip():
                message = error.message.removeprefix(f"list `{name}`, item 1: ")
                _report(item, QueryError(message, text=error.text, span=error.span, hint=error.hint), report)
            else:  # a list within this one, told at its own place, or lists that use each other
                report.error(item, error.message, error.hint)


def _check_query(scalar: Scalar, lists: rules.Lists, report: Report) -> None:
    query = scalar.value.strip()
    if not query:
        return  # told as empty by the schema
    try:
        parsed = rules.parse(query, lists=lists)
    except QueryError as error:
        if error.text == query:  # else it is in a list, and told there
            _report(scalar, error, report)
        return
    if scalar.interpolated:
        return
    for finding in lint(parsed):
        report.warn(_locate(scalar, finding.span), finding.message, finding.hint)


def _report(scalar: Scalar, error: QueryError, report: Report) -> None:
    if scalar.interpolated:  # the error's words may be part of a secret
        report.error(scalar, "with `${…}` filled in, this query cannot be read")
    else:
        report.error(_locate(scalar, error.span), error.message, error.hint)


def _locate(scalar: Scalar, span: tuple[int, int]) -> Place:
    """The place of a span of the stripped value."""
    shift = len(scalar.value) - len(scalar.value.lstrip())
    return spans.locate(scalar, shift + span[0], shift + span[1])


def _refuse_comment(scalar: Scalar, report: Report) -> bool:
    """`match: b # c` silently means `b`; whoever wrote it may have meant a hashtag."""
    text, end = scalar.place.file.text, scalar.place.end
    if scalar.style or not _COMMENT_BEHIND.match(text, end):
        return False
    start = text.index("#", end)
    report.error(
        Place(scalar.place.file, start, start + 1),
        "what follows ` #` is a comment and no part of the query",
        "Put the comment on a line of its own; for a hashtag write the query as a block: `match: |`.",
    )
    return True


def _queries(rules_node: Node | None) -> Iterator[Scalar]:
    for _, value in _entries(rules_node):
        node = value.get("match") if isinstance(value, Mapping) else value
        if isinstance(node, Scalar):
            yield node


def _score_terms(rules_node: Node | None) -> Iterator[Scalar]:
    for _, value in _entries(rules_node):
        score = value.get("score") if isinstance(value, Mapping) else None
        terms = score.get("terms") if isinstance(score, Mapping) else None
        for key, _ in _entries(terms):
            yield key


def _entries(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    if isinstance(node, Mapping):
        yield from node.items.values()
