"""Matching whole articles: fields, blocks, languages, scores, rule sets, scope."""

import dataclasses
from collections.abc import Sequence

import pytest

from monitor.errors import QueryError
from monitor.model import Article, Feed, FeedSelector, Match, Rule, Score, Span
from monitor.rules import Query, ReferenceEngine, RuleSet, parse
from monitor.rules.matcher import LANGUAGE_UNKNOWN, MOST_SPANS, matches
from monitor.rules.scope import in_scope
from monitor.text import fields

ARTICLE = Article(
    id="1",
    title="Maduro visits Moscow",
    summary="Talks on oil",
    content="<p>The president &amp; his <b>oil</b> minister.</p><p>Sanctions remain.</p>"
    "<script>gold</script>",
    author="Jane Doe",
    source="Example Agency",
    url="https://www.example.com/world/maduro-moscow?id=3",
    language="en-GB",
    tags=("World politics", "energy"),
)


def found(query: str, article: Article = ARTICLE) -> list[tuple[str, int, int]] | None:
    match = matches(parse(query), article)
    return None if match is None else [tuple(span) for span in match.spans]


FIELDS = [
    ("oil", [("summary", 9, 12), ("body", 20, 23)]),
    ("title:oil", None),
    ("summary:oil", [("summary", 9, 12)]),
    ("body:oil", [("body", 20, 23)]),
    ("body:(oil AND sanctions)", [("body", 20, 23), ("body", 35, 44)]),
    ("title:Maduro AND body:oil", [("title", 0, 6), ("body", 20, 23)]),
    ("gold", None),
    ("b", None),
    ("amp", None),
    ('"oil minister"', [("body", 20, 32)]),
    ('"minister sanctions"', None),
    ("minister NEAR sanctions", None),
    ("Moscow NEAR talks", None),
    ('"minister sanctions"~5', None),
    ("author:doe", [("author", 5, 8)]),
    ("doe", None),
    ("any:doe", [("author", 5, 8)]),
    ("any:oil", [("summary", 9, 12), ("body", 20, 23)]),
    ("source:agency", [("source", 8, 14)]),
    ("tag:politics", [("tag", 6, 14)]),
    ("tag:energy", [("tag", 16, 22)]),
    ('tag:"politics energy"', None),
    ("url:example.com", [("url", 12, 23)]),
    ("url:example.com/world", [("url", 12, 29)]),
    ("url:https://www.example.com", [("url", 0, 23)]),
    ("url:/maduro-[a-z]+/", [("url", 30, 43)]),
    ("url:example.org", None),
    ("title:exact:maduro", None),
    ("exact:title:Maduro", [("title", 0, 6)]),
    ("Title:Maduro", [("title", 0, 6)]),
    ("-title:oil Maduro", [("title", 0, 6)]),
    ("ATLEAST/2 oil", [("summary", 9, 12), ("body", 20, 23)]),
    ("ATLEAST/3 oil", None),
    ("ATLEAST/2 title:oil", None),
    ("ATLEAST/2 (title:Maduro OR body:oil)", [("title", 0, 6), ("body", 20, 23)]),
    ('author:Doe EXCEPT author:"Jane Doe"', None),
    ('author:Doe EXCEPT "Jane Doe"', [("author", 5, 8)]),
    ('title:Maduro EXCEPT "Maduro visits"', None),
    ("lang:en oil", [("summary", 9, 12), ("body", 20, 23), ("lang", 0, 5)]),
    ("lang:en-GB AND oil", [("summary", 9, 12), ("body", 20, 23), ("lang", 0, 5)]),
    ("lang:en-US AND oil", None),
    ("lang:(ru OR en) AND Moscow", [("title", 14, 20), ("lang", 0, 5)]),
    ("lang:ru AND oil", None),
    ("oil NOT lang:en", None),
    ("oil NOT lang:ru", [("summary", 9, 12), ("body", 20, 23)]),
]


@pytest.mark.parametrize(("query", "expected"), FIELDS)
def test_fields(query: str, expected: list[tuple[str, int, int]] | None) -> None:
    """A field is looked into alone; no phrase crosses fields or blocks; spans are in reading order."""
    assert found(query) == expected


