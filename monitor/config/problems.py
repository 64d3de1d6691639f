"""Collects what is wrong in the configuration and says it with its place, all of it at once.

Turns places into line and column, and names that are nearly right into a hint. Decides nothing
about what is wrong.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from monitor.config.nodes import Node, YamlError, shorten
from monitor.config.source import Place, SourceFile
from monitor.errors import Problem

Location = tuple[str | int, ...]


class Report:
    """The problems found so far."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str, str], Problem] = {}

    @property
    def has_errors(self) -> bool:
        return any(problem.level == "error" for problem in self._found.values())

    def problems(self) -> tuple[Problem, ...]:
        """In the order of files, lines and columns; errors before warnings at one place."""
        return tuple(self._found[key] for key in sorted(self._found))

    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems() if problem.level == "warning")

    def error(self, where: Place | Node, message: str, hint: str = "") -> None:
        self._add(where, "error", message, hint)

    def warn(self, where: Place | Node, message: str, hint: str = "") -> None:
        self._add(where, "warning", message, hint)

    def add_yaml(self, errors: Iterable[YamlError]) -> None:
        for error in errors:
            self.error(error.place, error.message, error.hint)

    def file_error(self, name: str, message: str, hint: str = "") -> None:
        """A problem of a file whose text could not be had."""
        self.error(SourceFile(name, "").whole(), message, hint)

    def _add(self, where: Place | Node, level: str, message: str, hint: str) -> None:
        place = where if isinstance(where, Place) else where.place
        problem = locate(place, message, hint, level)
        key = (problem.file, problem.line, problem.column, level, message)
        self._found.setdefault(key, problem)


def locate(place: Place, message: str, hint: str = "", level: str = "error") -> Problem:
    """The problem at a place, with its line for the caret."""
    if place.start < 0:
        return Problem(place.file.name, 0, 0, message, hint, level)
    line, column = place.file.position(min(place.start, len(place.file.text)))
    source = place.file.shown_line(line)
    length = max(1, min(place.end - place.start, len(source) - column + 1))
    return Problem(place.file.name, line, column, message, hint, level, source, length)


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A hint with the nearest known name, or the alternative."""
    nearest = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean `{nearest[0]}`?" if nearest else otherwise


def list_names(names: Iterable[str], limit: int = 8) -> str:
    """Some names for a sentence."""
    every = list(names)
    shown = ", ".join(shorten(name) for name in every[:limit])
    return shown + (", …" if len(every) > limit else "")
