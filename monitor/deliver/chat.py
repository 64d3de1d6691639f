"""An alert as a message for a chat, in the markup of the service. Pure.

    headline (bold) · outlet, time · an excerpt with the matched words (bold) · why · link, number

What a feed wrote is escaped and calls nobody. A message that is longer than the service takes loses
the excerpt, then the reasons, then the byline, then the headline's end; the link and the alert's number
stay. A link shows the host that it leads to, never words of the feed.
"""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest

from monitor.deliver import custom, hygiene, sizing
from monitor.deliver.digests import DigestView, StoryView
from monitor.deliver.view import Segments, View
from monitor.model import Notification

_REPEAT = "(may repeat an earlier message)"
_LEAST_HEADLINE = 20
_MOST_CHANGES = 4  # lines of what is different in an updated text
_MARKDOWN = re.compile(r"[\\*_~`|<>\[\]()#]")


def _in_utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _in_bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a service writes. `limit` as `measure` counts."""

    limit: int
    measure: Callable[[str], int] = len
    escape: Callable[[str], str] = _same
    bold: Callable[[str], str] = _same
    quote: Callable[[str], str] = _same
    link: Callable[[str, str], str] = lambda url, _: url
    newline: str = "\n"


@dataclass(frozen=True, slots=True)
class Composed:
    """The message in the service's markup, and without any."""

    text: str
    plain: str


def _html(text: str) -> str:
    return html.escape(text)


def _slack(text: str) -> str:
    """Slack knows three special characters; formatting ones are kept apart from words by nothing at all."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"[*_~`]", lambda found: found.group() + "\u2060", text)


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(lambda found: "\\" + found.group(), text)


def _anchor(url: str, label: str) -> str:
    return f'<a href="{html.escape(url)}">{html.escape(label)}</a>'


PLAIN = Dialect(limit=4000)
NTFY = Dialect(limit=4000, measure=_in_bytes)
SLACK = Dialect(
    limit=3000,
    escape=_slack,
    bold=lambda text: f"*{text}*",
    quote=lambda text: f"> {text}",
    link=lambda url, label: f"<{url.replace('|', '%7C').replace('&', '&amp;')}|{label}>",
)
TELEGRAM = Dialect(
    limit=4096,
    measure=_in_utf16,
    escape=_html,
    bold=lambda text: f"<b>{text}</b>",
    quote=lambda text: f"<blockquote>{text}</blockquote>",
    link=_anchor,
)
MATRIX = replace(TELEGRAM, limit=16_000, measure=len, newline="<br>\n")
MARKDOWN = Dialect(
    limit=4000,
    escape=_markdown,
    bold=lambda text: f"**{text}**",
    quote=lambda text: f"> {text}",
    link=lambda url, label: f"[{_markdown(label)}](<{url}>)",
)
DISCORD = replace(MARKDOWN, limit=2000)
ROCKET = replace(
    MARKDOWN,
    limit=5000,
    bold=lambda text: f"*{text}*",
    link=lambda url, label: f"[{_markdown(label)}]({url.replace('(', '%28').replace(')', '%29')})",
)


def compose(notification: Notification, dialect: Dialect, *, title: bool = True) -> Composed:
    """The message. `title` False leaves out the headline, for services that show it apart."""
    view = notification.content
    if isinstance(view, DigestView):
        bare = replace(PLAIN, limit=dialect.limit)
        return Composed(_digest(view, dialect, title=title), _digest(view, bare, title=title))
    if not isinstance(view, View):
        plain = _cut(_short(notification, title=title), dialect)
        return Composed(plain, notification.short)
    bare = replace(PLAIN, limit=dialect.limit)
    text, view = custom.chat_text(
        notification,
        view,
        escape=lambda words: _safe(words, dialect),
        link=_link(view, dialect),
        fits=lambda written: dialect.measure(written) <= dialect.limit,
    )
    return Composed(text or _fit(view, dialect, title=title), _fit(view, bare, title=title))


def title_of(notification: Notification, limit: int) -> str:
    """The title for services that show one: without markup."""
    return hygiene.cut(hygiene.unmention(notification.title), limit)


def _fit(view: View, dialect: Dialect, *, title: bool) -> str:
    """As much as goes in."""
    tail = _tail(view, dialect)
    headline = _headline(view.marked_headline, view, dialect) if title else ""
    repeat = dialect.escape(_REPEAT) if view.repeat else ""
    byline = dialect.escape(
        " · ".join(part for part in (hygiene.unmention(view.byline), view.language) if part)
    )
    excerpts = [dialect.quote(_marked(excerpt, dialect)) for excerpt in view.excerpts[:1]]
    story = dict(view.facts).get("Story", "")  # how many report it by now
    reasons = [_safe(part, dialect) for part in (view.why, story, *view.notes) if part]
    changes = [_safe(f"{'+' if sign == '+' else '−'} {text}", dialect) for sign, text in view.changes]
    for lines in (
        (headline, repeat, byline, *changes[:_MOST_CHANGES], *excerpts, *reasons),
        (headline, repeat, byline, *excerpts, *reasons),
        (headline, repeat, byline, *reasons),
        (headline, repeat, byline),
        (headline, repeat),
        (headline,),
    ):
        text = _joined((*lines, tail), dialect)
        if dialect.measure(text) <= dialect.limit:
            return text
    return _shortened(view, dialect, tail) if title else tail


def _shortened(view: View, dialect: Dialect, tail: str) -> str:
    """The headline's beginning and the link."""
    plain = f"[{view.rule}] {view.headline}"
    room = len(plain)
    while room > _LEAST_HEADLINE:
        room = room * 3 // 4
        text = _joined((dialect.bold(_safe(hygiene.cut(plain, room), dialect)), tail), dialect)
        if dialect.measure(text) <= dialect.limit:
            return text
    return tail if dialect.measure(tail) <= dialect.limit else f"#{view.id}"


