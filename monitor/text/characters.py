"""Which characters make words: classes for regular expressions, built from the Unicode tables.

A word is letters, digits and the marks that belong to them. Characters of scripts that put no
spaces between words are each a position of their own. Invisible characters (soft hyphen, joiners,
direction marks, variation selectors) are part of nothing.
"""

import itertools
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

# Han, kana, bopomofo, Hangul, Thai, Lao, Burmese, Khmer.
_UNSPACED_RANGES = (
    (0x0E01, 0x0E7F), (0x0E80, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF),
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3031, 0x303C), (0x3041, 0x31BF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFF66, 0xFFDC), (0x1AFF0, 0x1B16F),
    (0x20000, 0x323AF),
)  # fmt: skip

# Letters by category that are written as apostrophes: ʹ … ʿ, ˮ and the saltillo.
APOSTROPHES = "'’‘‚‛`´′＇ʹʺʻʼʽʾʿˮ\ua78b\ua78c׳՚"
DOUBLE_QUOTES = '"“”„‟«»″＂״'
DASHES = "-‐‑‒–—―−﹘﹣－־⁃"

# Half-width voicing marks are letters by category, and Hangul fillers are letters that show nothing.
_VOICING = "\uff9e\uff9f"
_FILLERS = "\u115f\u1160\u3164\uffa0"
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x034F, *range(0x180B, 0x1810), 0x0640)
_FRACTIONS = (*range(0xBC, 0xBF), *range(0x2150, 0x2160), 0x2189)
# Blocks of nothing but unspaced letters are taken whole; the rest is looked at one by one.
_WHOLE_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x20000, 0x323AF))
_SCANNED = (
    range(0x3400),
    range(0xA000, 0xAC00),
    range(0xD7A4, 0xD800),
    range(0xF900, 0x1FC00),
    range(0xE0000, 0xE0200),
)


def _in_ranges(code: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _scan() -> tuple[set[int], set[int], set[int], set[int]]:
    """Sort the scanned code points into word, unspaced, mark and invisible characters.

    Every start of the program waits for this: hence whole columns and slices rather than single tests.
    """
    codes = list(itertools.chain.from_iterable(_SCANNED))
    by_category: dict[str, list[int]] = {}
    for code, category in zip(codes, map(unicodedata.category, map(chr, codes)), strict=True):
        by_category.setdefault(category, []).append(code)

    def of(majors: str) -> set[int]:
        return {code for category, found in by_category.items() if category[0] in majors for code in found}

    invisible = {*_SELECTORS, *map(ord, _FILLERS), *by_category["Cf"]}
    apart = {*invisible, *map(ord, APOSTROPHES)}
    voicing = set(map(ord, _VOICING))
    words = of("LN") - apart - voicing
    unspaced = {*_within(sorted(words), _UNSPACED_RANGES), *words.intersection(_FRACTIONS)}
    return words - unspaced, unspaced, (of("M") | voicing) - apart, invisible


def _within(ascending: list[int], ranges: Iterable[tuple[int, int]]) -> Iterator[int]:
    for first, last in ranges:
        yield from ascending[bisect_left(ascending, first) : bisect_right(ascending, last)]


def _ranges(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Join ascending neighbours into closed ranges."""
    first = last = -2
    for code in sorted(codes):
        if code != last + 1:
            if last >= 0:
                yield first, last
            first = code
        last = code
    yield first, last


def _pattern(ranges: Iterable[tuple[int, int]]) -> str:
    """The inside of a character class. Letters as they are: `re` takes several times as long over escapes."""
    return "".join(f"{chr(first)}-{chr(last)}" if first < last else chr(first) for first, last in ranges)


_words, _unspaced, _marks, _invisible = _scan()

# To be put between square brackets.
WORD = _pattern(_ranges(_words))
UNSPACED = _pattern((*_ranges(_unspaced), *_WHOLE_BLOCKS))
MARK = _pattern(_ranges(_marks))
INVISIBLE = _pattern(_ranges(_invisible))


def is_unspaced(character: str) -> bool:
    """Whether a character belongs to a script written without spaces between words."""
    return ord(character) in _unspaced or _in_ranges(ord(character), _WHOLE_BLOCKS)


def is_letter(character: str) -> bool:
    """Whether a character counts as one letter or digit of a word (marks do not)."""
    return ord(character) in _words or is_unspaced(character)
