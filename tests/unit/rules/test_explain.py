"""Explanations: which clauses hold where, which failed, and what came nearest."""

import pytest

from monitor.model import Article, Feed, FeedSelector, Rule, Score, Span
from monitor.rules import RuleSet, parse
from monitor.rules.explain import Clause, Explanation, explain

ARTICLE = Article(
    id="a",
    title="Venezula hails Russian help",
    summary="us tariffs and oil",
    content="<p>Russia said on Monday that it would watch the coast of Venezuela closely.</p>"
    "<p>Michael Jordan uses C and F 16</p>",
    language="es",
    author="Jane Roe",
)
LISTS = {"states": ["Rusia", "Kuba"], "cities": ["Moskow"]}


def explained(query: str, article: Article = ARTICLE) -> Explanation:
    return explain(Rule("rule", query=query), parse(query, lists=LISTS), article)


def failures(query: str) -> list[tuple[str, str]]:
    """Each failed clause, and what is nearest to it."""
    explanation = explained(query)
    assert not explanation.matched
    return [
        (clause.text, "; ".join(item.message for item in clause.nearest)) for clause in explanation.failed
    ]


def words(clause: Clause, article: Article = ARTICLE) -> list[str]:
    from monitor.text import field_text

    return [field_text(article, span.field)[span.start : span.end] for span in clause.spans]


def test_a_match_shows_each_clause_with_its_places() -> None:
    """Clauses in the order of the query; nested AND is flat; spans are the matched words."""
    explanation = explained("Russia (Venezuela AND (oil OR gas)) -sport")
    assert explanation.matched
    assert explanation.failed == ()
    assert [(clause.text, words(clause)) for clause in explanation.clauses] == [
        ("Russia", ["Russia"]),
        ("Venezuela", ["Venezuela"]),
        ("(oil OR gas)", ["oil"]),
        ("-sport", []),
    ]
    assert explanation.clauses[0].spans == (Span("body", 0, 6),)
    assert [(part.text, part.satisfied) for part in explanation.clauses[2].parts] == [
        ("oil", True),
        ("gas", False),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Venezuelan", [("Venezuelan", "not in the text; the closest spelling is `Venezuela`")]),
        ("tarif", [("tarif", "only inside the longer word `tariffs`")]),
        ("Venezolan*", [("Venezolan*", "not in the text; the closest spelling is `Venezula`")]),
        ("zebra", [("zebra", "not in the text, nor a word spelt like it")]),
        ("exact:US", [("exact:US", "there as `us`, written differently")]),
        ("title:Venezuela", [("title:Venezuela", "in the body, but this clause looks in title")]),
        ("Roe", [("Roe", "in the author, but this clause looks in title, summary, body")]),
        ('"C++"', [('"C++"', "there, without its symbols or written apart")]),
        ("/TARIFFS/", [("/TARIFFS/", "there as `tariffs`: case counts unless written /…/i")]),
        ("/x[0-9]/", [("/x[0-9]/", "nothing in the text fits the expression")]),
        ("lang:en AND oil", [("lang:en", "the article is in `es`")]),
        ("ATLEAST/3 oil", [("ATLEAST/3 oil", "found 1 of 3 times")]),
        ("ATLEAST/3 zebra", [("ATLEAST/3 zebra", "not in the text, nor a word spelt like it")]),
        ("Russia -oil", [("-oil", "the excluded is here, in the summary")]),
    ],
)
def test_a_failed_clause_tells_what_is_nearest(query: str, expected: list[tuple[str, str]]) -> None:
    """Spellings, other fields, case, symbols, counts, languages, exclusions."""
    assert failures(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Russia NEAR/3 Venezuela", "10 words apart in body, at most 3 allowed"),
        ("Venezuela ONEAR/30 Russia", "there in the other order, in body"),
        ("Venezuela ONEAR/3 Russia", "10 words apart, and in the other order, in body, at most 3 allowed"),
        ("Russia NEAR/9 oil", "both are there, but not in one field and paragraph"),
        ("Russia NEAR/90 Jordan", "both are there, but not in one field and paragraph"),
        ("Russia NEAR zebra", "`zebra`: not in the text, nor a word spelt like it"),
        (
            '"Venezuela Russia"',
            "its words are there but not side by side: 12 words from first to last in body",
        ),
        (
            '"Venezuela Russia"~3',
            "its words are there but not side by side: 12 words from first to last in body",
        ),
        ('"Russia oil"', "its words are there, but not together in one field and paragraph"),
        ('"Russia zebra"', "`zebra`: not in the text, nor a word spelt like it"),
        ('Jordan EXCEPT "Michael Jordan"', 'there only inside `"Michael Jordan"`'),
        ("zebra EXCEPT oil", "not in the text, nor a word spelt like it"),
        ("$states", "`Rusia`: not in the text; the closest spelling is `Russia`"),
        ("$cities", "none of them is in the text, nor anything alike"),
    ],
)
def test_words_too_far_apart(query: str, expected: str) -> None:
    """NEAR, phrases, EXCEPT and lists: how far from a match they are."""
    ((_, message),) = failures(query)
    assert message == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("oil AND zebra AND yak", ["zebra", "yak"]),
        ("(oil AND zebra) OR yak", ["zebra"]),
        ("(zebra AND yak) OR gnu", ["gnu"]),
        ("zebra OR yak", ["zebra OR yak"]),
        ("oil AND (zebra OR yak)", ["(zebra OR yak)"]),
        ("2 OF (oil, zebra, yak)", ["2 OF (oil, zebra, yak)"]),
        ("2 OF (oil, (tariffs zebra), yak gnu)", ["zebra"]),
        ("title:(Russian AND oil)", ["title:oil"]),
        ("NOT (oil OR tariffs) AND Russia", ["NOT (oil OR tariffs)"]),
        ("oil AND $states", ["$states"]),
    ],
)
def test_the_smallest_set_of_failed_clauses(query: str, expected: list[str]) -> None:
    """Of alternatives the one with least to mend; where nothing of any holds, all of them as one."""
    assert [clause.text for clause in explained(query).failed] == expected


