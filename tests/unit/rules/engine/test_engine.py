"""The batch engine: order, edits, failures, and articles at the limits."""

import threading
from collections.abc import Mapping, Sequence

import pytest

from monitor.model import Article, Match, Score
from monitor.rules import ReferenceEngine, RuleSet, parse
from monitor.rules.engine.engine import MOST_RECENT, BatchEngine
from monitor.rules.lists import Lists
from monitor.rules.query import And, Except, Query, Term


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


def test_rules_are_added_changed_and_removed() -> None:
    """An edit counts from the next match on and leaves the order of the others alone."""
    engine = _engine({"first": "oil", "second": "gas", "third": "crude"})
    engine.put("last", parse("rises"))
    engine.put("second", parse("crude AND NOT sport"))
    assert engine.names_many([OIL]) == [["first", "second", "third", "last"]]
    engine.put("second", parse("sport"))
    assert engine.names_many([OIL]) == [["first", "third", "last"]]
    engine.remove("first")
    engine.remove("last")
    assert engine.names_many([OIL]) == [["third"]]
    with pytest.raises(KeyError):
        engine.remove("first")
    assert len(engine) == 2


def test_many_edits_are_compacted() -> None:
    """However many edits, the result is that of the rules as they are now."""
    engine = _engine({f"rule {n}": "oil" for n in range(10)})
    for number in range(3 * MOST_RECENT):
        engine.put(f"added {number}", parse("gas" if number % 2 else "sport"))
        if number % 97 == 0:
            engine.match_many([OIL])
    engine.remove("rule 3")
    engine.put("rule 4", parse("sport"))
    expected = [f"rule {n}" for n in range(10) if n not in (3, 4)]
    expected += [f"added {n}" for n in range(1, 3 * MOST_RECENT, 2)]
    assert engine.names_many([OIL]) == [expected]
    assert engine.is_scattered
    engine.compact()
    assert not engine.is_scattered
    assert engine.names_many([OIL]) == [expected]


def test_edits_made_while_compacting_are_kept() -> None:
    """Rules added, changed and removed while all are compiled anew count afterwards as well."""
    engine = _engine({f"rule {n}": f"oil OR word{n}" for n in range(3_000)})
    worker = threading.Thread(target=engine.compact)
    worker.start()
    engine.put("added", parse("gas"))
    engine.put("rule 0", parse("sport"))
    engine.remove("rule 1")
    during = engine.names_many([OIL])
    worker.join()
    assert engine.names_many([OIL]) == during
    assert during[0][0] == "rule 2"
    assert during[0][-1] == "added"


def test_a_rule_that_raises_is_left_out() -> None:
    """It is disabled with its reason, the others go on, and a new text brings it back."""
    engine = BatchEngine({"good": parse("oil"), "bad": _raising(), "other": parse("gas")}, seed=1)
    assert [_names(row) for row in engine.match_many([OIL, OIL])] == [["good", "other"]] * 2
    assert list(engine.disabled) == ["bad"]
    assert engine.disabled["bad"].startswith("TypeError on article 1: And")
    engine.compact()
    assert engine.names_many([OIL]) == [["good", "other"]]
    engine.put("bad", parse("crude"))
    assert engine.disabled == {}
    assert engine.names_many([OIL]) == [["good", "bad", "other"]]


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
