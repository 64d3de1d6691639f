"""The words of a visible text, in folded form, and their hashes: what all comparison of texts works on.

The same words as `monitor.text.tokenize` gives, without their places, many times faster on texts in
Latin and Cyrillic letters. Hashes are of 64 bits, and stable between runs and machines.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.text import fold
from monitor.text.tokens import TOKEN

Hashes = NDArray[np.uint64]
_T = TypeVar("_T", np.uint32, np.uint64)

_SPACE = 32
_PLACES = 64  # bytes of a word; those behind weigh alike
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)

# Letters that stand alone as word characters, without marks to follow them.
_LETTERS = "0-9A-Za-zÀ-ÖØ-öø-ɏА-яЁёЀ-ЏѐҊ-ӿ"
_EASY = re.compile(f"[{_LETTERS}\x00-\x7f\xa0-\xa9«»–—‘’“”„•…€°]*+")
EASY_WORD = re.compile(f"[{_LETTERS}]++")

# A folded word is remembered by its spelling: a text has few words that the last thousand had not.
fold_word = lru_cache(maxsize=1 << 14)(fold)


def words(text: str) -> list[str]:
    """The folded words in reading order. Linear; never raises."""
    if text.isascii():
        found: list[str] = EASY_WORD.findall(text.lower())
        return found
    if is_easy(text):
        found = EASY_WORD.findall(text)
        return list(map(str.lower if "".join(found).isascii() else fold_word, found))
    return [folded for folded in map(fold_word, TOKEN.findall(text)) if folded]


def is_easy(text: str) -> bool:
    """Whether its words are runs of letters that need no further look."""
    return text.isascii() or _EASY.fullmatch(text) is not None


def hash_words(items: Sequence[str]) -> Hashes:
    """64 bits of each word, in their order: a sum of its bytes, each weighted by its place, spread.

    A few microseconds for a hundred words, and nothing to remember.
    """
    if not items:
        return np.empty(0, dtype=np.uint64)
    text = " ".join(items) + " "  # no word has a space; behind the last byte it tells the length
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    ends = np.flatnonzero(data == _SPACE) + 1
    starts = np.concatenate(([0], ends[:-1]))
    places = np.arange(len(data)) - np.repeat(starts, ends - starts)
    return spread(np.add.reduceat(data * _WEIGHTS.take(places, mode="clip"), starts))


def spread(values: Hashes) -> Hashes:
    """Mix the bits in place (the finish of splitmix64), so that the smallest are a fair sample."""
    values ^= values >> _SHIFT_1
    values *= _MIX_1
    values ^= values >> _SHIFT_2
    values *= _MIX_2
    values ^= values >> _SHIFT_3
    return values


def distinct(ascending: NDArray[_T]) -> NDArray[_T]:
    """Sorted values without repetitions."""
    if len(ascending) < 2:
        return ascending
    is_first = np.empty(len(ascending), dtype=np.bool_)
    is_first[0] = True
    np.not_equal(ascending[1:], ascending[:-1], out=is_first[1:])
    return ascending[is_first]


_WEIGHTS = spread(np.arange(1, _PLACES + 1, dtype=np.uint64) * _MULTIPLIER)


def hash_text(items: Iterable[str]) -> int:
    """64 bits of a sequence of words."""
    text = "\x1f".join(items).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
