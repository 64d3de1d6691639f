"""The rules' own tests."""

from pathlib import Path

from monitor import config
from monitor.config import ruletests

BASE = """\
feeds: [{url: "https://example.org/a.rss", tags: [agency]}]
channels: {desk: console://}
defaults: {channels: [desk]}
"""


def _failures(rules: str, directory: Path) -> list[tuple[int, int, str, str]]:
    (directory / "a.yaml").write_text(BASE, "utf-8")
    (directory / "rules.yaml").write_text(rules, "utf-8")
    found = ruletests.failures(config.load(directory, environ={}))
    return [(problem.line, problem.column, problem.message, problem.hint) for problem in found]


def test_tests_that_hold_say_nothing(tmp_path: Path) -> None:
    """A text is a title; a mapping may have a summary, a content and a language."""
    rules = """
rules:
  Oil:
    match: oil AND NOT title:olive
    language: [en]
    feeds: {tags: [agency]}
    tests:
      should_match:
        - Oil rises
        - {title: Markets, summary: Oil rises}
        - {title: Markets, content: "<p>Oil rises</p>", language: en}
      should_not_match:
        - Olive oil rises
        - {title: Oil rises, language: de}
        - {title: Markets, content: "<p class='oil'>calm</p>"}
"""
    assert _failures(rules, tmp_path) == []


MISSED = "It misses `Iran*`: not in the text, nor a word spelt like it."


def test_each_failing_test_is_told_at_its_place(tmp_path: Path) -> None:
    """A match that should not be says which words made it."""
    rules = """
rules:
  Oil:
    match: (oil OR petroleum) AND Iran*
    tests:
      should_match: [Oil rises, "Iran: oil"]
      should_not_match:
        - Iranian petroleum sold
"""
    assert _failures(rules, tmp_path) == [
        (6, 22, "the rule `Oil` should match this, and does not", MISSED),
        (8, 11, "the rule `Oil` should not match this, and does", "It found: Iranian, petroleum."),
    ]


def test_only_the_rule_itself_is_tried(tmp_path: Path) -> None:
    """Another rule that matches the article is no help."""
    rules = "rules:\n  A: oil\n  B: {match: gas, tests: {should_match: [oil]}}\n"
    assert [message for _, _, message, _ in _failures(rules, tmp_path)] == [
        "the rule `B` should match this, and does not"
    ]


def test_weighted_rule_has_tests_too(tmp_path: Path) -> None:
    """The threshold decides."""
    rules = """
rules:
  Cholera:
    score: {threshold: 30, terms: {"cholera*": 20, outbreak: 15}}
    tests: {should_match: [Cholera outbreak], should_not_match: [Cholera vaccine, Outbreak of joy]}
"""
    assert _failures(rules, tmp_path) == []


def test_a_score_that_is_missed_is_told(tmp_path: Path) -> None:
    """How much it came to, by which terms, or that there are none."""
    rules = """
rules:
  Cholera:
    score: {threshold: 30, terms: {"cholera*": 20, outbreak: 15}}
    tests: {should_match: [Cholera rises, Measles]}
"""
    assert [hint for *_, hint in _failures(rules, tmp_path)] == [
        "It scores 20 of 30: cholera* +20.",
        "It scores 0 of 30: none of its terms is there.",
    ]


def test_a_language_that_the_rule_does_not_read_is_told(tmp_path: Path) -> None:
    """The query would match."""
    rules = "rules:\n  A: {match: oil, language: [en], tests: {should_match: [{title: oil, language: de}]}}\n"
    ((*_, hint),) = _failures(rules, tmp_path)
    assert hint == "The rule reads only articles in en; this one is in de."
