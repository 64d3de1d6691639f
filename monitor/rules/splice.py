"""A splice: how one mapping in order becomes another, by what is exchanged in its middle.

Rules are edited one at a time, so nearly all of a long list stays as it is. What stays is told by
comparing from both ends, many times as fast as looking each name up.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_CHUNK = 1024


class Splice(NamedTuple, Generic[T]):
    """From place `first` on, the entries of `old` make way for those of `new`; the rest stays."""

    first: int
    old: Mapping[str, T]
    new: Mapping[str, T]

    @property
    def end(self) -> int:
        """The place behind the last entry that makes way."""
        return self.first + len(self.old)

    @property
    def shift(self) -> int:
        """By how many places the entries behind it move."""
        return len(self.new) - len(self.old)


def splice(
    old_names: Sequence[str], old: Sequence[T], new_names: Sequence[str], new: Sequence[T]
) -> "Splice[T]":
    """The smallest splice from names and values to others. Values are the same when they are equal."""
    first = _count_common(old_names, old, new_names, new)
    rest = slice(None, first - 1 if first else None, -1)
    behind = _count_common(old_names[rest], old[rest], new_names[rest], new[rest])
    inner, other = slice(first, len(old) - behind), slice(first, len(new) - behind)
    return Splice(
        first,
        dict(zip(old_names[inner], old[inner], strict=True)),
        dict(zip(new_names[other], new[other], strict=True)),
    )


def _count_common(names: Sequence[str], values: Sequence[T], others: Sequence[str], new: Sequence[T]) -> int:
    """In how many places from the first on both the name and the value are the same."""
    shorter = min(len(names), len(others))
    first = 0
    while first < shorter:
        chunk = slice(first, min(first + _CHUNK, shorter))
        if names[chunk] != others[chunk] or values[chunk] != new[chunk]:
            break
        first = chunk.stop
    while first < shorter and names[first] == others[first] and values[first] == new[first]:
        first += 1
    return first
