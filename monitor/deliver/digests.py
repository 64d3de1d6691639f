"""From the alerts of a digest to one message: counts and a table of contents, then each rule's stories.

The most important stories of each rule are told with outlet, time and link; of the others the headlines,
as many as a person reads. Every alert is counted, and all of them are in the payload.
"""

import html
from collections.abc import Iterator
from datetime import datetime

from monitor.alerting.digest import RuleGroup, StoryGroup, group
from monitor.deliver import hygiene, sizing
from monitor.deliver.view import View, view_of
from monitor.model import AlertId, Bundle, DigestContent, Notification, Priority

TOP = 10  # stories of a rule told at length
MOST_HEADLINES = 100  # of a rule
SHORT_LENGTH = 600
_TITLES = {
    Bundle.DIGEST: "Digest",
    Bundle.STORM: "Many alerts at once",
    Bundle.BACKLOG: "Alerts that waited for this channel",
}


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
    views = {
        story.alerts[0].id: view_of(story.alerts[0], now=now, time_zone=time_zone, repeat=False)
        for one in groups
        for story in one.stories[:MOST_HEADLINES]
    }
    text = "\n".join(_text(title, groups, views, repeat=repeat)).strip() + "\n"
    return Notification(
        key=delivery_key,
        thread=f"digest-{alert_id}",
        first_of_thread=True,
        title=title,
        text=text,
        short=sizing.fit("\n".join(_short(title, groups, alert_id)), SHORT_LENGTH),
        html="".join(_html(title, groups, views, repeat=repeat)),
        payload=_payload(content, groups, alert_id, key=delivery_key, title=title, repeat=repeat),
        priority=max((alert.priority for alert in content.alerts), key=_RANK.index, default=Priority.NORMAL),
        decided_at=content.until_at,
        repeat=repeat,
    )


_RANK = (Priority.LOW, Priority.NORMAL, Priority.HIGH)


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


def _text(
    title: str, groups: tuple[RuleGroup, ...], views: dict[AlertId, View], *, repeat: bool
) -> Iterator[str]:
    yield title
    if repeat:
        yield "(may repeat an earlier message)"
    yield ""
    for one in groups:
        yield f"  {one.count:>4}  {hygiene.line(one.rule)}"
    for one in groups:
        yield ""
        yield f"== {hygiene.line(one.rule)} ({one.count})"
        for number, story in enumerate(one.stories[:MOST_HEADLINES]):
            yield from _story_text(story, views[story.alerts[0].id], in_full=number < TOP)
        if len(one.stories) > MOST_HEADLINES:
            yield f"... and {_count(len(one.stories) - MOST_HEADLINES, 'more story', 'more stories')}"


def _story_text(story: StoryGroup, view: View, *, in_full: bool) -> Iterator[str]:
    if not in_full:
        yield f"- {view.headline}{_carried(story)} #{view.id}"
        return
    yield ""
    yield f"* {view.headline}{_carried(story)}"
    yield f"  {view.byline}"
    if view.link:
        yield f"  {view.link}"
    if view.words:
        yield f"  matched: {', '.join(view.words)}"
    yield f"  #{view.id}"


def _carried(story: StoryGroup) -> str:
    parts = [f"{len(story.alerts)} alerts"] if len(story.alerts) > 1 else []
    parts += [f"{story.outlets} outlets"] if story.outlets > 1 else []
    return f" ({', '.join(parts)})" if parts else ""


def _short(title: str, groups: tuple[RuleGroup, ...], alert_id: AlertId) -> Iterator[str]:
    yield title
    for one in groups:
        yield f"{one.count} {hygiene.line(one.rule)}"
    yield f"#{alert_id}"


def _html(
    title: str, groups: tuple[RuleGroup, ...], views: dict[AlertId, View], *, repeat: bool
) -> Iterator[str]:
    yield '<!DOCTYPE html><html><head><meta charset="utf-8"></head>'
    yield '<body style="font-family:sans-serif;font-size:15px;line-height:1.45">'
    yield f'<h1 style="font-size:20px">{html.escape(title)}</h1>'
    if repeat:
        yield "<p><em>This may repeat an earlier message.</em></p>"
    yield "<ul>"
    for number, one in enumerate(groups):
        yield f'<li><a href="#rule-{number}">{html.escape(hygiene.line(one.rule))}</a> ({one.count})</li>'
    yield "</ul>"
    for number, one in enumerate(groups):
        yield f'<h2 id="rule-{number}" style="font-size:17px">{html.escape(hygiene.line(one.rule))}</h2><ul>'
        for story in one.stories[:MOST_HEADLINES]:
            yield _story_html(story, views[story.alerts[0].id])
        if len(one.stories) > MOST_HEADLINES:
            more = _count(len(one.stories) - MOST_HEADLINES, "more story", "more stories")
            yield f"<li>… and {more}</li>"
        yield "</ul>"
    yield "</body></html>"


def _story_html(story: StoryGroup, view: View) -> str:
    headline = "".join(
        f"<b>{html.escape(text)}</b>" if hit else html.escape(text) for text, hit in view.marked_headline
    )
    if view.link:
        headline = f'<a href="{html.escape(view.link)}">{headline}</a>'
    return f"<li>{headline}{_carried(story)}<br><small>{html.escape(view.byline)} · #{view.id}</small></li>"


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
