"""The vocabulary: which words, beginnings, ends and parts of words the rules ask for, and where they are.

Each has a feature number. A hit is a feature number and the number of a word of the scan.
"""

from collections.abc import Iterator

import numpy as np

from monitor.rules.engine.arrays import I64, U64, spread
from monitor.rules.engine.letters import Letters
from monitor.rules.engine.scan import Scan
from monitor.rules.engine.table import Table

_FILTER_BITS = 16

Hits = tuple[I64, I64]  # feature numbers, word numbers


class Words:
    """Whole words."""

    def __init__(self, words: dict[str, int], letters: Letters) -> None:
        self._features = np.fromiter(words.values(), dtype=np.int64, count=len(words))
        self._table = Table(letters.hash_words(list(words)))

    def find(self, scan: Scan) -> Hits:
        """All hits; each word of the scan has at most one."""
        words, numbers = self._table.find(scan.hashes)
        return self._features[numbers], words


class Parts:
    """Texts of certain lengths at the beginning, at the end, or anywhere in a word."""

    def __init__(self, parts: dict[str, int], letters: Letters) -> None:
        self._features = np.fromiter(parts.values(), dtype=np.int64, count=len(parts))
        self._table = Table(letters.hash_words(list(parts)))
        self.lengths = sorted({len(part) for part in parts})

    def __len__(self) -> int:
        return len(self._features)

    def _look_up(self, hashes: U64, words: I64) -> Hits:
        found, numbers = self._table.find(hashes)
        return self._features[numbers], words[found]

    def find_at_ends(self, scan: Scan) -> Iterator[Hits]:
        """Words that end with a part."""
        lengths = scan.lengths()
        for length in self.lengths:
            words = np.flatnonzero(lengths >= length)
            hashes = scan.hash_parts(words, lengths[words] - length, length)
            yield self._look_up(hashes, words)

    def find_anywhere(self, scan: Scan) -> Iterator[Hits]:
        """Words that hold a part; a word that holds it twice is two hits."""
        lengths = scan.lengths()
        for length in self.lengths:
            words = np.flatnonzero(lengths >= length)
            counts = lengths[words] - length + 1
            skipped = spread(np.zeros_like(counts), counts)
            words = np.repeat(words, counts)
            yield self._look_up(scan.hash_parts(words, skipped, length), words)


class Beginnings(Parts):
    """Parts at the beginning: `abc*`. A filter on the shortest length spares most look-ups."""

    def __init__(self, parts: dict[str, int], letters: Letters) -> None:
        super().__init__(parts, letters)
        self._shortest = self.lengths[0] if self.lengths else 0
        self._filter = np.zeros(1 << _FILTER_BITS, dtype=np.uint32)
        shortened = letters.hash_words([part[: self._shortest] for part in parts])
        lengths = np.array([len(part) - self._shortest for part in parts], dtype=np.uint32)
        np.bitwise_or.at(self._filter, self._slots(shortened), np.left_shift(np.uint32(1), lengths))

    def find(self, scan: Scan) -> Iterator[Hits]:
        """Words that begin with a part."""
        if not self.lengths:
            return
        wanted = self._filter[self._slots(scan.hash_all_beginnings(self._shortest))]
        words = np.flatnonzero(wanted != 0)
        # One row for each word, one bit for each length wanted.
        octets = wanted[words].astype("<u4").view(np.uint8)
        pairs = np.flatnonzero(np.unpackbits(octets, bitorder="little").view(np.bool_))
        words, lengths = words[pairs >> 5], (pairs & 31) + self._shortest
        fits = scan.lengths()[words] >= lengths
        words, lengths = words[fits], lengths[fits]
        yield self._look_up(scan.hash_beginnings(words, lengths), words)

    @staticmethod
    def _slots(hashes: U64) -> I64:
        return (hashes >> np.uint64(64 - _FILTER_BITS)).view(np.int64)
