"""Writes feeds into a file of the configuration that is ours: `feeds-added.yaml`.

Hand-written files are never touched, and ours only at its end, so that what a person changed in it
stays. What was written is read back as a configuration; if it cannot be, the file is as before.
"""

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from monitor.errors import ConfigError, MonitorError
from monitor.model import Feed

NAME = "feeds-added.yaml"
_HEAD = """\
# Feeds added by `newsmonitor feeds add` and `feeds import`. Change what you like;
# further ones are put at the end of this list.
feeds:
"""


def append(directory: Path, feeds: Sequence[Feed], *, verify: Callable[[], object]) -> Path:
    """Add feeds to the file, whole or not at all; returns its path.

    `verify` reads the configuration; what it raises comes through, after the file was restored.
    Raises MonitorError when the file cannot be written.
    """
    path = directory / NAME
    try:
        return _append(path, feeds, verify)
    except OSError as error:
        raise MonitorError(
            f"{path}: cannot be written: {error.strerror or error}; nothing was added\n"
            f"  hint: {_remedy(error, directory)}"
        ) from None


def _remedy(error: OSError, directory: Path) -> str:
    if isinstance(error, PermissionError):
        return f"run this as the user who owns {directory}, or let this user write there"
    if error.errno == errno.EROFS:
        return "mount the directory so that it can be written, or add the feed to your own file by hand"
    return "see that the directory is there and its disk has room"


def _append(path: Path, feeds: Sequence[Feed], verify: Callable[[], object]) -> Path:
    before = path.read_bytes() if path.exists() else None
    text = _HEAD if before is None else before.decode("utf-8")
    if not text.endswith("\n"):
        text += "\n"
    _replace(path, (text + "".join(f"  - {_entry(feed)}\n" for feed in feeds)).encode())
    try:
        verify()
    except ConfigError:
        if before is None:
            path.unlink()
        else:
            _replace(path, before)
        raise
    return path


def _replace(path: Path, content: bytes) -> None:
    """Put the content in place of the file's: a reader sees the old or the new, never half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _entry(feed: Feed) -> str:
    """The feed as one line of YAML; only its address where there is no more to say."""
    parts = [f"url: {_quote(feed.url)}"]
    if feed.name:
        parts.append(f"name: {_quote(feed.name)}")
    if feed.tags:
        parts.append(f"tags: [{', '.join(map(_quote, feed.tags))}]")
    if feed.language:
        parts.append(f"language: {_quote(feed.language)}")
    if feed.allow_private:
        parts.append("allow_private: true")
    return _quote(feed.url) if len(parts) == 1 else "{" + ", ".join(parts) + "}"


def _quote(text: str) -> str:
    """A double-quoted scalar. A `${` in it stays one: names come from feeds and may not read our files."""
    return '"' + "".join(map(_escape, text.replace("${", "$${"))) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
