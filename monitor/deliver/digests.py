"""From the alerts of a digest to one message: counts and a table of contents, then each rule's stories.

The most important stories of each rule are told with outlet, time and link; of the others the headlines,
as many as a person reads. Every alert is counted, and all of them are in the payload.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor.alerting.digest import RuleGroup, StoryGroup, group
from monitor.deliver import hygiene, sizing
from monitor.deliver.render import Message
from monitor.deliver.templates import environment
from monitor.deliver.view import ACCENTS, View, view_of
from monitor.model import AlertId, Bundle, DigestContent, Notification, Priority

TOP = 10  # stories of a rule told at length
MOST_HEADLINES = 100  # of a rule
SHORT_LENGTH = 600
_RANK = (Priority.LOW, Priority.NORMAL, Priority.HIGH)
_TITLES = {
    Bundle.DIGEST: "Digest",
    Bundle.STORM: "Many alerts at once",
    Bundle.BACKLOG: "Alerts that waited for this channel",
}


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story in words; `carried` says by how many alerts and outlets, "" when by one."""

    view: View
    carried: str
    in_full: bool


@dataclass(frozen=True, slots=True)
class RuleView:
    """What one rule has to say; `more` tells of the stories left out."""

    name: str
    count: int
    stories: tuple[StoryView, ...]
    more: str


@dataclass(frozen=True, slots=True)
class DigestView:
    """All that a template or a chat may show."""

    id: int
    title: str
    rules: tuple[RuleView, ...]
    accent: str
    repeat: bool


def render(
    content: DigestContent,
    *,
    alert_id: AlertId,
    delivery_key: str,
    now: datetime,
    time_zone: str,
    repeat: bool = False,
) -> Notification:
    """Build the message. Raises nothing for what a feed may contain."""
    groups = group(content.alerts)
    title = _title(content, groups)
    priority = max((alert.priority for alert in content.alerts), key=_RANK.index, default=Priority.NORMAL)
    view = DigestView(
        id=alert_id,
        title=title,
        rules=tuple(_rule(one, now, time_zone) for one in groups),
        accent=ACCENTS[priority],
        repeat=repeat,
    )
    message = Message(
        key=delivery_key,
        thread=f"digest-{alert_id}",
        first_of_thread=True,
        title=title,
        text="",
        short="",
        html="",
        payload={},
        priority=priority,
        decided_at=content.until_at,
        repeat=repeat,
        content=view,
    )
    return message.rendered_by(
        {
            "text": lambda: "\n".join(_text(view)).strip() + "\n",
            "short": lambda: sizing.fit("\n".join(_short(view)), SHORT_LENGTH),
            "html": lambda: environment().get_template("digest.html.j2").render(view=view),
            "payload": lambda: _payload(
                content, groups, alert_id, key=delivery_key, title=title, repeat=repeat
            ),
        }
    )


def _rule(one: RuleGroup, now: datetime, time_zone: str) -> RuleView:
    stories = tuple(
        StoryView(
            view_of(story.alerts[0], now=now, time_zone=time_zone, repeat=False),
            _carried(story),
            number < TOP,
        )
        for number, story in enumerate(one.stories[:MOST_HEADLINES])
    )
    left = len(one.stories) - MOST_HEADLINES
    more = f"… and {_count(left, 'more story', 'more stories')}" if left > 0 else ""
    return RuleView(hygiene.line(one.rule), one.count, stories, more)


def _title(content: DigestContent, groups: tuple[RuleGroup, ...]) -> str:
    about = f" of {hygiene.cut(hygiene.line(content.name), 60)}" if content.name else ""
    if not groups:
        return f"{_TITLES[content.bundle]}{about}: nothing new"
    stories = sum(len(one.stories) for one in groups)
    counts = f"{_count(len(content.alerts), 'alert')}, {_count(stories, 'story', 'stories')}"
    rules = "" if content.name else f", {_count(len(groups), 'rule')}"
    return f"{_TITLES[content.bundle]}{about}: {counts}{rules}"


def _count(number: int, noun: str, nouns: str = "") -> str:
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


def _text(view: DigestView) -> Iterator[str]:
    yield view.title
    if view.repeat:
        yield "(may repeat an earlier message)"
    yield ""
    for rule in view.rules:
        yield f"  {rule.count:>4}  {rule.name}"
    for rule in view.rules:
        yield ""
        yield f"== {rule.name} ({rule.count})"
        for story in rule.stories:
            yield from _story_text(story)
        if rule.more:
            yield rule.more


def _story_text(story: StoryView) -> Iterator[str]:
    view = story.view
    carried = f" ({story.carried})" if story.carried else ""
    if not story.in_full:
        yield f"- {view.headline}{carried} #{view.id}"
        return
    yield ""
    yield f"* {view.headline}{carried}"
    yield f"  {view.byline}"
    if view.link:
        yield f"  {view.link}"
    if view.words:
        yield f"  matched: {', '.join(view.words)}"
    yield f"  #{view.id}"


def _carried(story: StoryGroup) -> str:
    parts = [f"{len(story.alerts)} alerts"] if len(story.alerts) > 1 else []
    parts += [f"{story.outlets} outlets"] if story.outlets > 1 else []
    return ", ".join(parts)


def _short(view: DigestView) -> Iterator[str]:
    yield view.title
    for rule in view.rules:
        yield f"{rule.count} {rule.name}"
    yield f"#{view.id}"


def _payload(
    content: DigestContent,
    groups: tuple[RuleGroup, ...],
    alert_id: AlertId,
    *,
    key: str,
    title: str,
    repeat: bool,
) -> dict[str, object]:
    """JSON of the form `version 1 · id, kind, bundle, title, count, since, until, rules, key, repeat`."""
    return {
        "version": 1,
        "id": alert_id,
        "kind": "digest",
        "bundle": str(content.bundle),
        "title": title,
        "count": len(content.alerts),
        "since": content.since_at.isoformat() if content.since_at else None,
        "until": content.until_at.isoformat(),
        "rules": [_rule_payload(one) for one in groups],
        "key": key,
        "repeat": repeat,
    }


def _rule_payload(one: RuleGroup) -> dict[str, object]:
    alerts = (alert for story in one.stories for alert in story.alerts)
    return {
        "rule": one.rule,
        "count": one.count,
        "alerts": [
            {
                "id": alert.id,
                "story": alert.story_id,
                "title": hygiene.line(alert.article.title if alert.article else alert.headline),
                "link": hygiene.link(alert.article.url) if alert.article else "",
                "source": hygiene.line(alert.article.source) if alert.article else "",
                "priority": str(alert.priority),
                "decided_at": alert.decided_at.isoformat(),
            }
            for alert in alerts
        ],
    }
