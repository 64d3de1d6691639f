"""Tries the rules' own tests: each rule on the articles it must match and must not match.

Matching is that of the reference; only the rule's choice of feeds is left out, since a made-up article
comes from none.
"""

from dataclasses import replace
from itertools import groupby

from monitor.config.load import Config
from monitor.config.nodes import shorten
from monitor.config.problems import locate
from monitor.config.resolve import Sample
from monitor.errors import Problem
from monitor.model import Article, FeedSelector, Match, Rule
from monitor.rules import ReferenceEngine, RuleSet
from monitor.rules.explain import explain
from monitor.rules.scope import in_scope
from monitor.text import fields


def failures(config: Config) -> tuple[Problem, ...]:
    """The tests that fail, each at its place, in the order they are written."""
    rules = {rule.name: rule for rule in config.rules}
    compiled = config.ruleset.rules
    problems: list[Problem | None] = []
    for name, samples in groupby(config.samples, key=lambda sample: sample.rule):
        # Only the rule itself is asked: a thousand rules have thousands of tests.
        alone = {name: compiled[name]}
        ruleset = RuleSet(alone, ReferenceEngine(alone))
        problems += (_try(sample, rules[name], ruleset) for sample in samples)
    return tuple(problem for problem in problems if problem is not None)


def _try(sample: Sample, rule: Rule, ruleset: RuleSet) -> Problem | None:
    match = _match(sample.article, rule, ruleset)
    if (match is not None) == sample.should_match:
        return None
    name = shorten(rule.name)
    if match is None:
        missed = _missed(sample.article, rule, ruleset)
        return locate(sample.place, f"the rule `{name}` should match this, and does not", missed)
    words = _found_words(sample.article, match)
    return locate(sample.place, f"the rule `{name}` should not match this, and does", words)


def _match(article: Article, rule: Rule, ruleset: RuleSet) -> Match | None:
    if not in_scope(replace(rule, feeds=FeedSelector()), article, None):
        return None
    return next(iter(ruleset.match(article)), None)


def _missed(article: Article, rule: Rule, ruleset: RuleSet) -> str:
    """What the rule missed, in a sentence: the score, or the first clause that failed."""
    told = explain(replace(rule, feeds=FeedSelector()), ruleset.rule(rule.name), article)
    if told.outside:
        return _sentence(told.outside[0])
    if told.score is not None:
        earned = ", ".join(f"{shorten(one.text)} {one.weight:+g}" for one in told.clauses if one.satisfied)
        return f"It scores {told.score:g} of {told.threshold:g}: {earned or 'none of its terms is there'}."
    for clause in told.failed[:1]:
        nearest = "".join(f": {shorten(item.message)}" for item in clause.nearest[:1])
        return _sentence(f"It misses `{shorten(clause.text)}`{nearest}")
    return ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _found_words(article: Article, match: Match) -> str:
    texts = dict(fields(article)) if match.spans else {}
    words = [texts[span.field][span.start : span.end] for span in match.spans if span.field in texts]
    shown = ", ".join(dict.fromkeys(shorten(word) for word in words))
    return f"It found: {shown}." if shown else ""
