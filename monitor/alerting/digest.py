"""When a channel's digests are due, and how their alerts are ordered. Pure.

A slot is the instant at which a digest is due; its key is that instant. So there is one digest a
slot, whoever asks and however often, and a change of the clocks neither doubles nor drops one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from monitor.alerting import localtime
from monitor.model import Alert, Digest, Priority

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANK = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}


def slot_at_or_before(plan: Digest, now: datetime, zone: tzinfo) -> datetime:
    """The latest slot that has come."""
    if plan.every is not None:
        return now - (now - _EPOCH) % plan.every
    return localtime.at_or_before(now, plan.at or localtime.MIDNIGHT, plan.days, zone)


def slot_after(plan: Digest, now: datetime, zone: tzinfo) -> datetime:
    """The next slot."""
    if plan.every is not None:
        return slot_at_or_before(plan, now, zone) + plan.every
    return localtime.after(now, plan.at or localtime.MIDNIGHT, plan.days, zone)


@dataclass(frozen=True, slots=True)
class StoryGroup:
    """The alerts about one story, the first told first."""

    alerts: tuple[Alert, ...]

    @property
    def outlets(self) -> int:
        """How many outlets carry it."""
        return max(alert.outlets for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """What one rule has to say."""

    rule: str
    stories: tuple[StoryGroup, ...]

    @property
    def count(self) -> int:
        """How many alerts."""
        return sum(len(story.alerts) for story in self.stories)


def group(alerts: Iterable[Alert]) -> tuple[RuleGroup, ...]:
    """By rule and story: rules by urgency, then by their number of alerts, then by name; within a rule
    the stories by urgency, then by outlets, then the latest first. No alert is left out.
    """
    by_rule: dict[str, dict[int, list[Alert]]] = {}
    for alert in sorted(alerts, key=lambda one: (one.decided_at, one.id)):
        story = alert.story_id if alert.story_id is not None else -alert.id
        by_rule.setdefault(alert.rule, {}).setdefault(story, []).append(alert)
    groups = [RuleGroup(rule, _ordered(stories.values())) for rule, stories in by_rule.items()]
    return tuple(
        sorted(groups, key=lambda one: (_urgency(one.stories[0].alerts), -one.count, one.rule.casefold()))
    )


def _ordered(stories: Iterable[Sequence[Alert]]) -> tuple[StoryGroup, ...]:
    groups = (StoryGroup(tuple(alerts)) for alerts in stories)
    return tuple(
        sorted(
            groups,
            key=lambda one: (_urgency(one.alerts), -one.outlets, -one.alerts[-1].decided_at.timestamp()),
        )
    )


def _urgency(alerts: Iterable[Alert]) -> int:
    return min(_RANK[alert.priority] for alert in alerts)
