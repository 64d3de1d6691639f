"""A hash table from the hashes of texts to numbers, asked for many hashes at once.

A hash and its number share one slot, so that asking takes one look at memory: the upper bits are
those of the hash, the lower ones the number plus one, as many as it needs:

    slot       hhhh…hhhhnnnn        0: empty

So hashes that differ only in their lower bits are one (`unlike`); which text it is, its letters tell.
Open addressing by the uppermost bits, for a hash is as good as any mixing of it. At most a quarter is
full: nearly every hash that is not there is refused at first sight. Few hashes have a sieve before
them, which lets through what begins as one of them does.
"""

import numpy as np

from monitor.rules.engine.arrays import I64, U64, Bool, where

_SMALLEST = 6  # bits
_SIEVE = 18  # bits: as many bytes stay in the processor's cache
_FULL_SIEVE = 1 << 16  # hashes; of more it would let too much through
_SIEVE_SHIFT = np.uint64(64 - _SIEVE)


class Hashes:
    """Hashes numbered in ascending order, those that are alike as one; `numbers` are of those given."""

    def __init__(self, hashes: U64) -> None:
        self._number_bits = np.uint64(max(1, (len(hashes) + 1).bit_length()))
        upper, self.numbers = np.unique(hashes >> self._number_bits, return_inverse=True)
        size = max(_SMALLEST, (4 * len(upper)).bit_length())
        self._shift = np.uint64(64 - size)
        self._last = np.int64((1 << size) - 1)
        self._lower = np.uint64(1) << self._number_bits
        self._slots: U64 = np.zeros(1 << size, dtype=np.uint64)
        self._count = len(upper)
        self._sieve: Bool | None = None
        if len(upper) <= _FULL_SIEVE:
            self._sieve = np.zeros(1 << _SIEVE, dtype=np.bool_)
            self._sieve[(hashes >> _SIEVE_SHIFT).view(np.int64)] = True
        self._fill(upper << self._number_bits | np.arange(1, len(upper) + 1, dtype=np.uint64))

    def __len__(self) -> int:
        return self._count

    def find(self, hashes: U64) -> tuple[I64, I64]:
        """Which of the hashes are there (their indices, ascending), and the numbers of those."""
        if not self._count:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        if self._sieve is None:
            return self._find(hashes)
        likely = where(self._sieve.take((hashes >> _SIEVE_SHIFT).view(np.int64)))
        found, numbers = self._find(hashes.take(likely))
        return likely.take(found), numbers

    def _find(self, hashes: U64) -> tuple[I64, I64]:
        slots = (hashes >> self._shift).view(np.int64)
        held = self._slots.take(slots)
        is_taken = held != 0
        is_found = (held ^ hashes) < self._lower
        is_found &= is_taken
        undecided = where(is_found ^ is_taken)  # slots held by other hashes
        while len(undecided):
            slots[undecided] += 1
            slots[undecided] &= self._last
            others = self._slots.take(slots[undecided])
            held[undecided] = others
            is_equal = (others ^ hashes[undecided]) < self._lower
            is_equal &= others != 0
            is_found[undecided[is_equal]] = True
            undecided = undecided[(others != 0) ^ is_equal]
        found = where(is_found)
        numbers = held.take(found)
        numbers &= self._lower - np.uint64(1)
        numbers -= np.uint64(1)
        return found, numbers.view(np.int64)

    def _fill(self, entries: U64) -> None:
        slots = (entries >> self._shift).view(np.int64)
        while len(entries):
            free = self._slots[slots] == 0
            self._slots[slots[free]] = entries[free]  # of several, the last one stays
            has_none = self._slots[slots] != entries
            entries, slots = entries[has_none], (slots[has_none] + 1) & self._last
