"""From the alerts of a digest to one message: counts and a table of contents, then each rule's stories.

The most important stories of each rule are told with outlet, time and link; of the others the headlines,
as many as a person reads and a mail program shows. Every alert is counted, and all are in the payload.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.alerting.digest import RuleGroup, StoryGroup, group
from monitor.deliver import hygiene, sizing
from monitor.deliver.render import Message
from monitor.deliver.templates import environment
from monitor.deliver.view import ACCENTS, View, view_of
from monitor.model import AlertId, Bundle, DigestContent, Notification, Priority

TOP = 10  # stories of a rule told at length
MOST_HEADLINES = 100  # of a rule
MOST_HTML = 95_000  # bytes: from 102 kB on Gmail cuts a mail, wherever that is
_FEWER = (MOST_HEADLINES, 40, 20, 10, 5, 2, 1)  # stories of a rule, until it fits
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
    """What one rule has to say; `left` stories are left out."""

    name: str
    count: int
    stories: tuple[StoryView, ...]
    left: int

    @property
    def more(self) -> str:
        """Of the stories left out, and how to see them; "" when all are here."""
        if not self.left:
            return ""
        return f"… and {_count(self.left, 'more story', 'more stories')}: {_to_list(self.name)}"


@dataclass(frozen=True, slots=True)
class DigestView:
    """All that a template or a chat may show."""

    id: int
    title: str
    rules: tuple[RuleView, ...]
    accent: str
    repeat: bool
    left: tuple[RuleView, ...] = ()  # rules that are left out

    @property
    def more(self) -> str:
        """Of the rules left out, and how to see what they told; "" when all are here."""
        if not self.left:
            return ""
        alerts = _count(sum(rule.count for rule in self.left), "alert")
        rules = _count(len(self.left), "more rule")
        return f"… and {alerts} of {rules}: newsmonitor alerts list"


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
            "html": lambda: _html(view),
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
    return RuleView(hygiene.line(one.rule), one.count, stories, max(0, len(one.stories) - MOST_HEADLINES))


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


def _html(view: DigestView) -> str:
    """As much as mail programs show: fewer stories of each rule, and at last fewer rules."""
    template = environment().get_template("digest.html.j2")
    for most in _FEWER:
        html = template.render(view=_shortened(view, most, len(view.rules)))
        if len(html.encode("utf-8", "replace")) <= MOST_HTML:
            return html
    rules = len(view.rules)
    while rules > 1 and len(html.encode("utf-8", "replace")) > MOST_HTML:
        rules = rules * 3 // 4
        html = template.render(view=_shortened(view, 1, rules))
    return html


def _shortened(view: DigestView, most: int, rules: int) -> DigestView:
    """The view with so many stories of each rule, and so many rules."""
    kept = tuple(
        replace(
            rule,
            stories=tuple(
                replace(story, in_full=story.in_full and number * 2 < max(2, most))
                for number, story in enumerate(rule.stories[:most])
            ),
            left=rule.left + len(rule.stories[most:]),
        )
        for rule in view.rules[:rules]
    )
    return replace(view, rules=kept, left=view.rules[rules:])


def _to_list(rule: str) -> str:
    """The command that shows what a rule told."""
    return f"newsmonitor alerts list --rule {shlex.quote(rule)}"


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
