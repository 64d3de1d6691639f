"""The scan: the texts of a batch cut into hashed words without an object per word.

All texts are joined into one, each between two block edges, and the whole is looked at with a dozen
array operations. Only words with HARD characters (see `letters`) go through the text layer; their
folded forms are appended behind the texts so that every hash comes from the same sums.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from monitor.rules.engine.arrays import I32, I64, U64, Bool, pointers, where
from monitor.rules.engine.letters import (
    ALONE,
    BREAK,
    HARD,
    LETTER,
    SEPARATOR,
    Letters,
    code_points,
    letter_bytes,
    spell_out,
)
from monitor.rules.engine.spelling import Spelling, Written
from monitor.text.characters import INVISIBLE
from monitor.text.fold import fold
from monitor.text.tokens import TOKEN

_EDGE = "\u2029"  # ends a block, as a blank line does
_GAPS = (bytes([SEPARATOR]), bytes([BREAK]))
_INVISIBLE_ONLY = re.compile(f"[{INVISIBLE}]*+")


@dataclass(frozen=True)
class _HardWords:
    """What the text layer found: offsets, folded forms, and which touch the next."""

    starts: list[int]
    ends: list[int]
    folded: list[str]
    bridged: list[int]  # starts of those with only invisible characters before the next word

    @cached_property
    def codes(self) -> npt.NDArray[np.uint32]:
        """The folded forms one after the other."""
        return code_points("".join(map(spell_out, self.folded)))


class Scan:
    """The words of a batch in order, as parallel arrays.

    `texts` are grouped: those of one article follow each other. Word number w stands at
    `starts[w]:ends[w]` of the joined text and in text number `text_of[w]`. Valid until the next scan
    with the same letters.
    """

    def __init__(self, texts: list[str], letters: Letters) -> None:
        self.texts = texts
        self._letters = letters
        self.joined = _EDGE + _EDGE.join(texts) + _EDGE
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        self.offsets: I64 = pointers(lengths + 1)[:-1] + 1  # of the texts in the joined text
        codes = code_points(self.joined)
        numbers = letters.numbers(codes)
        octets = letter_bytes(numbers)
        places = where(octets == HARD)
        if len(places) and letters.learn(codes[places], numbers[places]):
            numbers = letters.numbers(codes)
            octets = letter_bytes(numbers)
            places = where(octets == HARD)
        hard = self._take_hard_words(octets, places) if len(places) else None
        self.starts, self.ends = _edges(octets)
        low, high = self.starts, self.ends
        if hard is not None:
            low, high, numbers = self._put_hard_words(hard, codes)
            octets = letter_bytes(numbers)
        self._octets = octets
        self._written = Written(letters, octets, codes, *([] if hard is None else [hard.codes]))
        self._sums = letters.sums(numbers)
        self._low, self._high = low, high
        self._sum_low = self._sums[low]
        self._factor = letters.inverses[low]
        self.hashes: U64 = (self._sums[high] - self._sum_low) * self._factor
        self._bridged = hard.bridged if hard is not None else []
        self._codes = codes

    def __len__(self) -> int:
        return len(self.starts)

    # --- where a word stands ------------------------------------------------------------------

    @cached_property
    def first_words(self) -> I64:
        """The number of the first word of each text, and at the end the number of words."""
        return np.append(np.searchsorted(self.starts, self.offsets), len(self.starts))

    @cached_property
    def text_of(self) -> I64:
        """The number of the text of each word."""
        return np.repeat(np.arange(len(self.texts), dtype=np.int64), np.diff(self.first_words))

    @cached_property
    def blocks(self) -> I32:
        """A number for each word; equal for words of one text with no block edge between them."""
        firsts = np.searchsorted(self.starts, self._block_edges())
        sizes = np.diff(np.concatenate(([0], firsts, [len(self.starts)])))
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    @cached_property
    def touches(self) -> Bool:
        """Whether the next word follows with nothing visible between."""
        touches = np.zeros(len(self.starts), dtype=np.bool_)
        if len(touches):
            np.equal(self.ends[:-1], self.starts[1:], out=touches[:-1])
            touches[np.searchsorted(self.starts, np.array(self._bridged, dtype=np.int64))] = True
        return touches

    def _block_edges(self) -> I64:
        """Offsets of the block edges: a blank line, a paragraph separator."""
        breaks = where(self._octets == BREAK)
        is_edge = self._codes[breaks] == ord(_EDGE)
        edges: I64 = breaks[is_edge]
        lines = breaks[~is_edge]
        if len(lines) < 2:
            return edges
        first, second = lines[:-1], lines[1:]
        is_blank = second == first + 1
        apart = where(~is_blank)
        apart = apart[np.equal(*np.searchsorted(self.starts, (first[apart], second[apart])))]
        for line in apart.tolist():  # nothing but separators between
            is_blank[line] = self.joined[first[line] + 1 : second[line]].isspace()
        blank = first[is_blank]
        return np.sort(np.concatenate((edges, blank)))

    # --- parts of words -----------------------------------------------------------------------

    @cached_property
    def lengths(self) -> I64:
        """The number of characters of each folded word."""
        return self._high - self._low

    def hash_all_beginnings(self, length: int) -> U64:
        """The hashes of the first characters of all words; those of shorter words mean nothing."""
        hashes: U64 = np.take(self._sums, self._low + length, mode="clip")
        hashes -= self._sum_low
        hashes *= self._factor
        return hashes

    def hash_beginnings(self, words: I64, lengths: I64) -> U64:
        """The hashes of so many first characters of some words, each at least that long."""
        hashes: U64 = (self._sums[self._low[words] + lengths] - self._sum_low[words]) * self._factor[words]
        return hashes

    def spell(self, words: I64, skipped: I64 | int, spelling: Spelling, texts: I64) -> Bool:
        """Whether some words read as some texts do, after the first `skipped` letters. Hashes only say so."""
        return spelling.are_read(self._written, self._low[words] + skipped, texts)

    def hash_parts(self, words: I64, skipped: npt.NDArray[np.int64], length: int) -> U64:
        """The hashes of `length` characters of some words, after the first `skipped` ones."""
        begin = self._low[words] + skipped
        hashes: U64 = (self._sums[begin + length] - self._sums[begin]) * self._letters.inverses[begin]
        return hashes

    # --- hard words ---------------------------------------------------------------------------

    def _take_hard_words(self, kinds: npt.NDArray[np.uint8], hard: I64) -> _HardWords:
        """Cut what stands around hard characters by the text layer, and blank it in `kinds`."""
        found = _HardWords([], [], [], [])
        octets = kinds.tobytes()
        end = 0
        for place in hard.tolist():
            if place >= end:
                start = max(octets.rfind(gap, end, place) for gap in _GAPS) + 1 or end
                end = min(at for gap in _GAPS if (at := octets.find(gap, place)) >= 0)
                kinds[start:end] = SEPARATOR
                self._cut(start, end, found)
        return found

    def _cut(self, start: int, end: int, found: _HardWords) -> None:
        previous_end = -1
        for match in TOKEN.finditer(self.joined, start, end):
            folded = fold(match.group())
            if not folded:
                continue
            if previous_end >= 0 and self._is_bridge(previous_end, match.start()):
                found.bridged.append(found.starts[-1])
            found.starts.append(match.start())
            found.ends.append(match.end())
            found.folded.append(folded)
            previous_end = match.end()

    def _is_bridge(self, start: int, end: int) -> bool:
        return start == end or _INVISIBLE_ONLY.fullmatch(self.joined, start, end) is not None

    def _put_hard_words(self, hard: _HardWords, codes: npt.NDArray[np.uint32]) -> tuple[I64, I64, U64]:
        """Merge the hard words in; gives where all words' folded forms stand, and the numbers there."""
        starts = np.array(hard.starts, dtype=np.int64)
        places = np.searchsorted(self.starts, starts)
        lengths = np.fromiter(map(len, hard.folded), dtype=np.int64, count=len(starts))
        bounds = pointers(lengths) + len(codes)
        low = np.insert(self.starts, places, bounds[:-1])
        high = np.insert(self.ends, places, bounds[1:])
        self.starts = np.insert(self.starts, places, starts)
        self.ends = np.insert(self.ends, places, np.array(hard.ends, dtype=np.int64))
        appended = hard.codes
        numbers = self._letters.numbers(appended, behind=len(codes))
        if self._letters.learn(appended, numbers[len(codes) :]):
            numbers = self._letters.numbers(appended, behind=len(codes))
        return low, high, numbers


def _edges(kinds: npt.NDArray[np.uint8]) -> tuple[I64, I64]:
    """Where words start and end: runs of LETTER, and each ALONE for itself."""
    letter = kinds >= LETTER
    changes = where(letter[1:] != letter[:-1]) + 1
    starts, ends = changes[::2], changes[1::2]
    alone = where(kinds == ALONE)
    if len(alone):
        places = np.searchsorted(starts, alone)
        starts, ends = np.insert(starts, places, alone), np.insert(ends, places, alone + 1)
    return starts, ends
