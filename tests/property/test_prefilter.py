"""The prefilter loses no match, in the abstract and on both databases."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import StaticPool

from monitor.dedup.reading import read
from monitor.errors import QueryError
from monitor.model import Article, ArticleId, Score
from monitor.rules import RuleSet, parse
from monitor.rules.matcher import matches
from monitor.rules.prefilter import Need, index_words, index_words_of, is_satisfied, necessary
from monitor.rules.query import ARTICLE_FIELDS
from monitor.store import fulltext
from monitor.store.address import parse as parse_address
from monitor.store.engine import Role, build
from monitor.store.tables import article_words
from monitor.text import field_text, tokenize
from tests.support.queries import LISTS, any_queries, simple_texts

WORDS = """
    oil Öl ÖL o\u0308l US us straße STRASSE İstanbul ıstanbul Ærø ﬁnance ²x ½ 5½ café cafe\u0301 naïve
    anti-government antigovernment F-16 f16 C++ AT&T O’Brien l'Iran #tag @you 3.5% ex‑post A-b-c
    Россия России ёж еж йод Київ Венесуэла γάς ΣΟΦΟΣ σοφός 東京都 京都 ガス ｶﾞｽ 러시아가 น้ำมัน ကျော် ខ្មែរ
    روسيا وروسيا أخبار اخبار مُحَمَّد שָׁלוֹם השלום हिन्दी ভারত ﷺ x\u20e3y ȧ\u0323b ｆｕｌｌ ǅur \ue000 a\u200db
""".split()
_FORMS = """
    {w}|{w}|{p}*|*{p}|{p}?|exact:{w}|exact:{p}*|"{w} {o}"|"{o} {w}"~3|{w}-{o}|title:{w}|any:{w}|
    ({w} NEAR/3 {o})|ATLEAST/2 {w}|({w} EXCEPT {o})|(2 OF ({w}, {o}, oil))|(NOT {w})|/{w}/|"{w} * {o}"
"""
_words = st.sampled_from(WORDS) | st.text(min_size=1, max_size=5)
_texts = st.lists(_words, max_size=12).map(" ".join)
articles = st.builds(
    Article,
    id=st.just("1"),
    title=_texts,
    summary=_texts,
    content=_texts.map(lambda words: f"<p>{words}</p>") | simple_texts,
    url=st.sampled_from(["", "https://example.org/oil-gas?x=Öl"]),
    source=_texts,
    author=_texts,
    language=st.sampled_from(["", "en", "ru"]),
    tags=st.lists(_words, max_size=2).map(tuple),
)


def _pieces(article: Article) -> list[str]:
    joined = " ".join([article.title, article.summary, article.content, article.author, *article.tags])
    return joined.split() or ["oil"]


@st.composite
def _terms(draw: st.DrawFn, words: list[str]) -> str:
    """A query that has something to do with the words: whole, cut, joined, quoted, in some field."""
    word = draw(st.sampled_from(words))
    start = draw(st.integers(0, max(0, len(word) - 1)))
    part = word[start : start + draw(st.integers(1, 8))]
    other = draw(st.sampled_from(words))
    form = draw(st.sampled_from(_FORMS.split("|"))).strip()
    return form.format(w=word, p=part, o=other)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Article]:
    """A query and an article that it may well match."""
    article = draw(articles)
    terms = draw(st.lists(_terms(_pieces(article)), min_size=1, max_size=3))
    joined = draw(st.sampled_from([" AND ", " OR ", " "])).join(terms)
    return draw(st.just(joined) | any_queries), article


def _necessary(query: str) -> Need | None:
    try:
        return necessary(parse(query, lists=LISTS))
    except QueryError:
        assume(False)
        raise AssertionError from None


@given(cases())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_every_match_satisfies_what_is_necessary(case: tuple[str, Article]) -> None:
    """Whatever the matcher finds, the condition lets through: nothing is lost by asking the index first."""
    text_, article = case
    need = _necessary(text_)
    if need is not None and matches(parse(text_, lists=LISTS), article) is not None:
        assert is_satisfied(need, index_words(article))


@given(articles, st.data(), st.integers(-5, 30))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_every_scored_match_satisfies_what_is_necessary(
    article: Article, data: st.DataObject, threshold: int
) -> None:
    """The same for weighted rules, negative weights and thresholds of nothing included."""
    pieces = data.draw(st.lists(_terms(_pieces(article)), min_size=1, max_size=4))
    terms = {piece: float(data.draw(st.integers(-20, 20))) for piece in pieces}
    try:
        rules = RuleSet.compile({"r": Score(threshold, terms)})
    except QueryError:
        assume(False)
    need = necessary(rules.rules["r"])
    if need is not None and rules.match(article):
        assert is_satisfied(need, index_words(article))


@given(articles)
@settings(max_examples=200, deadline=None)
def test_indexed_words_are_the_folded_tokens(article: Article) -> None:
    """The index has exactly the words that matching sees."""
    tokens = {token.folded for name in ARTICLE_FIELDS for token in tokenize(field_text(article, name))}
    assert index_words(article) == sorted(tokens)


@given(articles)
@settings(max_examples=300, deadline=None)
def test_words_read_for_other_ends_are_the_words_of_the_index(article: Article) -> None:
    """What deduplication read of title, summary and body need not be read again."""
    assert sorted(index_words_of(article, read(article).all_words())) == index_words(article)


# --- the databases ----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def index(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection with an empty index that no article's row stands behind."""
    if request.param == "sqlite":
        engine = create_engine("sqlite://", poolclass=StaticPool)
        with engine.connect() as connection:
            article_words.create(connection)
            yield connection
        engine.dispose()
        return
    server = request.getfixturevalue("postgres")
    url = server.create()
    engine = build(parse_address(url), Role.MIGRATE)
    with engine.connect() as connection:
        connection.execute(
            text("CREATE TABLE article_words (article_id bigint PRIMARY KEY, words tsvector NOT NULL)")
        )
        connection.execute(text("CREATE INDEX by_word ON article_words USING gin (words)"))
        yield connection
    engine.dispose()
    server.drop(url)


