"""From the matches of an article to alerts and deliveries, inside the transaction of its poll.

Every match ends in a row with its decision and reason, told or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from sqlalchemy import Connection

from monitor.alerting import decide
from monitor.alerting.storm import Recent
from monitor.errors import DecisionReason
from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    AlertScope,
    Article,
    ArticleId,
    ArticleKind,
    ArticleRef,
    ChannelSpec,
    Feed,
    Match,
    Rule,
    StoryId,
)
from monitor.pipeline.changes import Telling, Thread
from monitor.pipeline.placement import Addressees, Placement
from monitor.pipeline.silencing import NONE, Silencing
from monitor.rules import scope
from monitor.store import alerts, articles, threads


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new or changed article, just stored."""

    article: Article
    ref: ArticleRef
    kind: ArticleKind
    root_id: ArticleId  # the article it is another appearance of; itself otherwise
    feed: Feed
    backlog: bool  # there when its feed was first polled
    joins: bool  # a story that was there before
    is_live: bool = False  # a page that goes on growing: `article` is what is new on it
    notes: tuple[str, ...] = ()  # what it repeats, for the message


@dataclass(frozen=True, slots=True)
class Decided:
    """One line of the ledger, for the log."""

    rule: str
    article: ArticleId
    story: StoryId
    reason: DecisionReason
    alert: AlertId | None  # None: suppressed


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds besides the rules: the channels as configured, the lists, where active hours are local."""

    channels: Mapping[str, ChannelSpec] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    zone: tzinfo = UTC


_PLAIN = Policy()


@dataclass(frozen=True, slots=True)
class Teller:
    """Decides and writes, with one set of rules, at one moment, on one connection."""

    conn: Connection
    rules: Mapping[str, Rule]
    recipients: Mapping[str, Sequence[str]]  # channel → its recipients
    installation: str
    now: datetime
    policy: Policy = field(default_factory=lambda: _PLAIN)
    silencing: Silencing = NONE

    def may_tell(self, arrival: Arrival, matches: Sequence[Match]) -> bool:
        """Whether there is anything to decide about."""
        follows_up = arrival.joins and any(rule.follow_up for rule in self.rules.values())
        return bool(matches) or arrival.kind is ArticleKind.UPDATE or follows_up

    def tell(self, arrival: Arrival, matches: Sequence[Match]) -> list[Decided]:
        """Decide about all matches of the article, then about corrections and follow-ups to its story."""
        decided = []
        for match in matches:
            rule = self.rules[match.rule]
            if scope.in_scope(rule, arrival.article, arrival.feed):
                decided.append(self._decide(arrival, rule, match))
        if arrival.kind is ArticleKind.UPDATE and not arrival.is_live:
            decided += self._correct(arrival, {match.rule for match in matches})
        if arrival.joins:
            decided += self._follow_up(arrival)
        return decided

    def _decide(self, arrival: Arrival, rule: Rule, match: Match) -> Decided:
        earlier = self._earlier_reasons(arrival, rule)
        candidate = decide.Candidate(
            article_id=arrival.ref.id,
            story_id=arrival.ref.story_id,
            # An edit of what this rule matched before is no news to it: it stays as old as it was.
            kind=ArticleKind.NEW if earlier else arrival.kind,
            published_at=arrival.article.published_at,
            root_id=arrival.root_id,
            backlog=arrival.backlog or DecisionReason.UNDATED_BACKLOG in earlier,
        )
        silence = self.silencing.find(rule.name, arrival.article)
        history = replace(self._history(rule, candidate, earlier), silenced=silence is not None)
        decision = decide.decide(candidate, rule, history, now=self.now, zone=self.policy.zone)
        alert_id = None
        if decision.reason is DecisionReason.STORY_ALREADY_TOLD:
            reason, alert_id = self._tell_news(arrival, rule, match)
            decision = replace(decision, reason=reason)
        if decision.tell:
            alert = self._alert(
                arrival, rule, match, decision.kind, decision.reason, first_of_thread=not history.told_story
            )
            alert = replace(alert, collect_until=decision.collect_until)
            alert_id = self._place(alert, rule, decision.key, arrival.ref.id, decision.due_at)
        elif silence is not None and decision.reason is DecisionReason.SILENCED:
            match = replace(match, notes=(*match.notes, self.silencing.note(silence)))
        alerts.record_match(
            self.conn,
            article_id=arrival.ref.id,
            match=match,
            decision="alert" if alert_id is not None else "suppress",
            reason=decision.reason,
            alert_id=alert_id,
            now=self.now,
        )
        return Decided(rule.name, arrival.ref.id, arrival.ref.story_id, decision.reason, alert_id)

    def _tell_news(self, arrival: Arrival, rule: Rule, match: Match) -> tuple[DecisionReason, AlertId | None]:
        """Of what was told before: a change that is worth telling, or why it is not."""
        thread = self._thread(arrival, rule)
        telling = thread.news(arrival.article, arrival.kind, is_live=arrival.is_live)
        if telling is not None and (objection := self._objection(rule, arrival)) is not None:
            return objection, None
        alert_id = self._tell_change(arrival, rule, match, telling) if telling is not None else None
        if telling is not None and alert_id is not None:
            return telling.reason, alert_id
        if arrival.kind is ArticleKind.UPDATE and thread.has_told_article():
            return DecisionReason.COSMETIC_CHANGE, None
        return DecisionReason.STORY_ALREADY_TOLD, None

    def _correct(self, arrival: Arrival, matched: set[str]) -> list[Decided]:
        """A correction is told also where its text is no longer what the rule looks for."""
        decided = []
        for name in threads.rules_that_told(self.conn, arrival.ref.story_id):
            rule = self.rules.get(name)
            if rule is None or name in matched or self._objection(rule, arrival) is not None:
                continue
            thread = self._thread(arrival, rule)
            telling = thread.correction(arrival.article) if thread.has_told_article() else None
            alert_id = self._tell_change(arrival, rule, Match(name), telling) if telling else None
            if telling is not None and alert_id is not None:
                decided.append(Decided(name, arrival.ref.id, arrival.ref.story_id, telling.reason, alert_id))
        return decided

    def _tell_change(self, arrival: Arrival, rule: Rule, match: Match, telling: Telling) -> AlertId | None:
        alert = self._alert(arrival, rule, match, AlertKind.UPDATE, telling.reason, first_of_thread=False)
        alert = replace(alert, difference=telling.difference)
        if telling.replaces is not None:
            threads.refresh(self.conn, telling.replaces, alert)
            return telling.replaces
        key = f"{rule.name}|update|{arrival.ref.id}|{arrival.ref.content_hash}"
        return self._place(alert, rule, key, arrival.ref.id, telling.due_at)

    def _thread(self, arrival: Arrival, rule: Rule) -> Thread:
        return Thread(self.conn, rule, arrival.ref.story_id, arrival.root_id, self.now)

    def _earlier_reasons(self, arrival: Arrival, rule: Rule) -> set[DecisionReason | None]:
        """How this rule decided about earlier versions of the article."""
        if arrival.kind is not ArticleKind.UPDATE:
            return set()
        return {found.reason for found in alerts.matches(self.conn, arrival.root_id, rule=rule.name)}

    def _history(
        self, rule: Rule, candidate: decide.Candidate, earlier: set[DecisionReason | None]
    ) -> decide.History:
        pair = (rule.name, candidate.story_id)
        key = decide.alert_key(rule, candidate)
        return decide.History(
            told_story=pair in alerts.told(self.conn, [pair]),
            told_article=rule.alert is AlertScope.ARTICLE
            # The earlier version may have been told as an appearance of another article.
            and (DecisionReason.STORY_ALREADY_TOLD in earlier or alerts.has_key(self.conn, key)),
            last_told_at=self._last_told_at(rule),
            story_told_at=self._story_told_at(rule, candidate.story_id),
            recent=self._recent(rule),
        )

    def _last_told_at(self, rule: Rule) -> datetime | None:
        return alerts.last_told_at(self.conn, [rule.name]).get(rule.name) if rule.throttle else None

    def _story_told_at(self, rule: Rule, story_id: StoryId) -> datetime | None:
        return alerts.story_told_at(self.conn, rule.name, story_id) if rule.story_throttle else None

    def _recent(self, rule: Rule) -> Recent:
        """What the rule has told within the window of its storm limit."""
        if rule.storm is None:
            return Recent()
        since = self.now - rule.storm.within
        return alerts.recent_storm(self.conn, rule.name, since=since, now=self.now)

    def _objection(self, rule: Rule, arrival: Arrival) -> DecisionReason | None:
        """Why a change is not told now. No throttle is for it: they are for news."""
        history = decide.History(silenced=self.silencing.find(rule.name, arrival.article) is not None)
        return decide.objection(rule, history, now=self.now, zone=self.policy.zone)

    def _may_follow_up(self, rule: Rule, arrival: Arrival) -> bool:
        """Not when the rule is not active, silenced, or told of the story just now; the next copy asks again.

        A rule's own throttle is for news: a follow-up is no news.
        """
        story_told_at = self._story_told_at(rule, arrival.ref.story_id)
        silenced = self.silencing.find(rule.name, arrival.article) is not None
        history = decide.History(story_told_at=story_told_at, silenced=silenced)
        return decide.objection(rule, history, now=self.now, zone=self.policy.zone) is None

    def _follow_up(self, arrival: Arrival) -> list[Decided]:
        """One more message in the thread of each rule whose next step the story's outlets have reached."""
        rules = [rule for rule in self.rules.values() if rule.follow_up]
        if not rules:
            return []
        story_id = arrival.ref.story_id
        told = alerts.outlets_told(self.conn, story_id)
        outlets = articles.count_outlets(self.conn, story_id)
        decided = []
        for rule in rules:
            told_of = told.get(rule.name, outlets)
            if outlets <= told_of:
                continue  # or the rule never told of the story
            thread = self._thread(arrival, rule)
            waiting = thread.waiting(AlertKind.FOLLOW_UP)
            if waiting is not None:
                threads.raise_outlets(self.conn, waiting.id, outlets)  # it tells of these too
                continue
            step = decide.follow_up_step(rule, outlets)
            if step is None or step <= told_of or not self._may_follow_up(rule, arrival):
                continue  # not reached, or reached when the rule last told of the story
            reason = DecisionReason.FOLLOW_UP
            alert = self._alert(
                arrival, rule, Match(rule.name), AlertKind.FOLLOW_UP, reason, first_of_thread=False
            )
            key = f"{rule.name}|follow_up|{story_id}|{step}"
            alert_id = self._place(alert, rule, key, arrival.ref.id, thread.due_at())
            if alert_id is not None:
                decided.append(Decided(rule.name, arrival.ref.id, story_id, reason, alert_id))
        return decided

    def _alert(
        self,
        arrival: Arrival,
        rule: Rule,
        match: Match,
        kind: AlertKind,
        reason: DecisionReason,
        *,
        first_of_thread: bool,
    ) -> Alert:
        return Alert(
            id=AlertId(0),  # given by the database
            rule=rule.name,
            kind=kind,
            decided_at=self.now,
            priority=rule.priority,
            story_id=arrival.ref.story_id,
            thread_id=None
            if first_of_thread
            else threads.begun_as(self.conn, rule.name, arrival.ref.story_id),
            article=arrival.article,
            spans=match.spans,
            query=rule.text,
            reason=reason,
            notes=(*match.notes, *arrival.notes),
            first_of_thread=first_of_thread,
            seen_at=self.now,
            outlets=max(1, articles.count_outlets(self.conn, arrival.ref.story_id)) if rule.follow_up else 1,
        )

    def _place(
        self, alert: Alert, rule: Rule, key: str, article_id: ArticleId, due_at: datetime
    ) -> AlertId | None:
        """Write the alert and its deliveries; None when this alert exists already."""
        placement = Placement(self.installation, self.recipients, self.policy.channels)
        to = Addressees(rule.channels, rule.recipients, rule.escalate)
        return placement.place(
            self.conn, alert, to, key=key, article_id=article_id, now=self.now, due_at=due_at
        )
