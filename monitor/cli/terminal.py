"""How wide things are on a terminal: its own lines, and texts in scripts with wide characters."""

import shutil
import sys
import unicodedata

_NARROWEST = 20


def columns(most: int, *, beside: int = 0) -> int:
    """So many, or what a terminal leaves `beside` other columns; into a file or a pipe always `most`."""
    if not sys.stdout.isatty():
        return most
    return max(_NARROWEST, min(most, shutil.get_terminal_size().columns - beside))


def width(text: str) -> int:
    """How many columns a text takes: Han, kana and Hangul two each, marks none."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, to: int) -> str:
    """The text with spaces behind it up to so many columns."""
    return text + " " * max(0, to - width(text))
