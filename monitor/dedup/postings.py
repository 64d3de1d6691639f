"""A map from hashes to the numbers of the texts that have them, in twelve bytes an entry.

New entries wait in a dictionary; from time to time they are sorted into runs of arrays, and runs of
like size are merged, so that a look-up visits few of them. Numbers ascend as texts are added; those
below a floor are forgotten when their run is merged.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.dedup.words import Hashes

_BUFFER = 1 << 14  # entries that wait
_GROWTH = 2  # a run is merged with the one before it unless that is larger by this factor


class Postings:
    """Hash → numbers of texts."""

    __slots__ = ("_buffer", "_runs", "_waiting", "floor", "longest")

    def __init__(self, *, longest: int = 50) -> None:
        """Of a hash that many texts have, the `longest` newest of each run are found."""
        self.floor = 0  # numbers below it are forgotten
        self.longest = longest
        self._buffer: dict[int, list[int]] = {}
        self._waiting = 0
        self._runs: list[tuple[Hashes, NDArray[np.uint32]]] = []

    def __len__(self) -> int:
        return self._waiting + sum(len(hashes) for hashes, _ in self._runs)

    def add(self, number: int, hashes: Hashes | Sequence[int]) -> None:
        """Enter one text. Numbers are given in ascending order, below 2³²."""
        values: list[int] = hashes.tolist() if isinstance(hashes, np.ndarray) else list(hashes)
        for value in values:
            self._buffer.setdefault(value, []).append(number)
        self._waiting += len(values)
        if self._waiting >= _BUFFER:
            self._settle()

    def find(self, hashes: Hashes) -> Counter[int]:
        """The texts that have some of the hashes, with how many each."""
        found: list[int] = []
        waiting = self._buffer
        for value in hashes.tolist():
            if value in waiting:
                found += waiting[value][-self.longest :]
        for keys, numbers in self._runs:
            starts = keys.searchsorted(hashes, side="left")
            ends = keys.searchsorted(hashes, side="right")
            for place in (starts < ends).nonzero()[0].tolist():
                end = int(ends[place])
                found += numbers[max(int(starts[place]), end - self.longest) : end].tolist()
        return Counter(found)

    def _settle(self) -> None:
        keys = np.fromiter(
            (value for value, numbers in self._buffer.items() for _ in numbers), np.uint64, self._waiting
        )
        numbers = np.fromiter(
            (number for numbers in self._buffer.values() for number in numbers), np.uint32, self._waiting
        )
        self._buffer, self._waiting = {}, 0
        while self._runs and len(self._runs[-1][0]) < _GROWTH * len(keys):
            older_keys, older_numbers = self._runs.pop()
            kept = older_numbers >= self.floor
            keys = np.concatenate((older_keys[kept], keys))
            numbers = np.concatenate((older_numbers[kept], numbers))
        order = np.argsort(keys, kind="stable")
        self._runs.append((keys[order], numbers[order]))