@pytest.mark.parametrize("query", ["oil AND lang:ru", "oil AND NOT lang:ru", "oil NOT (lang:ru OR lang:en)"])
@pytest.mark.parametrize("language", ["", "und"])
def test_unknown_language_matches_and_says_so(query: str, language: str) -> None:
    """An article of unknown language is not lost to a condition on the language, wanted or excluded."""
    match = matches(parse(query), dataclasses.replace(ARTICLE, language=language))
    assert match is not None
    assert match.notes == (LANGUAGE_UNKNOWN,)


def test_known_language_needs_no_note() -> None:
    """The note stands only where the language is unknown."""
    match = matches(parse("oil AND lang:en"), ARTICLE)
    assert match is not None
    assert match.notes == ()


def test_spans_are_offsets_into_the_visible_text() -> None:
    """What a span cuts out of the visible text is the word."""
    texts = fields(ARTICLE)
    match = matches(parse("president OR sanctions OR Moscow"), ARTICLE)
    assert match is not None
    assert [texts[s.field][s.start : s.end] for s in match.spans] == ["Moscow", "president", "Sanctions"]


def test_overlapping_spans_are_merged() -> None:
    """Spans never overlap; words side by side stay apart."""
    article = Article(id="1", title="crude oil price rises")
    match = matches(parse('"crude oil" AND "oil price" AND rises'), article)
    assert match is not None
    assert match.spans == (Span("title", 0, 15), Span("title", 16, 21))


def test_excluded_words_are_not_highlighted() -> None:
    """Only what made the match is marked: not an excluded branch, not a branch that failed."""
    assert found("Maduro AND (oil OR (Moscow AND Paris)) -Berlin") == [
        ("title", 0, 6), ("summary", 9, 12), ("body", 20, 23),
    ]  # fmt: skip


def test_plain_text_with_blank_lines_has_blocks() -> None:
    """In text without markup a blank line is the edge of a block, a single line break is not."""
    article = Article(id="1", content="crude\noil\n\nprice of gas")
    assert found('"crude oil"', article) == [("body", 0, 9)]
    assert found('"oil price"', article) is None


def test_many_places_are_cut_off() -> None:
    """An article of one word repeated gives the first thousand places."""
    match = matches(parse("oil"), Article(id="1", content="oil " * 3000))
    assert match is not None
    assert len(match.spans) == MOST_SPANS


def test_hostile_text_raises_nothing() -> None:
    """Lone surrogates, marks without letters and endless words are matched like any text."""
    texts = [
        "\ud800 oil",
        "\u0301" * 9999 + " oil",
        "a" * 99999 + " oil",
        "o\u0301" * 5000 + " oil",
        "\x00 oil",
    ]
    queries = ["oil", "/oil/", "oi*", "*il", '"x oil"~5', "exact:oil"]
    rules = RuleSet.compile({query: query for query in queries})
    for text in texts:
        rules.match(Article(id="1", title=text, content=text))
    assert rules.disabled == {}


# --- scores -----------------------------------------------------------------------------------

CHOLERA = Score(30, {"cholera*": 20, "outbreak": 15, '"cholera vaccine"': -20, "lang:fr": 1})


def test_score_reaches_its_threshold() -> None:
    """The weights of the terms found are added, and each one that earned is told."""
    rules = RuleSet.compile({"Cholera": CHOLERA})
    (match,) = rules.match(Article(id="1", title="Cholera outbreak", language="en"))
    assert match.rule == "Cholera"
    assert match.score == 35
    assert match.notes == ("+20 cholera*", "+15 outbreak")
    assert match.spans == (Span("title", 0, 7), Span("title", 8, 16))


@pytest.mark.parametrize("title", ["Cholera", "Outbreak", "Outbreak: cholera vaccine", "Nothing"])
def test_score_below_its_threshold(title: str) -> None:
    """Too few or negative weights make no match."""
    assert RuleSet.compile({"Cholera": CHOLERA}).match(Article(id="1", title=title, language="en")) == []


def test_score_notes_an_unknown_language() -> None:
    """A term on the language earns its weight when the language is unknown, and the match says so."""
    (match,) = RuleSet.compile({"Cholera": CHOLERA}).match(Article(id="1", title="Cholera outbreak"))
    assert match.notes == ("+20 cholera*", "+15 outbreak", "+1 lang:fr", LANGUAGE_UNKNOWN)


