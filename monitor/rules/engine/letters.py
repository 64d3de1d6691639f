"""Letters: for each code point one 64-bit number that says what it is and what it folds to.

From the lowest bit: a byte that says what kind it is, or for a common letter which one; what it folds
to (together they are its *sign*); and random bits, the same for all characters that fold to one
another. So a sum over a word, weighted by position, is a hash of the folded word, and two words of the
same signs are the same. A character whose folding depends on its neighbours, or gives several
characters, is HARD: words with one of those are left to the text layer. The numbers are worked out
when a character is first met.
"""

import re
import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from monitor.rules.engine.arrays import U32, U64
from monitor.text import characters
from monitor.text.fold import fold

# BREAK: a separator that may end a block. ALONE: a word of its own, in scripts without spaces.
HARD, SEPARATOR, BREAK, ALONE, LETTER, COMMON = range(6)
_BREAKS = "\n\u2029"
# Letters that have a byte of their own, from COMMON on: those of the alphabets that most articles use.
_ALPHABETS = (("0", "9"), ("a", "z"), ("α", "ω"), ("а", "џ"), ("א", "ת"), ("ء", "ي"))
_COMMON_LETTERS = [code for first, last in _ALPHABETS for code in range(ord(first), ord(last) + 1)]
_BYTES = {code: COMMON + number for number, code in enumerate(_COMMON_LETTERS)}

_CODE_POINTS = 0x110000
_PRIVATE = 0xF0000  # two planes without letters; beyond U+1FFFF nothing folds
_UNKNOWN = np.uint64(HARD)  # the kind HARD and no random bits: zero, so that unused pages need no memory
_WORDS = 4096  # hashed together: what is kept ready grows with the longest text
_WORD_BITS = (1 << 64) - 1
_BYTE_BITS, _SIGN_BITS = 8, 8 + 21
_NO_WORDS = np.empty(0, dtype=np.uint32)
_ATTACHED = re.compile(f"[{characters.MARK}{characters.INVISIBLE}]")
# Letters that join with a letter before them: Hangul given in parts, vowels of Kirat Rai.
_JOINING = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\U00016d40-\U00016d7f]")


class Letters:
    """The table, and hashes of texts by it. The seed decides the random bits."""

    def __init__(self, seed: int) -> None:
        self._seed = seed & _WORD_BITS
        self._numbers = np.zeros(_CODE_POINTS, dtype=np.uint64)
        base = _scramble(self._seed ^ 0x5EED) | 1
        self._base = np.uint64(base)
        self._inverse = np.uint64(pow(base, -1, 1 << 64))
        self._powers = np.empty(0, dtype=np.uint64)
        self._inverses = np.empty(0, dtype=np.uint64)
        self._room = np.empty(0, dtype=np.uint64)
        self.reserve(1 << 16)

    def reserve(self, length: int) -> None:
        """Make ready for texts of that many characters."""
        if length <= len(self._powers):
            return
        length = 1 << (length - 1).bit_length()
        self._powers = _powers(self._base, length)
        self._inverses = _powers(self._inverse, length)
        self._room = np.empty(length + 1, dtype=np.uint64)

    @property
    def inverses(self) -> U64:
        """Factors that make the sum from a position on independent of the position."""
        return self._inverses

    def numbers(self, codes: npt.NDArray[np.uint32], *, behind: int = 0) -> U64:
        """The number of each code point, put behind as many numbers found before.

        Gives all numbers up to there. The array is overwritten by the next call.
        """
        length = behind + len(codes)
        if length > len(self._powers):
            kept = self._room[1 : behind + 1]
            self.reserve(length)
            self._room[1 : behind + 1] = kept
        found = self._room[behind + 1 : length + 1]
        np.take(self._numbers, codes, out=found, mode="clip")
        return self._room[1 : length + 1]

    def learn(self, codes: npt.NDArray[np.uint32], numbers: U64) -> bool:
        """Look at the HARD ones of some numbers; whether some were new, so that all are to be read again."""
        unknown = codes[numbers == _UNKNOWN]
        for code in np.unique(unknown).tolist():
            self._learn(code)
        return bool(len(unknown))

    def sums(self, numbers: U64) -> U64:
        """The weighted sums of all beginnings of a text, from the numbers of its characters."""
        np.multiply(numbers, self._powers[: len(numbers)], out=numbers)
        sums = self._room[: len(numbers) + 1]
        sums[0] = 0
        np.cumsum(sums[1:], out=sums[1:])
        return sums

    def hash_words(self, words: list[str]) -> U64:
        """The hashes of folded words, each as it would be found in a text."""
        parts = [self._hash_some(words[at : at + _WORDS]) for at in range(0, len(words), _WORDS)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)

    def spell_words(self, words: list[str]) -> U32:
        """The signs of folded words, one after the other."""
        some = (words[at : at + _WORDS] for at in range(0, len(words), _WORDS))
        return np.concatenate([_NO_WORDS, *(signs(self._read(part)) for part in some)])

    def signs(self, codes: npt.NDArray[np.uint32]) -> U32:
        """The signs of characters that were met before."""
        return signs(self._numbers.take(codes))

    def _read(self, words: list[str]) -> U64:
        codes = code_points("".join(map(spell_out, words)))
        numbers = self.numbers(codes)
        return self.numbers(codes) if self.learn(codes, numbers) else numbers

    def _hash_some(self, words: list[str]) -> U64:
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        ends = np.cumsum(lengths)
        starts = ends - lengths
        numbers = self._read(words)
        if not len(numbers):
            return np.zeros(len(words), dtype=np.uint64)
        sums = self.sums(numbers)
        hashes: U64 = (sums[ends] - sums[starts]) * self._inverses[np.minimum(starts, len(numbers) - 1)]
        return hashes

    def _learn(self, code: int) -> None:
        kind, target = classify(chr(code))
        random = _scramble(self._seed ^ (target * 0x9E37_79B9_7F4A_7C15)) >> _SIGN_BITS << _SIGN_BITS
        byte = _BYTES.get(target, LETTER) if kind == LETTER else kind
        self._numbers[code] = random | target << _BYTE_BITS | byte


