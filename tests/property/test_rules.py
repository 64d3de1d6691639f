"""What holds for every query and every text."""

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.model import Article
from monitor.rules import RuleSet, parse, render
from monitor.rules.lint import lint
from monitor.rules.matcher import FIELD_ORDER, matches
from monitor.rules.query import ListRef, Node, Query, children
from monitor.text import field_text
from tests.support.growth import assert_linear
from tests.support.queries import LISTS, any_queries, satisfied, simple_queries, simple_texts

SYNTAX = st.text(
    st.sampled_from(list("abор東ש\"“«()-/*?~$:,.+#@&|^\\ \n\t'’0123\x00\ud800é")) | st.characters(),
    max_size=40,
)
FRAGMENTS = st.lists(
    st.sampled_from(
        """AND OR NOT NEAR NEAR/3 ONEAR/2 EXCEPT ATLEAST/2 2 OF ( ) - , oil ta* "a" "ab"~3 title: exact:
        lang: en /x/ $fuel or tilte: " """.split()
    ),
    max_size=12,
).flatmap(lambda parts: st.sampled_from(["".join(parts), " ".join(parts)]))


def read(text: str) -> Query | None:
    """The query, or None when it is refused."""
    try:
        return parse(text, lists=LISTS)
    except QueryError:
        return None


def own_nodes(node: Node) -> Iterator[Node]:
    """The nodes read from the query itself, not those of its lists."""
    yield node
    if not isinstance(node, ListRef):
        for child in children(node):
            yield from own_nodes(child)


@given(any_queries | FRAGMENTS | SYNTAX)
@settings(max_examples=500, deadline=None)
def test_reading_what_was_printed_gives_the_same_query(text: str) -> None:
    """parse ∘ print is the identity, and printing again changes nothing."""
    query = read(text)
    assume(query is not None)
    assert query is not None
    printed = render(query)
    again = parse(printed, lists=LISTS)
    assert again == query
    assert render(again) == printed


@given(SYNTAX | FRAGMENTS)
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    """Reading never fails in another way, and places are inside the text."""
    try:
        query = parse(text, lists=LISTS)
    except QueryError as error:
        refused = error
    else:
        spans = [node.span for node in own_nodes(query.root)] + [finding.span for finding in lint(query)]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        return
    start, end = refused.span
    assert 0 <= start <= end <= len(refused.text)
    assert str(refused).startswith("query:")


@given(simple_queries, simple_texts)
@settings(max_examples=800, deadline=None)
def test_matching_agrees_with_trying_everything(text: str, content: str) -> None:
    """The matcher and a brute-force reading of the tree agree on every article."""
    query = read(text)
    assume(query is not None)
    assert query is not None
    assert (matches(query, Article(id="1", content=content)) is not None) == satisfied(query.root, content)


@given(
    st.lists(any_queries, min_size=1, max_size=4),
    st.text(max_size=60),
    simple_texts,
    st.sampled_from(["", "en"]),
)
@settings(max_examples=300, deadline=None)
def test_spans_are_inside_the_text_in_order_and_apart(
    texts: list[str], title: str, content: str, language: str
) -> None:
    """Spans lie in the visible text, in reading order, without overlaps, and no rule fails."""
    queries = {text: text for text in texts if read(text) is not None}
    article = Article(id="1", title=title, content=content, language=language)
    rules = RuleSet.compile(queries, lists=LISTS)
    visible = {name: field_text(article, name) for name in FIELD_ORDER}
    order = list(FIELD_ORDER)
    for match in rules.match(article):
        spans = [(order.index(span.field), span.start, span.end) for span in match.spans]
        assert all(0 <= start < end <= len(visible[order[field]]) for field, start, end in spans)
        for one, following in pairwise(spans):
            assert one < following
            assert one[0] < following[0] or one[2] <= following[1]
    assert rules.disabled == {}


@given(any_queries, simple_texts)
@settings(max_examples=200, deadline=None)
def test_one_article_or_many_is_the_same(text: str, content: str) -> None:
    """Matching in a batch, alone, and by the matcher give the same."""
    query = read(text)
    assume(query is not None)
    assert query is not None
    articles = [Article(id=str(i), content=content, title=word) for i, word in enumerate(["oil", "", "gas"])]
    rules = RuleSet.compile({query.text: text}, lists=LISTS)
    alone = [rules.match(article) for article in articles]
    assert rules.match_many(articles) == alone
    assert alone == [[match] if (match := matches(query, article)) else [] for article in articles]


def test_reading_takes_linear_time() -> None:
    """Four times the query takes about four times as long to read and to print."""
    assert_linear(
        lambda count: render(parse(" OR ".join(['(oil NEAR/3 "crude price" EXCEPT gas)'] * count))), 100
    )


def test_matching_takes_linear_time() -> None:
    """An article made of the words of the rules, many times over, takes as long as it has words."""
    queries = [
        "oil",
        "oil gas",
        "oil NEAR/5 gas",
        '"oil gas"',
        '"gas oil"~3',
        "oil EXCEPT gas",
        "oi*",
        "/oil/",
        "*as",
    ]
    rules = RuleSet.compile({query: query for query in queries})

    def article(words: int) -> Article:
        return Article(id="1", content="<p>oil gas</p>" + "oil gas " * words)

    assert [match.rule for match in rules.match(article(2_000))] == queries
    assert_linear(lambda words: rules.match(article(words)), 2_000)