def _digest(view: DigestView, dialect: Dialect, *, title: bool) -> str:
    """The counts of all rules, then as many headlines as go in, the most important of each rule first."""
    lines = [dialect.bold(_safe(view.title, dialect))] if title else []
    lines += [dialect.escape(_REPEAT)] if view.repeat else []
    counts = [f"{rule.count} {hygiene.cut(rule.name, 60)}" for rule in view.rules]
    tail = dialect.escape(f"#{view.id}") if view.id else ""
    lines.append(_safe(hygiene.cut(", ".join(counts), dialect.limit // 4), dialect))
    rows = [[_row(story, dialect) for story in rule.stories] for rule in view.rules]
    chosen = [row for rank in zip_longest(*rows) for row in rank if row]
    for number, row in enumerate(chosen):
        text = _joined((*lines, row, tail), dialect)
        if dialect.measure(text) > dialect.limit - len(tail) - _LEAST_HEADLINE:
            lines.append(_safe(f"… and {len(chosen) - number} more", dialect))
            break
        lines.append(row)
    return _joined((*lines, tail), dialect)


def _row(story: StoryView, dialect: Dialect) -> str:
    """One headline with its link."""
    carried = f" ({story.carried})" if story.carried else ""
    headline = _safe(f"• {hygiene.cut(story.view.headline, 120)}{carried}", dialect)
    return f"{headline} {_tail(story.view, dialect)}"


def _headline(segments: Segments, view: View, dialect: Dialect) -> str:
    text = "".join(text for text, _ in segments)
    return dialect.bold(_safe(f"[{view.rule}] {text}", dialect))


def _marked(segments: Segments, dialect: Dialect) -> str:
    """The matched words bold; blanks stay outside, or some services would show the signs themselves."""
    return "".join(_bold(text, dialect) if hit else _safe(text, dialect) for text, hit in segments)


def _bold(text: str, dialect: Dialect) -> str:
    word = text.strip()
    if not word:
        return text
    before, _, after = text.partition(word)
    return before + dialect.bold(_safe(word, dialect)) + after


def _tail(view: View, dialect: Dialect) -> str:
    number = f"#{view.id}" if view.id else ""
    return " · ".join(part for part in (_link(view, dialect), dialect.escape(number)) if part)


def _link(view: View, dialect: Dialect) -> str:
    return dialect.link(view.link.replace("@", "%40"), view.host) if view.link else ""


def _safe(text: str, dialect: Dialect) -> str:
    return dialect.escape(hygiene.unmention(hygiene.visible(text)))


def _joined(lines: Iterable[str], dialect: Dialect) -> str:
    return dialect.newline.join(line for line in lines if line)


def _short(notification: Notification, *, title: bool) -> str:
    """For messages made by hand, which bring nothing but their texts."""
    text = hygiene.unmention(hygiene.visible(notification.short))
    return text if title else text.partition("\n")[2] or text


def _cut(text: str, dialect: Dialect) -> str:
    text = dialect.escape(text)
    return sizing.fit(text, dialect.limit, in_bytes=dialect.measure is not len)
