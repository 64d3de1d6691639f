"""What a news search is asked for finds whatever the rule would match, unless it is told to lose some."""

from hypothesis import given, reject
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.model import Article
from monitor.rules import parse
from monitor.rules.lists import Lists
from monitor.rules.matcher import matches
from monitor.rules.query import Query
from monitor.rules.websearch import SERVICES, search
from tests.support import queries


def read(text: str) -> Query:
    """The query; some random ones only exclude, which is none."""
    try:
        return parse(text, lists=Lists(queries.LISTS))
    except QueryError:
        reject()


services = st.sampled_from(list(SERVICES.values()))


@given(queries.simple_queries, queries.simple_texts, services)
def test_a_search_finds_what_the_rule_matches(text, body, service):
    """The services' queries are such as our own language reads, so it can say what they would find."""
    query = read(text)
    found = search(query, service)
    article = Article("1", content=body)
    if found is None or any(omission.loses for omission in found.omissions):
        return
    if matches(query, article):
        assert matches(parse(found.query), article), (text, found)


@given(queries.any_queries, services)
def test_any_query_is_translated_or_refused(text, service):
    """Brackets and quotes are closed, and nothing is raised."""
    found = search(read(text), service)
    if found is not None:
        assert found.query.count("(") == found.query.count(")")
        assert found.query.count('"') % 2 == 0
        assert not service.nested or "()" not in found.query
