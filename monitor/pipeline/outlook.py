"""What the rules would say of articles that were just read, if they appeared now. Keeps and sends nothing.

Knows no earlier articles: whether a story was told before, a throttle runs or an article is a copy
cannot be seen here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alerting import decide
from monitor.alerting.decide import Candidate, Decision, History
from monitor.model import Article, ArticleId, ArticleKind, Feed, Match, Rule, StoryId
from monitor.rules import RuleSet, scope


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A rule that matches, and what would be decided about it."""

    match: Match
    decision: Decision


def foresee(
    articles: Sequence[Article], *, rules: Sequence[Rule], ruleset: RuleSet, feed: Feed, now: datetime
) -> list[tuple[Foreseen, ...]]:
    """For each article the rules that match it and read this feed, in the rules' order."""
    by_name = {rule.name: rule for rule in rules}
    found = ruleset.match_many(articles)
    return [
        tuple(
            Foreseen(match, _decide(article, by_name[match.rule], number, now))
            for match in matches
            if scope.in_scope(by_name[match.rule], article, feed)
        )
        for number, (article, matches) in enumerate(zip(articles, found, strict=True), 1)
    ]


def _decide(article: Article, rule: Rule, number: int, now: datetime) -> Decision:
    id_ = ArticleId(number)
    candidate = Candidate(id_, StoryId(number), ArticleKind.NEW, article.published_at, root_id=id_)
    return decide.decide(candidate, rule, History(), now=now)
