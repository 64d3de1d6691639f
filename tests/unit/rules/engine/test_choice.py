"""The engine of choice: little work without numpy, much work by the batch engine."""

import subprocess
import sys

import pytest

from monitor.model import Article
from monitor.rules import Query, ReferenceEngine, RuleSet, parse
from monitor.rules.engine.choice import ChoosingEngine
from monitor.rules.engine.engine import BatchEngine
from monitor.rules.splice import Splice

OIL = Article(id="1", title="Oil and gas")


def test_little_work_needs_no_numpy() -> None:
    """Compiling rules and matching a few articles leaves numpy out of the process."""
    program = (
        "import sys; from monitor.model import Article; from monitor.rules import RuleSet; "
        "rules = RuleSet.compile({'a': 'oil'}); assert len(rules.match(Article(id='1', title='Oil'))) == 1; "
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_engine_changes_without_a_trace() -> None:
    """Matches, their order and what was disabled are the same before and after."""
    engine = ChoosingEngine({"a": parse("oil"), "b": parse("gas"), "c": parse("sport")}, little=100)
    first = engine.match_many([OIL])
    assert isinstance(engine._engine, ReferenceEngine)
    later = [engine.match_many([OIL]) for _ in range(5)]
    assert isinstance(engine._engine, BatchEngine)
    assert all(found == first for found in later)


def test_rules_disabled_before_the_change_stay_disabled() -> None:
    """Their reason is still told."""
    broken = Query("oil", None)  # which can be read by nobody
    engine = ChoosingEngine({"bad": broken, "good": parse("gas")}, little=100)
    for _ in range(8):
        assert [match.rule for match in engine.match_many([OIL])[0]] == ["good"]
        assert list(engine.disabled) == ["bad"]


@pytest.mark.parametrize("work", [1, 20])
def test_a_changed_set_goes_on_from_where_it_was(work: int) -> None:
    """Before the move and after it, the rules that count are those of the change, in their order."""
    engine = ChoosingEngine({"a": parse("oil"), "b": parse("gas"), "c": parse("sport")}, little=100)
    engine.match_many([OIL] * work)
    changed = engine.changed(Splice(0, {"a": parse("oil")}, {"new": parse("gas")}))
    for _ in range(8):
        assert [match.rule for match in changed.match_many([OIL])[0]] == ["new", "b"]
    assert isinstance(changed._engine, BatchEngine)
    assert [match.rule for match in engine.match_many([OIL])[0]] == ["a", "b"]


def test_rule_sets_choose_by_default() -> None:
    """Nobody has to name an engine."""
    articles = [Article(id=str(number), title="oil" if number % 2 else "gas") for number in range(90)]
    rules = RuleSet.compile({f"rule {number}": "oil" for number in range(100)})
    assert [len(found) for found in rules.match_many(articles)] == [0, 100] * 45
