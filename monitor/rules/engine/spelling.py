"""Spelling: folded texts by the signs of their letters, to be compared with many places at once."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from monitor.rules.engine.arrays import I64, U32, U64, Bool, where
from monitor.rules.engine.letters import Letters

_HALF = np.uint64(32)
_FIRST = np.uint64(0xFFFF_FFFF)  # of two letters


class _Column(NamedTuple):
    """The letters 2n and 2n+1 of the texts that are longer than 2n."""

    pairs: U64
    whole: int  # how many texts have both


class Spelling:
    """Texts in order of length, the longest first, by columns of two letters.

    A text stands at its own number in all columns that it reaches into: no text needs a pointer.
    """

    def __init__(self, columns: Sequence[_Column]) -> None:
        self._columns = columns

    @classmethod
    def of(cls, texts: list[str], lengths: I64, letters: Letters) -> Self:
        """The spelling of texts, the longest first. What would be folded once more has its own signs."""
        signs = np.append(letters.spell_words(texts), np.uint32(0))
        starts = np.cumsum(lengths) - lengths
        columns = []
        for depth in range(0, int(lengths[0]) if len(lengths) else 0, 2):
            count = int(np.searchsorted(-lengths, -depth))
            whole = int(np.searchsorted(-lengths, -depth - 1))
            pairs = _pairs(signs, starts[:count] + depth)
            pairs[whole:] &= _FIRST
            columns.append(_Column(pairs, whole))
        return cls(columns)

    def are_read(self, signs: U32, at: I64, texts: I64) -> Bool:
        """Whether texts are what the signs from some places on say."""
        is_so = np.ones(len(texts), dtype=np.bool_)
        which = None  # of the texts the column is about; None: all
        for depth, column in enumerate(self._columns):
            if depth:
                longer = (texts < len(column.pairs)).nonzero()[0]
                if not len(longer):
                    break
                at, texts = at.take(longer) + 2, texts.take(longer)
                which = longer if which is None else which.take(longer)
            differ = _pairs(signs, at)
            differ ^= column.pairs.take(texts)
            np.bitwise_and(differ, _FIRST, out=differ, where=texts >= column.whole)
            if differ.any():
                wrong = where(differ)
                is_so[wrong if which is None else which[wrong]] = False
        return is_so


def _pairs(signs: U32, at: I64) -> U64:
    """The signs at some places, each with the next above it."""
    pairs = signs.take(at + 1, mode="clip").astype(np.uint64)
    pairs <<= _HALF
    pairs |= signs.take(at)
    return pairs
