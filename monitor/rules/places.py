"""Places: where in one field terms, phrases, NEAR, EXCEPT and regular expressions are found.

Every place of a node is found, not only the first: EXCEPT, ATLEAST and nested NEAR need them all,
and a person wants to see them. Whether an article matches is the matcher's business.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import NamedTuple, Self

from monitor.rules.page import FieldText
from monitor.rules.query import (
    ARTICLE_FIELDS,
    DEFAULT_FIELDS,
    Except,
    Field,
    ListRef,
    Near,
    Node,
    Or,
    Phrase,
    Regex,
    Term,
)
from monitor.rules.words import Words

# Of one node in one field, the first ones in reading order: an article of nothing but one word, over
# and over, must not take quadratic time.
MOST_PLACES = 5000

Mark = tuple[int, int]  # a range of characters to highlight


@dataclass(frozen=True, slots=True)
class Found:
    """One place: tokens `first` to `last`, characters `start` to `end`, and what to highlight."""

    first: int
    last: int
    start: int
    end: int
    marks: frozenset[Mark]


class Scope(NamedTuple):
    """The fields that a node is looked for in, and whether folding is off."""

    fields: tuple[str, ...] = DEFAULT_FIELDS
    exact: bool = False

    def within(self, field: str) -> Self:
        """The scope inside `field:`."""
        if field == "exact":
            return self._replace(exact=True)
        return self._replace(fields=ARTICLE_FIELDS if field == "any" else (field,))


def find(node: Node, text: FieldText, scope: Scope) -> list[Found]:
    """All places of a node in one field, in reading order; none when the field is out of scope."""
    match node:
        case Or() | ListRef():
            return _merge(place for child in node.operands for place in find(child, text, scope))
        case Near():
            return _find_near(node, text, find(node.left, text, scope), find(node.right, text, scope))
        case Except():
            excluded = [place for child in node.excluded for place in find(child, text, scope)]
            return _outside(find(node.operand, text, scope), excluded)
        case Field():
            return find(node.operand, text, scope.within(node.name))
        case Term() | Phrase() | Regex() if text.name in scope.fields:
            return text.answers.keep((node, scope.exact), partial(_find_leaf, node, text, exact=scope.exact))
        case Term() | Phrase() | Regex():
            return []
        case _:
            raise TypeError(f"{type(node).__name__} has no places in one field")


def _find_leaf(node: Term | Phrase | Regex, text: FieldText, *, exact: bool) -> list[Found]:
    match node:
        case Term():
            return find_words(node.words, text, exact=exact)
        case Phrase(slop=None):
            return find_words(node.sequence, text, exact=exact)
        case Phrase():
            return _find_scattered(node, text, exact=exact)
        case Regex():
            places = islice(node.pattern.finditer(text.text), MOST_PLACES)
            return [Found(-1, -1, start, end, frozenset({(start, end)})) for start, end in places]


def find_words(words: Words, text: FieldText, *, exact: bool) -> list[Found]:
    """The places of pieces in sequence."""
    starts = {place for run in words.runs[0] for place in text.positions(run, exact=exact)}
    found = []
    for first in sorted(starts):
        for last in _ends(words, text, first, exact=exact):
            start = text.start_of(first, words.pieces[0].before)
            end = text.end_of(last, words.pieces[-1].after)
            if start is not None and end is not None:
                found.append(Found(first, last, start, end, frozenset({(start, end)})))
        if len(found) >= MOST_PLACES:
            break
    return found


def _ends(words: Words, text: FieldText, first: int, *, exact: bool) -> list[int]:
    """The last tokens of all ways to read the pieces from token `first` on."""
    ends = []
    pending = {0}  # pieces read so far
    position = first
    while pending and position < len(text.tokens):
        reached = set()
        for run in (run for begin in sorted(pending) for run in words.runs[begin]):
            if not text.accepts(run, position, exact=exact):
                continue
            if run.end == len(words.pieces):
                ends.append(position)
            elif _fits(words, text, position, run.end):
                reached.add(run.end)
        pending = reached
        position += 1
    return ends


def _fits(words: Words, text: FieldText, position: int, end: int) -> bool:
    """Whether what follows the token allows the next piece: the joint, and symbols inside a phrase."""
    piece, following = words.pieces[end - 1], words.pieces[end]
    if not text.joins(position, piece):
        return False
    if piece.after and text.end_of(position, piece.after) is None:
        return False
    return not following.before or text.start_of(position + 1, following.before) is not None


def _merge(places: Iterable[Found]) -> list[Found]:
    """In reading order; places of equal extent become one with the marks of all."""
    merged: dict[tuple[int, int, int, int], set[Mark]] = {}
    for place in places:
        merged.setdefault((place.start, place.end, place.first, place.last), set()).update(place.marks)
    found = [
        Found(first, last, start, end, frozenset(marks))
        for (start, end, first, last), marks in sorted(merged.items())
    ]
    return found[:MOST_PLACES]


# --- "a b c"~n --------------------------------------------------------------------------------


def _find_scattered(node: Phrase, text: FieldText, *, exact: bool) -> list[Found]:
    """All words of the phrase in any order within its length + slop positions."""
    options = {words: find_words(words, text, exact=exact) for words in node.words}
    width = sum(len(words.pieces) for words in node.words) + (node.slop or 0)
    if not all(options.values()):
        return []
    found = []
    begins = sorted({place.first for places in options.values() for place in places})
    for first in begins:
        windows = {words: _within(places, text, first, first + width) for words, places in options.items()}
        if all(windows.values()) and (chosen := _choose([windows[words] for words in node.words])):
            found.append(_hull(chosen))
    return _merge(found)


def _within(places: Sequence[Found], text: FieldText, first: int, stop: int) -> list[Found]:
    """The places in a range of tokens and in the block of the first one, nearest first."""
    begin = bisect_left(places, first, key=lambda place: place.first)
    end = bisect_left(places, stop, lo=begin, key=lambda place: place.first)
    block = text.tokens[first].block
    return [p for p in places[begin:end] if p.last < stop and text.tokens[p.first].block == block]


def _choose(windows: list[list[Found]]) -> list[Found]:
    """A different token for each word, by augmenting paths; empty when there is none."""
    taken: dict[int, int] = {}  # first token → word

    def place_word(word: int, tried: set[int]) -> bool:
        for place in windows[word]:
            if place.first not in tried:
                tried.add(place.first)
                if place.first not in taken or place_word(taken[place.first], tried):
                    taken[place.first] = word
                    return True
        return False

    if not all(place_word(word, set()) for word in range(len(windows))):
        return []
    return [next(p for p in windows[word] if p.first == first) for first, word in sorted(taken.items())]


def _hull(places: Sequence[Found]) -> Found:
    return Found(
        min(place.first for place in places),
        max(place.last for place in places),
        min(place.start for place in places),
        max(place.end for place in places),
        frozenset().union(*(place.marks for place in places)),
    )


# --- NEAR and EXCEPT --------------------------------------------------------------------------


def _find_near(node: Near, text: FieldText, left: list[Found], right: list[Found]) -> list[Found]:
    """Pairs that do not overlap, in one block, with at most `distance` words between their edges."""
    found = _followed_by(left, right, text, node.distance)
    if not node.ordered:
        found += _followed_by(right, left, text, node.distance)
    return _merge(found)


def _followed_by(earlier: list[Found], later: list[Found], text: FieldText, distance: int) -> list[Found]:
    later = sorted(later, key=lambda place: place.first)
    firsts = [place.first for place in later]
    found = []
    for place in earlier:
        begin = bisect_right(firsts, place.last)
        end = bisect_right(firsts, place.last + distance + 1)
        block = text.tokens[place.last].block
        found += [
            _hull((place, other)) for other in later[begin:end] if text.tokens[other.first].block == block
        ]
        if len(found) >= MOST_PLACES:
            break
    return found


def _outside(places: list[Found], excluded: list[Found]) -> list[Found]:
    """Those that lie inside none of the excluded."""
    excluded = sorted(excluded, key=lambda place: place.start)
    starts = [place.start for place in excluded]
    reach: list[int] = []  # the farthest end of the excluded so far
    for place in excluded:
        reach.append(max(place.end, reach[-1] if reach else 0))
    return [p for p in places if not (i := bisect_right(starts, p.start)) or reach[i - 1] < p.end]


def count_separate(places: Iterable[Found]) -> int:
    """How many places can be picked without any two overlapping."""
    count = 0
    free_from = 0
    for place in sorted(places, key=lambda place: place.end):
        if place.start >= free_from:
            count += 1
            free_from = place.end
    return count
