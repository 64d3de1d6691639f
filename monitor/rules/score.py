"""Weighted rules: each term is a query, and the weights of those that match must reach the threshold."""

from dataclasses import dataclass

from monitor.errors import QueryError
from monitor.model import Match, Score
from monitor.rules import matcher
from monitor.rules.page import Page
from monitor.rules.query import Query
from monitor.rules.reading import Reader


@dataclass(frozen=True, slots=True)
class WeighedQueries:
    """A compiled score rule."""

    threshold: float
    terms: tuple[tuple[Query, float], ...]


def compile_score(score: Score, reader: Reader) -> WeighedQueries:
    """Read the terms. Raises QueryError naming the term."""
    terms = []
    for text, weight in score.terms.items():
        try:
            terms.append((reader.read(text), float(weight)))
        except QueryError as error:
            message = f"term `{text[:50]}`: {error.message}"
            raise QueryError(message, text=error.text, span=error.span, hint=error.hint) from None
    if not terms:
        raise QueryError("a score without terms", text="", span=(0, 0), hint="add terms with weights")
    return WeighedQueries(float(score.threshold), tuple(terms))


def evaluate(rule: str, weighed: WeighedQueries, page: Page) -> Match | None:
    """The match with the sum as its score and a note for each term that earned something."""
    found = [
        (query, weight, evidence)
        for query, weight in weighed.terms
        if (evidence := matcher.evaluate(query, page)) is not None
    ]
    total = sum(weight for _, weight, _ in found)
    if not found or total < weighed.threshold:
        return None
    earned = [f"{weight:+g} {query.text}" for query, weight, _ in found]
    notes = dict.fromkeys([*earned, *(note for _, _, evidence in found for note in evidence.notes)])
    spans = frozenset().union(*(evidence.spans for _, _, evidence in found))
    return Match(rule, matcher.arrange(spans), score=total, notes=tuple(notes))
