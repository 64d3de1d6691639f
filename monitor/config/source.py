"""The files of a configuration: which they are, their text, and places in it.

Knows bytes, lines and columns; knows nothing of YAML (see `nodes`) or of what the text means.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

MAX_FILE_BYTES = 16 * 1024 * 1024
"""A hundred thousand rules fit; a disk image given by mistake does not."""

YAML_SUFFIXES = frozenset({".yaml", ".yml"})
OPML_SUFFIX = ".opml"

_LONGEST_LINE_SHOWN = 240
_LINE_END = re.compile(r"\r\n|\r|\n")
# What must not reach a terminal: controls, and the marks that reorder the text around them.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_PASSWORD = re.compile(r"(?<=://)([^\s/:@]*):([^\s/@]+)@")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Place(NamedTuple):
    """A half-open range of characters in one file. `start` -1 means the file as a whole."""

    file: "SourceFile"
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One file, or a part of it: the name that is shown to people, and its text without a byte order mark."""

    name: str
    text: str
    skipped: int = 0  # lines of the file before the text; negative when the text has lines of its own

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins: looked for when a place is told, which is seldom."""
        return [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of a character, both from 1."""
        line = bisect_right(self._starts, index)
        return line + self.skipped, index - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (from 1) without its line end; "" for one that was skipped."""
        number -= self.skipped
        if number < 1:
            return ""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def shown_line(self, number: int) -> str:
        """A line fit to be printed: no control characters, no passwords; "" when it is too long.

        Characters are replaced one for one, so that columns stay true.
        """
        line = self.line(number)
        if len(line) > _LONGEST_LINE_SHOWN:
            return ""
        line = _PASSWORD.sub(lambda m: f"{m[1]}:{'*' * len(m[2])}@", line)
        return _UNSHOWABLE.sub("\ufffd", line)

    def whole(self) -> Place:
        """The place of something that concerns the file and no line of it."""
        return Place(self, -1, -1)


def list_files(directory: Path) -> list[Path]:
    """The configuration files directly in a directory, sorted by name. Raises OSError.

    Hidden files are left out: editors and Kubernetes keep their own beside the real ones.
    """
    suffixes = YAML_SUFFIXES | {OPML_SUFFIX}
    return sorted(
        path
        for path in directory.iterdir()
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and not path.is_dir()
    )


def read_bytes(path: Path) -> bytes:
    """A file's content. Raises OSError, or ValueError with a sentence when it is too large."""
    with path.open("rb") as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"larger than {MAX_FILE_BYTES // (1024 * 1024)} MiB")
    return content


def decode(content: bytes) -> str:
    """UTF-8 text without its byte order mark. Raises ValueError with a sentence that says where."""
    if content.startswith(_UTF16_MARKS):
        raise ValueError("is UTF-16, not UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig")) + 1
        byte = error.object[error.start]
        raise ValueError(f"is not UTF-8: byte 0x{byte:02x} at line {line}, column {column}") from None


def fingerprint(contents: Mapping[str, bytes | None] | Iterable[tuple[str, bytes | None]]) -> str:
    """One text for names and contents; differs when any differs. None stands for "unreadable"."""
    digest = hashlib.sha256()
    for name, content in sorted(dict(contents).items()):
        size = "-" if content is None else str(len(content))
        digest.update(f"{len(name)}:{name}:{size}:".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(content or b"").digest())
    return digest.hexdigest()
