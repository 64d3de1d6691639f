"""`${env:X}`, `${env:X:-default}` and `${file:/run/secrets/x}` inside values, and hiding what they gave.

Works on single texts, after YAML was read, so that no value can change the structure. `$${` stands
for `${`. Anything else with a dollar sign (`$russia`, `$TSLA`) is left alone.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.errors import Problem

MAX_SECRET_BYTES = 64 * 1024
_SHORTEST_HIDDEN = 4  # hiding shorter values would tear holes into every line and protect nothing
_REFERENCE = re.compile(r"\$(\$)?\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MASK = "***"


@dataclass(frozen=True, slots=True)
class Fault:
    """One reference that cannot be filled in, by its range in the text."""

    start: int
    end: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its references filled in."""

    text: str
    secrets: tuple[str, ...]
    faults: tuple[Fault, ...]
    changed: bool


def fill(text: str, environ: Mapping[str, str], read: Callable[[str], str] | None = None) -> Filled:
    """Fill in every reference of a text. `read` gives the content of a file, or raises OSError.

    A reference that cannot be filled in stays as it is and becomes a fault. Values are not filled
    in again: a `${` inside one is just text.
    """
    if "${" not in text:
        return Filled(text, (), (), changed=False)
    secrets: list[str] = []
    faults: list[Fault] = []

    def replace(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        try:
            value, is_secret = _resolve(found[0], found[2], environ, read or read_secret_file)
        except _UnfilledError as error:
            faults.append(Fault(found.start(), found.end(), error.message, error.hint))
            return found[0]
        if is_secret and value:
            secrets.append(value)
        return value

    filled = _REFERENCE.sub(replace, text)
    return Filled(filled, tuple(secrets), tuple(faults), changed=filled != text)


class _UnfilledError(Exception):
    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


_FORMS = "Write ${env:NAME}, ${env:NAME:-default} or ${file:/path}; `$${` for a plain `${`."


def _resolve(
    whole: str, inside: str, environ: Mapping[str, str], read: Callable[[str], str]
) -> tuple[str, bool]:
    if not whole.endswith("}"):
        raise _UnfilledError("`${` is never closed", _FORMS)
    kind, colon, rest = inside.partition(":")
    if kind == "env" and colon:
        return _from_environment(rest, environ)
    if kind == "file" and colon and rest:
        return _from_file(rest, read), True
    raise _UnfilledError("`${…}` takes env: or file:", _FORMS)


def _from_environment(rest: str, environ: Mapping[str, str]) -> tuple[str, bool]:
    name, dash, default = rest.partition(":-")
    if not _NAME.fullmatch(name):
        raise _UnfilledError("`${env:…}` needs the name of an environment variable", _FORMS)
    value = environ.get(name)
    if value:
        return value, True
    if dash:
        return default, False
    state = "is empty" if value == "" else "is not set"
    raise _UnfilledError(
        f"the environment variable {name} {state}",
        f"Set {name} for newsmonitor, or give a default: ${{env:{name}:-…}}.",
    )


def _from_file(path: str, read: Callable[[str], str]) -> str:
    try:
        value = read(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _UnfilledError(
            f"the secret file {path} cannot be read: {reason}",
            "Give the absolute path of a file that newsmonitor may read.",
        ) from None
    if not value:
        raise _UnfilledError(f"the secret file {path} is empty", "Write the secret into it.")
    return value


def read_secret_file(path: str) -> str:
    """The content of a secret file without the line end at its end.

    Raises OSError, or ValueError when it is too large, not UTF-8 or its path is relative.
    """
    if not os.path.isabs(path):  # noqa: PTH117  (what the reader wrote, not a path of ours)
        raise ValueError("the path is not absolute")
    with Path(path).open("rb") as stream:
        content = stream.read(MAX_SECRET_BYTES + 1)
    if len(content) > MAX_SECRET_BYTES:
        raise ValueError(f"larger than {MAX_SECRET_BYTES // 1024} KiB")
    try:
        return content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None


def worth_hiding(secrets: Iterable[str]) -> frozenset[str]:
    """Those values that are long enough to be secrets."""
    return frozenset(secret for secret in secrets if len(secret) >= _SHORTEST_HIDDEN)


def hide(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret shown as `***`, longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text


def hide_in(problems: Iterable[Problem], values: Iterable[str]) -> tuple[Problem, ...]:
    """The problems with no secret in their sentences, whatever a part of the program put into them."""
    hidden = worth_hiding(values)
    return tuple(
        replace(problem, message=hide(problem.message, hidden), hint=hide(problem.hint, hidden))
        for problem in problems
    )
