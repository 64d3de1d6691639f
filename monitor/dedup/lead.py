"""What a story is recognised by: the terms of an article's headline and first sentences.

A term is a word cut to six letters, so that endings do not matter; in scripts without spaces, two
neighbouring characters. Names say most about which event is told, so each term comes with how often
it has been written with a capital where no rule of writing asked for one.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.dedup import languages
from monitor.dedup.sketch import Marks
from monitor.dedup.words import EASY_WORD, fold_word, hash_word, is_easy
from monitor.text.tokens import TOKEN

_STEM = 6
_LEAD_WORDS = 50
_LEAD_CHARACTERS = 600  # enough for that many words; the rest is not looked at
_STOPS = frozenset(".!?:…。！？|\n")  # what may follow them begins with a capital anyway
_STOP = "[" + re.escape("".join(sorted(_STOPS))) + "]"
_PIECE = re.compile(f"{TOKEN.pattern}|{_STOP}")
_EASY_PIECE = re.compile(f"{EASY_WORD.pattern}|{_STOP}")
_BUCKETS = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """The terms of one lead, ascending, with how often each stands in it and how it is written."""

    language: str
    terms: Marks
    counts: NDArray[np.float32]
    numerals: NDArray[np.bool_]
    capitals: Marks  # terms seen with a capital inside a sentence
    smalls: Marks  # terms seen without one


def lead(title: str, body: str, language: str = "") -> Lead:
    """Of visible texts. `language` is a tag; where it is missing, function words tell it."""
    pieces = [*_pieces(title), *_pieces(body[:_LEAD_CHARACTERS])[:_LEAD_WORDS]]
    language = languages.primary(language) or languages.guess([folded for folded, _ in pieces])
    skipped = languages.FUNCTION_WORDS.get(language, frozenset())
    counts = Counter(term for term in _terms([folded for folded, _ in pieces], skipped))
    marks = {term: hash_word(term) & 0xFFFFFFFF for term in counts}
    ordered = sorted(counts, key=marks.__getitem__)
    written = [(marks[folded[:_STEM]], style) for folded, style in pieces if folded[:_STEM] in marks]
    return Lead(
        language=language,
        terms=np.array([marks[term] for term in ordered], dtype=np.uint32),
        counts=np.array([counts[term] for term in ordered], dtype=np.float32),
        numerals=np.array([term[0].isdigit() for term in ordered], dtype=np.bool_),
        capitals=_marked(written, True),
        smalls=_marked(written, False),
    )


def _marked(written: list[tuple[int, bool | None]], style: bool) -> Marks:
    return np.array(sorted({mark for mark, seen in written if seen is style}), dtype=np.uint32)


def _pieces(text: str) -> list[tuple[str, bool | None]]:
    """Each word folded, and whether it has a capital; None where its capital says nothing."""
    pattern = _EASY_PIECE if is_easy(text) else _PIECE
    found: list[tuple[str, bool | None]] = []
    is_first = True
    for piece in pattern.findall(text):
        if piece in _STOPS:
            is_first = True
        elif folded := fold_word(piece):
            found.append((folded, None if is_first else piece[0].isupper()))
            is_first = False
    return [(folded, None) for folded, _ in found] if _is_title_case(found) else found


def _is_title_case(pieces: list[tuple[str, bool | None]]) -> bool:
    """In Such a Headline, and IN ONE LIKE THIS, capitals are no sign of names."""
    long = [style for folded, style in pieces if style is not None and len(folded) > 3]
    return len(long) >= 3 and sum(map(bool, long)) > 0.7 * len(long)


def _terms(words: list[str], skipped: frozenset[str]) -> list[str]:
    terms = [word[:_STEM] for word in words if word not in skipped]
    singles = [word for word in words if len(word) == 1 and ord(word) > 0x0E00]
    if len(singles) * 2 < len(words):
        return terms
    return [first + second for first, second in pairwise(words)]


class Casing:
    """How often a term is written with a capital inside a sentence: what makes it a name."""

    __slots__ = ("_capitals", "_mask", "_smalls")

    def __init__(self, *, buckets: int = _BUCKETS) -> None:
        self._capitals = np.zeros(buckets, dtype=np.float32)
        self._smalls = np.zeros(buckets, dtype=np.float32)
        self._mask = np.uint32(buckets - 1)

    def learn(self, lead: Lead) -> None:
        """Count one lead."""
        self._capitals[lead.capitals & self._mask] += 1
        self._smalls[lead.smalls & self._mask] += 1

    def names(self, terms: Marks) -> NDArray[np.float32]:
        """From 0 (never seen as a name) to almost 1."""
        capitals, smalls = self._capitals[terms & self._mask], self._smalls[terms & self._mask]
        shares: NDArray[np.float32] = capitals / (capitals + smalls + np.float32(0.5))
        return shares
