"""What comparing an article with earlier ones needs of its text: size, shingles, words, numerals."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.dedup import sketch
from monitor.dedup.sketch import Marks
from monitor.dedup.words import Hashes, fold_word, hash_words

_SEPARATORS = ".,'\u2019\xa0\u202f"
_NUMERAL = re.compile(rf"[0-9]+(?:[{_SEPARATORS}][0-9]+)*")
_GROUPING = re.compile(rf"[{_SEPARATORS}](?=[0-9]{{3}}(?![0-9]))")
_OPENING = 16  # words: the headline, and the beginning of what it stands over
_NAME = re.compile(r"(?<=[\w,;:–—-] )[A-ZÀ-ÖØ-ÞА-ЯЁ]\w*+")  # a capital inside a sentence
_LEAD = 800  # characters


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """A text as it is compared."""

    size: int  # in words
    sought: Hashes  # the smallest shingles, ascending: what an index looks for
    shingles: Marks
    opening: Marks  # the shingles of its first words
    terms: Marks  # its distinct words
    numerals: frozenset[str]
    subjects: Marks  # the words of its headline that its lead has as names

    @property
    def probes(self) -> Hashes:
        """The smallest of them: what an index enters the text under."""
        return self.sought[: sketch.PROBES]


def wording(words: Sequence[str], texts: Sequence[str], *, headline: int = 0) -> Wording:
    """Of the words, and of the visible texts that they were read from.

    The first so many words are the `headline`, if any; the first of the texts is that then.
    """
    hashes = hash_words(words)
    shingles = sketch.shingle(hashes)
    return Wording(
        size=_size(words),
        sought=shingles[: sketch.SOUGHT].copy(),
        shingles=sketch.marks(shingles),
        opening=sketch.marks(sketch.shingle(hashes[:_OPENING])),
        terms=sketch.marks(np.sort(hashes)),
        numerals=numerals(texts),
        subjects=_subjects(words[:headline], texts[1:]),
    )


def _subjects(headline: Sequence[str], texts: Iterable[str]) -> Marks:
    named = set(map(fold_word, _NAME.findall("\n".join(texts)[:_LEAD]))) if headline else set()
    said = [word for word in headline if word in named]
    return sketch.marks(np.sort(hash_words(said)))


def _size(words: Sequence[str]) -> int:
    """In words; where characters stand for themselves, for want of spaces, two are taken for a word."""
    letters = len("".join(words))
    return letters // 2 if letters < 2 * len(words) else len(words)


def numerals(texts: Iterable[str]) -> frozenset[str]:
    """The distinct numerals in one spelling: 1,000 and 1.000 are 1000; 2,5 is 2.5."""
    return frozenset(map(_plain, _NUMERAL.findall("\n".join(texts))))


def _plain(numeral: str) -> str:
    return numeral if numeral.isdigit() else _GROUPING.sub("", numeral).replace(",", ".")
