"""The queries of all rules and lists: read each one and point at the exact character that is wrong.

Reads and lints through `monitor.rules`; matches nothing.
"""

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence

from monitor import rules
from monitor.config import nodes, querylint
from monitor.config.merge import Merged
from monitor.config.nodes import Mapping, Node, Scalar
from monitor.config.problems import Report
from monitor.config.querylint import Reading, entries_of, locate, queries_of
from monitor.config.source import Place
from monitor.errors import QueryError
from monitor.model import Rule
from monitor.rules import RuleSet, faults
from monitor.rules.lint import lint

_LIST_NAME = re.compile(r"[^\W\d][\w-]*")
_COMMENT = re.compile(r"[ \t]+#")

# What YAML makes invisible characters of in double quotes, and regular expressions something else.
_MISREAD = re.compile(r"\\(?:([0abefvNLP_])|.)", re.DOTALL)
_LIST_USED = re.compile(r"\$([^\W\d][\w-]*)")

Lists = AnyMapping[str, tuple[str, ...]]


def read_queries(
    merged: Merged,
    made: Sequence[Rule],
    lists: Lists,
    report: Report,
    *,
    lists_known: bool,
    before: Reading | None = None,
) -> Reading | None:
    """The compiled rules; None when something is wrong, which is then in the report.

    `lists_known` is false when a file that may define lists could not be read. `before`: the reading
    that this one takes the place of.
    """
    refuse_traps(merged, report)
    _check_list_names(merged, report)
    if not report.has_errors:
        try:
            return _compile(merged, made, lists, report, before)
        except QueryError as error:
            _check_each(merged, made, lists, report, lists_known=lists_known)
            if not report.has_errors:
                report.error(merged.root, f"the rules cannot be compiled: {error.message}", error.hint)
    else:
        _check_each(merged, made, lists, report, lists_known=lists_known)
    return None


def _compile(
    merged: Merged, made: Sequence[Rule], lists: Lists, report: Report, before: Reading | None
) -> Reading:
    """Reads each query once, since this is the way of every good configuration. Raises QueryError."""
    sources = {rule.name: rule.score or rule.query for rule in made}
    compile_rules = RuleSet.compile if before is None else before.ruleset.changed
    ruleset = compile_rules(sources, lists=lists)
    known = rules.Lists(lists)
    for key, value in entries_of(merged.root.get("lists")):
        querylint.lint_list(value, known.resolve(key.value) or (), report)
    languages = {rule.name: rule.languages for rule in made}
    compiled = ruleset.rules
    kept = {} if before is None else querylint.kept_lints(before, compiled, languages)
    lints = querylint.lint_queries(merged, compiled, languages, kept, report)
    return Reading(made, ruleset, lints)


def refuse_traps(merged: Merged, report: Report) -> None:
    """Report each query that ends where a comment begins, or of which YAML makes another in silence."""
    for _, _, scalar in queries_of(merged):
        _refuse_comment(scalar, report)
        _refuse_escapes(scalar, report)
    for scalar in nodes.scalars(merged.root.get("lists") or Mapping(merged.root.place, {})):
        _refuse_escapes(scalar, report)


def _check_each(
    merged: Merged, made: Sequence[Rule], lists: Lists, report: Report, *, lists_known: bool
) -> None:
    """Read query by query and item by item, so that every mistake is told at its place."""
    for key, value in entries_of(merged.root.get("lists")):
        if lists.get(key.value) and not _is_readable(key.value, lists):
            _check_items(key.value, value, lists, report)
    # A list that is not valid, or that may stand in a file that cannot be read, has been told.
    defined = [key.value for key, _ in entries_of(merged.root.get("lists"))]
    if not lists_known:
        defined += (name for _, _, scalar in queries_of(merged) for name in _LIST_USED.findall(scalar.value))
    known = rules.Lists({name: lists.get(name, ("placeholder",)) for name in defined})
    languages = {rule.name: rule.languages for rule in made}
    for name, _, scalar in queries_of(merged):
        if scalar.value.strip() and not _comment_behind(scalar):
            _check_query(scalar, known, languages.get(name, ()), report)


def _check_list_names(merged: Merged, report: Report) -> None:
    for key, _ in entries_of(merged.root.get("lists")):
        if not _LIST_NAME.fullmatch(key.value):
            hint = "Use letters, digits, _ and -, beginning with a letter: a query names the list as $name."
            report.error(key, "this cannot be the name of a list", hint)


def _is_readable(name: str, lists: Lists) -> bool:
    try:
        rules.Lists(lists).resolve(name)
    except QueryError:
        return False
    return True


def _check_items(name: str, value: Node, lists: Lists, report: Report) -> None:
    for item in value.items if isinstance(value, nodes.Sequence) else [value]:
        if not isinstance(item, Scalar):
            continue
        text = item.value.strip()
        try:
            rules.Lists({**lists, name: (text,)}).resolve(name)
        except QueryError as error:
            if error.text == text:
                message = error.message.removeprefix(f"list `{name}`, item 1: ")
                _report(item, QueryError(message, text=text, span=error.span, hint=error.hint), report)
            elif not item.interpolated:  # lists that use each other, or a bad one within this one
                report.error(item, error.message, error.hint)


def _check_query(scalar: Scalar, lists: rules.Lists, languages: tuple[str, ...], report: Report) -> None:
    query = scalar.value.strip()
    try:
        parsed = faults.read(query, lists=lists)
    except QueryError as error:
        for fault in (error, *error.others):
            if fault.text == query:  # else it is in a list, and told there
                _report(scalar, fault, report)
    else:
        if not scalar.interpolated:
            querylint.warn(scalar, lint(parsed, languages=languages), report)


def _report(scalar: Scalar, error: QueryError, report: Report) -> None:
    if scalar.interpolated:  # the error's words may be part of a secret
        report.error(scalar, "with `${…}` filled in, this query cannot be read")
    else:
        hint = nodes.comma_hint(scalar) if "never closed" in error.message else ""
        report.error(locate(scalar, error.span), error.message, hint or error.hint)


def _comment_behind(scalar: Scalar) -> bool:
    return not scalar.style and _COMMENT.match(scalar.place.file.text, scalar.place.end) is not None


def _refuse_comment(scalar: Scalar, report: Report) -> None:
    """`match: b # c` silently means `b`; whoever wrote it may have meant a hashtag."""
    if _comment_behind(scalar):
        start = scalar.place.file.text.index("#", scalar.place.end)
        report.error(
            Place(scalar.place.file, start, start + 1),
            "what follows ` #` is a comment and no part of the query",
            "Put the comment on a line of its own; for a hashtag write the query as a block: `match: |`.",
        )


def _refuse_escapes(scalar: Scalar, report: Report) -> None:
    """`"/\\bUS/"` silently means a backspace and US; whoever wrote it meant the edge of a word."""
    file, start, end = scalar.place
    for escape in _MISREAD.finditer(file.text, start, end) if scalar.style == '"' else ():
        if escape[1]:
            report.error(
                Place(file, *escape.span()),
                f"in double quotes YAML makes of `{escape[0]}` a character that cannot be seen",
                "Write the query as a block: `match: |`; or in single quotes.",
            )
