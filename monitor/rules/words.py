"""Search words: what one typed word looks for, position by position.

A word is cut as the text is cut, so `F-16` is two pieces and `東京` is two. Between two pieces
stands a joint that says what the text may have there; symbols typed at an edge (`C++`, `#tag`)
must stand there in the text as well. Knows neither queries nor articles.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import re2

from monitor.text import characters
from monitor.text.fold import fold, fold_symbols, plain
from monitor.text.tokens import token_pattern

LONGEST_WORD = 250
FEWEST_FIXED_LETTERS = 2


class WordError(ValueError):
    """A word that cannot be searched for; `hint` tells what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)


class Joint(StrEnum):
    """What may stand in the text between two pieces."""

    GAP = "gap"  # anything that is no word: spaces, an apostrophe
    HYPHEN = "hyphen"  # the same, or nothing at all: both pieces may be one word
    TOUCH = "touch"  # nothing visible
    SYMBOL = "symbol"  # the symbols typed, with or without spaces around them


@dataclass(frozen=True, slots=True)
class Piece:
    """One position. `text` is as typed; `joint` and `symbols` stand between it and the next piece."""

    text: str
    joint: Joint = Joint.GAP
    symbols: str = ""
    before: str = ""  # symbols that must stand directly before it
    after: str = ""

    @property
    def is_any(self) -> bool:
        """A lone `*`: exactly one word, whichever it is."""
        return self.text == "*"

    @property
    def has_wildcard(self) -> bool:
        return has_wildcard(self.text)

    @property
    def folded(self) -> str:
        """The folded text, wildcards kept."""
        return _map_letters(self.text, fold)

    @property
    def plain(self) -> str:
        """The text as written, wildcards kept."""
        return _map_letters(self.text, plain)


class Run(NamedTuple):
    """Pieces up to `end` (exclusive) as one token, folded and as written."""

    end: int
    folded: str
    plain: str


@dataclass(frozen=True)
class Words:
    """One typed word, or several in sequence, as the pieces it is searched by; never empty.

    A word read twice is one object.
    """

    pieces: tuple[Piece, ...]

    @cached_property
    def runs(self) -> tuple[tuple[Run, ...], ...]:
        """For each piece: what one token may be from there, hyphenated pieces joined or not."""
        return tuple(tuple(self._runs_from(first)) for first in range(len(self.pieces)))

    def _runs_from(self, first: int) -> Iterator[Run]:
        for end in range(first + 1, len(self.pieces) + 1):
            run = self.pieces[first:end]
            yield Run(end, "".join(p.folded for p in run), "".join(p.plain for p in run))
            if self.pieces[end - 1].joint is not Joint.HYPHEN:
                return


def sequence(words: Iterable[Words]) -> Words:
    """Words side by side, as in a phrase."""
    return Words(tuple(piece for word in words for piece in word.pieces))


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


# --- reading ----------------------------------------------------------------------------------

_PIECE = token_pattern("*?")
_WILDCARDS = re.compile(r"[*?]+")
_STARS = re.compile(r"\*\*+")
_NO_SPACES_HINT = "in scripts written without spaces a part of a word is found without `*`"


# Rules have words in common.
@lru_cache(maxsize=1 << 14)
def read(text: str, *, quoted: bool = False) -> Words | None:
    """Cut one typed word (no white space in it) into pieces; None when it has no letter or digit.

    `quoted`: the word stands in a phrase, where a hyphen never joins. Raises WordError.
    """
    if len(text) > LONGEST_WORD:
        raise WordError(f"a word of {len(text)} characters is too long", f"at most {LONGEST_WORD}")
    if text.isascii() and text.isalnum():
        return Words((Piece(text),))
    text = _STARS.sub("*", text)
    found = [match for match in _PIECE.finditer(text) if _is_searchable(match.group())]
    if not any(_has_letter(match.group()) for match in found) and not (quoted and text == "*"):
        if found:
            raise WordError(f"`{text}` has a wildcard but no letters", _wildcard_hint(quoted))
        return None
    pieces = []
    for match, following in zip(found, [*found[1:], None], strict=True):
        gap = text[match.end() : following.start()] if following else ""
        joint, symbols = _joint(gap, quoted=quoted) if following else (Joint.GAP, "")
        pieces.append(Piece(match.group(), joint, symbols))
    if before := _symbols_before(text[: found[0].start()]):
        pieces[0] = replace(pieces[0], before=before)
    if after := _symbols_after(text[found[-1].end() :]):
        pieces[-1] = replace(pieces[-1], after=after)
    if has_wildcard(text):
        pieces = _without_idle_stars(pieces)
        _check_wildcards(text, pieces, quoted=quoted)
    return Words(tuple(pieces))


def _is_searchable(text: str) -> bool:
    return has_wildcard(text) or bool(fold(text))


def _has_letter(text: str) -> bool:
    return any(characters.is_letter(character) for character in text)


def _wildcard_hint(quoted: bool) -> str:
    hint = f"write at least {FEWEST_FIXED_LETTERS} letters with it"
    return hint if quoted else hint + '; for any one word, put it inside a phrase: "President * Maduro"'


