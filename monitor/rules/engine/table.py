"""A hash table from 64-bit keys to their numbers, asked for many keys at once.

Open addressing, at most a quarter full: nearly every key that is not there is refused at first sight.
"""

import numpy as np

from monitor.rules.engine.arrays import I32, I64, U64, where

_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)
_SMALLEST = 6  # bits
_ONE = np.uint64(1)  # kept set in every key, for 0 stands for an empty slot


class Table:
    """Keys numbered in the order given; they must differ in more than their lowest bit."""

    def __init__(self, keys: U64) -> None:
        size = max(_SMALLEST, (4 * len(keys)).bit_length())
        self._shift = np.uint64(64 - size)
        self._last = np.int64((1 << size) - 1)
        self._slots: U64 = np.zeros(1 << size, dtype=np.uint64)  # 0: empty
        self._numbers: I32 = np.full(1 << size, -1, dtype=np.int32)
        self._count = len(keys)
        self._fill(keys | _ONE)

    def __len__(self) -> int:
        return self._count

    def find(self, keys: U64) -> tuple[I64, I32]:
        """Which of the keys are there (their indices, ascending), and the numbers of those."""
        if not self._count:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
        keys = keys | _ONE
        slots = self._slots_of(keys)
        held = self._slots[slots]
        is_found = held == keys
        undecided = where((held != 0) ^ is_found)  # slots held by other keys
        while len(undecided):
            next_slots = (slots[undecided] + 1) & self._last
            slots[undecided] = next_slots
            held = self._slots[next_slots]
            is_equal = held == keys[undecided]
            is_found[undecided[is_equal]] = True
            undecided = undecided[(held != 0) ^ is_equal]
        found = where(is_found)
        return found, self._numbers[slots[found]]

    def _slots_of(self, keys: U64) -> I64:
        slots = keys * _MIX
        slots >>= self._shift
        return slots.view(np.int64)

    def _fill(self, keys: U64) -> None:
        pending = np.arange(len(keys))
        slots = self._slots_of(keys)
        while len(pending):
            free = self._numbers[slots] < 0
            self._numbers[slots[free]] = pending[free]  # of several, the last one stays
            has_place = self._numbers[slots] == pending
            self._slots[slots[has_place]] = keys[pending[has_place]]
            pending, slots = pending[~has_place], (slots[~has_place] + 1) & self._last
