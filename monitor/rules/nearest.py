"""What comes nearest to a clause that found nothing: the closest spelling, the words too far apart.

For people who wonder why a rule stayed silent. Looks at one article, decides nothing: whether a
clause holds is the matcher's business.
"""

import difflib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from monitor.model import Span
from monitor.rules import regex
from monitor.rules.page import FieldText, Page
from monitor.rules.places import Found, Scope, find, find_words
from monitor.rules.printer import render
from monitor.rules.query import (
    ARTICLE_FIELDS,
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
from monitor.rules.words import Joint, Piece, Words
from monitor.text import characters

_MOST_ALTERNATIVES = 200  # of a long list, looked at
_MOST_WORDS = 5000  # of a long text, compared
_SIMILAR = 0.7
_FEWEST_LETTERS = 3  # of a word looked for inside longer ones


class Nearest(NamedTuple):
    """A sentence, and the place in the text that it speaks of, if there is one."""

    message: str
    span: Span | None = None
    distance: float = 1.0  # 0: almost; 1: nothing alike
    ends: tuple[Span, ...] = ()  # of a long place, what stands at its ends


def nearest(node: Node, page: Page, scope: Scope) -> tuple[Nearest, ...]:
    """What is nearest to a term, phrase, NEAR … or alternatives of them; the best first, never empty."""
    match node:
        case Or() | ListRef():
            return _of_alternatives(node.operands[:_MOST_ALTERNATIVES], page, scope)
        case Field():
            return nearest(node.operand, page, scope.within(node.name))
        case Near():
            return _of_near(node, page, scope)
        case Except():
            return _of_except(node, page, scope)
        case Term():
            return _of_words(node, node.words, page, scope)
        case Phrase():
            return _of_words(node, node.sequence, page, scope)
        case Regex():
            return (_of_regex(node, page, scope),)
        case _:
            return (Nearest("not in the text"),)


def _of_alternatives(operands: Sequence[Node], page: Page, scope: Scope) -> tuple[Nearest, ...]:
    """The one closest to anything in the text."""
    found = [(nearest(operand, page, scope), operand) for operand in operands]
    best, operand = min(found, key=lambda pair: max(item.distance for item in pair[0]))
    if all(item.distance >= 1 for item in best):
        return (Nearest("none of them is in the text, nor anything alike"),)
    if isinstance(operand, Or | ListRef):  # its hints name the alternative already
        return best
    return tuple(item._replace(message=f"`{render(operand)}`: {item.message}") for item in best)


# --- elsewhere, or written otherwise ----------------------------------------------------------


def _of_words(node: Term | Phrase, words: Words, page: Page, scope: Scope) -> tuple[Nearest, ...]:
    elsewhere = _elsewhere(node, page, scope)
    if elsewhere is not None:
        return (elsewhere,)
    if scope.exact and (place := _first(node, page, scope._replace(exact=False))):
        return (Nearest(f"there as `{_text(page, place)}`, written differently", place, 0.1),)
    bare = Words(tuple(_bare(piece) for piece in words.pieces))
    if bare != words and (place := _first_words(bare, page, scope)):
        return (Nearest("there, without its symbols or written apart", place, 0.2),)
    if len(words.pieces) > 1:
        return _of_sequence(words, page, scope)
    return (_of_piece(words.pieces[0], page, scope),)


def _elsewhere(node: Node, page: Page, scope: Scope) -> Nearest | None:
    """In a field where the clause does not look. An address says nothing to a reader."""
    place = _first(node, page, scope._replace(fields=tuple(f for f in ARTICLE_FIELDS if f != "url")))
    if place is None:
        return None
    wanted = ", ".join(scope.fields)
    return Nearest(f"in the {place.field}, but this clause looks in {wanted}", place, 0.1)


def _bare(piece: Piece) -> Piece:
    return replace(piece, joint=Joint.GAP, symbols="", before="", after="")


def _first(node: Node, page: Page, scope: Scope) -> Span | None:
    for name in scope.fields:
        if found := find(node, page.field(name), scope):
            return Span(name, found[0].start, found[0].end)
    return None


def _first_words(words: Words, page: Page, scope: Scope) -> Span | None:
    for name in scope.fields:
        if found := find_words(words, page.field(name), exact=scope.exact):
            return Span(name, found[0].start, found[0].end)
    return None


def _text(page: Page, span: Span) -> str:
    return page.field(span.field).text[span.start : span.end]


# --- one word ---------------------------------------------------------------------------------


def _of_piece(piece: Piece, page: Page, scope: Scope) -> Nearest:
    """The closest spelling; a longer word that holds it comes first."""
    fixed = piece.folded.replace("?", "*").split("*")
    wanted = max(fixed, key=len)
    places = page.answers.keep(("vocabulary", scope.fields), lambda: _vocabulary(page, scope))
    if len(wanted) >= _FEWEST_LETTERS and not characters.is_unspaced(wanted[0]):
        inside = next((word for word in places if wanted in word), None)
        if inside is not None:
            message = f"only inside the longer word `{_text(page, places[inside])}`"
            return Nearest(message, places[inside], 0.3)
    similar = _similar(wanted, places, is_start=piece.folded.endswith("*"))
    if similar is None:
        return Nearest("not in the text, nor a word spelt like it")
    place = places[similar]
    distance = 1 - difflib.SequenceMatcher(None, wanted, similar).ratio()
    return Nearest(f"not in the text; the closest spelling is `{_text(page, place)}`", place, distance + 0.3)


def _vocabulary(page: Page, scope: Scope) -> dict[str, Span]:
    """The distinct words of the fields, each with its first place; of a long field the first ones."""
    seen: dict[str, Span] = {}
    for name in scope.fields:
        for word, place in islice(page.field(name).vocabulary.items(), _MOST_WORDS):
            seen.setdefault(word, Span(name, *place))
    return seen


def _similar(wanted: str, known: dict[str, Span], *, is_start: bool) -> str | None:
    """The word spelt most like the wanted one; of `Venezuel*` only the beginnings are compared."""
    beginnings: dict[str, str] = {}
    for word in known:
        beginnings.setdefault(word[: len(wanted)] if is_start else word, word)
    close = difflib.get_close_matches(wanted, beginnings, n=1, cutoff=_SIMILAR)
    return beginnings[close[0]] if close else None


# --- several words ----------------------------------------------------------------------------


def _of_sequence(words: Words, page: Page, scope: Scope) -> tuple[Nearest, ...]:
    """Which words are missing; when none is, how close together they come."""
    pieces = list(dict.fromkeys(_bare(piece) for piece in words.pieces if not piece.is_any))
    singles = [Words((piece,)) for piece in pieces]
    missing = [
        piece for piece, one in zip(pieces, singles, strict=True) if not _first_words(one, page, scope)
    ]
    if missing:
        return tuple(
            Nearest(f"`{piece.text}`: {found.message}", found.span, found.distance)
            for piece in missing[:3]
            for found in (_of_piece(piece, page, scope),)
        )
    window = _smallest_window(singles, page, scope)
    if window is None:
        return (Nearest("its words are there, but not together in one field and paragraph", None, 0.4),)
    span, length = window
    message = f"its words are there but not side by side: {length} words from first to last in {span.field}"
    return (Nearest(message, span, 0.25),)


def _smallest_window(singles: list[Words], page: Page, scope: Scope) -> tuple[Span, int] | None:
    """The shortest range of tokens within a block that has every word."""
    best: tuple[Span, int] | None = None
    for name in scope.fields:
        text = page.field(name)
        marks = sorted(
            (place.first, number)
            for number, single in enumerate(singles)
            for place in find_words(single, text, exact=scope.exact)
        )
        last: dict[tuple[int, int], int] = {}  # (block, word) → its latest token
        for token, number in marks:
            block = text.tokens[token].block
            last[block, number] = token
            begins = [last.get((block, other), -1) for other in range(len(singles))]
            if min(begins) >= 0 and (best is None or token - min(begins) + 1 < best[1]):
                span = Span(name, text.tokens[min(begins)].start, text.tokens[token].end)
                best = (span, token - min(begins) + 1)
    return best


# --- NEAR, EXCEPT, regular expressions --------------------------------------------------------


def _of_near(node: Near, page: Page, scope: Scope) -> tuple[Nearest, ...]:
    missing = [side for side in (node.left, node.right) if _first(side, page, scope) is None]
    if missing:
        return tuple(
            Nearest(f"`{render(side)}`: {found.message}", found.span, found.distance)
            for side in missing
            for found in nearest(side, page, scope)
        )
    pairs = [pair for name in scope.fields for pair in _pairs(node, page.field(name), scope)]
    if not pairs:
        message = "both are there, but not in one field and paragraph"
        return (Nearest(message, _first(node.left, page, scope), 0.4),)
    gap, is_reversed, span, *ends = min(pairs)
    if node.ordered and is_reversed and gap <= node.distance:
        return (Nearest(f"there in the other order, in {span.field}", span, 0.1, tuple(ends)),)
    order = ", and in the other order," if node.ordered and is_reversed else ""
    apart = f"{gap} word{'' if gap == 1 else 's'} apart{order} in {span.field}"
    return (Nearest(f"{apart}, at most {node.distance} allowed", span, 0.2, tuple(ends)),)


def _pairs(node: Near, text: FieldText, scope: Scope) -> Iterator[tuple[int, bool, Span, Span, Span]]:
    """For each place of the left side the closest of the right: words between, reversed?, where, the two."""
    right = sorted(find(node.right, text, scope), key=lambda place: place.first)
    firsts = [place.first for place in right]
    by_end = sorted(right, key=lambda place: place.last)
    lasts = [place.last for place in by_end]
    for left in find(node.left, text, scope):
        after, before = bisect_right(firsts, left.last), bisect_left(lasts, left.first)
        if after < len(right) and _same_block(text, left, right[after]):
            yield _pair(text, left, right[after], is_reversed=False)
        if before and _same_block(text, by_end[before - 1], left):
            yield _pair(text, by_end[before - 1], left, is_reversed=True)


def _pair(
    text: FieldText, earlier: Found, later: Found, *, is_reversed: bool
) -> tuple[int, bool, Span, Span, Span]:
    return (
        later.first - earlier.last - 1,
        is_reversed,
        Span(text.name, earlier.start, later.end),
        Span(text.name, earlier.start, earlier.end),
        Span(text.name, later.start, later.end),
    )


def _same_block(text: FieldText, left: Found, right: Found) -> bool:
    return text.tokens[left.first].block == text.tokens[right.first].block


def _of_except(node: Except, page: Page, scope: Scope) -> tuple[Nearest, ...]:
    place = _first(node.operand, page, scope)
    if place is None:
        return nearest(node.operand, page, scope)
    excluded = " or ".join(render(other) for other in node.excluded)
    return (Nearest(f"there only inside `{excluded}`", place, 0.2),)


def _of_regex(node: Regex, page: Page, scope: Scope) -> Nearest:
    elsewhere = _elsewhere(node, page, scope)
    if elsewhere is not None:
        return elsewhere
    if not node.ignore_case:
        caseless = replace(node, pattern=regex.read(node.text, ignore_case=True), ignore_case=True)
        if place := _first(caseless, page, scope):
            message = f"there as `{_text(page, place)}`: case counts unless written /…/i"
            return Nearest(message, place, 0.1)
    return Nearest("nothing in the text fits the expression")