def test_an_unknown_language_is_noted() -> None:
    """The note of the match is in the explanation."""
    explanation = explained("lang:en AND oil", Article(id="1", title="oil"))
    assert explanation.matched
    assert explanation.notes == ("language unknown: taken as a match",)


def test_a_score_tells_what_each_term_earned() -> None:
    """Earned or not, with the sum and the threshold."""
    score = Score(30, {"oil": 20, "zebra": 15, "Jordan": -5, "Venezula": 20})
    rules = RuleSet.compile({"rule": score})
    explanation = explain(Rule("rule", score=score), rules.rules["rule"], ARTICLE)
    assert (explanation.matched, explanation.score, explanation.threshold) == (True, 35, 30)
    assert [(clause.text, clause.earned) for clause in explanation.clauses] == [
        ("oil", 20),
        ("zebra", 0),
        ("Jordan", -5),
        ("Venezula", 20),
    ]
    assert explanation.spans == rules.match(ARTICLE)[0].spans
    less = Score(30, {"oil": 20, "Venezuela NEAR/2 Russia": 15})
    explanation = explain(Rule("rule", score=less), RuleSet.compile({"rule": less}).rules["rule"], ARTICLE)
    assert (explanation.matched, explanation.score, explanation.spans) == (False, 20, ())
    assert explanation.clauses[1].nearest[0].message.startswith("10 words apart")


def test_a_rule_that_does_not_look_at_the_article_says_why() -> None:
    """Feeds and languages are told apart from what the query says."""
    rule = Rule("rule", query="oil", feeds=FeedSelector(tags=("agency",)), languages=("en",))
    explanation = explain(rule, parse("oil"), ARTICLE, Feed("https://example.org/rss", "Example"))
    assert explanation.matched
    assert explanation.outside == (
        "the rule reads only the feeds agency; it came from Example",
        "the rule reads only articles in en; this one is in es",
    )
    assert explain(rule, parse("oil"), ARTICLE).outside[0].endswith("it came from no configured feed")
    reads = Feed("https://example.org/rss", tags=("agency",))
    explanation = explain(rule, parse("oil"), Article(id="1", title="gas", language="en-GB"), reads)
    assert explanation.outside == ()
    assert not explanation.matched


def test_an_empty_article_is_explained() -> None:
    """Nothing in it, nothing near."""
    explanation = explained('(a1 NEAR b1) AND "c1 d1" AND 東京 AND /e/', Article(id="1"))
    assert len(explanation.failed) == 4
    assert all(item.span is None for clause in explanation.failed for item in clause.nearest)
