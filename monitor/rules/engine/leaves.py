"""The clauses of leaves: a typed word or phrase as one feature, as alternatives, or as what it needs.

Exact when pieces stand side by side without symbols; a beginning (`abc*`) is exact alone. Otherwise
the pieces must at least be there.
"""

import re
from collections.abc import Iterator

from monitor.rules import words
from monitor.rules.engine.clauses import ANYTHING, Bound, Clause, one_of
from monitor.rules.engine.features import Features, mask_of
from monitor.rules.engine.letters import LETTER, classify
from monitor.rules.places import Scope
from monitor.rules.words import Joint, Piece, Words
from monitor.text.fold import fold

_MOST_READINGS = 8
_MOST_PIECES = 40
WILDCARDS = re.compile(r"[*?]+")


class Leaves:
    """Clauses for words in sequence. `with_places` are the features whose hits are their places."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self.with_places: set[int] = set()
        self._known: dict[tuple[int, tuple[str, ...]], tuple[Words, Bound]] = {}

    def read(self, typed: Words, scope: Scope) -> Bound:
        """The clauses, whether they are exact, and whether their hits are the places."""
        if scope.exact:
            return self._read(typed, mask_of(scope.fields), exact=True)
        # Words are shared by many rules. Those known are held, so that no others come by their ids.
        key = (id(typed), scope.fields)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = typed, self._read(typed, mask_of(scope.fields), exact=False)
        return known[1]

    def _read(self, typed: Words, mask: int, *, exact: bool) -> Bound:
        if len(typed.pieces) == 1 and not exact:
            return self._single(typed.pieces[0], mask)
        if len(typed.pieces) > _MOST_PIECES:
            return self._first_pieces(typed, mask, exact=exact)
        readings = list(_readings(typed))
        if len(readings) > _MOST_READINGS:
            return self._first_pieces(typed, mask, exact=exact)
        return self._alternatives([self._reading(typed, r, mask, exact=exact) for r in readings])

    def _single(self, piece: Piece, mask: int) -> Bound:
        clause, is_exact = self._one(piece.folded, mask, exact=False)
        return one_of(clause, exact=is_exact and not piece.before and not piece.after)

    def _alternatives(self, bounds: list[Bound]) -> Bound:
        if len(bounds) == 1:
            return bounds[0]
        if not all(bound.clauses for bound in bounds):
            return ANYTHING
        is_exact = all(bound.exact and len(bound.clauses) == 1 for bound in bounds)
        rarest = (min(bound.clauses, key=self._share) for bound in bounds)
        return one_of(
            tuple(dict.fromkeys(literal for clause in rarest for literal in clause)), exact=is_exact
        )

    def _share(self, clause: Clause) -> float:
        return sum(self._features.shares[literal >> 1] for literal in clause)

    def _first_pieces(self, typed: Words, mask: int, *, exact: bool) -> Bound:
        """What too long a word needs: something that its first position may be."""
        found = [self._one(run.plain if exact else run.folded, mask, exact=exact)[0] for run in typed.runs[0]]
        if not all(found):
            return ANYTHING
        return one_of(tuple(dict.fromkeys(literal for clause in found for literal in clause)))

    def _reading(self, typed: Words, reading: list[words.Run], mask: int, *, exact: bool) -> Bound:
        """The clauses of one way to cut the word into positions."""
        texts = [run.plain if exact else run.folded for run in reading]
        is_exact = not exact and _is_without_symbols(typed)
        if len(texts) > 1 and not any(words.has_wildcard(text) or words.prefixes(text) for text in texts):
            numbers = [self._features.word(fold(text) if exact else text) for text in texts]
            steps = zip(numbers, _joints(typed, reading), strict=True)
            number = self._features.phrase(tuple(steps), mask)
            self.with_places.add(number)
            return one_of((2 * number,), exact=is_exact)
        found = [self._one(text, mask, exact=exact) for text in texts]
        if is_exact and len(texts) > 1 and _is_sequence(texts, found):
            choices = [tuple(literal >> 1 for literal in clause) for clause, _ in found]
            number = self._features.sequence(tuple(zip(choices, _joints(typed, reading), strict=True)))
            return one_of((2 * number,), exact=True)
        clauses = tuple(clause for clause, _ in found if clause)
        is_exact = is_exact and len(found) == 1 and found[0][1]
        return Bound(clauses, is_exact, is_exact)

    # --- one position -------------------------------------------------------------------------

    def _one(self, pattern: str, mask: int, *, exact: bool) -> tuple[Clause, bool]:
        """The features that one position of the text may show, and whether they say it all.

        No features when the pattern asks for nothing that can be looked up.
        """
        if words.has_wildcard(pattern):
            return self._wildcard(pattern, mask, exact=exact)
        if exact:
            return (2 * self._features.word(fold(pattern), mask),), False
        texts = (pattern, *(head + pattern for head in words.prefixes(pattern)))
        return self._literals([self._features.word(text, mask) for text in texts]), True

    def _literals(self, numbers: list[int]) -> Clause:
        self.with_places.update(numbers)
        return tuple(2 * number for number in numbers)

    def _wildcard(self, pattern: str, mask: int, *, exact: bool) -> tuple[Clause, bool]:
        parts = WILDCARDS.split(pattern)
        if exact:
            parts = [_safe_part(part) for part in parts]
        first, last, longest = parts[0], parts[-1], max(parts, key=len)
        if first:
            texts = (first, *(() if exact else (head + first for head in words.prefixes(pattern))))
            numbers = [self._features.beginning(text, mask) for text in texts]
            return self._literals(numbers), not exact and pattern == first + "*"
        if last and not exact:
            return (2 * self._features.end(last, mask),), False
        if longest and not exact:
            return (2 * self._features.part(longest, mask),), False
        return (), False


def _safe_part(part: str) -> str:
    """What of a part written before a wildcard is sure to be left of it in folded text.

    Its last letter may join with what follows.
    """
    if part.isascii():
        return part.lower()
    kept = part[:-1]
    return fold(kept) if all(classify(letter)[0] == LETTER for letter in part) else ""


def _readings(typed: Words) -> Iterator[list[words.Run]]:
    """All ways to join hyphenated pieces."""
    if not any(piece.joint is Joint.HYPHEN for piece in typed.pieces):
        yield [words.Run(end, piece.folded, piece.plain) for end, piece in enumerate(typed.pieces, 1)]
    else:
        yield from _readings_from(typed, 0)


def _readings_from(typed: Words, begin: int) -> Iterator[list[words.Run]]:
    if begin == len(typed.pieces):
        yield []
        return
    for run in typed.runs[begin]:
        for rest in _readings_from(typed, run.end):
            yield [run, *rest]


def _joints(typed: Words, reading: list[words.Run]) -> list[bool]:
    """Whether each position must touch the one before it."""
    return [False, *(typed.pieces[run.end - 1].joint is Joint.TOUCH for run in reading[:-1])]


def _is_sequence(texts: list[str], found: list[tuple[Clause, bool]]) -> bool:
    """Whether every position can be looked up exactly, or is any word between others."""
    is_known = all(is_exact or text == "*" for text, (_, is_exact) in zip(texts, found, strict=True))
    return is_known and "*" not in (texts[0], texts[-1])


def _is_without_symbols(typed: Words) -> bool:
    return not any(piece.before or piece.after or piece.joint is Joint.SYMBOL for piece in typed.pieces)
