"""Prefilter: from a query to a condition that every article it matches satisfies, for a full-text index.

The condition is about which words an article has, no more: order, places, fields and exclusions are
left to the matcher, which has the last word. It may let too much through and never too little.

>>> from monitor.rules import parse
>>> necessary(parse('oil AND (Iran OR Irak*) NOT gas'))
AllOf(parts=(Word('oil'), AnyOf(parts=(Word('iran'), Word('irak'…)))))
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from monitor.model import Article
from monitor.rules.query import (
    ARTICLE_FIELDS,
    DEFAULT_FIELDS,
    And,
    AtLeast,
    Except,
    Field,
    ListRef,
    Near,
    Node,
    Or,
    Phrase,
    SomeOf,
    Term,
)
from monitor.rules.ruleset import Compiled
from monitor.rules.score import WeighedQueries
from monitor.rules.words import Joint, Run, Words, has_wildcard, prefixes
from monitor.text import field_text, fold
from monitor.text.tokens import TOKEN

LONGEST_WORD = 250  # characters; longer words are cut in the index and in conditions alike
MOST_WORDS = 2000  # in one condition; databases take no more
_OTHER_FIELDS = tuple(name for name in ARTICLE_FIELDS if name not in DEFAULT_FIELDS)
_ASCII_WORD = re.compile("[a-z0-9]+")
_DEEPEST = 16
_LONGEST_CHAIN = 4  # hyphens: each may be there or not, which doubles the ways
_SHORTEST_START = 2
_MOST_MARKS = 20  # a pile of them may fold differently when composed


@dataclass(frozen=True, slots=True)
class Word:
    """The article has this folded word, or one that begins so."""

    text: str
    is_start: bool = False

    def __repr__(self) -> str:
        return f"Word({self.text!r}{'…' if self.is_start else ''})"


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of two or more."""

    parts: "tuple[Need, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of two or more."""

    parts: "tuple[Need, ...]"


Need = Word | AllOf | AnyOf


def index_words(article: Article) -> list[str]:
    """The distinct words of all fields as the index keeps them, sorted. Linear."""
    return sorted(_bounded_words(_words_of(article, ARTICLE_FIELDS)))


def index_words_of(article: Article, read: Iterable[str]) -> set[str]:
    """The same of an article whose title, summary and body were read: these are their folded words."""
    return _bounded_words(_words_of(article, _OTHER_FIELDS).union(read))


def _words_of(article: Article, names: Iterable[str]) -> set[str]:
    plain, others = [], set()
    for text in (field_text(article, name) for name in names):
        if text.isascii():
            plain.append(text)
            continue
        # No token holds white space, so that each chunk between is looked at once, however often it comes.
        for chunk in set(text.split()):
            if chunk.isascii():
                plain.append(chunk)
            else:
                others.add(chunk)
    found = set(_ASCII_WORD.findall("\n".join(plain).lower()))
    found.update(folded for chunk in others for word in TOKEN.findall(chunk) if (folded := fold(word)))
    return found


def _bounded_words(found: set[str]) -> set[str]:
    if max(map(len, found), default=0) > LONGEST_WORD:
        return {word[:LONGEST_WORD] for word in found}
    return found


def necessary(compiled: Compiled) -> Need | None:
    """What every matching article has; None when nothing can be said, so that all must be looked at."""
    if isinstance(compiled, WeighedQueries):
        return _bounded(_of_score(compiled))
    return _bounded(_of_node(compiled.root, exact=False))


def either(needs: Iterable[Need | None]) -> Need | None:
    """What an article has that satisfies at least one of the needs."""
    return _bounded(_any_of(list(needs)))


def is_satisfied(need: Need, words: Iterable[str]) -> bool:
    """Whether an article of these words satisfies the need: what an index must answer."""
    known = set(words)
    match need:
        case Word(is_start=True):
            return any(word.startswith(need.text) for word in known)
        case Word():
            return need.text in known
        case AllOf():
            return all(is_satisfied(part, known) for part in need.parts)
        case AnyOf():
            return any(is_satisfied(part, known) for part in need.parts)


# --- combining --------------------------------------------------------------------------------


