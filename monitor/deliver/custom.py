"""A channel's own templates (Jinja2): for the subject, the text, the HTML and the message for a chat.

They see what `names` gives them and nothing else. Values are escaped for where they go; what the
template itself writes is not. One that fails, takes longer than it may or writes more than a message
holds does not stop the alert: it goes out in the built-in form, which says so.
"""

import dataclasses
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from monitor.deliver import hygiene
from monitor.deliver.view import TITLE_LENGTH, View
from monitor.model import Notification
from monitor.telemetry import logs

DEADLINE = timedelta(seconds=1)  # a message is made in a thousandth of it
MOST_CHARACTERS = 500_000
_LARGEST_FACTOR = 10_000  # of `text * number`, and of widths in formats
_UNSAFE_FILTERS = ("center", "format", "indent", "pprint", "random", "wordwrap", "xmlattr", "filesizeformat")
_UNSAFE_METHODS = ("format", "format_map", "center", "ljust", "rjust", "zfill", "expandtabs")
_UNSAFE_GLOBALS = ("cycler", "joiner", "lipsum", "namespace")

log = logs.get(__name__)
_noted: ContextVar[list[str] | None] = ContextVar("failures of templates", default=None)


class TooMuch(TemplateError):
    """It takes too long, or makes too much."""


class Written(str):
    """Text that is in the markup of the message already."""

    __slots__ = ()


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, which leaves out what can fill the memory in one step."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = [value for value in (left, right) if isinstance(value, int)]
        if operator == "%" and not isinstance(left, int | float):
            raise TooMuch("% is for numbers here")
        if any(abs(number) > _LARGEST_FACTOR for number in numbers) and operator != "%":
            raise TooMuch(f"{operator} takes numbers up to {_LARGEST_FACTOR}")
        return super().call_binop(context, operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute in _UNSAFE_METHODS:
            return self.unsafe_undefined(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if argument in _UNSAFE_METHODS:
            return self.unsafe_undefined(obj, argument)
        return super().getitem(obj, argument)


def names(view: View) -> Mapping[str, Any]:
    """What templates may use."""
    return {
        "id": view.id,
        "rule": view.rule,
        "title": view.title,
        "headline": view.headline,
        "byline": view.byline,
        "outlet": view.outlet,
        "language": view.language,
        "link": view.link,
        "host": view.host,
        "why": view.why,
        "words": view.words,
        "notes": view.notes,
        "excerpts": tuple("".join(text for text, _ in excerpt) for excerpt in view.excerpts),
        "paragraphs": view.paragraphs,
        "summary": view.summary,
        "facts": dict(view.facts),
        "repeat": view.repeat,
    }


def fault_in(templates: Mapping[str, str], view: View) -> str:
    """What is wrong with them, tried on one message; "" when nothing is."""
    for form, source in templates.items():
        try:
            _render(source, view, _escape_of(form), link="")
        except TemplateSyntaxError as error:
            return f"the template for {form}, line {error.lineno}: {error.message}"
        except Exception as error:  # whatever a template may raise
            return f"the template for {form}: {str(error) or type(error).__name__}"
    return ""


def apply(notification: Notification, templates: Mapping[str, str], *, channel: str) -> Notification:
    """The notification with the forms that the templates make; those that fail stay as they are."""
    view = notification.content
    if not isinstance(view, View) or not templates:
        return notification
    made: dict[str, Any] = {}
    failures: list[str] = []
    for form in ("title", "text", "html"):
        if form in templates:
            try:
                made[form] = _render(templates[form], view, _escape_of(form), link="")
            except Exception as error:  # the alert goes out all the same
                failures.append(_failed(channel, form, view, error))
    if "title" in made:
        made["title"] = hygiene.cut(hygiene.line(made["title"]), TITLE_LENGTH) or notification.title
    if "chat" in templates:
        made["template"] = templates["chat"]
    if failures:
        view = with_note(view, failures[0])
        return dataclasses.replace(_rebuilt(notification, view), **made)
    return dataclasses.replace(notification, **made)


def chat_text(
    notification: Notification,
    view: View,
    *,
    escape: Callable[[str], str],
    link: str,
    fits: Callable[[str], bool],
) -> tuple[str | None, View]:
    """The message of a chat by its template, or None and the view with a remark why not."""
    if not notification.template:
        return None, view
    try:
        text = _render(notification.template, view, escape, link=link).strip()
        if not text:
            raise TooMuch("it wrote nothing")
        if not fits(text):
            raise TooMuch("the message is longer than the service takes")
    except Exception as error:  # the alert goes out all the same
        return None, with_note(view, _failed("", "chat", view, error))
    return text, view


def with_note(view: View, note: str) -> View:
    """The view with one more remark."""
    return dataclasses.replace(view, notes=(*view.notes, note), facts=(*view.facts, ("Note", note)))


def _rebuilt(notification: Notification, view: View) -> Notification:
    """The built-in forms once more, of the view with its remark."""
    from monitor.deliver import render

    text, html = render.text_of(view), render.html_of(view)
    return dataclasses.replace(notification, content=view, text=text, html=html)


@contextmanager
def noting() -> Iterator[list[str]]:
    """The failures of templates within the block, in this thread, each in words."""
    failures: list[str] = []
    token = _noted.set(failures)
    try:
        yield failures
    finally:
        _noted.reset(token)


def _failed(channel: str, form: str, view: View, error: Exception) -> str:
    reason = hygiene.cut(hygiene.line(str(error) or type(error).__name__), 200)
    log.warning("template_failed", channel=channel, form=form, alert=view.id, error=reason)
    if (failures := _noted.get()) is not None:
        failures.append(f"the template for {form} failed at alert {view.id}: {reason}")
    return f"the channel's template for {form} failed, so this is the built-in form: {reason}"


def _escape_of(form: str) -> Callable[[str], str]:
    return (lambda text: str(Markup.escape(text))) if form == "html" else (lambda text: text)


def _render(source: str, view: View, escape: Callable[[str], str], *, link: str) -> str:
    def finalize(value: Any) -> Any:
        if isinstance(value, Written):
            return value
        return escape(hygiene.visible(str(value)))

    environment = _Sandbox(undefined=StrictUndefined, finalize=finalize, trim_blocks=True, lstrip_blocks=True)
    for name in _UNSAFE_FILTERS:
        environment.filters.pop(name, None)
    for name in _UNSAFE_GLOBALS:
        environment.globals.pop(name, None)
    template = environment.from_string(source)
    given = {**names(view), "linked": Written(link or view.link)}
    pieces: list[str] = []
    length = 0
    with _deadline(DEADLINE):
        for piece in template.generate(given):
            length += len(piece)
            if length > MOST_CHARACTERS:
                raise TooMuch(f"it writes more than {MOST_CHARACTERS:,} characters")
            pieces.append(piece)
    return "".join(pieces)


@contextmanager
def _deadline(limit: timedelta) -> Iterator[None]:
    """Interrupt Python code of this thread, at the next line of it, once the time is up."""
    until = time.monotonic() + limit.total_seconds()

    def trace(_frame: Any, _event: str, _argument: Any) -> Any:
        if time.monotonic() > until:
            raise TooMuch(f"it takes longer than {limit.total_seconds():g} s")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
