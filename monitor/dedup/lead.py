"""What a story is recognised by: the terms of an article's headline and first sentences.

A term is a word cut to six letters, so that endings do not matter; in scripts without spaces, two
neighbouring characters. Names say most about which event is told, so each term comes with how often
it has been written with a capital where no rule of writing asked for one.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.dedup import common, languages
from monitor.dedup.common import STEM
from monitor.dedup.sketch import Marks, are_in
from monitor.dedup.words import EASY_WORD, fold_word, hash_words, is_easy
from monitor.text.tokens import TOKEN

_Piece = tuple[str, bool | None]

_HALF = np.uint64(32)
_LEAD_WORDS = 50  # of the headline, and of the text
LEAD_CHARACTERS = 600  # enough for that many words; the rest is not looked at
_STOPS = frozenset(".!?:…。！？|\n")  # what may follow them begins with a capital anyway
_STOP = "[" + re.escape("".join(sorted(_STOPS))) + "]"
_PIECE = re.compile(f"{TOKEN.pattern}|{_STOP}")
_EASY_PIECE = re.compile(f"{EASY_WORD.pattern}|{_STOP}")
_BUCKETS = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """The distinct terms of one lead, ascending, and how each is written.

    `language` is known for certain, or ""; `vocabulary` is the one its words most likely belong to.
    """

    language: str
    vocabulary: str
    terms: Marks
    numerals: NDArray[np.bool_]
    capitals: Marks  # terms seen with a capital inside a sentence
    smalls: Marks  # terms seen without one
    asked: NDArray[np.bool_]  # terms that a rule looks for: all that it matches have them


def lead(title: str, body: str, language: str = "") -> Lead:
    """Of visible texts. `language` is a tag; where it is missing, function words tell it."""
    pieces = [*_pieces(title), *_pieces(body)]
    words = [folded for folded, _ in pieces]
    language = languages.primary(language) or languages.guess(words)
    terms = list(dict.fromkeys(_terms(words, languages.FUNCTION_WORDS.get(language, frozenset()))))
    marks = _marks(terms)
    order = np.argsort(marks)
    return Lead(
        language=language,
        vocabulary=language or common.likely(words),
        terms=marks[order],
        numerals=np.array([term[0].isdigit() for term in terms], dtype=np.bool_)[order],
        capitals=marks[_are_written(terms, pieces, as_name=True)],
        smalls=marks[_are_written(terms, pieces, as_name=False)],
        asked=np.zeros(len(terms), dtype=np.bool_),
    )


def asked_for(lead: Lead, texts: Iterable[str]) -> Lead:
    """The lead of an article in which rules matched these texts."""
    found = {term for text in texts for term in _terms([word for word, _ in _pieces(text)], frozenset())}
    return replace(lead, asked=are_in(lead.terms, np.sort(_marks(found))))


def _marks(terms: Collection[str]) -> Marks:
    return (hash_words(list(terms)) >> _HALF).astype(np.uint32)


def _are_written(terms: list[str], pieces: list[_Piece], *, as_name: bool) -> NDArray[np.bool_]:
    found = {folded[:STEM] for folded, style in pieces if style is as_name}
    return np.array([term in found for term in terms], dtype=np.bool_)


def _pieces(text: str) -> list[_Piece]:
    """The first words folded, and whether each has a capital; None where its capital says nothing."""
    text = text[:LEAD_CHARACTERS]
    pattern = _EASY_PIECE if is_easy(text) else _PIECE
    found: list[_Piece] = []
    is_first = True
    for piece in pattern.findall(text):
        if piece in _STOPS:
            is_first = True
        elif folded := piece.lower() if piece.isascii() else fold_word(piece):
            found.append((folded, None if is_first else piece[0].isupper()))
            is_first = False
            if len(found) == _LEAD_WORDS:
                break
    return [(folded, None) for folded, _ in found] if _is_title_case(found) else found


def _is_title_case(pieces: list[_Piece]) -> bool:
    """In Such a Headline, and IN ONE LIKE THIS, capitals are no sign of names."""
    long = [style for folded, style in pieces if style is not None and len(folded) > 3]
    return len(long) >= 3 and sum(map(bool, long)) > 0.7 * len(long)


def _terms(words: list[str], skipped: frozenset[str]) -> list[str]:
    terms = [word[:STEM] for word in words if word not in skipped]
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
