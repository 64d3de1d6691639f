"""The batch engine: order, edits, failures, and articles at the limits."""

import random
import threading
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.model import Article, Match, Score
from monitor.rules import ReferenceEngine, RuleSet, parse
from monitor.rules.engine.arrays import U64
from monitor.rules.engine.engine import FEW, BatchEngine
from monitor.rules.engine.letters import Letters
from monitor.rules.lists import Lists
from monitor.rules.query import And, Except, Query, Term
from monitor.rules.splice import Splice
from tests.support.randomrules import LISTS, random_article, random_rules


def _engine(rules: Mapping[str, str]) -> BatchEngine:
    return BatchEngine({name: parse(text) for name, text in rules.items()}, seed=1)


def _names(found: Sequence[Match]) -> list[str]:
    return [match.rule for match in found]


def _raising() -> Query:
    """A query that no text reads as: the matcher finds no places of AND."""
    term = parse("oil").root
    assert isinstance(term, Term)
    return Query("oil EXCEPT (oil AND oil)", Except(term, (And((term, term)),)))


OIL = Article(id="1", title="Oil and gas", content="crude oil rises")


def test_matches_come_in_the_order_of_the_rules() -> None:
    """Read off or verified, all in one order."""
    rules = {
        "c": "oil",
        "b": "exact:Oil",
        "a": "gas",
        "0": '"crude oil"',
        "x": "sport",
        "9": "oil~" and "ATLEAST/2 oil",
    }
    engine = _engine(rules)
    assert _names(engine.match_many([OIL])[0]) == ["c", "b", "a", "0", "9"]
    assert engine.names_many([OIL]) == [["c", "b", "a", "0", "9"]]


def test_no_rules_and_no_articles() -> None:
    """Nothing is found in nothing."""
    assert BatchEngine({}).match_many([OIL, OIL]) == [[], []]
    assert BatchEngine({}).match_many([]) == []
    assert _engine({"a": "oil"}).match_many([]) == []
    assert _engine({"a": "oil"}).match_many([Article(id="1")]) == [[]]


def test_more_articles_than_a_batch_holds() -> None:
    """The matches stay with their articles."""
    articles = [Article(id=str(n), title="oil" if n % 3 else f"gas{n}") for n in range(200)]
    found = _engine({"a": "oil", "b": "gas*"}).match_many(articles)
    assert [_names(row) for row in found] == [["a"] if n % 3 else ["b"] for n in range(200)]


Rules = dict[str, str | Score]


def _named(rules: RuleSet) -> list[str]:
    return [match.rule for match in rules.match(OIL)]


def test_rules_are_added_changed_removed_and_moved() -> None:
    """A changed set finds what a new one of these rules finds, in their order."""
    rules: Rules = {"first": "oil", "second": "gas", "third": "crude"}
    compiled = RuleSet.compile(rules, engine=BatchEngine)
    changes: list[Rules] = [
        {"first": "oil", "second": "crude AND NOT sport", "third": "crude", "last": "rises"},
        {"first": "oil", "second": "sport", "third": "crude", "last": "rises"},
        {"third": "crude", "new": "gas", "first": "oil"},
        {},
        {"first": "oil", "score": Score(2, {"oil": 1, "gas": 1})},
        {"first": "oil", "score": Score(3, {"oil": 1, "gas": 1})},
    ]
    for changed in changes:
        compiled = compiled.changed(changed)
        assert list(compiled.rules) == list(changed)
        expected = RuleSet.compile(changed, engine=ReferenceEngine)
        assert compiled.match_many([OIL]) == expected.match_many([OIL])


def test_a_set_goes_on_as_it_is_when_another_comes_of_it() -> None:
    """Whoever still holds the old rules sees nothing of the change."""
    old = RuleSet.compile({"a": "oil", "b": "gas"}, engine=BatchEngine)
    new = old.changed({"b": "sport", "c": "crude"})
    assert (_named(old), _named(new)) == (["a", "b"], ["c"])
    assert list(old.rules) == ["a", "b"]