def _all_of(needs: Iterable[Need | None]) -> Need | None:
    """Parts about which nothing can be said fall away."""
    parts: dict[Need, None] = {}
    for need in needs:
        parts |= dict.fromkeys(need.parts if isinstance(need, AllOf) else (need,)) if need else {}
    return AllOf(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def _any_of(needs: list[Need | None]) -> Need | None:
    """Nothing can be said when nothing can be said about one part."""
    parts: dict[Need, None] = {}
    for need in needs:
        if need is None:
            return None
        parts |= dict.fromkeys(need.parts if isinstance(need, AnyOf) else (need,))
    return AnyOf(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def _size(need: Need) -> int:
    return 1 if isinstance(need, Word) else sum(map(_size, need.parts))


def _depth(need: Need) -> int:
    return 0 if isinstance(need, Word) else 1 + max(map(_depth, need.parts))


def _bounded(need: Need | None) -> Need | None:
    """The need, weakened where it is more than a database takes."""
    if need is None or (_size(need) <= MOST_WORDS and _depth(need) <= _DEEPEST):
        return need
    if not isinstance(need, AllOf):
        return None
    kept: list[Need] = []
    room = MOST_WORDS
    for part in sorted(need.parts, key=_size):
        if _size(part) <= room and _depth(part) < _DEEPEST:
            kept.append(part)
            room -= _size(part)
    return _all_of(kept)


# --- the tree ---------------------------------------------------------------------------------


def _of_node(node: Node, *, exact: bool) -> Need | None:
    match node:
        case And():
            return _all_of(_of_node(operand, exact=exact) for operand in node.operands)
        case Or() | ListRef():
            return _any_of([_of_node(operand, exact=exact) for operand in node.operands])
        case SomeOf():
            return _of_some(node, exact=exact)
        case Near():
            return _all_of(_of_node(side, exact=exact) for side in (node.left, node.right))
        case Except() | AtLeast():
            return _of_node(node.operand, exact=exact)
        case Field():
            inner = exact or node.name == "exact"
            return None if node.name == "lang" else _of_node(node.operand, exact=inner)
        case Term():
            return _of_words(node.words, exact=exact)
        case Phrase():
            return _all_of(_of_words(words, exact=exact) for words in node.words)
        case _:  # NOT asks for nothing, and what a regular expression finds may be no word
            return None


def _of_some(node: SomeOf, *, exact: bool) -> Need | None:
    needs = [_of_node(operand, exact=exact) for operand in node.operands]
    known = [need for need in needs if need is not None]
    wanted = node.count - (len(needs) - len(known))  # the others may all be there
    if wanted <= 0:
        return None
    return _all_of(known) if wanted == len(known) else _any_of([*known])


def _of_score(weighed: WeighedQueries) -> Need | None:
    """One of the terms; of those without which the sum cannot be reached, each."""
    needs = [(_of_node(query.root, exact=False), weight) for query, weight in weighed.terms]
    if weighed.threshold <= 0:
        return _any_of([need for need, _ in needs])
    most = sum(weight for _, weight in needs if weight > 0)
    helpful = _any_of([need for need, weight in needs if weight > 0])
    indispensable = [need for need, weight in needs if weight > 0 and most - weight < weighed.threshold]
    return _all_of([helpful, *indispensable]) if not indispensable else _all_of(indispensable)


# --- words ------------------------------------------------------------------------------------


def _of_words(words: Words, *, exact: bool) -> Need | None:
    return _all_of(_of_chain(words, first, end, exact=exact) for first, end in pairwise(_chains(words)))


def _chains(words: Words) -> Iterator[int]:
    """Where the chains of hyphenated pieces begin, and the end."""
    yield 0
    for number, piece in enumerate(words.pieces, 1):
        if piece.joint is not Joint.HYPHEN or number == len(words.pieces):
            yield number


def _of_chain(words: Words, first: int, end: int, *, exact: bool) -> Need | None:
    """All ways to read the pieces, joined or not."""
    if end - first > _LONGEST_CHAIN:
        return None
    ways = []
    for run in words.runs[first]:
        if run.end < end:
            ways.append(_all_of([_of_run(run, exact=exact), _of_chain(words, run.end, end, exact=exact)]))
        elif run.end == end:
            ways.append(_of_run(run, exact=exact))
    return _any_of([*ways])


def _of_run(run: Run, *, exact: bool) -> Need | None:
    if exact:
        return _of_exact(run.plain)
    if not has_wildcard(run.folded):
        return _any_of([_word(head + run.folded) for head in ("", *prefixes(run.folded))])
    fixed = run.folded.replace("?", "*").partition("*")[0]
    if len(fixed) < _SHORTEST_START:
        return None
    return _any_of([_word(head + fixed, is_start=True) for head in ("", *prefixes(run.folded))])


def _of_exact(pattern: str) -> Need | None:
    """Words written alike fold alike; their beginnings surely do only in ASCII."""
    if not has_wildcard(pattern):
        marks = sum(unicodedata.category(character)[0] == "M" for character in pattern)
        return _word(fold(pattern)) if marks <= _MOST_MARKS else None
    fixed = pattern.replace("?", "*").partition("*")[0]
    if len(fixed) < _SHORTEST_START or not (fixed.isascii() and fixed.isalnum()):
        return None
    return _word(fold(fixed), is_start=True)


def _word(text: str, *, is_start: bool = False) -> Need | None:
    return Word(text[:LONGEST_WORD], is_start) if text else None