@given(st.lists(articles, min_size=1, max_size=4), st.lists(cases(), min_size=1, max_size=4))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
def test_the_index_answers_what_was_asked(
    index: Connection, stored: list[Article], asked: list[tuple[str, Article]]
) -> None:
    """The database finds exactly the articles that satisfy the condition, in every script."""
    everything = [*stored, *(article for _, article in asked)]
    known = {ArticleId(number): article for number, article in enumerate(everything, 1)}
    with index.begin_nested() as undo:
        fulltext.add(index, known.items())
        for query, _ in asked:
            need = _necessary(query)
            if need is None:
                continue
            found = set(index.execute(fulltext.search(index, need)).scalars())
            assert found == {
                id_ for id_, article in known.items() if is_satisfied(need, index_words(article))
            }
            assert fulltext.count(index, need) == len(found)
        undo.rollback()


@given(articles, articles)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_index_follows_a_change(index: Connection, before: Article, after: Article) -> None:
    """After a change the words of before are gone, except those that stayed; after a removal all are."""
    id_ = ArticleId(7)
    with index.begin_nested() as undo:
        fulltext.add(index, [(id_, before)])
        fulltext.replace(index, id_, before=before, after=after)
        for word in {*index_words(before), *index_words(after)}:
            need = necessary(parse(f'"{word}"'))
            assert need is not None
            found = index.execute(fulltext.search(index, need)).scalars().all()
            assert (id_ in found) == is_satisfied(need, index_words(after))
        fulltext.remove(index, [(id_, after)])
        undo.rollback()


def test_an_article_of_too_many_words_is_always_found(index: Connection) -> None:
    """PostgreSQL takes no megabyte of distinct words; such an article is a candidate for every query."""
    words = " ".join(f"word{number:06}" for number in range(60_000))
    with index.begin_nested() as undo:
        fulltext.add(index, [(ArticleId(1), Article(id="1", content=words))])
        need = necessary(parse("Venezuela AND Russia*"))
        assert need is not None
        assert index.execute(fulltext.search(index, need)).scalars().all() == [1]
        undo.rollback()


@pytest.mark.parametrize(
    "query",
    [
        " OR ".join(f"word{number}" for number in range(1900)),
        " OR ".join(f"word{number}" for number in range(5000)),
        "oil AND (" + " OR ".join(f"word{number}" for number in range(5000)) + ")",
        "(" * 49 + "oil" + ")" * 49,
        "(a1 OR (a2 AND " * 24 + "oil" + "))" * 24,
        "oil AND " + "(a1 OR (a2 AND " * 23 + "gas" + "))" * 23,
        "x" * 240,
        "ﷺ" * 200,
        "a-b-c-d-e-f-g-h-i",
    ],
)
def test_the_largest_queries_can_be_asked(index: Connection, query: str) -> None:
    """However long or deep a query is, what is asked of the index is something that it takes."""
    need = necessary(parse(query))
    if need is not None:
        assert index.execute(fulltext.search(index, need)).scalars().all() == []


EXPECTED = """
    16 5 a b c example f fin https iran istanbul jose l ol org s strasse ½
    еж київ اخبار روسيا صلياللهعليهوسلم ガ ス 京 東 러 시 아
""".split()


def test_words_are_cut_as_the_stored_index_was_built() -> None:
    """A change here means that stored indexes no longer agree: add a migration that builds them anew."""
    article = Article(
        id="1",
        title="Straße İstanbul’s F-16 東京 ガス 러시아",
        summary="ёж Київ روسيا أخبار",
        content="<p>l&#39;Iran &amp; C++</p><p>5½ ﬁn ﷺ</p>",
        url="https://example.org/a-b",
        author="José",
        tags=("Öl",),
    )
    assert index_words(article) == EXPECTED
