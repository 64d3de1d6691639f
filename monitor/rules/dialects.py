"""Lint for other dialects: what is an operator elsewhere, and here only a word to be looked for.

Looks at the lexemes, since the tree no longer shows how they were written. Knows the usual forms of
distances (`W/5`, `NEAR 5`), operators in other languages, and quotes that are apostrophes here.
"""

import re
from collections.abc import Iterator, Sequence

from monitor.rules import lexer
from monitor.rules.lexer import Kind, Lexeme
from monitor.rules.query import FIELDS, Query

Remark = tuple[tuple[int, int], str, str]  # span, message, hint

_OPENING, _CLOSING = "'‘‚’", "'’‘"
_DISTANCE = re.compile(r"(PRE|W|N|P|S|NEAR|WITHIN)([/:~]?)(\d{1,3})", re.IGNORECASE)
_ORDERED = {"PRE", "P"}
_BY_MEANING = {
    "AND": "UND ET Y E EN И",
    "OR": "ODER OU O LUB ИЛИ",
    "AND NOT": "NICHT SAUF SIN NIET НЕ ANDNOT BUTNOT BUT",
}
_FOREIGN = {word: meaning for meaning, words in _BY_MEANING.items() for word in words.split()}
# Most queries have nothing of this; they are not read a second time.
_SUSPICIOUS = re.compile(
    rf"[{_OPENING};；]|\w\s+[:：]\w|\bO?NEAR\s+\d|\b(?:within|w|n|pre)\s+\d|\b[a-z]+[/:~]?\d|\b(?:{'|'.join(_FOREIGN)})\b",
    re.IGNORECASE,
)
_OPERANDS = frozenset({Kind.WORD, Kind.PHRASE, Kind.REGEX, Kind.LIST})
_BEFORE, _AFTER = _OPERANDS | {Kind.CLOSE}, _OPERANDS | {Kind.OPEN, Kind.FIELD, Kind.NOT, Kind.MINUS}


def foreign(query: Query) -> Iterator[Remark]:
    """What looks like another dialect's operator or quote, in the order of the text. Linear."""
    if not _SUSPICIOUS.search(query.text):
        return
    lexemes = lexer.read(query.text)
    end = 0  # what one remark covers gets no second one
    for index in range(len(lexemes)):
        for find in _LOOKS:
            if lexemes[index].start >= end and (remark := find(lexemes, index)) is not None:
                end = remark[0][1]
                yield remark


def _is_between(lexemes: Sequence[Lexeme], first: int, last: int) -> bool:
    """Whether operands stand on both sides, so that an operator was perhaps meant."""
    return first > 0 and lexemes[first - 1].kind in _BEFORE and lexemes[last + 1].kind in _AFTER


def _apostrophes(lexemes: Sequence[Lexeme], index: int) -> Remark | None:
    """`'oil price'`: two words, wherever each stands."""
    first = lexemes[index]
    if first.kind is not Kind.WORD or first.text[0] not in _OPENING or first.text[-1] in _CLOSING:
        return None
    words = [first.text[1:]]
    for lexeme in lexemes[index + 1 :]:
        if lexeme.kind is not Kind.WORD or lexeme.text[0] in _OPENING:
            return None
        if lexeme.text[-1] in _CLOSING:
            phrase = " ".join((*words, lexeme.text[:-1]))
            message = "apostrophes make no phrase: each of the words may stand anywhere"
            return (first.start, lexeme.end), message, f'write "{phrase}" in double quotes'
        words.append(lexeme.text)
    return None


def _near_blank_number(lexemes: Sequence[Lexeme], index: int) -> Remark | None:
    """`oil NEAR 5 gas`: looks for the word 5."""
    near = lexemes[index]
    if near.kind not in (Kind.NEAR, Kind.ONEAR) or near.number is not None:
        return None
    number, following = lexemes[index + 1], lexemes[min(index + 2, len(lexemes) - 1)]
    if not _is_number(number) or following.kind not in _AFTER:
        return None
    return (
        (near.start, number.end),
        f"{number.text} is a word here",
        f"did you mean {near.kind}/{number.text}?",
    )


def _within(lexemes: Sequence[Lexeme], index: int) -> Remark | None:
    """`oil WITHIN 5 gas`, also `W 5` in capitals."""
    word, number = lexemes[index], lexemes[min(index + 1, len(lexemes) - 1)]
    is_word = word.kind is Kind.WORD and (word.text.upper() == "WITHIN" or word.text in ("W", "N", "PRE"))
    if not is_word or not _is_number(number) or not _is_between(lexemes, index, index + 1):
        return None
    return _no_distance(word, number, "ONEAR" if word.text == "PRE" else "NEAR", number.text)


def _distance(lexemes: Sequence[Lexeme], index: int) -> Remark | None:
    """`W/5`, `PRE/3`; without a slash only in capitals, as in `N5`."""
    lexeme = lexemes[index]
    found = _DISTANCE.fullmatch(lexeme.text) if lexeme.kind is Kind.WORD else None
    if found is None or not _is_between(lexemes, index, index):
        return None
    name, mark, number = found.groups()
    if not mark and not name.isupper():
        return None
    return _no_distance(lexeme, lexeme, "ONEAR" if name.upper() in _ORDERED else "NEAR", number)


def _no_distance(first: Lexeme, last: Lexeme, operator: str, number: str) -> Remark:
    typed = first.text if first is last else f"{first.text} {last.text}"
    return (
        (first.start, last.end),
        f"`{typed}` is no operator here, and looked for",
        f"write {operator}/{number}",
    )


def _operator(lexemes: Sequence[Lexeme], index: int) -> Remark | None:
    """`oil UND gas`, in capitals between terms."""
    lexeme = lexemes[index]
    if lexeme.kind is not Kind.WORD or lexeme.text not in _FOREIGN:
        return None
    if not _is_between(lexemes, index, index):
        return None
    meaning, last = _FOREIGN[lexeme.text], lexeme
    if lexemes[index + 1].kind is Kind.NOT:
        meaning, last = "AND NOT", lexemes[index + 1]
    return (
        (lexeme.start, last.end),
        f"`{lexeme.text}` is no operator here, and looked for",
        f"write {meaning}",
    )


def _semicolon(lexemes: Sequence[Lexeme], index: int) -> Remark | None:
    """`oil; gas`: both must be there."""
    lexeme = lexemes[index]
    if lexeme.kind is not Kind.WORD or lexeme.text[-1] not in ";；" or len(lexeme.text) < 2:
        return None
    if lexemes[index + 1].kind not in _AFTER:
        return None
    return (
        (lexeme.end - 1, lexeme.end),
        "a semicolon separates nothing: both must be there",
        "write OR between",
    )


def _spaced_field(lexemes: Sequence[Lexeme], index: int) -> Remark | None:
    """`title :oil`: looks for the word title."""
    name, word = lexemes[index], lexemes[min(index + 1, len(lexemes) - 1)]
    if name.kind is not Kind.WORD or name.text.lower() not in FIELDS or word.kind is not Kind.WORD:
        return None
    if word.text[0] not in ":：" or len(word.text) < 2:
        return None
    return (name.start, word.end), f"`{name.text}` is a word here", f"write {name.text}:{word.text[1:]}"


_LOOKS = (
    _apostrophes, _near_blank_number, _within, _distance, _operator, _semicolon, _spaced_field,
)  # fmt: skip


def _is_number(lexeme: Lexeme) -> bool:
    return (
        lexeme.kind is Kind.WORD and lexeme.text.isascii() and lexeme.text.isdigit() and len(lexeme.text) < 4
    )
