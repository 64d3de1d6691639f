"""Matched words shown to a person: bold on a terminal, between asterisks elsewhere."""

import sys
from collections.abc import Iterable, Iterator, Sequence

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


def excerpt_of(article: Article, field: str, spans: Sequence[Span], width: int) -> str:
    """What stands around places of one field."""
    if field == "lang" and spans:
        return bold(printable(article.language))
    ranges = [(span.start, span.end) for span in spans]
    return highlight(excerpt(field_text(article, field), ranges, width))


def field_lines(article: Article, spans: Sequence[Span], width: int = 100) -> Iterator[str]:
    """One line for each field that has marks, in the order of the fields, beginning with its name."""
    for field in dict.fromkeys(span.field for span in spans):
        own = [span for span in spans if span.field == field]
        yield f"{field}: {excerpt_of(article, field, own, width)}"


def body_lines(article: Article, spans: Sequence[Span], width: int) -> Iterator[str]:
    """The same without the title, and running text without its field's name."""
    for line in field_lines(article, [span for span in spans if span.field != "title"], width):
        yield line.removeprefix("summary: ").removeprefix("body: ")
