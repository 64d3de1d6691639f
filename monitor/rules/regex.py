"""Regular expressions of queries: RE2 semantics (linear time), with word edges that know all scripts.

RE2's own `\\b` and `\\w` see ASCII only. So `\\w` is rewritten to letters, digits and marks, and `\\b`
at the ends of an alternative to "no such character beyond this end"; elsewhere `\\b` is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import re2

LONGEST_PATTERN = 1000
_MEMORY = 8 << 20
_WORD = r"\pL\pN\pM_"
_EDGE_HINT = r"`\b` works at the start and the end of an alternative; elsewhere write [^\pL\pN]"
# The parts that matter here: literal runs, escapes, and single characters.
_PART = re.compile(r"\\Q(?:[^\\]|\\(?!E))*+(?:\\E)?|\\x\{[^}]*+\}|\\[pP]\{[^}]*+\}|\\[\s\S]|[\s\S]")
_SURROGATES = re.compile("[\ud800-\udfff]")


class RegexError(ValueError):
    """An expression that cannot be used; `hint` tells what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)


@dataclass(frozen=True)
class Pattern:
    """A compiled expression. `groups` are those that hold the match of an alternative."""

    source: str
    compiled: Any
    groups: tuple[int, ...]
    looks_back: bool  # every alternative reads one character before the match

    def finditer(self, text: str) -> Iterator[tuple[int, int]]:
        """Places found from left to right, without overlaps; empty ones are skipped. Linear."""
        # RE2 reads UTF-8, which has no lone surrogates; searching bytes saves encoding per match.
        data = _SURROGATES.sub("\ufffd", text).encode()
        position = read_bytes = read_characters = 0
        while (match := self.compiled.search(data, position)) is not None:
            first, last = self._place(match)
            start = read_characters + len(data[read_bytes:first].decode())
            end = start + len(data[first:last].decode())
            read_bytes, read_characters = first, start
            if start < end:
                yield start, end
            position = self._next(data, first, last)
            if position > len(data):
                return

    def _place(self, match: Any) -> tuple[int, int]:
        spans = (match.span(group) for group in self.groups)
        place: tuple[int, int] = next(span for span in spans if span[0] >= 0)
        return place

    def _next(self, data: bytes, first: int, last: int) -> int:
        """Where to go on: at the end of the match, or at its last character when edges are read."""
        if last == first:
            return last + 1
        if not self.looks_back:
            return last
        position = last - 1
        while position > first and data[position] & 0xC0 == 0x80:
            position -= 1
        return position if position > first else last


def read(source: str, *, ignore_case: bool = False) -> Pattern:
    """Compile what stands between the slashes. Raises RegexError."""
    if len(source) > LONGEST_PATTERN:
        raise RegexError(f"the expression has {len(source)} characters", f"at most {LONGEST_PATTERN}")
    _compile(source)  # first as typed, so that errors speak of what was typed
    alternatives = _alternatives(_PART.findall(source))
    names = [f"alternative{index}of{len(alternatives)}" for index in range(len(alternatives))]
    rewritten = "|".join(_rewrite(parts, name) for parts, name in zip(alternatives, names, strict=True))
    compiled = _compile(("(?i)" if ignore_case else "") + f"(?:{rewritten})")
    if compiled.search("") is not None:
        hint = "use `+` instead of `*`, or add a letter that must be there"
        raise RegexError("the expression matches the empty text, so it would match everything", hint)
    groups = tuple(compiled.groupindex[name] for name in names)
    return Pattern(source, compiled, groups, all(parts[:1] == [r"\b"] for parts in alternatives))


def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(_SURROGATES.sub("\ufffd", pattern), options=options)
    except re2.error as error:
        detail = error.args[0] if error.args else ""
        text = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        hint = "RE2 syntax: no look-around and no back-references"
        raise RegexError(f"bad regular expression: {text}", hint) from None


def _alternatives(parts: list[str]) -> list[list[str]]:
    """Cut at the bars that stand in no bracket."""
    alternatives: list[list[str]] = [[]]
    depth = 0
    in_class = False
    for index, part in enumerate(parts):
        if in_class:
            in_class = not (part == "]" and not _opens_class(parts, index))
        elif part == "[":
            in_class = True
        elif part in "()":
            depth += 1 if part == "(" else -1
        if part == "|" and not in_class and depth == 0:
            alternatives.append([])
        else:
            alternatives[-1].append(part)
    return alternatives


def _opens_class(parts: list[str], index: int) -> bool:
    """Whether a `]` is the first member of its class, where it stands for itself."""
    return parts[index - 1] == "[" or parts[index - 2 : index] == ["[", "^"]


def _rewrite(parts: list[str], name: str) -> str:
    """One alternative with its edges; what it found is in the group of that name."""
    before = after = ""
    if parts[:1] == [r"\b"]:
        before, parts = f"(?:^|[^{_WORD}])", parts[1:]
    if parts[-1:] == [r"\b"]:
        after, parts = f"(?:[^{_WORD}]|$)", parts[:-1]
    return f"{before}(?P<{name}>{''.join(_rewrite_parts(parts))}){after}"


def _rewrite_parts(parts: list[str]) -> Iterator[str]:
    in_class = False
    for index, part in enumerate(parts):
        if in_class and part == "]" and not _opens_class(parts, index):
            in_class = False
        elif part == "[" and not in_class:
            in_class = True
        if part in (r"\b", r"\B"):
            raise RegexError(f"`{part}` inside the expression", _EDGE_HINT)
        if part == r"\W" and in_class:
            raise RegexError(r"`\W` inside [ ]", r"name the characters, or use [^\w…] alone")
        if part == r"\w":
            yield _WORD if in_class else f"[{_WORD}]"
        elif part == r"\W":
            yield f"[^{_WORD}]"
        else:
            yield part