def _joint(gap: str, *, quoted: bool) -> tuple[Joint, str]:
    folded = fold_symbols(gap)
    symbols = joint_symbols(folded)
    if symbols:
        return Joint.SYMBOL, symbols
    if not folded:
        return Joint.TOUCH, ""
    return (Joint.HYPHEN if "-" in folded and not quoted else Joint.GAP), ""


def joint_symbols(folded: str) -> str:
    """What counts of the folded symbols between two pieces: quotes and dashes have rules of their own."""
    return folded.strip("'\"-")


def allows_space(symbols: str) -> bool:
    """Whether a space may stand between the word and its symbols: 3.5 %, 5 €."""
    return symbols[0] in "%‰°" or unicodedata.category(symbols[0]) == "Sc"


def _binds(symbol: str) -> bool:
    """Whether a symbol at the edge of a word belongs to it, rather than to the sentence."""
    return symbol in "#@+&%‰°" or unicodedata.category(symbol) == "Sc"


def _symbols_before(text: str) -> str:
    """`.NET`, `#hashtag`, `$5`: the symbols at the end of what precedes the letters."""
    folded = fold_symbols(text)
    if folded == ".":
        return folded
    start = len(folded)
    while start and _binds(folded[start - 1]):
        start -= 1
    return folded[start:]


def _symbols_after(text: str) -> str:
    """`C++`, `3.5%`: the symbols at the start of what follows the letters."""
    folded = fold_symbols(text)
    end = 0
    while end < len(folded) and _binds(folded[end]):
        end += 1
    return folded[:end]


def _without_idle_stars(pieces: list[Piece]) -> list[Piece]:
    """Drop `*` at the ends of a run of unspaced letters: it is found inside longer text anyway."""
    if len(pieces) > 1 and pieces[0].is_any and _touches_unspaced(pieces[0], pieces[1]):
        pieces = pieces[1:]
    if len(pieces) > 1 and pieces[-1].is_any and _touches_unspaced(pieces[-2], pieces[-2]):
        pieces = [*pieces[:-2], replace(pieces[-2], joint=Joint.GAP, after=pieces[-1].after)]
    return pieces


def _touches_unspaced(joined: Piece, neighbour: Piece) -> bool:
    return joined.joint is Joint.TOUCH and characters.is_unspaced(neighbour.text[0])


def _check_wildcards(text: str, pieces: list[Piece], *, quoted: bool) -> None:
    if len(pieces) == 1 and pieces[0].is_any:
        return
    if any(piece.is_any and _is_inside_run(pieces, index) for index, piece in enumerate(pieces)):
        raise WordError(f"`*` inside `{text}` is not possible", _NO_SPACES_HINT + "; or use NEAR")
    letters = sum(characters.is_letter(character) for character in text)
    if letters < FEWEST_FIXED_LETTERS:
        hint = _NO_SPACES_HINT if characters.is_unspaced(text[0]) else _wildcard_hint(quoted)
        raise WordError(f"`{text}` has a wildcard and fewer than {FEWEST_FIXED_LETTERS} letters", hint)


def _is_inside_run(pieces: list[Piece], index: int) -> bool:
    before = index > 0 and pieces[index - 1].joint is Joint.TOUCH
    after = index + 1 < len(pieces) and pieces[index].joint is Joint.TOUCH
    return before or after


def _map_letters(text: str, change: Callable[[str], str]) -> str:
    """Change what stands between the wildcards."""
    if not has_wildcard(text):
        return change(text)
    parts = _WILDCARDS.split(text)
    return "".join(
        change(part) + wildcards
        for part, wildcards in zip(parts, [*_WILDCARDS.findall(text), ""], strict=True)
    )


# --- comparing --------------------------------------------------------------------------------

_ARABIC_CLITICS = "وفبكل"
_HEBREW_CLITICS = "ובכלמש"
ARABIC_PREFIXES = (*_ARABIC_CLITICS, "ال", *(clitic + "ال" for clitic in _ARABIC_CLITICS), "لل")
HEBREW_PREFIXES = (*_HEBREW_CLITICS, "ה", *(clitic + "ה" for clitic in _HEBREW_CLITICS))


def prefixes(pattern: str) -> tuple[str, ...]:
    """The clitics and articles that a text may write in front of this folded word."""
    first = pattern[:1]
    if "\u0620" <= first <= "\u06d3":
        return ARABIC_PREFIXES
    return HEBREW_PREFIXES if "\u05d0" <= first <= "\u05ea" else ()


def accepts(pattern: str, word: str) -> bool:
    """Whether a word of the text is what the pattern (letters, `*`, `?`) asks for. Linear."""
    if not has_wildcard(pattern):
        return pattern == word
    if pattern.endswith("*") and not has_wildcard(pattern[:-1]):
        return word.startswith(pattern[:-1])
    return _glob(pattern).fullmatch(word) is not None


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> Any:
    parts = (_GLOB_PARTS.get(character) or re2.escape(character) for character in pattern)
    return re2.compile("".join(parts))


_GLOB_PARTS = {"*": ".*", "?": r"\PM\pM*"}
