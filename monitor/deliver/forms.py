"""The form in which a service that Apprise knows gets an alert: its own markup where it has one. Pure.

Slack, Discord, Telegram, Matrix and the like get what `chat` writes for them, and Apprise passes it on as
it is; ntfy and Gotify a title and plain text. Services of Markdown get CommonMark, from which Apprise makes
theirs: of plain text it would spoil the links. Mail-like services and programs get the long text, all
others the short one, and so does an address that asks for it (`?format=text`). Knows plugins only by
the attributes that they all have.
"""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from monitor.deliver import chat, hygiene, sizing
from monitor.model import Notification, Priority

_TEXT, _HTML, _MARKDOWN = "text", "html", "markdown"  # Apprise's names
_MAIL_SIZE = 32_768
_TITLE = 200
_TO_PROGRAMS = {"json", "jsons", "xml", "xmls", "form", "forms"}
_LINE_BASED = {"irc", "ircs"}
# Slack's workflows take their text for plain; so does a bridge that speaks Slack's old webhooks.
_MODES_WITHOUT_MARKUP = {"workflow", "trigger", "slack"}


def _in_json(text: str) -> int:
    """Bytes, where everything beyond ASCII is six: Apprise makes a file of 8,000 such bytes."""
    return max(len(text.encode("utf-8", "replace")), len(json.dumps(text)) * 2 // 3)


def _written_out(url: str, _: str) -> str:
    """A link under its own address: Apprise's text for programs without HTML keeps nothing but the words."""
    return f'<a href="{html.escape(url)}">{html.escape(url)}</a>'


@dataclass(frozen=True, slots=True)
class Form:
    """`format` is what Apprise is told of the text; `priorities` what the service calls ours.

    `final`: in the service's own markup, which a translation by Apprise would spoil.
    """

    dialect: chat.Dialect
    format: str = _TEXT
    titled: bool = False
    priorities: Mapping[Priority, Any] | None = None
    final: bool = True


_FORMS = {
    "slack": Form(chat.SLACK, _MARKDOWN),
    "discord": Form(chat.DISCORD, _MARKDOWN),
    "tgram": Form(chat.TELEGRAM, _HTML),
    "matrixs": Form(replace(chat.MATRIX, link=_written_out), _HTML),
    "mmosts": Form(chat.MARKDOWN),
    "rockets": Form(replace(chat.ROCKET, limit=1000), _MARKDOWN),
    "gchat": Form(replace(chat.SLACK, limit=4000), _MARKDOWN),
    "ntfys": Form(
        replace(chat.NTFY, measure=_in_json),
        titled=True,
        priorities={Priority.LOW: "low", Priority.NORMAL: "default", Priority.HIGH: "max"},
    ),
    "gotifys": Form(
        chat.PLAIN, titled=True, priorities={Priority.LOW: 2, Priority.NORMAL: 5, Priority.HIGH: 8}
    ),
}  # by the scheme with TLS, which each has


def form_of(plugin: Any) -> Form | None:
    """The service's form; None for the long or short plain text."""
    form = _FORMS.get(str(plugin.secure_protocol))
    if getattr(plugin, "template", None) or getattr(plugin, "mode", "") in _MODES_WITHOUT_MARKUP:
        return None
    if form is not None and plugin.resolve_format(form.format) == form.format:
        return form
    if plugin.resolve_format(_TEXT) == _MARKDOWN and not _takes_long_text(plugin):
        return _markdown(plugin, form)
    return None


def _markdown(plugin: Any, form: Form | None) -> Form:
    """CommonMark, for Apprise to translate; of a service with a form, its size and its priorities."""
    measure = form.dialect.measure if form else len
    priorities = form.priorities if form else None
    dialect = replace(chat.MARKDOWN, limit=min(chat.MARKDOWN.limit, plugin.body_maxlen), measure=measure)
    return Form(dialect, _MARKDOWN, bool(plugin.title_maxlen), priorities, final=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """What the plugin is given. `format` says in what the body is written."""

    title: str
    body: str
    format: str = _TEXT


def piece_of(plugin: Any, form: Form | None, notification: Notification) -> Piece:
    """The form and the size that the service takes. One piece, or it would be several messages."""
    if form is not None:
        return _own(plugin, form, notification)
    if _takes_long_text(plugin):
        title = hygiene.cut(notification.title, plugin.title_maxlen or _TITLE)
        return Piece(title, hygiene.cut(notification.text, plugin.body_maxlen - 1))
    short = hygiene.unmention(hygiene.visible(notification.short))
    limit = plugin.body_maxlen
    if _scheme(plugin) in _LINE_BASED:
        return Piece("", _one_line(short, limit))
    first, _, rest = short.partition("\n")
    if plugin.title_maxlen and rest:
        return Piece(hygiene.cut(first, plugin.title_maxlen), sizing.fit(rest, limit))
    return Piece("", sizing.fit(short, limit))


def _own(plugin: Any, form: Form, notification: Notification) -> Piece:
    """Discord's `?ping=` is written behind the text and counts."""
    pinged = " ".join(getattr(plugin, "ping", None) or ())
    room = form.dialect.limit - (len(pinged) * 2 + 10 if pinged else 0)
    dialect = replace(form.dialect, limit=max(room, form.dialect.limit // 2))
    title = chat.title_of(notification, _TITLE) if form.titled else ""
    return Piece(title, chat.compose(notification, dialect, title=not form.titled).text, form.format)


def _one_line(short: str, limit: int) -> str:
    """For services where a line is a message, and counts in bytes."""
    separator = " | "
    limit -= (len(separator) - 1) * short.count("\n")
    return sizing.fit(short, limit, in_bytes=True).replace("\n", separator)


def _takes_long_text(plugin: Any) -> bool:
    """Services that send mail, and those that hand data on to a program."""
    formats: Any = plugin.notify_format
    first = formats if isinstance(formats, str) else next(iter(formats))
    return _scheme(plugin) in _TO_PROGRAMS or (
        first == _HTML and plugin.body_maxlen >= _MAIL_SIZE and bool(plugin.title_maxlen)
    )


def _scheme(plugin: Any) -> str:
    return str(plugin.schema or "").lower()
