"""Matched words shown to a person: bold on a terminal, between asterisks elsewhere."""

import sys
from collections.abc import Iterable

import click

from monitor.cli.common import printable
from monitor.model import Article, Span
from monitor.text import excerpt, field_text


def bold(text: str) -> str:
    """Marked text, as the standard output can show it."""
    return click.style(text, bold=True) if sys.stdout.isatty() else f"**{text}**"


def highlight(segments: Iterable[tuple[str, bool]]) -> str:
    """An excerpt on one line, its marks shown, without what a terminal would obey."""
    return "".join(bold(printable(text)) if is_marked else printable(text) for text, is_marked in segments)


def place(article: Article, span: Span, width: int = 100) -> str:
    """What stands around one place of an article."""
    if span.field == "lang":
        return bold(printable(article.language))
    return highlight(excerpt(field_text(article, span.field), [(span.start, span.end)], width))
