"""What a message says, in words, before it takes a form: headline, byline, excerpts, facts. Pure.

Every text in a `View` is visible and harmless (see `hygiene`); nothing is escaped yet.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.deliver import hygiene
from monitor.errors import DecisionReason
from monitor.model import Alert, Article, Difference, Priority, Span
from monitor.text import excerpt, field_text

Segments = tuple[tuple[str, bool], ...]

TITLE_LENGTH = 200
_FIELDS = ("title", "summary", "body", "author", "tag", "source")
_HEADLINE_LENGTH = 300
_EXCERPT_LENGTH = 360
_QUERY_LENGTH = 500
_MOST_WORDS = 8
_MOST_PARAGRAPHS = 20
_SPACES = re.compile(r"\s+")
ACCENTS = {Priority.HIGH: "#b42318", Priority.NORMAL: "#1f5fa8", Priority.LOW: "#5c6670"}
_WHY = {
    DecisionReason.NEW_STORY: "First article of its story for this rule",
    DecisionReason.NEW_ARTICLE: "New article",
    DecisionReason.UPDATED_INTO_RULE: "Updated article that matches now",
    DecisionReason.FOLLOW_UP: "Follow-up: more outlets report this story",
    DecisionReason.UPDATED: "What you were told of has changed",
    DecisionReason.CORRECTED: "Correction of what you were told of",
}
_MARKS = {DecisionReason.UPDATED: "Update: ", DecisionReason.CORRECTED: "CORRECTION: "}


@dataclass(frozen=True, slots=True)
class View:
    """All that the templates may show. `facts` are label and value, in order."""

    id: int
    rule: str
    title: str  # one line, for a subject
    label: str  # above the headline
    headline: str
    marked_headline: Segments
    byline: str  # outlet and time
    link: str
    host: str
    paragraphs: tuple[str, ...]  # of a notice
    excerpts: tuple[Segments, ...]
    changes: tuple[tuple[str, str], ...]  # "-" or "+", and what went or came
    summary: str
    why: str  # one line, for a chat
    words: tuple[str, ...]
    notes: tuple[str, ...]
    outlet: str
    language: str
    facts: tuple[tuple[str, str], ...]
    accent: str
    repeat: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """An alert and the visible texts of its article, each made once (an article may be long)."""

    alert: Alert
    texts: Mapping[str, str]

    def spans(self, field: str) -> list[Span]:
        """Where the match stood in that field."""
        return [span for span in self.alert.spans if span.field == field]


def view_of(alert: Alert, *, now: datetime, time_zone: str, repeat: bool) -> View:
    """Put the alert into words. `time_zone` unknown here means UTC."""
    article = alert.article
    source = _Source(alert, {name: field_text(article, name) for name in _FIELDS} if article else {})
    rule = hygiene.line(alert.rule)
    marked = _headline(source)
    headline = "".join(text for text, _ in marked)
    link = hygiene.link(article.url) if article else ""
    host = urlsplit(link).hostname or "" if link else ""
    outlet = hygiene.cut(hygiene.line(source.texts.get("source", "")), 80) or host
    words = _words(source)
    reason = _WHY.get(alert.reason, "") if alert.reason else ""
    return View(
        id=alert.id,
        rule=rule,
        title=hygiene.cut(f"[{hygiene.cut(rule, 60)}] {_mark(alert)}{headline}", TITLE_LENGTH),
        label=f"newsmonitor notice · {rule}" if article is None else rule,
        headline=headline,
        marked_headline=marked,
        byline=_byline(alert, outlet, now=now, zone=_zone(time_zone)),
        link=link,
        host=host,
        paragraphs=_paragraphs(alert),
        excerpts=tuple(_excerpts(source)),
        changes=tuple(_changes(alert.difference)),
        summary=hygiene.visible(source.texts.get("summary", "")),
        why=_why(alert, reason, words),
        words=words,
        notes=tuple(hygiene.line(note) for note in alert.notes),
        outlet=outlet,
        language=hygiene.line(article.language)[:35] if article else "",
        facts=tuple(_facts(source, reason, words)),
        accent=ACCENTS[alert.priority],
        repeat=repeat,
    )


def _mark(alert: Alert) -> str:
    """What a subject begins with, of a message that tells of a change."""
    return _MARKS.get(alert.reason, "") if alert.reason else ""


def _changes(difference: Difference | None) -> Iterator[tuple[str, str]]:
    """What went and what came, the headline first."""
    if difference is None:
        return
    went = (difference.title_before, *difference.removed)
    came = (difference.title_after, *difference.added)
    for sign, texts in (("-", went), ("+", came)):
        for text in texts:
            line = hygiene.cut(hygiene.line(text), _EXCERPT_LENGTH)
            if line:
                yield sign, line


def _why(alert: Alert, reason: str, words: Sequence[str]) -> str:
    """One line for a chat: why it matched, or what a notice says."""
    if alert.article is None:
        return hygiene.cut(" ".join(_paragraphs(alert)), 300)
    return "; ".join(part for part in (reason, f"matched: {_listed(words)}" if words else "") if part)


def _facts(source: _Source, reason: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    alert = source.alert
    if reason:
        yield "Why", reason
    if words:
        yield "Matched", _listed(words)
    if alert.copies:
        reports = f"{alert.reports} report{'' if alert.reports == 1 else 's'}"
        copies = f"{alert.copies} cop{'y' if alert.copies == 1 else 'ies'}"
        yield "Story", f"in {alert.outlets} outlets by now: {reports}, {copies}"
    elif alert.outlets > 1:
        yield "Story", f"in {alert.outlets} outlets by now"
    yield "Rule", hygiene.line(alert.rule)
    if alert.query:
        yield "Query", hygiene.cut(hygiene.line(alert.query), _QUERY_LENGTH)
    author = hygiene.line(source.texts.get("author", ""))
    if author:
        yield "Author", hygiene.cut(author, 200)
    if alert.article and alert.article.language:
        yield "Language", hygiene.line(alert.article.language)[:35]
    for note in alert.notes:
        yield "Note", hygiene.line(note)
    if alert.id:  # a test has no number
        yield "Alert", f"#{alert.id} (newsmonitor alerts show {alert.id})"


def _headline(source: _Source) -> Segments:
    """The title with the matched words marked; what there is, when there is no title."""
    article = source.alert.article
    if article is None:
        return ((hygiene.cut(hygiene.line(source.alert.headline), _HEADLINE_LENGTH) or "Notice", False),)
    title = source.texts["title"]
    if hygiene.line(title):
        ranges = [(span.start, span.end) for span in source.spans("title")]
        return _cut_segments(_segments(title, ranges), _HEADLINE_LENGTH)
    text = hygiene.line(source.texts["summary"] or source.texts["body"])
    return ((hygiene.cut(text, 120) or hygiene.link(article.url) or "(no title)", False),)


def _segments(text: str, ranges: Sequence[tuple[int, int]]) -> Segments:
    """The whole text, cut at the ranges' edges, on one line."""
    found, last = [], 0
    for start, end in ranges:
        found += [(text[last:start], False), (text[start:end], True)]
        last = end
    found.append((text[last:], False))
    return _harmless(found)