def test_score_with_a_bad_term_names_it() -> None:
    """An error in a term says which term of which rule."""
    with pytest.raises(QueryError, match="rule `R`: term `oil or`: `or` in lower case"):
        RuleSet.compile({"R": Score(1, {"oil or": 1})})
    with pytest.raises(QueryError, match="a score without terms"):
        RuleSet.compile({"R": Score(1, {})})


def test_score_of_nothing_is_no_match() -> None:
    """A threshold of zero is not reached by an article in which nothing is found."""
    assert RuleSet.compile({"R": Score(0, {"oil": 1})}).match(Article(id="1", title="gas")) == []


# --- rule sets --------------------------------------------------------------------------------


def test_matches_come_in_the_order_of_rules_and_articles() -> None:
    """One list for each article, in order; in it the rules in theirs."""
    rules = RuleSet.compile({"b": "oil", "a": "oil OR gas", "$l": "$l"}, lists={"l": ["gas"]})
    articles = [Article(id="1", title="gas"), Article(id="2", title="none"), Article(id="3", title="oil")]
    names = [[match.rule for match in found] for found in rules.match_many(articles)]
    assert names == [["a", "$l"], [], ["b", "a"]]
    assert [match.rule for match in rules.match(articles[0])] == ["a", "$l"]
    assert list(rules.rules) == ["b", "a", "$l"]
    assert len(rules) == 3


def test_a_rule_that_raises_is_disabled_and_the_others_go_on() -> None:
    """One rule that fails is left out with a reason; it stops neither the article nor the others."""
    compiled = RuleSet.compile({"good": "oil", "bad": "oil"}).rules
    broken = Query("oil", None)  # which can be read by nobody
    rules = RuleSet({**compiled, "bad": broken}, ReferenceEngine({**compiled, "bad": broken}))
    article = Article(id="77", title="oil")
    assert [match.rule for match in rules.match(article)] == ["good"]
    assert [match.rule for match in rules.match(article)] == ["good"]
    assert list(rules.disabled) == ["bad"]
    assert "article 77" in rules.disabled["bad"]


def test_another_engine_can_take_the_place() -> None:
    """The rule set asks whichever engine it was given."""

    class Everything(ReferenceEngine):
        def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
            return [[Match(name) for name in self.rules] for _ in articles]

    rules = RuleSet.compile({"a": "oil"}, engine=Everything)
    assert rules.match(Article(id="1")) == [Match("a")]


# --- scope ------------------------------------------------------------------------------------

FEED = Feed("https://example.org/rss", name="Example", tags=("agency", "ru"))


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (FeedSelector(), True),
        (FeedSelector(tags=("Agency",)), True),
        (FeedSelector(tags=("blog",)), False),
        (FeedSelector(feeds=("example",)), True),
        (FeedSelector(feeds=("https://example.org/rss",)), True),
        (FeedSelector(feeds=("https://example.org/other",)), False),
        (FeedSelector(tags=("blog",), feeds=("Example",)), True),
    ],
)
def test_scope_by_feed(selector: FeedSelector, expected: bool) -> None:
    """A rule takes the feeds with one of its tags, names or addresses; without any, all."""
    assert in_scope(Rule("r", "oil", feeds=selector), ARTICLE, FEED) is expected


def test_scope_of_an_article_without_a_feed() -> None:
    """An article from no feed is only for rules that take all feeds."""
    assert in_scope(Rule("r", "oil"), ARTICLE, None)
    assert not in_scope(Rule("r", "oil", feeds=FeedSelector(tags=("ru",))), ARTICLE, None)


@pytest.mark.parametrize(
    ("languages", "language", "expected"),
    [
        ((), "en", True),
        (("en",), "en-GB", True),
        (("EN", "ru"), "en_US", True),
        (("ru",), "en", False),
        (("pt-BR",), "pt", False),
        (("ru",), "", True),
        (("ru",), "und", True),
    ],
)
def test_scope_by_language(languages: tuple[str, ...], language: str, expected: bool) -> None:
    """A rule takes its languages with their regional forms, and articles of unknown language."""
    article = dataclasses.replace(ARTICLE, language=language)
    assert in_scope(Rule("r", "oil", languages=languages), article, None) is expected
