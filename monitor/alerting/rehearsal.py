"""A rehearsal: the decisions of one rule over past articles, with what it told kept in memory.

The decisions themselves are `decide`'s, so that a rehearsal cannot be kinder than the real thing.
Articles must come in the order in which they were seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.alerting import decide
from monitor.alerting.decide import Candidate, Decision, History
from monitor.model import AlertScope, ArticleId, Rule, StoryId


class Carried(NamedTuple):
    """One more article of a story: its outlet, and whether it is a copy of an earlier one."""

    article_id: ArticleId
    outlet: str
    is_copy: bool
    seen_at: datetime


@dataclass(slots=True)
class Rehearsal:
    """What one rule would have told so far."""

    rule: Rule
    told: dict[StoryId, set[ArticleId]] = field(default_factory=dict)  # the articles it told of each story
    _keys: set[str] = field(default_factory=set)
    _last_told_at: datetime | None = None

    def decide(self, candidate: Candidate, *, now: datetime) -> Decision:
        """Decide about one match, and remember what was told."""
        key = decide.alert_key(self.rule, candidate)
        history = History(
            told_story=candidate.story_id in self.told,
            told_article=self.rule.alert is AlertScope.ARTICLE and key in self._keys,
            last_told_at=self._last_told_at,
        )
        decision = decide.decide(candidate, self.rule, history, now=now)
        if decision.tell:
            self.told.setdefault(candidate.story_id, set()).add(candidate.article_id)
            self._keys.add(decision.key)
            self._last_told_at = now
        return decision

    def follow_ups(self, story: StoryId, carried: Iterable[Carried]) -> list[datetime]:
        """When the rule would have followed up on a story it told; `carried` in the order of sight."""
        outlets: set[str] = set()
        reached: int | None = None  # how many outlets the last message counted
        moments = []
        for article in carried:
            outlets.add(article.outlet)
            if article.article_id in self.told[story]:
                reached = len(outlets)
            step = decide.follow_up_step(self.rule, len(outlets))
            if article.is_copy and reached is not None and step is not None and step > reached:
                moments.append(article.seen_at)
                reached = len(outlets)
        return moments


def a_day(count: int, over: timedelta) -> float:
    """How many that is a day. Less than a day counts as one, since a rate of minutes says nothing."""
    return count / max(1.0, over / timedelta(days=1))
