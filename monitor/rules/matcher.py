"""The reference matcher: what a query means, written to be read. A faster engine must agree with it.

An article of unknown language satisfies `lang:` and `NOT lang:` alike, so that nothing is lost in
silence; the match says so in a note.
"""

from dataclasses import dataclass, replace

from monitor.model import Article, Match, Span
from monitor.rules.page import Page
from monitor.rules.places import Found, Scope, count_separate, find
from monitor.rules.query import (
    ARTICLE_FIELDS,
    DEFAULT_FIELDS,
    And,
    AtLeast,
    Field,
    ListRef,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Regex,
    SomeOf,
    Term,
    walk,
)

LANGUAGE_UNKNOWN = "language unknown: taken as a match"
UNKNOWN_LANGUAGES = frozenset({"", "und", "unknown"})
MOST_SPANS = 1000
FIELD_ORDER = (*ARTICLE_FIELDS, "lang")

Spans = frozenset[Span]


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a node is looked for, and whether an odd number of NOTs stands above it."""

    page: Page
    fields: tuple[str, ...] = DEFAULT_FIELDS
    exact: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A node is satisfied, by these places."""

    spans: Spans = frozenset()
    notes: tuple[str, ...] = ()


def matches(query: Query, article: Article) -> Match | None:
    """The match of one query, named by its text, or None. For many queries use a RuleSet."""
    evidence = evaluate(query, Page(article))
    if evidence is None:
        return None
    return Match(rule=query.text, spans=arrange(evidence.spans), notes=evidence.notes)


def evaluate(query: Query, page: Page) -> Evidence | None:
    """What satisfies the query on this page, or None."""
    return _evaluate(query.root, _Context(page))


def arrange(spans: Spans) -> tuple[Span, ...]:
    """In reading order, overlapping and touching ones merged; the first thousand."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (FIELD_ORDER.index(span.field), span.start, span.end)):
        if merged and merged[-1].field == span.field and span.start < merged[-1].end:
            merged[-1] = Span(span.field, merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return tuple(merged[:MOST_SPANS])


def _evaluate(node: Node, context: _Context) -> Evidence | None:
    match node:
        case And():
            return _all(node.operands, context)
        case Or() | ListRef():
            return _at_least(1, node.operands, context)
        case SomeOf():
            return _at_least(node.count, node.operands, context)
        case Not():
            return _absent(node.operand, context)
        case AtLeast():
            return _counted(node, context)
        case Field(name="lang"):
            return _language(node.operand, context)
        case Field():
            return _evaluate(node.operand, _within(node, context))
        case Term() | Phrase() | Regex():
            question = (node, context.fields, context.exact)
            return context.page.answers.keep(question, lambda: _seen(_places(node, context)))
        case _:
            return _seen(_places(node, context))


def _all(operands: tuple[Node, ...], context: _Context) -> Evidence | None:
    found = []
    for operand in operands:
        evidence = _evaluate(operand, context)
        if evidence is None:
            return None
        found.append(evidence)
    return _union(found)


def _at_least(count: int, operands: tuple[Node, ...], context: _Context) -> Evidence | None:
    found = [evidence for node in operands if (evidence := _evaluate(node, context)) is not None]
    return _union(found) if len(found) >= count else None


def _union(found: list[Evidence]) -> Evidence:
    notes = dict.fromkeys(note for evidence in found for note in evidence.notes)
    return Evidence(frozenset().union(*(evidence.spans for evidence in found)), tuple(notes))


def _absent(operand: Node, context: _Context) -> Evidence | None:
    if isinstance(operand, Not):  # excluding what is excluded asks for it
        return _evaluate(operand.operand, context)
    if _evaluate(operand, replace(context, negated=not context.negated)) is not None:
        return None
    return Evidence(notes=(LANGUAGE_UNKNOWN,) if _is_language_open(operand, context) else ())


def _within(node: Field, context: _Context) -> _Context:
    """The context inside a field."""
    scope = Scope(context.fields, context.exact).within(node.name)
    return replace(context, fields=scope.fields, exact=scope.exact)


# --- places -----------------------------------------------------------------------------------


def _places(node: Node, context: _Context) -> dict[str, list[Found]]:
    """The places of a node, by field."""
    names = ARTICLE_FIELDS if any(isinstance(child, Field) for child in walk(node)) else context.fields
    scope = Scope(context.fields, context.exact)
    found = {name: find(node, context.page.field(name), scope) for name in names}
    return {name: places for name, places in found.items() if places}


def _seen(places: dict[str, list[Found]]) -> Evidence | None:
    spans = (Span(name, *mark) for name, found in places.items() for place in found for mark in place.marks)
    return Evidence(frozenset(spans)) if places else None


def _counted(node: AtLeast, context: _Context) -> Evidence | None:
    places = _places(node.operand, context)
    count = sum(count_separate(found) for found in places.values())
    return _seen(places) if count >= node.count else None


# --- languages --------------------------------------------------------------------------------


def _language(operand: Node, context: _Context) -> Evidence | None:
    """A code matches itself and its regional forms: `pt` finds pt-BR."""
    written = context.page.article.language
    actual = language_code(written)
    if actual in UNKNOWN_LANGUAGES:
        return None if context.negated else Evidence(notes=(LANGUAGE_UNKNOWN,))
    wanted = (language_code(node.text) for node in walk(operand) if isinstance(node, Term))
    if any(is_language(actual, code) for code in wanted):
        return Evidence(frozenset({Span("lang", 0, len(written))}))
    return None


def is_language(actual: str, wanted: str) -> bool:
    """Whether a language is the wanted one or a regional form of it."""
    return actual == wanted or actual.startswith(wanted + "-")


def language_code(text: str) -> str:
    """The code as compared: `pt_BR` is pt-br."""
    return text.strip().replace("_", "-").lower()


def _is_language_open(node: Node, context: _Context) -> bool:
    """Whether the node asks for a language that is not known."""
    if language_code(context.page.article.language) not in UNKNOWN_LANGUAGES:
        return False
    return any(isinstance(child, Field) and child.name == "lang" for child in walk(node))
