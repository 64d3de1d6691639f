"""Explains one rule on one article: which clause is satisfied where, or which clauses failed and how nearly.

Pure: gives a tree of values, prints nothing. The verdicts are the reference matcher's, clause by
clause, so that an explanation cannot contradict a match.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from monitor.model import Article, Feed, FeedSelector, Rule, Span
from monitor.rules import matcher, scope
from monitor.rules.nearest import Nearest, nearest
from monitor.rules.page import Answers, Page
from monitor.rules.places import Scope, count_separate, find
from monitor.rules.printer import render
from monitor.rules.query import (
    ARTICLE_FIELDS,
    And,
    AtLeast,
    Field,
    ListRef,
    Node,
    Not,
    Or,
    Place,
    Query,
    SomeOf,
    walk,
)
from monitor.rules.ruleset import Compiled
from monitor.rules.score import WeighedQueries

# For which failed clauses the text is searched for what comes nearest; nobody reads more.
_MOST_HINTS = 200


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a query: whether it holds, by which places; if not, what comes nearest."""

    text: str
    span: Place  # in the text of the query, or of the term of a score
    satisfied: bool
    spans: tuple[Span, ...] = ()  # of a failed NOT: what it excludes
    notes: tuple[str, ...] = ()
    nearest: tuple[Nearest, ...] = ()
    parts: "tuple[Clause, ...]" = ()
    weight: float | None = None  # of a term of a score

    @property
    def earned(self) -> float:
        """What the term of a score earned."""
        return self.weight or 0.0 if self.satisfied else 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule matches an article or does not. `clauses` are the parts that must all hold.

    `failed` is a smallest set of clauses that would have to hold for a match; for a score rule it is
    empty, since the sum fails there and no single term.
    """

    rule: str
    article: str
    matched: bool  # the query; whether the rule looks at the article is `outside`
    clauses: tuple[Clause, ...]
    failed: tuple[Clause, ...] = ()
    outside: tuple[str, ...] = ()  # why the rule does not look at this article, if it does not
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    score: float | None = None
    threshold: float | None = None


def explain(rule: Rule, compiled: Compiled, article: Article, feed: Feed | None = None) -> Explanation:
    """Explain a rule, compiled, on an article that came from `feed` (None: from none that is known).

    Costs some dozen times as much as matching, in proportion to the query's length.
    """
    page = Page(article)
    if isinstance(compiled, WeighedQueries):
        return _explain_score(rule, compiled, page, feed)
    compiled = compiled.held()
    view = _View(page, compiled)
    evidence = matcher.evaluate(compiled, page)
    failed = () if evidence else tuple(view.blame(compiled.root))  # first, as hints are numbered
    return Explanation(
        rule=rule.name,
        article=article.id,
        matched=evidence is not None,
        clauses=tuple(view.clause(node) for node in _conjuncts(compiled.root)),
        failed=failed,
        outside=outside(rule, article, feed),
        spans=matcher.arrange(evidence.spans) if evidence else (),
        notes=evidence.notes if evidence else (),
    )


def _explain_score(rule: Rule, weighed: WeighedQueries, page: Page, feed: Feed | None) -> Explanation:
    terms = []
    for read, weight in weighed.terms:
        query = read.held()
        clause = _View(page, query).clause(query.root)
        terms.append(replace(clause, text=query.text, span=(0, len(query.text)), weight=weight))
    total = sum(term.earned for term in terms)
    matched = any(term.satisfied for term in terms) and total >= weighed.threshold
    found = frozenset(span for term in terms if term.satisfied for span in term.spans)
    notes = dict.fromkeys(note for term in terms if term.satisfied for note in term.notes)
    return Explanation(
        rule=rule.name,
        article=page.article.id,
        matched=matched,
        clauses=tuple(terms),
        outside=outside(rule, page.article, feed),
        spans=matcher.arrange(found) if matched else (),
        notes=tuple(notes),
        score=total,
        threshold=weighed.threshold,
    )


def outside(rule: Rule, article: Article, feed: Feed | None) -> tuple[str, ...]:
    """Why the rule does not look at the article, whatever it says; empty when it does."""
    reasons = []
    if not scope.in_scope(replace(rule, languages=()), article, feed):
        wanted = ", ".join((*rule.feeds.tags, *rule.feeds.feeds))
        origin = f"it came from {feed.label}" if feed else "it came from no configured feed"
        reasons.append(f"the rule reads only the feeds {wanted}; {origin}")
    if not scope.in_scope(replace(rule, feeds=FeedSelector()), article, feed):
        wanted = ", ".join(rule.languages)
        reasons.append(f"the rule reads only articles in {wanted}; this one is in {article.language}")
    return tuple(reasons)


def _conjuncts(node: Node) -> Iterable[Node]:
    if isinstance(node, And):
        for operand in node.operands:
            yield from _conjuncts(operand)
    else:
        yield node


@dataclass(frozen=True, slots=True)
class _View:
    """A query, or the part of it inside some fields or a list, on one page."""

    page: Page
    query: Query
    fields: tuple[str, ...] = ()  # the fields entered, outermost first
    in_list: bool = False
    answers: Answers = field(default_factory=Answers)
    hinted: Iterator[int] = field(default_factory=lambda: iter(range(_MOST_HINTS)))

    def within(self, node: Node) -> "_View":
        """The view on the operands of a node."""
        if isinstance(node, Field):
            return replace(self, fields=(*self.fields, node.name))
        return replace(self, in_list=True) if isinstance(node, ListRef) else self

    @property
    def scope(self) -> Scope:
        """Where a node is looked for here."""
        found = Scope()
        for name in self.fields:
            found = found.within(name)
        return found

    def evidence(self, node: Node) -> matcher.Evidence | None:
        """The matcher's verdict on a node, as it stands in its fields."""
        return self.answers.keep(("evidence", id(node), self.fields), lambda: self._evidence(node))

    def _evidence(self, node: Node) -> matcher.Evidence | None:
        for name in reversed(self.fields):
            node = Field(name, node)
        return matcher.evaluate(Query(self.query.text, node), self.page)

    # --- the tree -----------------------------------------------------------------------------

    def clause(self, node: Node) -> Clause:
        """A node and what stands below it."""
        evidence = self.evidence(node)
        inner = self.within(node)
        parts = tuple(inner.clause(part) for part in _parts(node))
        if evidence is not None:
            spans, notes = matcher.arrange(evidence.spans), evidence.notes
            return self._clause(node, satisfied=True, spans=spans, notes=notes, parts=parts)
        return replace(self._failed(node), parts=parts)

    def _clause(self, node: Node, *, satisfied: bool, **more: object) -> Clause:
        text = render(node) if self.in_list else " ".join(self.query.text[slice(*node.span)].split())
        # Inside a list the spans are of its items; what was typed in this query is its name.
        span = (0, 0) if self.in_list else node.span
        prefix = "".join(f"{name}:" for name in self.fields)
        clause = Clause(text if text.startswith(prefix) else prefix + text, span, satisfied)
        return replace(clause, **more)  # type: ignore[arg-type]  # the fields of Clause

    def _failed(self, node: Node) -> Clause:
        question = ("failed", id(node), self.fields, self.in_list)
        return self.answers.keep(question, lambda: self._make_failed(node))

    def _make_failed(self, node: Node) -> Clause:
        if isinstance(node, Not):
            evidence = self.evidence(node.operand)
            spans = matcher.arrange(evidence.spans) if evidence else ()
            return self._clause(node, satisfied=False, spans=spans, nearest=_excluded(spans))
        is_hinted = next(self.hinted, None) is not None
        return self._clause(node, satisfied=False, nearest=self.hints(node) if is_hinted else ())

    def hints(self, node: Node) -> tuple[Nearest, ...]:
        """What comes nearest to a node that does not hold."""
        match node:
            case Field(name="lang"):
                return (Nearest(f"the article is in `{self.page.article.language}`"),)
            case Field():
                return self.within(node).hints(node.operand)
            case AtLeast():
                return self._counted(node)
            case And() | SomeOf():
                return ()
            case Or() if any(_is_whole(operand) for operand in node.operands):
                return ()
            case _:
                return nearest(node, self.page, self.scope)

    def _counted(self, node: AtLeast) -> tuple[Nearest, ...]:
        has_fields = any(isinstance(child, Field) for child in walk(node.operand))
        names = ARTICLE_FIELDS if has_fields else self.scope.fields
        count = sum(count_separate(find(node.operand, self.page.field(name), self.scope)) for name in names)
        if not count:
            return nearest(node.operand, self.page, self.scope)
        return (Nearest(f"found {count} of {node.count} times", None, 0.2),)

    # --- what to blame ------------------------------------------------------------------------

    def blame(self, node: Node) -> list[Clause]:
        """A smallest set of failed clauses whose success would make the node hold; it does not now."""
        match node:
            case And():
                failing = [operand for operand in node.operands if self.evidence(operand) is None]
                return [clause for operand in failing for clause in self.blame(operand)]
            case Or() if any(_is_whole(operand) for operand in node.operands):
                return self._cheapest(node, node.operands, 1)
            case SomeOf():
                return self._cheapest(node, node.operands, node.count - self._satisfied(node))
            case Field() if _is_whole(node.operand):
                return self.within(node).blame(node.operand)
            case _:
                return [self._failed(node)]

    def _cheapest(self, node: Node, operands: Sequence[Node], count: int) -> list[Clause]:
        """The operands with least to mend; half-satisfied ones before those with nothing."""
        failing = [operand for operand in operands if self.evidence(operand) is None]
        blamed = sorted(
            ((self.blame(operand), operand) for operand in failing),
            key=lambda pair: (len(pair[0]), _is_all_of(pair[0], pair[1])),
        )
        if all(_is_all_of(*pair) for pair in blamed):
            # Nothing of these alternatives holds: they are one clause, with the nearest of all.
            every = [
                _named(clause, hint) for clauses, _ in blamed for clause in clauses for hint in clause.nearest
            ]
            best = sorted(every, key=lambda hint: hint.distance)[:1]
            return [self._clause(node, satisfied=False, nearest=(*self._tally(node), *best))]
        return [clause for clauses, _ in blamed[:count] for clause in clauses]

    def _satisfied(self, node: SomeOf) -> int:
        return sum(self.evidence(operand) is not None for operand in node.operands)

    def _tally(self, node: Node) -> tuple[Nearest, ...]:
        """How many of the alternatives hold, where more than one must."""
        if not isinstance(node, SomeOf):
            return ()
        return (Nearest(f"{self._satisfied(node)} of the {node.count} needed hold"),)


def _named(clause: Clause, hint: Nearest) -> Nearest:
    return hint._replace(message=f"`{clause.text}`: {hint.message}")


def _is_all_of(clauses: list[Clause], node: Node) -> bool:
    """Whether the blame is on the node as a whole, so that nothing in it holds."""
    return len(clauses) == 1 and clauses[0].span == node.span


def _is_whole(node: Node) -> bool:
    """Whether a node joins conditions on the whole article, each of which can be told apart."""
    if isinstance(node, Field):
        return _is_whole(node.operand)
    if isinstance(node, Or):
        return any(_is_whole(operand) for operand in node.operands)
    return isinstance(node, And | SomeOf | Not | AtLeast)


def _parts(node: Node) -> tuple[Node, ...]:
    """The operands that are worth a line of their own."""
    match node:
        case And() | Or() | SomeOf():
            return node.operands
        case Field(operand=And() | Or() | SomeOf()) if node.name != "lang":
            return (node.operand,)
        case _:
            return ()


def _excluded(spans: Sequence[Span]) -> tuple[Nearest, ...]:
    if not spans:
        return (Nearest("it holds, and is excluded"),)
    return (Nearest(f"the excluded is here, in the {spans[0].field}", spans[0], 0.1),)
