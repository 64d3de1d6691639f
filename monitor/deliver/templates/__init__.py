"""The built-in templates, and how they are read: everything is escaped in HTML, nothing in plain text."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

_MARK = Markup(
    '<mark style="background-color:#ffe58a;color:#14181d;padding:0 2px;border-radius:2px;">{}</mark>'
)


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """The one environment. Templates see nothing but what they are given."""
    found = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(("html", "html.j2"), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["marked"] = marked
    found.filters["starred"] = starred
    found.filters["strong"] = strong
    return found


def marked(segments: Sequence[tuple[str, bool]]) -> Markup:
    """Segments as escaped HTML, the matched ones in <mark>."""
    return Markup("").join(_MARK.format(text) if hit else text for text, hit in segments)


def starred(segments: Sequence[tuple[str, bool]]) -> str:
    """Segments as plain text, the matched ones between asterisks."""
    return "".join(f"**{text}**" if hit else text for text, hit in segments)


def strong(segments: Sequence[tuple[str, bool]]) -> Markup:
    """Segments as escaped HTML, the matched ones in <b>, which every reader of feeds leaves in place."""
    return Markup("").join(Markup("<b>{}</b>").format(text) if hit else text for text, hit in segments)
