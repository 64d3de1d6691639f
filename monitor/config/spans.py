"""Where a character of a value stands in its file, whatever way the value was written.

YAML folds lines, strips indentation and reads escapes, so an offset in the value is not an offset in
the file. But it never changes the order of visible characters: the nth one of the value is the nth
one of the source, an escape counting as what it stands for.
"""

import re
from collections.abc import Iterator

from monitor.config.nodes import Scalar
from monitor.config.source import Place

_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(\r\n|.))", re.DOTALL)
_NAMED = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
          "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}  # fmt: skip


def locate(scalar: Scalar, start: int, end: int) -> Place:
    """The place in the file of a half-open range of a value; of the whole value when unsure.

    A range at the end of the value is the place just behind its last visible character.
    """
    if scalar.interpolated:
        return scalar.place
    sources = [(char, first, last) for char, first, last in _source(scalar) if not char.isspace()]
    visible = [char for char in scalar.value if not char.isspace()]
    # A comment may follow a block within its range; it is behind all that the value was made of.
    del sources[len(visible) :]
    if visible != [char for char, _, _ in sources]:
        return scalar.place
    before = sum(not char.isspace() for char in scalar.value[:start])
    inside = sum(not char.isspace() for char in scalar.value[start:end])
    if before >= len(sources):
        behind = sources[-1][2] if sources else scalar.place.start
        return Place(scalar.place.file, behind, behind + 1)
    first = sources[before][1]
    last = sources[before + max(inside, 1) - 1][2] if before + inside <= len(sources) else first + 1
    return Place(scalar.place.file, first, last)


def _source(scalar: Scalar) -> Iterator[tuple[str, int, int]]:
    """The characters of the source that the value was made of: what each gives, where it stands."""
    text, start, end = scalar.place.file.text, scalar.place.start, scalar.place.end
    if scalar.style in ("|", ">"):
        header_end = text.find("\n", start, end)
        start = header_end if header_end >= 0 else end
    elif scalar.style in ("'", '"'):
        start, end = start + 1, end - 1
    if scalar.style == '"':
        yield from _double_quoted(text, start, end)
    elif scalar.style == "'":
        yield from _single_quoted(text, start, end)
    else:
        yield from ((text[index], index, index + 1) for index in range(start, end))


def _single_quoted(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    index = start
    while index < end:
        width = 2 if text.startswith("''", index) else 1
        yield text[index], index, index + width
        index += width


def _double_quoted(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    index = start
    while index < end:
        escape = _ESCAPE.match(text, index, end)
        if escape:
            yield _unescape(escape), index, escape.end()
            index = escape.end()
        else:
            yield text[index], index, index + 1
            index += 1


def _unescape(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code:
        return chr(int(code, 16))
    return _NAMED.get(escape[4], escape[4])
