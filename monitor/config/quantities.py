"""Texts that stand for amounts: durations (`90s 5m 2h 3d`), sizes (`8MiB`), numbers, true and false.

Reads and writes them; knows no limits, which belong to the key that uses the amount. Numbers and
truth values follow the core schema of YAML 1.2. Every function raises ValueError with a sentence
for people; none repeats the text it was given, because that may be a secret.
"""

import re
from datetime import timedelta

LONGEST = timedelta(days=3650)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]{1,9})\s*([smhd])")
_SIZES = {
    "": 1,
    "B": 1,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
}
_SIZE = re.compile(r"([0-9]{1,12})\s*(" + "|".join(_SIZES) + ")")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,3})?")
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def read_duration(text: str) -> timedelta:
    """A duration of at most ten years."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError("not a duration: write a whole number and a unit, such as 90s, 5m, 2h or 3d")
    seconds = int(found[1]) * _UNITS[found[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError("a duration may not be longer than 3650d")
    return timedelta(seconds=seconds)


def write_duration(duration: timedelta) -> str:
    """The shortest form that reads back as the same whole number of seconds."""
    seconds = int(duration.total_seconds())
    for unit in "dhm":
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def read_size(text: str) -> int:
    """A number of bytes."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError("not a size: write a whole number and a unit, such as 500KiB or 8MiB")
    return int(found[1]) * _SIZES[found[2]]


def write_size(size: int) -> str:
    """The shortest form in binary units that reads back as the same size."""
    for unit in ("GiB", "MiB", "KiB"):
        if size and size % _SIZES[unit] == 0:
            return f"{size // _SIZES[unit]}{unit}"
    return f"{size}B"


def read_integer(text: str) -> int:
    """A whole number in decimal; `012` is twelve."""
    if not _INTEGER.fullmatch(text.strip()):
        raise ValueError("not a whole number of at most 18 digits")
    return int(text)


def read_number(text: str) -> float:
    """A finite number."""
    if not _NUMBER.fullmatch(text.strip()) or abs(float(text)) == float("inf"):
        raise ValueError("not a number: write digits, such as 30 or -2.5")
    return float(text)


def read_truth(text: str) -> bool:
    """True or false; not the `yes` and `on` of older YAML."""
    if text not in _TRUTHS:
        raise ValueError("write true or false")
    return _TRUTHS[text]
