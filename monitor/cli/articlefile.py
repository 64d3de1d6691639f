"""Articles from a file of JSON lines, for the commands that work on given articles."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from monitor.model import Article


class Articles:
    """The articles of a file, read as they are asked for. Bad lines are told and counted."""

    def __init__(self, name: str) -> None:
        self._name = "<stdin>" if name == "-" else name
        self._lines = self._open(name)
        self.errors = 0

    def _open(self, name: str) -> Iterator[tuple[int, bytes]]:
        if name == "-":
            yield from enumerate(sys.stdin.buffer, 1)
            return
        with Path(name).open("rb") as stream:
            yield from enumerate(stream, 1)

    def __iter__(self) -> Iterator[Article]:
        return self

    def __next__(self) -> Article:
        for number, line in self._lines:
            if not line.strip():
                continue
            try:
                return _read(line)
            except (ValueError, RecursionError) as error:
                self.errors += 1
                click.echo(f"{self._name}:{number}: error: {_explain(error)}", err=True)
        raise StopIteration


def _read(line: bytes) -> Article:
    value = json.loads(line.decode("utf-8-sig"))
    if not isinstance(value, dict):
        raise ValueError(f"an article is a JSON object, not {type(value).__name__}")
    return Article.from_dict(value)


def _explain(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start + 1}"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON at column {error.colno}: {error.msg}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)
