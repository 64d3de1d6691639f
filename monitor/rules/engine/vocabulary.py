"""The vocabulary: which words, beginnings, ends and parts of words the rules ask for, and where they are.

Each has a feature number. A hit is a feature number and the number of a word of the scan. A word is
looked up by its hash, then read letter by letter: two words of one hash are told apart.
"""

from collections.abc import Iterator

import numpy as np

from monitor.rules.engine.arrays import I64, U64, pointers, spread, where
from monitor.rules.engine.hashes import Hashes
from monitor.rules.engine.letters import Letters
from monitor.rules.engine.scan import Scan
from monitor.rules.engine.spelling import Spelling

_FILTER_BITS = 17
_RANK_BITS = 4
_LAST_BIT = (1 << _RANK_BITS) - 1

Hits = tuple[I64, I64]  # feature numbers, word numbers


class Glossary:
    """Texts by their hashes, and what they are spelled like.

    Texts whose hashes are alike are a group; nearly always each is a group of its own:

        hashes     hash → group
        firsts     group → texts       texts are numbered in the order of their hashes
    """

    def __init__(self, texts: dict[str, int], letters: Letters) -> None:
        hashes = letters.hash_words(list(texts))
        order = np.argsort(hashes)
        self._features = np.fromiter(texts.values(), dtype=np.int64, count=len(texts))[order]
        in_order = list(texts)
        self._spelling = Spelling([in_order[number] for number in order.tolist()], letters)
        self._hashes = Hashes(hashes[order])
        self._firsts = pointers(np.bincount(self._hashes.numbers, minlength=1))
        self._are_alone = len(self._hashes) == len(texts)

    def __len__(self) -> int:
        return len(self._features)

    def look_up(
        self, scan: Scan, hashes: U64, words: I64 | None, skipped: I64 | int, lengths: I64 | int
    ) -> Hits:
        """The hits among words, or parts of them of some lengths after the first `skipped` letters.

        `words` None: all of the scan.
        """
        found, groups = self._hashes.find(hashes)
        texts = groups
        if not self._are_alone:
            counts = self._firsts[groups + 1] - self._firsts[groups]
            texts, found = spread(self._firsts[groups], counts), np.repeat(found, counts)
        is_so = self._spelling.lengths[texts] == _of(lengths, found)
        if not is_so.all():
            texts, found = texts[is_so], found[is_so]
        hit = found if words is None else words[found]
        is_so = scan.spell(hit, _of(skipped, found), self._spelling, texts)
        if not is_so.all():
            texts, hit = texts[is_so], hit[is_so]
        return self._features[texts], hit


def _of(values: I64 | int, chosen: I64) -> I64 | int:
    return values if isinstance(values, int) else values[chosen]


class Words:
    """Whole words."""

    def __init__(self, words: dict[str, int], letters: Letters) -> None:
        self._glossary = Glossary(words, letters)

    def find(self, scan: Scan) -> Hits:
        """All hits; each word of the scan has at most one."""
        return self._glossary.look_up(scan, scan.hashes, None, 0, scan.lengths)


class Parts:
    """Texts of certain lengths at the beginning, at the end, or anywhere in a word."""

    def __init__(self, parts: dict[str, int], letters: Letters) -> None:
        self._glossary = Glossary(parts, letters)
        self.lengths = sorted({len(part) for part in parts})

    def __len__(self) -> int:
        return len(self._glossary)

    def find_at_ends(self, scan: Scan) -> Iterator[Hits]:
        """Words that end with a part."""
        lengths = scan.lengths
        for length in self.lengths:
            words = where(lengths >= length)
            skipped = lengths[words] - length
            hashes = scan.hash_parts(words, skipped, length)
            yield self._glossary.look_up(scan, hashes, words, skipped, length)

    def find_anywhere(self, scan: Scan) -> Iterator[Hits]:
        """Words that hold a part; a word that holds it twice is two hits."""
        lengths = scan.lengths
        for length in self.lengths:
            words = where(lengths >= length)
            counts = lengths[words] - length + 1
            skipped = spread(np.zeros_like(counts), counts)
            words = np.repeat(words, counts)
            hashes = scan.hash_parts(words, skipped, length)
            yield self._glossary.look_up(scan, hashes, words, skipped, length)


class Beginnings(Parts):
    """Parts at the beginning: `abc*`. A filter on the shortest length spares most look-ups.

    By the hash of so many letters it has a bit for each length that a part may have, in their order;
    the last bit is that of all lengths from there on.
    """

    def __init__(self, parts: dict[str, int], letters: Letters) -> None:
        super().__init__(parts, letters)
        self._shortest = self.lengths[0] if self.lengths else 0
        self._lengths: I64 = np.array(self.lengths, dtype=np.int64)
        self._filter = np.zeros(1 << _FILTER_BITS, dtype=np.uint16)
        shortened = letters.hash_words([part[: self._shortest] for part in parts])
        lengths = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
        ranks = np.minimum(np.searchsorted(self._lengths, lengths), _LAST_BIT)
        np.bitwise_or.at(self._filter, self._slots(shortened), np.left_shift(1, ranks).astype(np.uint16))

    def find(self, scan: Scan) -> Iterator[Hits]:
        """Words that begin with a part."""
        if not self.lengths:
            return
        wanted = self._filter.take(self._slots(scan.hash_all_beginnings(self._shortest)))
        words = where(wanted)
        # One row for each word, one bit for each length wanted.
        octets = wanted.take(words).astype("<u2", copy=False).view(np.uint8)
        pairs = where(np.unpackbits(octets, bitorder="little").view(np.bool_))
        words, ranks = words.take(pairs >> _RANK_BITS), pairs & _LAST_BIT
        lengths = self._lengths.take(ranks)
        longer = words[ranks == _LAST_BIT]
        for length in self.lengths[_LAST_BIT + 1 :]:
            words = np.concatenate((words, longer))
            lengths = np.concatenate((lengths, np.full(len(longer), length)))
        fits = where(scan.lengths.take(words) >= lengths)
        words, lengths = words.take(fits), lengths.take(fits)
        hashes = scan.hash_beginnings(words, lengths)
        yield self._glossary.look_up(scan, hashes, words, 0, lengths)

    @staticmethod
    def _slots(hashes: U64) -> I64:
        return (hashes >> np.uint64(64 - _FILTER_BITS)).view(np.int64)
