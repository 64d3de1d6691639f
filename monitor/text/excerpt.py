"""Excerpts: a piece of text around the words that matched, the words marked.

Cut at the edges of words; what was left out shows as `…`. White space becomes single spaces, since
an excerpt is one line.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from monitor.model import Article, Span
from monitor.text.fields import fields

Segment = tuple[str, bool]  # text, and whether it is marked

_FIELD_PREFERENCE = ("body", "summary", "title")
_ELLIPSIS = "…"
_EDGE = re.compile(r"\s")
_SPACES = re.compile(r"\s+")
_LONGEST_WORD = 30  # a window is not shrunk further than this to end between words


def excerpt(
    source: Article | str, spans: Iterable[Span] | Iterable[tuple[int, int]] = (), width: int = 240
) -> tuple[Segment, ...]:
    """At most `width` characters (the ellipses not counted) around as many marks as fit.

    For an article the spans name their fields, and the excerpt is of the body, else the summary,
    else the title, whichever has marks. Without marks it is the beginning of the text.
    """
    if isinstance(source, Article):
        text, marks = _choose(source, [span for span in spans if isinstance(span, Span)])
    else:
        text, marks = source, [(span[-2], span[-1]) for span in spans]
    marks = sorted((int(start), int(end)) for start, end in marks)
    start, end = _window(text, marks, max(1, width))
    return _segments(text, marks, start, end)


def _choose(article: Article, spans: Sequence[Span]) -> tuple[str, list[tuple[int, int]]]:
    texts = fields(article)
    for name in _FIELD_PREFERENCE:
        if marks := [(span.start, span.end) for span in spans if span.field == name]:
            return texts[name], marks
    return next((texts[name] for name in ("summary", "body", "title") if texts[name]), ""), []


def _window(text: str, marks: list[tuple[int, int]], width: int) -> tuple[int, int]:
    """The range that shows most marks, the earliest such, with what surrounds them."""
    if len(text) <= width:
        return 0, len(text)
    ends = [end for _, end in marks]
    best, best_count = (0, 0), 0
    for index, (start, end) in enumerate(marks):
        stop = bisect_left(ends, start + width + 1, lo=index)
        if stop - index > best_count:
            best, best_count = (start, ends[stop - 1]), stop - index
        elif not best_count:
            best, best_count = (start, min(end, start + width)), 1
    start, end = best
    start = max(0, min(start - (width - (end - start)) // 2, len(text) - width))
    return _between_words(text, start, start + width, best)


def _between_words(text: str, start: int, end: int, kept: tuple[int, int]) -> tuple[int, int]:
    """Shrink a window to the edges of words, never into what must be kept."""
    if start > 0 and not text[start - 1].isspace():
        stop = min(kept[0], start + _LONGEST_WORD) if kept[1] else start + _LONGEST_WORD
        if edge := _EDGE.search(text, start, stop):
            start = edge.end()
    if end < len(text) and not text[end].isspace():
        floor = max(kept[1], end - _LONGEST_WORD, start)
        while end > floor and not text[end - 1].isspace():
            end -= 1
        end = end if end > floor or floor == kept[1] else min(floor + _LONGEST_WORD, len(text))
    return start, end


def _segments(text: str, marks: list[tuple[int, int]], start: int, end: int) -> tuple[Segment, ...]:
    segments: list[Segment] = [(_ELLIPSIS, False)] if text[:start].strip() else []
    position = start
    for first, last in marks:
        first, last = max(first, position), min(last, end)
        if first < last:
            segments += [(text[position:first], False), (text[first:last], True)]
            position = last
    segments.append((text[position:end], False))
    if text[end:].strip():
        segments.append((_ELLIPSIS, False))
    return _tidy(segments)


def _tidy(segments: list[Segment]) -> tuple[Segment, ...]:
    """One line: single spaces, none at the ends, neighbours of one kind joined."""
    tidy: list[Segment] = []
    for text, is_marked in segments:
        text = _SPACES.sub(" ", text)
        if text.startswith(" ") and (not tidy or tidy[-1][0].endswith((" ", _ELLIPSIS))):
            text = text[1:]
        if not text:
            continue
        if tidy and tidy[-1][1] == is_marked:
            text = tidy.pop()[0] + text
        tidy.append((text, is_marked))
    if tidy:
        last, is_marked = tidy.pop()
        last = last.removesuffix(" ").replace(" " + _ELLIPSIS, _ELLIPSIS)
        tidy += [(last, is_marked)] if last else []
    return tuple(tidy)
