"""Which articles a rule may match once more of their text is known."""

import pytest

from monitor.model import Article, Score
from monitor.rules import RuleSet
from monitor.rules.hints import hints


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ("Venezuela AND Russia", "Venezuela votes", True),
        ("Venezuela AND Russia", "France votes", False),
        ("Venezuela NEAR/3 Russia", "Russia votes", True),
        ('"oil price" AND NOT olive', "olive oil", False),
        ('"oil price" AND NOT olive', "olive: the oil price", True),
        ("2 OF (oil, gas, coal)", "coal", True),
        ("ATLEAST/3(oil)", "oil", True),
        ('Jordan EXCEPT "Michael Jordan"', "Michael Jordan", True),
        ("lang:en AND oil", "gas", False),
        ("title:(oil AND gas)", "gas", True),
    ],
)
def test_a_part_of_what_a_rule_wants_is_a_hint(query, title, expected):
    """Every AND is taken for OR; what a rule excludes, and what language it reads, says nothing."""
    found = hints(RuleSet.compile({"r": query}).rules).match(Article("1", title=title, language="en"))
    assert [match.rule for match in found] == (["r"] if expected else [])


def test_each_term_of_a_score_is_a_hint_unless_it_speaks_against():
    """By the sign of its weight."""
    rules = RuleSet.compile({"s": Score(10, {"oil": 5, "gas": 5, "olive": -9})}).rules
    assert hints(rules).match(Article("1", title="gas"))
    assert not hints(rules).match(Article("1", title="olive"))


def test_a_rule_about_languages_and_outlets_alone_has_no_hint():
    """More text would not change what it says."""
    assert len(hints(RuleSet.compile({"r": "lang:en AND source:wire"}).rules)) == 0
