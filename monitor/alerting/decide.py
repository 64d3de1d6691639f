"""From a match to a decision: tell or suppress, always with the reason, which is kept.

Pure: what was told before comes in as `History`, the time as `now`. Delivery (channels, retries,
holding until a channel may speak) comes after the decision and is not its business.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.alerting import activity, storm, throttle
from monitor.alerting.storm import NOTHING, Recent
from monitor.errors import DecisionReason
from monitor.model import AlertKind, AlertScope, ArticleId, ArticleKind, Rule, StoryId


@dataclass(frozen=True, slots=True)
class Candidate:
    """A matched article as the policy sees it."""

    article_id: ArticleId
    story_id: StoryId
    kind: ArticleKind
    published_at: datetime | None
    root_id: ArticleId  # the article it is a copy of by address; itself otherwise
    backlog: bool = False  # it was already there when its feed was first polled


@dataclass(frozen=True, slots=True)
class History:
    """What one rule has told so far."""

    told_story: bool = False
    told_article: bool = False
    last_told_at: datetime | None = None  # anything
    story_told_at: datetime | None = None  # this story
    silenced: bool = False  # by a silence that holds now
    recent: Recent = NOTHING  # within the window of the rule's `storm`


@dataclass(frozen=True, slots=True)
class Decision:
    """`tell` False means suppressed. `key` identifies the alert: it can be made only once."""

    tell: bool
    reason: DecisionReason
    kind: AlertKind
    key: str
    due_at: datetime
    collect_until: datetime | None = None  # part of a storm, told in one message then


def decide(
    candidate: Candidate, rule: Rule, history: History, *, now: datetime, zone: tzinfo = UTC
) -> Decision:
    """Decide about one match of one rule. `zone` is where the rule's active hours are local.

    An alert that must not be repeated is looked for first, so that the reason given is the one
    that will hold for ever; age comes after, and what holds only for a while last.
    """
    suppressed = _suppression(candidate, rule, history, now) or objection(rule, history, now=now, zone=zone)
    collect_until = None if suppressed else storm.collect_until(rule.storm, history.recent, now=now)
    telling = DecisionReason.STORM if collect_until else _telling(candidate, rule)
    return Decision(
        tell=suppressed is None,
        reason=suppressed or telling,
        kind=AlertKind.STORY if rule.alert is AlertScope.STORY else AlertKind.ARTICLE,
        key=alert_key(rule, candidate),
        due_at=now + (rule.hold or timedelta(0)),
        collect_until=collect_until,
    )


def objection(rule: Rule, history: History, *, now: datetime, zone: tzinfo) -> DecisionReason | None:
    """What speaks against telling anything of this rule just now, be it news or a follow-up."""
    inactive = activity.objection(rule.active, now=now, zone=zone)
    if inactive is not None:
        return inactive
    if history.silenced:
        return DecisionReason.SILENCED
    if throttle.is_throttled(rule.throttle, history.last_told_at, now=now):
        return DecisionReason.THROTTLED
    if throttle.is_throttled(rule.story_throttle, history.story_told_at, now=now):
        return DecisionReason.STORY_THROTTLED
    return None


def alert_key(rule: Rule, candidate: Candidate) -> str:
    """One per rule and story, or per rule and article where the rule asks for every article."""
    if rule.alert is AlertScope.STORY:
        return f"{rule.name}|story|{candidate.story_id}"
    return f"{rule.name}|article|{candidate.root_id}"


def follow_up_step(rule: Rule, outlets: int) -> int | None:
    """The highest step of `follow_up` that the story's outlets have reached."""
    return max((step for step in rule.follow_up if step <= outlets), default=None)


def age(candidate: Candidate, now: datetime) -> timedelta:
    """How old the news is. An edit is as new as we saw it; a date that lies ahead is taken as now."""
    if candidate.kind is ArticleKind.UPDATE or candidate.published_at is None:
        return timedelta(0)
    return max(now - candidate.published_at, timedelta(0))


def _suppression(candidate: Candidate, rule: Rule, history: History, now: datetime) -> DecisionReason | None:
    told = history.told_story if rule.alert is AlertScope.STORY else history.told_article
    if told:
        return DecisionReason.STORY_ALREADY_TOLD
    if age(candidate, now) > rule.max_age:
        return DecisionReason.TOO_OLD
    if candidate.backlog and candidate.published_at is None:
        return DecisionReason.UNDATED_BACKLOG
    return None if rule.channels else DecisionReason.NO_CHANNEL


def _telling(candidate: Candidate, rule: Rule) -> DecisionReason:
    if candidate.kind is ArticleKind.UPDATE:
        return DecisionReason.UPDATED_INTO_RULE
    if rule.alert is AlertScope.ARTICLE:
        return DecisionReason.NEW_ARTICLE
    return DecisionReason.NEW_STORY