def test_what_stays_is_neither_read_nor_compiled_again() -> None:
    """Only the rules that are new or differ are looked at."""
    rules: Rules = {f"rule {n}": f"oil OR word{n}" for n in range(2 * FEW)}
    old = RuleSet.compile(rules, engine=BatchEngine)
    new = old.changed({**rules, "rule 7": "gas", "last": "crude"})
    kept = [name for name in rules if new.rules[name] is old.rules[name]]
    assert kept == [name for name in rules if name != "rule 7"]
    assert _named(new) == [*rules, "last"]


def test_other_lists_change_the_rules_that_ask_for_them() -> None:
    """The same text may mean something else; a rule without `$` does not."""
    rules: Rules = {"list": "$fuel", "plain": "crude", "score": Score(1, {"$fuel": 1})}
    old = RuleSet.compile(rules, lists={"fuel": ["coal"]}, engine=BatchEngine)
    new = old.changed(rules, lists={"fuel": ["coal", "gas"]})
    assert (_named(old), _named(new)) == (["plain"], ["list", "plain", "score"])
    assert new.rules["plain"] is old.rules["plain"]
    assert _named(new.changed(rules, lists={"fuel": ["coal", "gas"]})) == ["list", "plain", "score"]


def test_a_change_that_cannot_be_read_changes_nothing() -> None:
    """The error names the rule, and the set is what it was."""
    rules = RuleSet.compile({"a": "oil"}, engine=BatchEngine)
    with pytest.raises(QueryError, match="rule `b`"):
        rules.changed({"a": "gas", "b": "oil or gas"})
    assert _named(rules) == ["a"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_sequence_of_changes_gives_what_compiling_gives(data: st.DataObject) -> None:
    """However rules are added, removed, changed and moved, and however often."""
    names = st.sampled_from([f"rule {n}" for n in range(8)])
    texts = st.sampled_from(["oil", "gas", "sport", "crude AND oil", "exact:Oil", "$fuel"])
    some = st.lists(st.tuples(names, texts), max_size=8).map(dict)
    fuel = st.sampled_from([["gas"], ["coal"]])
    compiled = RuleSet.compile(data.draw(some), lists={"fuel": data.draw(fuel)}, engine=BatchEngine)
    for _ in range(data.draw(st.integers(1, 4))):
        rules, lists = data.draw(some), {"fuel": data.draw(fuel)}
        compiled = compiled.changed(rules, lists=lists)
        expected = RuleSet.compile(rules, lists=lists, engine=ReferenceEngine).match(OIL)
        assert compiled.match(OIL) == expected


def test_many_changes_are_compacted() -> None:
    """However many changes, the matches are those of the rules as they are now."""
    rules: Rules = {f"rule {n}": "oil" for n in range(10)}
    compiled = RuleSet.compile(rules, engine=BatchEngine)
    for number in range(7):
        rules = {f"rule {number}": "gas", **rules} | {f"added {number} {n}": "crude" for n in range(FEW + 1)}
        compiled = compiled.changed(rules)
    engine = compiled._engine
    assert isinstance(engine, BatchEngine)
    assert engine.is_scattered
    before = compiled.match_many([OIL])
    compiled.compact()
    assert not engine.is_scattered
    assert compiled.match_many([OIL]) == before
    assert _named(compiled) == list(rules)
    assert len(engine) == len(rules)


def test_matching_goes_on_while_all_is_compiled_again() -> None:
    """Nothing of the old indexes is missing until the new one takes their place."""
    rules: Rules = {f"rule {n}": f"oil OR word{n}" for n in range(3_000)}
    compiled = RuleSet.compile(rules, engine=BatchEngine)
    kept: Rules = {name: text for name, text in rules.items() if name.endswith("7")}
    compiled = compiled.changed({**kept, "last": "gas OR oil"})
    worker = threading.Thread(target=compiled.compact)
    worker.start()
    during = _named(compiled)
    worker.join()
    assert during == _named(compiled) == [*kept, "last"]


def test_a_rule_that_raises_is_left_out() -> None:
    """It is disabled with its reason, the others go on, and a new text brings it back."""
    engine = BatchEngine({"good": parse("oil"), "bad": _raising(), "other": parse("gas")}, seed=1)
    assert [_names(row) for row in engine.match_many([OIL, OIL])] == [["good", "other"]] * 2
    assert list(engine.disabled) == ["bad"]
    assert engine.disabled["bad"].startswith("TypeError on article 1: And")
    assert len(engine) == 3
    mended = engine.changed(Splice(1, {"bad": _raising()}, {"bad": parse("crude")}))
    assert mended.disabled == {}
    assert mended.names_many([OIL]) == [["good", "bad", "other"]]


def test_a_rule_that_raised_is_tried_again_after_a_change() -> None:
    """It stays disabled where all is compiled again, and gets another chance in a changed set."""
    rules = {f"rule {n}": parse(f"oil OR word{n}") for n in range(4 * FEW)}
    engine = BatchEngine({"bad": _raising(), **rules}, seed=1)
    engine.match_many([OIL])
    fewer = engine.changed(Splice(1, rules, {"rule 0": rules["rule 0"]}))
    assert fewer.disabled == {}
    assert fewer.names_many([OIL]) == [["rule 0"]]
    assert list(fewer.disabled) == ["bad"]
    scattered = engine.changed(Splice(1 + FEW, dict(list(rules.items())[FEW:]), {}))
    scattered.match_many([OIL])
    for _ in range(2):
        assert list(scattered.disabled) == ["bad"]
        assert len(scattered.names_many([OIL])[0]) == FEW
        scattered.compact()


def test_a_rule_that_cannot_be_bounded_is_left_to_the_matcher() -> None:
    """What the engine does not understand when compiling is asked for every article."""
    odd = Query("odd", And((parse("oil").root, "no node")))  # type: ignore[arg-type]
    engine = BatchEngine({"odd": odd, "good": parse("oil")}, seed=1)
    assert engine.names_many([Article(id="7", title="sport"), OIL]) == [[], ["good"]]
    assert "odd" in engine.disabled


def test_an_overlong_article_is_a_batch_of_its_own() -> None:
    """Too much text for one batch is split, and what one article alone brings is still matched."""
    articles = [Article(id=str(n), title="oil " * n) for n in (1, 20, 50, 2, 30)]
    expected = RuleSet.compile({"a": "ATLEAST/15 oil"}, engine=ReferenceEngine).match_many(articles)
    engine = BatchEngine({"a": parse("ATLEAST/15 oil")}, most_characters=100)
    assert engine.match_many(articles) == expected
    assert [len(row) for row in expected] == [0, 1, 1, 0, 1]


def test_long_articles_are_left_to_the_matcher() -> None:
    """Where the matcher stops counting places, the engine stops with it."""
    rules = {
        "near": "oil NEAR/0 gas",
        "not near": "oil AND NOT (oil NEAR/0 gas)",
        "plain": "oil",
        "phrase": '"oil gas"',
        "absent": "oil AND NOT sport",
    }
    articles = [Article(id="1", content="oil " * 5_100 + "gas"), OIL, Article(id="2", content="oil gas")]
    expected = RuleSet.compile(rules, engine=ReferenceEngine).match_many(articles)
    assert RuleSet.compile(rules, engine=BatchEngine).match_many(articles) == expected
    assert "not near" in _names(expected[0])


def test_all_fields_are_searched_where_they_are_named() -> None:
    """A field that only some rules name stays invisible to the others."""
    article = Article(
        id="1", title="Oil", summary="gas", content="rig", url="https://tanker.example/", source="Reuters",
        author="Ann Lee", language="en", tags=("energy", "ship"),
    )  # fmt: skip
    rules = {
        "title": "title:oil",
        "not in title": "title:gas",
        "author": "author:lee",
        "default": "lee",
        "tag": 'tag:"energy"',
        "tags": 'tag:"energy ship"',
        "url": "url:tanker",
        "source": "source:reuters",
        "any": "any:(lee AND rig AND ship)",
        "near": "author:(ann NEAR lee)",
        "lang": "lang:en",
        "other": "lang:fr",
        "not": "oil AND NOT author:lee",
        "prefix": "any:tank*",
        "regex": "url:/tank.r/",
        "regex body": "/tank.r/",
    }
    expected = RuleSet.compile(rules, engine=ReferenceEngine).match_many([article])
    assert RuleSet.compile(rules, engine=BatchEngine).match_many([article]) == expected
    assert _names(expected[0]) == [
        "title", "author", "tag", "url", "source", "any", "near", "lang", "prefix", "regex",
    ]  # fmt: skip


def test_scores_are_weighed() -> None:
    """A score rule gives its sum and what each term earned."""
    rules = {"score": Score(25, {"oil": 20, "gas": 10, "sport": 5}), "high": Score(99, {"oil": 20})}
    engine = RuleSet.compile(rules, engine=BatchEngine)
    (match,) = engine.match(OIL)
    assert (match.rule, match.score, match.notes) == ("score", 30, ("+20 oil", "+10 gas"))


def test_what_is_common_is_learned() -> None:
    """After many articles rules are filed by what is rare; the matches stay the same."""
    rules = {f"rule {n}": f"common AND rare{n}" for n in range(50)}
    engine = _engine(rules)
    articles = [Article(id=str(n), title=f"common rare{n % 70}") for n in range(400)]
    first, second = engine.names_many(articles), engine.names_many(articles)
    assert first == second
    assert [len(row) for row in first] == [int(n % 70 < 50) for n in range(400)]


def test_lists_reach_the_engine() -> None:
    """`$list` is what it stands for, in any place that takes it."""
    lists = {"fuel": ["oil", '"natural gas"', "tank*"]}
    query = parse("$fuel NEAR/2 rises AND NOT $fuel EXCEPT oil", lists=Lists(lists))
    expected = ReferenceEngine({"a": query}).match_many([OIL])
    assert BatchEngine({"a": query}).match_many([OIL]) == expected


class Useless(Letters):
    """Every hash is the same: nothing is told apart but letter by letter."""

    def sums(self, numbers: U64) -> U64:
        """Nothing adds up to anything."""
        found = super().sums(numbers)
        found[:] = 0
        return found


def test_words_of_one_hash_are_told_apart() -> None:
    """With a hash that all words share, the matches are those of the reference all the same."""
    texts = ("oil", "lio", "OIL", "oils", "soil", "Öil", "gas", "sag", "crude oil", "oil crude", "coil")
    rules = {text: text for text in ("oil", "lio", "loi", "gas", '"crude oil"', '"duecr oil"')}
    rules |= {
        text: text for text in ("oil*", "lio*", "*oil", "*iol", "?oi*", "?io*", "soil NEAR lio", "oil?")
    }
    articles = [Article(id=str(n), title=text) for n, text in enumerate(texts)]
    compiled = {name: parse(text) for name, text in rules.items()}
    expected = ReferenceEngine(compiled).match_many(articles)
    engine = BatchEngine(compiled, letters=Useless)
    assert engine.match_many(articles) == expected
    assert {match.rule for found in expected for match in found} >= {"oil", "lio", "oil*", "*oil", "?oi*"}


@pytest.mark.parametrize("seed", range(4))
def test_random_rules_and_articles_with_colliding_hashes(seed: int) -> None:
    """Masks, places and spans rely on no hash."""
    chance = random.Random(seed)
    articles = [random_article(chance, number) for number in range(30)]
    known = Lists(LISTS)
    rules = {
        name: parse(text, lists=known)
        for name, text in random_rules(chance, 100).items()
        if isinstance(text, str)
    }
    expected = ReferenceEngine(rules).match_many(articles)
    engine = BatchEngine(rules, letters=Useless)
    assert engine.match_many(articles) == expected


def test_beginnings_of_very_different_lengths() -> None:
    """The shortest and the longest that a person may write are found beside each other."""
    rules = {f"{length}": "a" * length + "*" for length in (2, 32, 33, 34, 35, 90, 200)}
    articles = [Article(id=str(length), title="a" * length) for length in (2, 33, 34, 90, 91, 250)]
    compiled = {name: parse(text) for name, text in rules.items()}
    found = BatchEngine(compiled).match_many(articles)
    assert found == ReferenceEngine(compiled).match_many(articles)
    assert [len(row) for row in found] == [1, 3, 4, 6, 6, 7]
