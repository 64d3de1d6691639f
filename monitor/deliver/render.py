"""From an alert to the message: as text, as HTML, short for a chat, and as data.

Everything that came from a feed is made visible and harmless here (see `hygiene`), and escaped by the
templates. Does not know who will read it: recipients, sizes and mentions are the channels' business.

`Notification.payload`, which webhooks post and files keep, is JSON of this form; keys are added, never
removed or changed without a new `version`:

    version 1 · id, rule, query, kind, reason, priority, decided_at, language
    title, text, link: the headline, what matched as plain text, the article's address ("" if unsafe)
    matched: the words that made the match · notes: remarks about it
    article: null for a notice, else id, title, summary, url, source, author, language, tags, published,
             updated
    notice: null for an article, else headline, detail
    outlets: how many carry the story by now · changes: of an update, [sign, line] of what went and came
    key: the same in every repeat of this delivery · repeat: true when an earlier attempt may have arrived
    thread: the same in all messages about one rule and story · first_of_thread
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self

from monitor.deliver import hygiene, sizing
from monitor.deliver.templates import environment
from monitor.deliver.view import View, view_of
from monitor.model import Alert, Notification

SHORT_LENGTH = 600
_SUMMARY_LENGTH = 2_000


def render(
    alert: Alert, *, delivery_key: str, now: datetime, time_zone: str, repeat: bool = False
) -> Notification:
    """Build the message. `now` is for "2 h ago", `time_zone` the reader's (UTC when there is no such zone).

    Raises nothing for what a feed may contain.
    """
    view = view_of(alert, now=now, time_zone=time_zone, repeat=repeat)
    message = Message(
        key=delivery_key,
        thread=thread_of(alert),
        first_of_thread=alert.first_of_thread,
        title=view.title,
        text="",
        short="",
        html="",
        payload={},
        priority=alert.priority,
        decided_at=alert.decided_at,
        repeat=repeat,
        content=view,
    )
    return message.rendered_by(
        {
            "text": lambda: text_of(view),
            "short": lambda: _short(view),
            "html": lambda: html_of(view),
            "payload": lambda: _payload(alert, view, key=delivery_key, thread=message.thread),
        }
    )


class Message(Notification):
    """A notification each of whose forms is made when it is first asked for: a channel needs one or two."""

    __slots__ = ("_forms",)

    def rendered_by(self, forms: Mapping[str, Callable[[], Any]]) -> Self:
        """Let these make the forms. Their slots are emptied, so that asking ends in `__getattr__`."""
        object.__setattr__(self, "_forms", forms)
        for name in forms:
            object.__delattr__(self, name)
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "_forms" or name not in self._forms:
            raise AttributeError(name)
        form = self._forms[name]()
        object.__setattr__(self, name, form)
        return form


def thread_of(alert: Alert) -> str:
    """The same for all alerts of one rule about one story; a notice is a thread of its own."""
    begun_as = alert.thread_id if alert.thread_id is not None else alert.story_id
    about = f"story {begun_as}" if begun_as is not None else f"alert {alert.id}"
    return hashlib.sha256(f"{alert.rule}\n{about}".encode("utf-8", "replace")).hexdigest()[:32]


def html_of(view: View) -> str:
    """The built-in HTML."""
    return environment().get_template("alert.html.j2").render(view=view)


def text_of(view: View) -> str:
    """The built-in plain text."""
    text = environment().get_template("alert.txt.j2").render(view=view)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _short(view: View) -> str:
    """First line the title, last line the link and the id: channels cut between them."""
    last = " ".join(part for part in (view.link, f"#{view.id}" if view.id else "") if part)
    lines = [view.title, view.byline, view.why]
    if view.repeat:
        lines.insert(1, "(may repeat an earlier message)")
    short = "\n".join(line for line in (*lines, last) if line)
    return sizing.fit(short, max(SHORT_LENGTH, SHORT_LENGTH // 2 + len(last)))


def _payload(alert: Alert, view: View, *, key: str, thread: str) -> Mapping[str, Any]:
    return {
        "version": 1,
        "id": alert.id,
        "rule": alert.rule,
        "query": alert.query,
        "kind": str(alert.kind),
        "reason": str(alert.reason) if alert.reason else None,
        "priority": str(alert.priority),
        "decided_at": alert.decided_at.isoformat(),
        "language": view.language,
        "title": view.headline,
        "text": "\n\n".join([*view.paragraphs, *("".join(part for part, _ in e) for e in view.excerpts)]),
        "link": view.link,
        "matched": list(view.words),
        "notes": list(view.notes),
        "outlets": alert.outlets,
        "changes": [list(change) for change in view.changes],
        "article": _article(alert, view),
        "notice": None if alert.article else {"headline": view.headline, "detail": alert.detail},
        "key": key,
        "repeat": view.repeat,
        "thread": thread,
        "first_of_thread": alert.first_of_thread,
    }


def _article(alert: Alert, view: View) -> Mapping[str, Any] | None:
    article = alert.article
    if article is None:
        return None
    return {
        "id": article.id,
        "title": view.headline,
        "summary": hygiene.cut(view.summary, _SUMMARY_LENGTH),
        "url": view.link,
        "source": view.outlet,
        "author": hygiene.line(article.author),
        "language": view.language,
        "tags": [hygiene.line(tag) for tag in article.tags],
        "published": article.published_at.isoformat() if article.published_at else None,
        "updated": article.updated_at.isoformat() if article.updated_at else None,
    }
