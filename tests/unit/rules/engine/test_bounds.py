"""Bounds: the clauses that queries become."""

import pytest

from monitor.model import Score
from monitor.rules import parse
from monitor.rules.engine.bounds import Bounds
from monitor.rules.engine.clauses import ANYTHING, NOTHING, Bound
from monitor.rules.engine.features import Features
from monitor.rules.lists import Lists
from monitor.rules.reading import Reader
from monitor.rules.score import compile_score


def _bound(query: str, lists: dict[str, list[str]] | None = None) -> tuple[Bound, str]:
    """The bound, and its clauses with the names of features in place of numbers."""
    features = Features()
    bound = Bounds(features).of_query(parse(query, lists=lists).root)
    return bound, _written(bound, features)


def _written(bound: Bound, features: Features) -> str:
    names = {number: word for word, number in features.words.items()}
    names |= {number: f"{text}*" for text, number in features.beginnings.items()}
    names |= {number: f"*{text}" for text, number in features.ends.items()}
    names |= {number: f"*{text}*" for text, number in features.parts.items()}
    for steps, number in features.phrases.items():
        names[number] = "".join((":" if touch else "+") + names[word] for word, touch in steps)[1:]
    for choices, number in features.sequences.items():
        names[number] = "+".join(names[words[0]] if words else "*" for words, _ in choices)
    names |= {number: f"{names[n]}@{mask}" for (n, mask), number in features.in_fields.items()}
    for (left, right, distance, ordered), number in features.nears.items():
        sides = ["|".join(names[n] for n in side) for side in (left, right)]
        names[number] = f"<{sides[0]}{'>' if ordered else '~'}{distance} {sides[1]}>"
    for (codes, is_open), number in features.languages.items():
        names[number] = f"{','.join(codes)}{'?' if is_open else ''}"
    names |= {number: f"/{pattern}/" for pattern, number in features.regexes.items()}
    return " & ".join(
        "|".join(("!" if literal & 1 else "") + names[literal >> 1] for literal in clause)
        for clause in bound.clauses
    )


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ("Oil", "oil"),
        ("oil AND gas", "oil & gas"),
        ("oil OR gas", "oil|gas"),
        ("(oil OR gas) AND NOT rig", "oil|gas & !rig"),
        ("oil AND NOT (gas OR rig)", "oil & !gas & !rig"),
        ("oil AND NOT (gas AND rig)", "oil & !gas|!rig"),
        ("tank*", "tank*"),
        ('"crude oil"', "crude+oil"),
        ("東京", "東:京"),
        ("F-16", "f+16|f16"),
        ('"central bank*"', "central+bank*"),
        ('"President * Maduro"', "president+*+maduro"),
        ("oil NEAR/3 (gas OR rig)", "<oil~3 gas|rig>"),
        ('"crude oil" ONEAR tank*', "<crude+oil>10 tank*>"),
        ("2 OF (oil, gas, rig)", "oil|gas & oil|rig & gas|rig"),
        ("1 OF (oil, gas)", "oil|gas"),
        ("2 OF (oil, gas)", "oil & gas"),
        ("title:(oil AND gas)", "oil@1 & gas@1"),
        ("ATLEAST/1 oil", "oil"),
        ("$fuel", "oil|gas"),
    ],
)
def test_plain_queries_are_said_in_full(query: str, clauses: str) -> None:
    """Words, beginnings, phrases, NEAR, AND, OR, NOT and OF need no second look."""
    bound, written = _bound(query, {"fuel": ["oil", "gas"]})
    assert written == clauses
    assert bound.exact
    assert bound.flat


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ("oil OR (gas AND rig)", "oil|gas & oil|rig"),
        ("lang:en AND oil", "en? & oil"),
        ("oil AND NOT lang:en", "oil & !en"),
        ("oil AND NOT NOT gas", "oil & gas"),
    ],
)
def test_some_need_the_matcher_for_their_places_only(query: str, clauses: str) -> None:
    """Which articles match is known; which places to show, or what to note, is not."""
    bound, written = _bound(query)
    assert written == clauses
    assert bound.exact
    assert not bound.flat


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ("exact:US", "us"),
        ("exact:US* AND oil", "us* & oil"),
        ("exact:Росси*", "росс*"),
        ("exact:éo*", "e*"),
        ("exact:*oil", ""),
        ("C++", "c"),
        ("AT&T", "at+t"),
        ('"#oil price"', "oil+price"),
        ("oil EXCEPT gas", "oil"),
        ("ATLEAST/3 oil", "oil"),
        ('"oil gas"~3', "oil & gas"),
        ("wom?n", "wom*"),
        ("*tanker", "*tanker"),
        ("*tank*", "*tank*"),
        ("(oil NEAR gas) NEAR rig", "<oil~10 gas> & rig"),
        ("oil AND NOT exact:US", "oil"),
        ("oil AND NOT (2 OF (a1, b1, c1))", "oil"),
        ("/o+/", "/(?:(?P<alternative0of1>o+))/"),
        ('"* oil"', "oil"),
    ],
)
def test_others_are_bounded(query: str, clauses: str) -> None:
    """What features cannot say is left out, and the matcher is asked."""
    bound, written = _bound(query)
    assert written == clauses
    assert not bound.exact