def _harmless(segments: Sequence[tuple[str, bool]]) -> Segments:
    cleaned = (
        (text if _is_plain(text) else _SPACES.sub(" ", hygiene.visible(text)), hit) for text, hit in segments
    )
    found = [(text, hit) for text, hit in cleaned if text]
    if found:
        found[0] = (found[0][0].lstrip(), found[0][1])
        found[-1] = (found[-1][0].rstrip(), found[-1][1])
    return tuple((text, hit) for text, hit in found if text)


def _is_plain(text: str) -> bool:
    """Visible, and every blank of it a single space."""
    return text.isprintable() and "  " not in text


def _cut_segments(segments: Segments, limit: int) -> Segments:
    found, room = [], limit
    for text, hit in segments:
        if len(text) > room:
            found.append((hygiene.cut(text, max(1, room)), hit))
            break
        found.append((text, hit))
        room -= len(text)
    return tuple(found)


def _excerpts(source: _Source) -> Iterator[Segments]:
    """Where the words stood: in the body, else in the summary; without a place, how the text begins."""
    names = [name for name in ("body", "summary") if source.spans(name)]
    if not names:
        names = [name for name in ("summary", "body") if source.texts.get(name)][:1]
    shown = set()
    for name in names:
        segments = _harmless(excerpt(source.texts.get(name, ""), source.spans(name), _EXCERPT_LENGTH))
        plain = "".join(text for text, _ in segments)
        if plain and plain not in shown:  # a summary is often the body's beginning
            yield segments
        shown.add(plain)


def _words(source: _Source) -> tuple[str, ...]:
    """The words that made the match, as they stand in the article, each once."""
    found: dict[str, str] = {}
    for span in source.alert.spans:
        text = source.texts.get(span.field, "")[span.start : span.end]
        word = hygiene.cut(hygiene.line(text), 60)
        if word:
            found.setdefault(word.casefold(), word)
    return tuple(found.values())


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
    return ", ".join(words[:_MOST_WORDS]) + more


def _paragraphs(alert: Alert) -> tuple[str, ...]:
    if alert.article is not None:
        return ()
    lines = (hygiene.line(line) for line in hygiene.visible(alert.detail).split("\n"))
    return tuple(hygiene.cut(line, 1_000) for line in lines if line)[:_MOST_PARAGRAPHS]


def _byline(alert: Alert, outlet: str, *, now: datetime, zone: ZoneInfo) -> str:
    moment, what = _moment(alert.article, alert)
    try:
        when = f"{what}{moment.astimezone(zone):%a %d %b %Y, %H:%M %Z}"
    except OverflowError:  # a feed may claim the year 1 or 9999
        return outlet
    age = _age(now - moment)
    return " · ".join(part for part in (outlet, when + (f" ({age})" if age else "")) if part)


def _moment(article: Article | None, alert: Alert) -> tuple[datetime, str]:
    if article is None:
        return alert.decided_at, ""
    if article.published_at is not None:
        return article.published_at, ""
    return alert.seen_at or alert.decided_at, "seen "


def _age(age: timedelta) -> str:
    """In words, rounded down; nothing for what lies in the future."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 0:
        return ""
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} days ago"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
