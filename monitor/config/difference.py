"""What an edit has changed in the rules of one file, as a text that can be read by itself.

The texts before and after are compared; what differs is widened to whole rules. None wherever a part
might not mean the same by itself: a flow mapping, another section behind, a value from outside.

Why a part may be read alone: a rule's name stands in a line of its own, at the column of all names. Up
to the first of them nothing has changed, so there the parser is where it was; and a part that can be
read as a whole document has closed all that it opened before the next name.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.config.nodes import Mapping, Node
from monitor.config.source import SourceFile

HEADER = "rules:\n"
_AT_THE_MARGIN = re.compile(r"^[^\s#]", re.MULTILINE)
_UNUSUAL_NAME = frozenset("?-{[&*!|>%@`")


@dataclass(frozen=True, slots=True)
class Block:
    """The rules of one file: where each name begins, and at which column; none stands behind them."""

    names: Sequence[str]
    starts: Sequence[int]  # characters of the text
    indent: int


@dataclass(frozen=True, slots=True)
class Edit:
    """The rules from number `first` to `last` (exclusive) of a block are now those in `file`."""

    block: Block
    first: int
    last: int
    file: SourceFile
    shift: int  # how many characters more there are now
    lines: tuple[int, int]  # before: the first line of the part, and the first behind it
    more_lines: int


def find_block(document: Node) -> Block:
    """A block without a name is one that cannot be read in part."""
    rules = document.get("rules") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(rules, Mapping) or not rules.items:
        return Block((), (), 0)
    text = document.place.file.text
    starts = [key.place.start for key, _ in rules.items.values()]
    line_start = text.rfind("\n", 0, starts[0]) + 1
    indent = starts[0] - line_start
    is_block = indent > 0 and not text[line_start : starts[0]].strip(" ")
    is_last = all(key.place.start < starts[0] for key, _ in document.items.values())
    # In a flow mapping the names stand anywhere.
    if rules.place.start != starts[0] or "\r" in text or not (is_block and is_last):
        return Block((), (), 0)
    return Block(tuple(rules.items), starts, indent)


def compare(name: str, block: Block, old: str, new: str) -> Edit | None:
    """The edit that made the new text of a file out of the old one. Linear, by comparing slices."""
    shift = len(new) - len(old)
    same = _common(old, new)
    same_behind = _common_behind(old, new, min(len(old), len(new)) - same)
    first = bisect_left(block.starts, same) - 1  # its name begins before the first difference
    last = bisect_left(block.starts, len(old) - same_behind)
    if first < 0:
        return None
    start = block.starts[first]
    is_end = last == len(block.starts)
    end = len(old) if is_end else block.starts[last]
    part = new[start : end + shift]
    if not is_end:
        part, line_end, indent = part.rpartition("\n")
        if indent != " " * block.indent:
            return None
        part += line_end
    text = HEADER + " " * block.indent + part
    is_odd = "\r" in part or "${" in part or "${" in old[start:end] or part[:1] in _UNUSUAL_NAME
    if is_odd or _AT_THE_MARGIN.search(text, len(HEADER)):
        return None
    line = new.count("\n", 0, start) + 1
    lines = (line, line + old.count("\n", start, end) + is_end)
    more_lines = part.count("\n") - old.count("\n", start, end)
    return Edit(block, first, last, SourceFile(name, text, line - 2), shift, lines, more_lines)


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common from the beginning on."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_behind(one: str, other: str, most: int) -> int:
    """The same to the end, at most so many."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def block_after(edit: Edit, names: Sequence[str], starts: Sequence[int]) -> Block:
    """The block with the edit made; `starts` are places in the edit's own file."""
    block, begin = edit.block, edit.block.starts[edit.first]
    offset = begin - len(HEADER) - block.indent
    behind = block.starts[edit.last :]
    return Block(
        (*block.names[: edit.first], *names, *block.names[edit.last :]),
        [
            *block.starts[: edit.first],
            *(start + offset for start in starts),
            *([start + edit.shift for start in behind] if edit.shift else behind),
        ],
        block.indent,
    )
