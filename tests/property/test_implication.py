"""When one part of a query is said to imply another, it does so on every article."""

import random

import pytest

from monitor.model import Article
from monitor.rules import parse
from monitor.rules.implication import implies
from monitor.rules.matcher import matches

WORDS = ("oil", "gas", "oils", "coal")


def _place(chance: random.Random, depth: int = 2) -> str:
    kind = chance.randrange(9) if depth else 0
    if kind < 3:
        return chance.choice((*WORDS, "oi*", "*il", "Oil"))
    if kind == 3:
        return f'"{chance.choice(WORDS)} {chance.choice(WORDS)}"' + chance.choice(("", "~1"))
    one, other = _place(chance, depth - 1), _place(chance, depth - 1)
    if kind == 4:
        return f"({one} OR {other})"
    if kind == 5:
        return f"({one} EXCEPT {other})"
    return f"({one} {chance.choice(('NEAR/0', 'NEAR/1', 'ONEAR/0', 'ONEAR/1'))} {other})"


def _query(chance: random.Random, depth: int = 2) -> str:
    kind = chance.randrange(8) if depth else 0
    if kind < 2:
        return _place(chance)
    if kind == 2:
        return f"{chance.choice(('title', 'summary', 'any', 'exact'))}:({_query(chance, 0)})"
    if kind == 3:
        return f"ATLEAST/2 {_place(chance)}"
    one, other = _query(chance, depth - 1), _query(chance, depth - 1)
    if kind == 4:
        return f"NOT ({one})"
    if kind == 5:
        return f"2 OF ({one}, {other}, {_place(chance)})"
    return f"({one} {chance.choice(('AND', 'OR'))} {other})"


def _article(chance: random.Random) -> Article:
    title, summary, author = (
        " ".join(chance.choice((*WORDS, "and")) for _ in range(chance.randrange(5))) for _ in range(3)
    )
    return Article(id="a", title=title, summary=summary, author=author)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_implied_holds(seed: int) -> None:
    """Random pairs of queries; those of which the one is said to imply the other are tried on articles."""
    chance = random.Random(seed)
    articles = [_article(chance) for _ in range(150)]
    checked = 0
    for _ in range(4_000):
        one, other = f"zinc OR ({_query(chance)})", f"zinc OR ({_query(chance)})"
        premise, conclusion = parse(one), parse(other)
        if not implies(premise.root, conclusion.root):
            continue
        checked += 1
        for article in articles:
            if matches(premise, article) is not None:
                assert matches(conclusion, article) is not None, (one, other, article)
    assert checked > 20
