"""What a YAML error means to the person who made it: the place, plain words, and how to mend it.

The parser's own words ("did not find expected <block end>") describe the parser. Most such errors
in a news configuration are a query that YAML reads as something else, so those get the cure: a
block, in which every character stands for itself.
"""

import re
from typing import Any

import yaml

from monitor.config.source import SourceFile

_MATCH_LINE = re.compile(r"\s*(?:- )?match\s*:.*")
_ENTRY_LINE = re.compile(r" +(?P<key>[^\s#\-\"'<][^:#]*|\"[^\"]+\"|'[^']+')\s*:\s+[^\s{\[].*(?<![}\]])")
_RULE_KEYS = frozenset(
    "match score channels feeds language priority max_age alert follow_up throttle hold tests".split()
)
_SECTION_LINE = re.compile(r"([A-Za-z_]+)\s*:")

# The parser's words (those of libyaml and of the pure Python parser) → ours.
_MEANINGS = (
    (r"mapping values are not allowed", "a `:` followed by a space cannot stand inside an unquoted text",
     "Put the whole text in quotes."),
    (r"could not find expected ':'", "this line has no `:` after its key, or its indentation is wrong", ""),
    (r"unexpected end of stream", "a quote is opened here and never closed", ""),
    (r"unknown escape|escape sequence|hexdecimal number",
     "a backslash in double quotes begins an escape, and this is none",
     "Use single quotes, or \\\\ for one \\."),
    (r"expected ',' or '[\]}]'", "a list or mapping in brackets is not closed, or a comma is missing", ""),
    (r"expected (?:key|<?block end>?)|block (?:sequence|mapping) entries are not allowed",
     "this does not fit what stands before it: a wrong indentation, or text after a closing quote",
     "Indent it like the lines it belongs to; put the whole text in quotes."),
    (r"undefined (?:tag handle|alias)|expected (?:URI|alphabetic)|while scanning (?:a tag|an a)",
     "a text that begins with & ! or * must be in quotes", ""),
    (r"node content", "something is missing here: a bracket that is opened is not filled or closed", ""),
    (r"mapping keys are not allowed", "an unquoted text cannot begin with ? and a space",
     "Put the text in quotes."),
    (r"block scalar", "after | or > only an indentation and a comment may follow on this line", ""),
    (r"directive", "a line that begins with % is a directive, which is not used here", ""),
)  # fmt: skip


def explain(error: yaml.YAMLError, file: SourceFile) -> tuple[int, int, str, str]:
    """Start, end, message and hint for a parser's error."""
    words = " ".join(str(error).split())
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    if "unexpected end of stream" in words or mark is None:
        mark = context or mark
    start = min(_index(mark), len(file.text))
    line, column = file.position(start)
    if "mapping values are not allowed" in words and ": " not in file.line(line)[: column - 1]:
        message = "this line does not continue the one before it, which may lack a `:`"
        return start, start + 1, message, "Give both lines the same indentation, and each key its `:`."
    character = file.text[start : start + 1]
    message, hint = _describe(words, character, error)
    if character == "\t" or (character == ":" and "expected ',' or" in words):  # no query's fault
        return start, start + 1, message, hint
    return start, start + 1, message, block_hint(file, line, _line_of(context, file)) or hint


def _describe(words: str, character: str, error: yaml.YAMLError) -> tuple[str, str]:
    if "cannot start any token" in words:
        if character == "\t":
            return "a tab: YAML is indented with spaces", "Replace each tab by spaces."
        return f"an unquoted text cannot begin with {character}", "Put the text in quotes."
    if character == ":" and re.search(r"expected ',' or '[\]}]'", words):
        return (
            "a `:` followed by a space cannot stand inside an unquoted text",
            "Put the whole text in quotes.",
        )
    for pattern, message, hint in _MEANINGS:
        if re.search(pattern, words):
            return message, hint
    problem = getattr(error, "problem", None) or "the parser gives no reason"
    return f"not readable as YAML: {problem}", ""


def block_hint(file: SourceFile, *lines: int) -> str:
    """How to write the query on one of these lines as a block; "" when there is none on them."""
    for number in lines:
        if number < 1:
            continue
        line = file.line(number)
        if _MATCH_LINE.fullmatch(line):
            return "Write it as a block: `match: |`, and the query indented on the next line."
        entry = _ENTRY_LINE.fullmatch(line)
        name = entry["key"].strip() if entry else ""
        if name and name not in _RULE_KEYS and _section(file, number) == "rules":
            return f"Write it as a block: `{name}: |`, and the query indented on the next line."
    return ""


def _section(file: SourceFile, number: int) -> str:
    """The top-level key above a line."""
    for above in range(number, 0, -1):
        if found := _SECTION_LINE.match(file.line(above)):
            return found[1]
    return ""


def _index(mark: Any) -> int:
    return mark.index if mark is not None else 0


def _line_of(mark: Any, file: SourceFile) -> int:
    return file.position(min(mark.index, len(file.text)))[0] if mark is not None else 0
