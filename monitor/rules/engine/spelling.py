"""Spelling: folded texts, to be compared letter by letter with many places of a scan at once.

Eight letters at a time as one number, a byte each, where all letters of a text are common ones; else
by the signs of the letters, one by one.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from monitor.rules.engine.arrays import I64, U32, U64, Bool, pointers, spread, where
from monitor.rules.engine.letters import COMMON, Letters, letter_bytes

_EIGHT = 8
_MASKS: U64 = np.array([(1 << 8 * count) - 1 for count in range(_EIGHT + 1)], dtype=np.uint64)

Bytes = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.uint32]


class Written:
    """What is read: the bytes of characters, and their code points in one or more arrays."""

    def __init__(self, letters: Letters, octets: Bytes, *codes: Codes) -> None:
        self._letters = letters
        self._codes = codes
        # The numbers overlap: each begins one letter behind the one before.
        room = np.concatenate((octets, np.zeros(_EIGHT, dtype=np.uint8)))
        self.eights: U64 = np.ndarray(len(octets) + 1, "<u8", room, strides=(1,))

    @cached_property
    def _all_codes(self) -> Codes:
        return np.concatenate(self._codes)

    def signs(self, places: I64) -> U32:
        """The signs of characters."""
        return self._letters.signs(self._all_codes[places])


class Spelling:
    """Texts, none of them empty. Each takes a number for every eight letters begun."""

    def __init__(self, texts: list[str], letters: Letters) -> None:
        self.lengths: I64 = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        signs = letters.spell_words(texts)
        octets = letter_bytes(signs)
        self._starts = pointers(self.lengths)[:-1]
        counts = -(-self.lengths // _EIGHT)
        self._firsts = pointers(counts)[:-1]
        self._eights = self._spell(Written(letters, octets), counts)
        is_common = octets >= COMMON
        self._is_common: Bool = np.logical_and.reduceat(is_common, self._starts) if texts else is_common
        self._signs = None if is_common.all() else signs

    def _spell(self, written: Written, counts: I64) -> U64:
        texts = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
        skipped = (np.arange(len(texts), dtype=np.int64) - self._firsts[texts]) * _EIGHT
        return _first(written.eights[self._starts[texts] + skipped], self.lengths[texts] - skipped)

    def are_read(self, written: Written, at: I64, texts: I64) -> Bool:
        """Whether texts are what is written from some places on, as far as they are long."""
        is_so = self._are_bytes_read(written, at, texts)
        if self._signs is not None:
            others = where(~self._is_common[texts])
            if len(others):
                is_so[others] = self._are_signs_read(self._signs, written, at[others], texts[others])
        return is_so

    def _are_bytes_read(self, written: Written, at: I64, texts: I64) -> Bool:
        is_so = np.ones(len(texts), dtype=np.bool_)
        which = np.arange(len(texts), dtype=np.int64)
        left, numbers = self.lengths[texts], self._firsts[texts]
        while len(which):
            differ = _first(written.eights[at], left) != self._eights.take(numbers)
            if differ.any():
                is_so[which[differ]] = False
            longer = where(left > _EIGHT)
            which, numbers = which[longer], numbers[longer] + 1
            at, left = at[longer] + _EIGHT, left[longer] - _EIGHT
        return is_so

    def _are_signs_read(self, signs: U32, written: Written, at: I64, texts: I64) -> Bool:
        lengths = self.lengths[texts]
        own, read = spread(self._starts[texts], lengths), spread(at, lengths)
        is_so: Bool = np.logical_and.reduceat(signs[own] == written.signs(read), pointers(lengths)[:-1])
        return is_so


def _first(eights: U64, left: I64) -> U64:
    """What counts of numbers when so many letters of a text are left."""
    eights &= _MASKS.take(left, mode="clip")
    return eights
