"""Features: numbered facts about an article, such as "this word is in it".

Rules are made of them. Equal facts get one number, however many rules ask for them. Number 0 is
always true.
"""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from monitor.rules.engine.phrases import Step
from monitor.rules.query import ARTICLE_FIELDS, DEFAULT_FIELDS, Regex

FIELD_BITS = {name: 1 << number for number, name in enumerate(ARTICLE_FIELDS)}
DEFAULT_MASK = sum(FIELD_BITS[name] for name in DEFAULT_FIELDS)

ALWAYS = 0
# Steps: the features of which one must stand there (none: any word), and whether it must touch.
Sequence = tuple[tuple[tuple[int, ...], bool], ...]
NearKey = tuple[tuple[int, ...], tuple[int, ...], int, bool]  # left, right, distance, ordered

# How often an article has a feature before anything was seen, by length: short words are common.
_SHARE_OF_LENGTH = (0.5, 0.5, 0.4, 0.3, 0.15, 0.08, 0.05, 0.03)
_SHARE_OF_LONGER = 0.02


def names_of(mask: int) -> tuple[str, ...]:
    """The fields of a mask, in the order of an article."""
    return tuple(name for name, flag in FIELD_BITS.items() if flag & mask)


def mask_of(fields: Iterable[str]) -> int:
    """One bit for each field."""
    return sum(FIELD_BITS[name] for name in fields if name in FIELD_BITS)


class Texts(NamedTuple):
    """The features that are texts, by what they are."""

    words: dict[str, int]
    beginnings: dict[str, int]
    ends: dict[str, int]
    parts: dict[str, int]


class Features:
    """The numbers given so far. `shares` guesses for each the share of articles that have it."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.beginnings: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.parts: dict[str, int] = {}
        self.phrases: dict[tuple[Step, ...], int] = {}
        self.sequences: dict[Sequence, int] = {}
        self.in_fields: dict[tuple[int, int], int] = {}  # feature and field mask
        self.nears: dict[NearKey, int] = {}
        self.languages: dict[tuple[tuple[str, ...], bool], int] = {}
        self.regexes: dict[str, int] = {}
        self.fields = DEFAULT_MASK  # all that any rule looks at
        self.regex_fields = 0
        self.shares = array("d", [1.0])

    @property
    def texts(self) -> Texts:
        """Words, beginnings, ends and parts."""
        return Texts(self.words, self.beginnings, self.ends, self.parts)

    def __len__(self) -> int:
        return len(self.shares)

    def _new(self, share: float) -> int:
        self.shares.append(share)
        return len(self.shares) - 1

    def _of_text(self, known: dict[str, int], text: str, factor: float, mask: int) -> int:
        number = known.get(text)
        if number is None:
            length = len(text)
            share = _SHARE_OF_LENGTH[length] if length < len(_SHARE_OF_LENGTH) else _SHARE_OF_LONGER
            number = known[text] = self._new(min(1.0, factor * share))
        return number if mask == DEFAULT_MASK else self._within(number, mask)

    def word(self, text: str, mask: int = DEFAULT_MASK) -> int:
        """The folded word is in one of the fields."""
        return self._of_text(self.words, text, 1.0, mask)

    def beginning(self, text: str, mask: int = DEFAULT_MASK) -> int:
        """A folded word that begins so."""
        return self._of_text(self.beginnings, text, 2.0, mask)

    def end(self, text: str, mask: int = DEFAULT_MASK) -> int:
        """A folded word that ends so."""
        return self._of_text(self.ends, text, 2.0, mask)

    def part(self, text: str, mask: int = DEFAULT_MASK) -> int:
        """A folded word that holds this."""
        return self._of_text(self.parts, text, 3.0, mask)

    def phrase(self, steps: tuple[Step, ...], mask: int = DEFAULT_MASK) -> int:
        """Words side by side in one of the fields."""
        number = self.phrases.get(steps)
        if number is None:
            share = min(self.shares[word] for word, _ in steps) / 5
            number = self.phrases[steps] = self._new(share)
        return number if mask == DEFAULT_MASK else self._within(number, mask)

    def _within(self, number: int, mask: int) -> int:
        self.fields |= mask
        found = self.in_fields.get((number, mask))
        if found is None:
            found = self.in_fields[number, mask] = self._new(self.shares[number])
        return found

    def sequence(self, steps: Sequence) -> int:
        """Words side by side, each of them one of some alternatives."""
        number = self.sequences.get(steps)
        if number is None:
            share = min(sum(self.shares[word] for word in words) or 1.0 for words, _ in steps) / 5
            number = self.sequences[steps] = self._new(min(1.0, share))
        return number

    def near(self, key: NearKey) -> int:
        """Places of the left and of the right features within a distance."""
        number = self.nears.get(key)
        if number is None:
            left, right = (min(1.0, sum(self.shares[item] for item in side)) for side in key[:2])
            number = self.nears[key] = self._new(min(left, right) / 4)
        return number

    def language(self, codes: tuple[str, ...], *, is_open: bool) -> int:
        """The article's language is one of these; `is_open`: or not known."""
        number = self.languages.get((codes, is_open))
        if number is None:
            number = self.languages[codes, is_open] = self._new(0.6)
        return number

    def regex(self, node: Regex, mask: int) -> int:
        """The expression is found in one of the fields (of any rule that asks for it)."""
        self.fields |= mask
        self.regex_fields |= mask
        pattern: str = node.pattern.compiled.pattern
        number = self.regexes.get(pattern)
        if number is None:
            number = self.regexes[pattern] = self._new(0.1)
        return number
