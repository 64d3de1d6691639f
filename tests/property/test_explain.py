"""An explanation never contradicts the matcher."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.model import Article, Rule
from monitor.rules import parse
from monitor.rules.explain import Clause, explain
from monitor.rules.matcher import matches
from monitor.text import field_text
from tests.support.queries import LISTS, any_queries, simple_texts


def _all(clauses: tuple[Clause, ...]) -> list[Clause]:
    return [found for clause in clauses for found in (clause, *_all(clause.parts))]


@given(any_queries, st.text(max_size=40), simple_texts, st.sampled_from(["", "en", "ru"]))
@settings(max_examples=400, deadline=None)
def test_explanations_agree_with_matches(text: str, title: str, content: str, language: str) -> None:
    """Matched or not, by the same words; all top clauses hold exactly when it matches; else some failed."""
    try:
        query = parse(text, lists=LISTS)
    except QueryError:
        assume(False)
    article = Article(id="1", title=title, content=content, language=language)
    found = matches(query, article)
    explanation = explain(Rule("rule", query=text), query, article)
    assert explanation.matched == (found is not None)
    assert explanation.matched == all(clause.satisfied for clause in explanation.clauses)
    assert explanation.matched == (explanation.failed == ())
    assert explanation.spans == (found.spans if found else ())
    for clause in _all(explanation.clauses + explanation.failed):
        assert clause.text
        assert 0 <= clause.span[0] <= clause.span[1] <= len(text)
        for span in (*clause.spans, *(item.span for item in clause.nearest if item.span)):
            assert 0 <= span.start < span.end <= len(field_text(article, span.field))