def signs(numbers: U64) -> U32:
    """What the characters are, without the chance in their numbers but for a few bits."""
    return numbers.astype(np.uint32)


def letter_bytes(numbers: U64 | U32) -> npt.NDArray[np.uint8]:
    """The bytes of characters, from their numbers or signs."""
    return numbers.astype(np.uint8)


def classify(character: str) -> tuple[int, int]:
    """The kind of a character, and the code point that it folds to."""
    code = ord(character)
    if _ATTACHED.match(character):
        return HARD, code
    if not characters.is_letter(character):
        return (BREAK if character in _BREAKS else SEPARATOR), code
    folded = fold(character)
    if len(folded) != 1 or fold(folded) != folded:
        return HARD, code
    if not (_stands_alone(character) and _stands_alone(folded)):
        return HARD, code
    if characters.is_unspaced(character) != characters.is_unspaced(folded):
        return HARD, code
    return (ALONE if characters.is_unspaced(character) else LETTER), ord(folded)


@lru_cache(maxsize=4096)
def spell_out(folded: str) -> str:
    """A folded word with numbers of their own for characters that would be folded once more.

    Folding is not always final: accents in odd order may leave `ё`, which elsewhere becomes `е`.
    """
    return folded if folded.isascii() else "".join(map(_final, folded))


@lru_cache(maxsize=4096)
def _final(character: str) -> str:
    kind, target = classify(character)
    is_final = kind == HARD or target == ord(character)
    return character if is_final else chr(_PRIVATE + ord(character))


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """The code points of a text, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)


def _stands_alone(character: str) -> bool:
    """Whether no form of it begins with something that joins with what precedes it."""
    first = unicodedata.normalize("NFKD", character)[0]
    return not (unicodedata.combining(first) or _ATTACHED.match(first) or _JOINING.search(first + character))


def _powers(base: np.uint64, length: int) -> U64:
    powers = np.full(length, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def _scramble(number: int) -> int:
    """Spread the bits of a number (the finisher of SplitMix64)."""
    number = (number + 0x9E37_79B9_7F4A_7C15) & _WORD_BITS
    number = ((number ^ (number >> 30)) * 0xBF58_476D_1CE4_E5B9) & _WORD_BITS
    number = ((number ^ (number >> 27)) * 0x94D0_49BB_1331_11EB) & _WORD_BITS
    return number ^ (number >> 31)
