"""Spelling: the words that texts use, and which of them a misspelt word may mean. Pure.

>>> words = Vocabulary()
>>> for _ in range(9):
...     words.add("Venezuela votes")
>>> words.suggest("venezula", least=5)
'Venezuela'
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.rules.query import Field, ListRef, Node, Not, Phrase, Term, children
from monitor.rules.words import Words
from monitor.text import characters, tokenize

SHORTEST = 5  # letters of a word that is judged: short ones are too much alike
_LONG = 9  # letters from which on two mistakes are allowed


class Vocabulary:
    """How many texts have each word."""

    def __init__(self) -> None:
        self._texts: Counter[str] = Counter()
        self._written: dict[str, str] = {}
        self._grouped: dict[tuple[str, int], list[str]] | None = None

    def add(self, *texts: str) -> None:
        """Count the words of one article, given as visible texts, once each."""
        words: dict[str, str] = {}
        for text in texts:
            for token in tokenize(text):
                words.setdefault(token.folded, text[token.start : token.end])
        self._texts.update(words.keys())
        for word, written in words.items():
            self._written.setdefault(word, written)
        self._grouped = None

    def __getitem__(self, word: str) -> int:
        return self._texts[word]

    def suggest(self, word: str, *, least: int) -> str:
        """The commonest word of at least `least` texts that is a slip away, as written; "" if none.

        A slip is one letter more, less, other or swapped, two in a long word, never the first one.
        """
        allowed = 2 if len(word) >= _LONG else 1
        close = [
            (distance, -self._texts[known], known)
            for known in self._like(word, allowed)
            if self._texts[known] >= least and 0 < (distance := slips(word, known, allowed)) <= allowed
        ]
        return self._written[min(close)[2]] if close else ""

    def _like(self, word: str, allowed: int) -> Iterator[str]:
        """The known words of the same first letter and about the same length."""
        if self._grouped is None:
            grouped: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
            for known in self._texts:
                grouped[known[:1], len(known)].append(known)
            self._grouped = dict(grouped)
        for length in range(len(word) - allowed, len(word) + allowed + 1):
            yield from self._grouped.get((word[:1], length), ())


def slips(one: str, other: str, most: int) -> int:
    """How many slips (insertions, deletions, replacements, swaps of neighbours) apart; `most` + 1 if more."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before_last, last = last, row
    return min(last[-1], most + 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word that a query looks for: the node it is typed in, and its folded form."""

    node: Term | Phrase
    in_list: str  # the list it stands in, "" for none
    word: str


def wanted_words(root: Node) -> Iterator[Wanted]:
    """The plain words that must, or may, be there; not those excluded, nor in addresses and languages."""
    yield from _wanted(root, "")


def _wanted(node: Node, in_list: str) -> Iterator[Wanted]:
    if isinstance(node, Not) or (isinstance(node, Field) and node.name in ("lang", "url")):
        return
    if isinstance(node, Term):
        yield from (Wanted(node, in_list, word) for word in _plain(node.words))
    elif isinstance(node, Phrase):
        yield from (Wanted(node, in_list, word) for words in node.words for word in _plain(words))
    for child in children(node):
        yield from _wanted(child, node.name if isinstance(node, ListRef) else in_list)


def _plain(words: Words) -> Iterator[str]:
    """The words without wildcards that a person could misspell."""
    if any(len(run) > 1 for run in words.runs):
        return  # hyphenated: written in one or two, it is another word
    for piece in words.pieces:
        word = piece.folded
        if piece.has_wildcard or len(word) < SHORTEST or not word.isalpha():
            continue
        if not characters.is_unspaced(word[0]):
            yield word