def test_arabic_words_come_with_their_clitics() -> None:
    """Every spelling that the text may have is an alternative."""
    bound, written = _bound("روسيا")
    assert {"روسيا", "وروسيا"} <= set(written.split("|"))
    assert bound.exact


def test_large_alternatives_are_cut_down_to_their_rarest() -> None:
    """An OR of many ANDs becomes one clause with one word of each."""
    query = " OR ".join(f"(the AND word{number}x AND other{number}x)" for number in range(5))
    bound, written = _bound(query)
    assert len(bound.clauses) == 1
    assert "the" not in written.split("|")
    assert len(bound.clauses[0]) == 5


def test_long_hyphenated_words_are_bounded_by_their_beginning() -> None:
    """Twelve hyphens would be two thousand readings."""
    bound, written = _bound("-".join("abcdefghijkl"))
    assert len(bound.clauses) == 1
    assert written.startswith("a|ab|abc")


@pytest.mark.parametrize(
    ("threshold", "terms", "clauses"),
    [
        (30, {"oil": 20, "gas": 15, "rig": 10, "sport": -20}, "oil"),
        (25, {"oil": 20, "gas": 15, "rig": 10}, "oil|gas"),
        (5, {"oil": 20, "gas": 15}, "oil|gas"),
        (0, {"oil": 20, "sport": -20}, "oil|sport"),
    ],
)
def test_scores_need_a_term_that_can_lift_them(
    threshold: float, terms: dict[str, float], clauses: str
) -> None:
    """Terms that cannot reach the threshold even together bring no article up."""
    features = Features()
    bound = Bounds(features).of_score(compile_score(Score(threshold, terms), Reader(Lists())))
    assert _written(bound, features) == clauses
    assert not bound.exact


def test_a_score_out_of_reach_never_holds() -> None:
    """All terms together stay below the threshold."""
    weighed = compile_score(Score(100, {"oil": 20, "gas": -1}), Reader(Lists()))
    assert Bounds(Features()).of_score(weighed) == NOTHING


def test_shapes_without_a_feature_bound_nothing() -> None:
    """Then the rule is looked at for every article."""
    assert _bound("exact:*oil")[0] == ANYTHING


def test_equal_facts_share_a_feature() -> None:
    """However many rules ask for a word, it is looked up once."""
    features = Features()
    bounds = Bounds(features)
    for query in ("oil AND gas", "OIL OR Gás", '"oil gas"', "title:oil"):
        bounds.of_query(parse(query).root)
    assert list(features.words) == ["oil", "gas"]
    assert len(features) == 1 + 2 + 1 + 1
