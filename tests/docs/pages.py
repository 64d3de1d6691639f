"""Reads the documentation: its pages, and in them blocks of code, tables, headings and links.

Knows as much Markdown as these pages use. What a block means is the business of the tests.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.*?) *$")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True)
class Block:
    """A fenced block. `info` holds the words behind the language: a file's name, or what it shows."""

    page: Path
    line: int
    language: str
    info: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Row:
    """A row of a table, by the headers of its columns, in lower case."""

    page: Path
    line: int
    cells: dict[str, str]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def all_pages() -> list[Path]:
    """Every page that is kept true by these tests."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
    return [*top, *sorted((ROOT / "docs").rglob("*.md"))]


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    """The fenced blocks of a page, in order."""
    return tuple(_blocks(page))


def _blocks(page: Path) -> Iterator[Block]:
    opening: tuple[int, str, list[str]] | None = None
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if opening is None and fence:
            opening, lines = (number, fence["indent"], fence["info"].split()), []
        elif opening is not None and fence and not fence["info"].strip():
            start, indent, info = opening
            text = "".join(f"{kept.removeprefix(indent)}\n" for kept in lines)
            yield Block(page, start, info[0] if info else "", tuple(info[1:]), text)
            opening = None
        else:
            lines.append(line)
    assert opening is None, f"{page}:{opening}: this block is never closed"


def prose(page: Path) -> list[tuple[int, str]]:
    """The numbered lines outside of fenced blocks."""
    found, is_inside = [], False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if _FENCE.match(line):
            is_inside = not is_inside
        elif not is_inside:
            found.append((number, line))
    return found


def rows(page: Path) -> Iterator[Row]:
    """The rows of all tables."""
    headers: list[str] = []
    for number, line in prose(page):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if not line.startswith("|"):
            headers = []
        elif not headers:
            headers = [cell.lower() for cell in cells]
        elif not re.fullmatch(r"[-: ]+", cells[0]):
            assert len(cells) == len(headers), f"{page}:{number}: {len(cells)} cells, not {len(headers)}"
            values = (cell.replace(r"\|", "|") for cell in cells)
            yield Row(page, number, dict(zip(headers, values, strict=True)))


def codes(cell: str) -> list[str]:
    """What stands between backticks."""
    return [found.strip() if mark != "`" else found for mark, found in _CODE.findall(cell)]


def links(page: Path) -> Iterator[tuple[int, str]]:
    """The targets of all links, with their lines."""
    for number, line in prose(page):
        for target in _LINK.findall(_CODE.sub("", line)):
            yield number, target


@cache
def anchors(page: Path) -> frozenset[str]:
    """The names by which the headings of a page can be linked to."""
    found = (_HEADING.match(line) for _, line in prose(page))
    return frozenset(_slug(heading[1]) for heading in found if heading)


def _slug(heading: str) -> str:
    text = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return text.replace(" ", "-")
