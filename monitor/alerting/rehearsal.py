"""A rehearsal: the decisions of one rule over past articles, with what it told kept in memory.

The decisions themselves are `decide`'s, so that a rehearsal cannot be kinder than the real thing.
Follow-ups and corrections that come as articles of their own are told as in life; changes of an
article that was told are not, since of an edited article only the last text is kept.
Articles must come in the order in which they were seen, those of one moment by their ids.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from monitor.alerting import decide, pace
from monitor.alerting.decide import Candidate, Decision, History
from monitor.alerting.storm import Recent
from monitor.errors import DecisionReason
from monitor.model import AlertScope, ArticleId, Rule, StoryId


class Carried(NamedTuple):
    """One article of a story, in the order of sight, and its outlet."""

    seen_at: datetime
    article_id: ArticleId
    outlet: str


@dataclass(slots=True)
class _Told:
    """A story that was told: by which article last, who has carried it, how many the last message knew of."""

    carried: Sequence[Carried]
    article_id: ArticleId  # of what was told last, follow-ups left out
    further: list[datetime] = field(default_factory=list)  # when follow-ups were decided
    position: int = 0
    outlets: set[str] = field(default_factory=set)
    known: int = 0

    def read(self) -> Carried:
        """Take the next article."""
        article = self.carried[self.position]
        self.position += 1
        self.outlets.add(article.outlet)
        return article


@dataclass(slots=True)
class Rehearsal:
    """What one rule would have told so far. `carried` gives the articles of a story it follows up on."""

    rule: Rule
    carried: Callable[[StoryId], Sequence[Carried]] = lambda _: ()
    zone: tzinfo = UTC  # where the rule's active hours are local
    followed_up: list[datetime] = field(default_factory=list)
    _stories: dict[StoryId, _Told] = field(default_factory=dict)
    _coming: list[tuple[datetime, ArticleId, StoryId]] = field(default_factory=list)  # a heap
    _keys: set[str] = field(default_factory=set)
    _last_told_at: datetime | None = None
    _story_told_at: dict[StoryId, datetime] = field(default_factory=dict)
    _single: deque[datetime] = field(default_factory=deque)  # told by itself, within the storm's window
    _collecting_until: datetime | None = None

    def decide(
        self,
        candidate: Candidate,
        *,
        now: datetime,
        corrects: Callable[[ArticleId], bool] = lambda _: False,
    ) -> Decision:
        """Decide about one match, and remember what was told.

        `corrects`: whether the article is a correction of one that was told; asked only where that counts.
        """
        self._follow_up(before=(now, candidate.article_id))
        key = decide.alert_key(self.rule, candidate)
        history = History(
            told_story=candidate.story_id in self._stories,
            told_article=self.rule.alert is AlertScope.ARTICLE and key in self._keys,
            last_told_at=self._last_told_at,
            story_told_at=self._story_told_at.get(candidate.story_id),
            recent=self._recent(now),
        )
        decision = decide.decide(candidate, self.rule, history, now=now, zone=self.zone)
        if decision.reason is DecisionReason.STORY_ALREADY_TOLD:
            return self._correct(candidate, decision, now, corrects)
        if decision.tell:
            self._keys.add(decision.key)
            self._last_told_at = self._story_told_at[candidate.story_id] = now
            if decision.collect_until is None:
                self._single.append(now)
            else:
                self._collecting_until = decision.collect_until
            self._tell(candidate)
        return decision

    def _correct(
        self, candidate: Candidate, decision: Decision, now: datetime, corrects: Callable[[ArticleId], bool]
    ) -> Decision:
        """Tell the article if it corrects what was told. No throttle is for that."""
        told = self._stories.get(candidate.story_id)
        if told is None or not corrects(told.article_id):
            return decision
        if objection := decide.objection(self.rule, History(), now=now, zone=self.zone):
            return replace(decision, reason=objection)
        self._last_told_at = self._story_told_at[candidate.story_id] = now
        self._single.append(now)
        self._tell(candidate)
        return replace(decision, tell=True, reason=DecisionReason.CORRECTED)

    def _recent(self, now: datetime) -> Recent:
        """What was told of late, as far as the rule's storm limit asks."""
        if self.rule.storm is None:
            return Recent()
        while self._single and self._single[0] <= now - self.rule.storm.within:
            self._single.popleft()
        return Recent(len(self._single), self._collecting_until)

    def _tell(self, candidate: Candidate) -> None:
        """Remember who carried the story when it was told."""
        told = self._stories.get(candidate.story_id)
        if told is None:
            carried = self.carried(candidate.story_id) if self.rule.follow_up else ()
            told = self._stories[candidate.story_id] = _Told(carried, candidate.article_id)
            while told.position < len(carried) and told.read().article_id != candidate.article_id:
                pass
            self._await(candidate.story_id)
            told.known = len(told.outlets)
        else:
            # The article itself is the next of its story, since nothing before it is left.
            following = told.carried[told.position : told.position + 1]
            told.article_id = candidate.article_id
            told.known = len(told.outlets | {article.outlet for article in following})

    def _await(self, story: StoryId) -> None:
        told = self._stories[story]
        if told.position < len(told.carried):
            following = told.carried[told.position]
            heapq.heappush(self._coming, (following.seen_at, following.article_id, story))

    def _follow_up(self, before: tuple[datetime, ArticleId] | None = None) -> None:
        """Tell of told stories that more outlets carried, before that article or to the end."""
        while self._coming and (before is None or self._coming[0][:2] < before):
            *_, story = heapq.heappop(self._coming)
            told = self._stories[story]
            article = told.read()
            if len(told.outlets) > told.known:
                self._more_outlets(story, told, article.seen_at)
            self._await(story)

    def _more_outlets(self, story: StoryId, told: _Told, now: datetime) -> None:
        waits_until = pace.latest_due(told.further)
        if waits_until is not None and waits_until > now:
            told.known = len(told.outlets)  # the message that waits tells of these too
            return
        step = decide.follow_up_step(self.rule, len(told.outlets))
        if step is not None and step > told.known and self._may_follow_up(story, now):
            told.known = len(told.outlets)
            told.further.append(now)
            self.followed_up.append(now)
            self._last_told_at = self._story_told_at[story] = now
            self._single.append(now)

    def _may_follow_up(self, story: StoryId, now: datetime) -> bool:
        history = History(story_told_at=self._story_told_at.get(story))
        return decide.objection(self.rule, history, now=now, zone=self.zone) is None

    def finish(self) -> list[datetime]:
        """All moments of further messages about told stories, to the end of what is known of them."""
        self._follow_up()
        return self.followed_up


def a_day(count: int, over: timedelta) -> float:
    """How many that is a day. Less than a day counts as one, since a rate of minutes says nothing."""
    return count / max(1.0, over / timedelta(days=1))
