"""Folding: the form in which words are compared, the same for queries and for articles.

Case, compatibility forms, Latin and Greek accents, Arabic and Hebrew vowel signs and spelling
variants are removed; what distinguishes words (й and и, ї, Indic signs, kana) is kept.
Folding works on one word; where it stands in the text is the tokens' business.
"""

import re
import unicodedata
from functools import lru_cache

from monitor.text.characters import APOSTROPHES, DASHES, DOUBLE_QUOTES, INVISIBLE, MARK, UNSPACED, WORD

_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_NOT_WORD = re.compile(f"[^{WORD}{UNSPACED}{MARK}]+")
# Canonical ordering is quadratic in a run of marks, and no script stacks thirty of them.
_TALLEST_PILE = 30
_MARK_PILE = re.compile(f"([{MARK}]{{{_TALLEST_PILE}}})[{MARK}]+")

_LATIN = (
    "A-Za-z\\u00aa\\u00ba\\u00c0-\\u02af\\u1d00-\\u1dbf\\u1e00-\\u1eff"
    "\\u2c60-\\u2c7f\\ua722-\\ua7ff\\uab30-\\uab6f"
)
_GREEK = "\\u0370-\\u03ff\\u1f00-\\u1fff"
_ACCENTS = re.compile(f"([{_LATIN}{_GREEK}0-9])[{MARK}]+")
# In whatever order the marks were typed: ё with a stress, and Arabic letters with their hamza or madda.
_CYRILLIC_VOWEL = re.compile(f"([аеиоуыэюяіє])([{MARK}]+)")
_STRESS = {0x300: None, 0x301: None}
_STRESS_AND_YO = {**_STRESS, 0x308: None}
_ARABIC_CARRIER = re.compile(f"([اهي])([{MARK}]+)")
_HAMZA = {0x653: None, 0x654: None, 0x655: None}
_VOWEL_SIGNS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points and cantillation
    "\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u08d3-\u08e1\u08e3-\u08ff]+"  # Arabic vowels and recitation signs
)

# Letters that Unicode does not decompose.
_LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ħ": "h",
        "ŧ": "t", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y",
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي",
        "ة": "ه", "ہ": "ه", "ۃ": "ه", "ە": "ه", "ک": "ك",
    }
)  # fmt: skip
_LONGEST_CACHED = 64


def fold(word: str) -> str:
    """Fold one word. Idempotent; linear; never raises. Anything that is no word character goes."""
    if word.isascii() and word.isalnum():
        lower = word.lower()
        return word if lower == word else lower  # the same object, for many are kept
    return _fold_cached(word) if len(word) <= _LONGEST_CACHED else _fold(word)


def plain(word: str) -> str:
    """A word as written, for `exact:`: composed, without invisible characters."""
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _MARK_PILE.sub(r"\1", _INVISIBLE.sub("", word)))


def _fold(word: str) -> str:
    word = _MARK_PILE.sub(r"\1", _INVISIBLE.sub("", word))
    if not _is_fraction(word):
        word = unicodedata.normalize("NFKC", word)
    word = _NOT_WORD.sub("", unicodedata.normalize("NFD", word.casefold()))
    if len(word) > _TALLEST_PILE:  # as NFKC takes letters apart, there may be more marks than before
        word = _MARK_PILE.sub(r"\1", word)
    # What goes from between a letter and its marks goes first, so that nothing is left to fold again.
    word = _VOWEL_SIGNS.sub("", word).translate(_LETTERS)
    word = _ACCENTS.sub(r"\1", word)
    word = _CYRILLIC_VOWEL.sub(_without_stress, word)
    word = _ARABIC_CARRIER.sub(_without_hamza, word)
    return unicodedata.normalize("NFC", word)


def _without_stress(vowel: re.Match[str]) -> str:
    letter, marks = vowel.groups()
    return letter + str(marks).translate(_STRESS_AND_YO if letter == "е" else _STRESS)


def _without_hamza(carrier: re.Match[str]) -> str:
    return carrier[1] + str(carrier[2]).translate(_HAMZA)


# Most words of a day are among these; four times as many would hold fifteen megabytes.
_fold_cached = lru_cache(maxsize=16384)(_fold)


def _is_fraction(word: str) -> bool:
    """½ would become 1⁄2, and 5½ would read as 51 and 2."""
    return len(word) == 1 and unicodedata.decomposition(word).startswith("<fraction>")


_SYMBOLS = str.maketrans(
    {
        **dict.fromkeys(APOSTROPHES, "'"),
        **dict.fromkeys(DOUBLE_QUOTES, '"'),
        **dict.fromkeys(DASHES, "-"),
    }
)


@lru_cache(maxsize=4096)
def _fold_symbols_cached(text: str) -> str:
    text = _INVISIBLE.sub("", text).translate(_SYMBOLS)
    return "".join(unicodedata.normalize("NFKC", text).translate(_SYMBOLS).split())


def fold_symbols(text: str) -> str:
    """The symbols of a short text between words: quotes and dashes unified, white space gone."""
    return _fold_symbols_cached(text)
