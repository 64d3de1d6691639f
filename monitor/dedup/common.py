"""How common the commonest words of a language are: what counting begins with.

Ranked word lists stand in `common.txt`. By Zipf's law the rank of a word tells how often it is
written, and that, how many leads have it: so the first articles of a new archive are not compared as
if "government" were as telling as a name.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from monitor.dedup.sketch import Marks
from monitor.dedup.words import hash_words

STEM = 6  # letters
_OF_ALL = 0.08  # of all written words are the commonest one
_LEAD_WORDS = 25.0
_OUTSIDE = 3000  # the rank that a word is taken to have in a language whose list lacks it
_HALF = np.uint64(32)
_ALIASES = {"no": "nb", "nn": "nb", "hr": "sh", "sr": "sh", "bs": "sh"}


@lru_cache(maxsize=64)
def shares(language: str) -> tuple[Marks, NDArray[np.float32]]:
    """The hashes of a language's common words, and what share of leads has each; empty if unknown."""
    stems = _lists().get(_ALIASES.get(language, language), ())
    marks = (hash_words(stems) >> _HALF).astype(np.uint32)
    ranks = np.arange(1, len(stems) + 1, dtype=np.float32)
    found: NDArray[np.float32] = 1 - np.exp(-_LEAD_WORDS * _OF_ALL / ranks, dtype=np.float32)
    return marks, found


def likely(words: Iterable[str]) -> str:
    """The language whose common words stand most among folded `words`; "" where none does."""
    scores: defaultdict[str, float] = defaultdict(float)
    ranked = _ranked()
    for word in words:
        for language, score in ranked.get(word[:STEM], ()):
            scores[language] += score
    return max(scores, key=scores.__getitem__, default="")


@lru_cache(maxsize=1)
def _lists() -> dict[str, tuple[str, ...]]:
    text = resources.files("monitor.dedup").joinpath("common.txt").read_text("utf-8")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {language: tuple(stems) for language, *stems in lines}


@lru_cache(maxsize=1)
def _ranked() -> dict[str, tuple[tuple[str, float], ...]]:
    """For each common word, the languages that have it, with how much it speaks for each."""
    found: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for language, stems in _lists().items():
        for rank, stem in enumerate(stems, 1):
            found[stem].append((language, math.log(_OUTSIDE / rank)))
    return {stem: tuple(languages) for stem, languages in found.items()}
