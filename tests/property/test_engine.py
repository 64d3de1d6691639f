"""The batch engine gives the same matches as the reference matcher, spans, scores and notes included."""

import random
from collections.abc import Sequence

import pytest

from monitor.model import Article, Match
from monitor.rules import ReferenceEngine, RuleSet
from monitor.rules.engine.engine import BatchEngine
from tests.support.randomrules import LISTS, mutate, random_article, random_rules

RULES, ARTICLES = 300, 88


def _in_batches(rules: RuleSet, articles: Sequence[Article], chance: random.Random) -> list[list[Match]]:
    """All articles, some alone, some in batches of odd sizes."""
    found: list[list[Match]] = []
    while len(found) < len(articles):
        size = chance.choice((1, 2, 7, 63, 64, 65))
        found += rules.match_many(articles[len(found) : len(found) + size])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_engine_agrees_with_the_reference(seed: int) -> None:
    """Every random rule matches every random article as the reference matcher says, batch by batch."""
    chance = random.Random(seed)
    rules = random_rules(chance, RULES)
    articles = [random_article(chance, number) for number in range(ARTICLES)]
    articles += [mutate(chance, article) for article in articles]
    expected = RuleSet.compile(rules, lists=LISTS, engine=ReferenceEngine).match_many(articles)
    compiled = RuleSet.compile(rules, lists=LISTS, engine=BatchEngine)
    for article, wanted, found in zip(
        articles, expected, _in_batches(compiled, articles, chance), strict=True
    ):
        for name in {match.rule for match in wanted + found}:
            by_reference = [match for match in wanted if match.rule == name]
            assert [m for m in found if m.rule == name] == by_reference, (rules[name], article)
        assert found == wanted
    assert compiled.disabled == {}
    assert sum(map(len, expected)) > RULES
