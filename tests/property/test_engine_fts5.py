"""A third opinion: SQLite's full-text search agrees with the batch engine where both have the words.

The common ground is AND, OR, NOT, words, beginnings, phrases and NEAR over words of plain letters.
"""

import random
import sqlite3
from contextlib import closing

import pytest

from monitor.model import Article
from monitor.rules import RuleSet
from monitor.rules.engine.engine import BatchEngine

WORDS = "oil gas iran iraq tank tanker tankers rig russia russian price prices opec deal sea port".split()

Written = tuple[str, str]  # in the rule language, and for FTS5


def _leaf(chance: random.Random) -> Written:
    kind = chance.random()
    word = chance.choice(WORDS)
    if kind < 0.5:
        return word, f'"{word}"'
    if kind < 0.65:
        beginning = word[: chance.randrange(2, len(word) + 1)]
        return f"{beginning}*", f'"{beginning}"*'
    if kind < 0.85:
        phrase = " ".join(chance.choices(WORDS, k=chance.randrange(2, 4)))
        return f'"{phrase}"', f'"{phrase}"'
    left, right = chance.sample(WORDS, 2)
    distance = chance.randrange(6)
    return f"({left} NEAR/{distance} {right})", f'NEAR("{left}" "{right}", {distance})'


def _query(chance: random.Random, depth: int) -> Written:
    if depth == 0 or chance.random() < 0.3:
        return _leaf(chance)
    left, right = _query(chance, depth - 1), _query(chance, depth - 1)
    ours, theirs = chance.choice((("AND", "AND"), ("OR", "OR"), ("AND NOT", "NOT")))
    return f"({left[0]} {ours} {right[0]})", f"({left[1]} {theirs} {right[1]})"


@pytest.mark.parametrize("seed", range(5))
def test_fts5_agrees(seed: int) -> None:
    """Each query finds the same articles in both."""
    chance = random.Random(seed)
    queries = [_query(chance, 3) for _ in range(300)]
    texts = [" ".join(chance.choices(WORDS, k=chance.randrange(40))) for _ in range(130)]
    rules = {str(number): ours for number, (ours, _) in enumerate(queries)}
    engine = RuleSet.compile(rules, engine=BatchEngine)
    articles = [Article(id=str(number), content=text) for number, text in enumerate(texts)]
    found = {(match.rule, number) for number, row in enumerate(engine.match_many(articles)) for match in row}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE a USING fts5(t)")
        connection.executemany("INSERT INTO a(rowid, t) VALUES (?, ?)", enumerate(texts, 1))
        expected = {
            (str(number), row - 1)
            for number, (_, theirs) in enumerate(queries)
            for (row,) in connection.execute("SELECT rowid FROM a WHERE a MATCH ?", (theirs,))
        }
    assert found == expected
    assert len(expected) > 1_000
