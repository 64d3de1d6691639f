"""What queries find in a title: the tables of `tests.support.match_cases`."""

import pytest

from monitor.model import Article
from monitor.rules import RuleSet, parse, render
from monitor.rules.matcher import matches
from tests.support import language_cases, match_cases
from tests.support.match_cases import LISTS


def marked(query: str, text: str) -> list[str] | None:
    """The highlighted words of the title, None without a match."""
    match = matches(parse(query, lists=LISTS), Article(id="1", title=text))
    if match is None:
        return None
    assert {span.field for span in match.spans} <= {"title"}
    return [text[span.start : span.end] for span in match.spans]


@pytest.mark.parametrize(("query", "text", "expected"), match_cases.EXAMPLES)
def test_examples_of_the_language_hold(query: str, text: str, expected: list[str] | None) -> None:
    """Each example in the description of the language does what is said there."""
    assert marked(query, text) == expected


@pytest.mark.parametrize(("query", "text", "expected"), match_cases.FOLDING)
def test_folding(query: str, text: str, expected: list[str] | None) -> None:
    """Spelling variants meet each other, distinct letters do not, and offsets are those of the text."""
    assert marked(query, text) == expected


@pytest.mark.parametrize(("query", "text", "expected"), match_cases.SYMBOLS)
def test_symbols_behave_as_a_person_expects(query: str, text: str, expected: list[str] | None) -> None:
    """Hyphens, apostrophes and symbols belong to the word they are typed with."""
    assert marked(query, text) == expected


@pytest.mark.parametrize(("query", "text", "expected"), match_cases.WORDS)
def test_operators(query: str, text: str, expected: list[str] | None) -> None:
    """Wildcards, phrases and operators find what the language says."""
    assert marked(query, text) == expected


@pytest.mark.parametrize(("query", "text", "expected"), match_cases.LANGUAGES)
def test_languages(query: str, text: str, expected: list[str] | None) -> None:
    """Words are found in the scripts and by the habits of many languages."""
    assert marked(query, text) == expected


def test_canonical_text_matches_the_same() -> None:
    """A query and its canonical text find the same in every case of the tables."""
    for query, text, expected in match_cases.ALL:
        assert marked(render(parse(query, lists=LISTS)), text) == expected, query


def test_rule_set_agrees_with_the_matcher() -> None:
    """All queries of the tables in one set give, on each text, the matches they give alone."""
    queries = {case[0]: case[0] for case in match_cases.ALL}
    rules = RuleSet.compile(queries, lists=LISTS)
    for query, text, expected in match_cases.ALL[::5]:
        found = {match.rule: match for match in rules.match(Article(id="1", title=text))}
        assert (query in found) == (expected is not None)
    assert rules.disabled == {}


@pytest.mark.parametrize(("query", "text", "expected"), language_cases.CASES)
def test_headlines(query: str, text: str, expected: list[str] | None) -> None:
    """Headlines in many languages are found by what a reader of that language would type."""
    assert marked(query, text) == expected


def test_there_are_cases_enough() -> None:
    """At least 150 cases in at least 20 languages, beyond the examples of the description."""
    assert len(language_cases.HEADLINES) >= 20
    assert len(language_cases.CASES) + len(match_cases.LANGUAGES) >= 150
