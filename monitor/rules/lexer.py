"""The lexer: query text to lexemes with spans. Linear; it knows words, not their order.

Operators count in CAPITALS only, and their lowercase forms are refused, because every engine reads
them differently. A `-` excludes when it touches the term after it.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from monitor.errors import QueryError
from monitor.text.characters import DASHES

LONGEST_QUERY = 200_000
NUMBERS = range(101)


class Kind(StrEnum):
    WORD = "word"
    PHRASE = "phrase"
    REGEX = "regular expression"
    LIST = "list"
    FIELD = "field"
    OPEN = "("
    CLOSE = ")"
    COMMA = ","
    MINUS = "-"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    ONEAR = "ONEAR"
    EXCEPT = "EXCEPT"
    ATLEAST = "ATLEAST"
    OF = "OF"
    END = "end"


class Lexeme(NamedTuple):
    """One unit. `text` is what stands between the delimiters, `number` the n of `/n` or `~n`."""

    kind: Kind
    text: str
    start: int
    end: int
    number: int | None = None
    flag: bool = False  # of a regular expression: ignore case

    @property
    def span(self) -> tuple[int, int]:
        return place(self.start, self.end)


@lru_cache(maxsize=1 << 14)
def place(start: int, end: int) -> tuple[int, int]:
    """A range of characters. Queries are short: millions of places are a few thousand different ones."""
    return (start, end)


OPERATORS = frozenset(
    {Kind.AND, Kind.OR, Kind.NOT, Kind.NEAR, Kind.ONEAR, Kind.EXCEPT, Kind.ATLEAST, Kind.OF}
)
_NUMBERED = (Kind.NEAR, Kind.ONEAR, Kind.ATLEAST)

_QUOTES = '"“”„«»‟＂'
_HEBREW = "\u05d0-\u05ea"
_GERSHAYIM = f"(?<=[{_HEBREW}])[{_QUOTES}](?=[{_HEBREW}])"  # צה"ל is one word
_SPACE = re.compile(r"\s*")
_WORD = re.compile(rf"(?:[^\s()（），,{_QUOTES}]|{_GERSHAYIM}|(?<=\d)[,，](?=\d))+")
_PHRASE_END = re.compile(f"(?<![{_HEBREW}])[{_QUOTES}]|[{_QUOTES}](?![{_HEBREW}])")
_FIELD = re.compile(r"([^\W\d]\w*)[:：](?!//)")
_REGEX_END = re.compile(r"(?:[^/\\\n]|\\.)*+/")
_LIST = re.compile(r"\$([^\W\d][\w-]*)")
_OPERATOR = re.compile(r"(AND|OR|NOT|EXCEPT|OF|NEAR|ONEAR|ATLEAST)(/.*)?", re.IGNORECASE | re.DOTALL)
# What most of a query consists of; what stands behind it must leave no doubt.
_SIMPLE = re.compile(r"\s*([^\W\d_]+\*?(?=[\s)]|\Z)|[()])")
_SIMPLE_KINDS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT, "(": Kind.OPEN, ")": Kind.CLOSE}
_AFTER_BLANKS = re.compile(r"\s{1,9}([0-9]{1,3})\b")
_LONGEST_NAME = max(map(len, OPERATORS))
_BRACKETS = {
    "(": Kind.OPEN,
    "（": Kind.OPEN,
    ")": Kind.CLOSE,
    "）": Kind.CLOSE,
    ",": Kind.COMMA,
    "，": Kind.COMMA,
}


def read(text: str) -> list[Lexeme]:
    """All lexemes, an END last. Raises QueryError."""
    if len(text) > LONGEST_QUERY:
        message = f"the query has {len(text):,} characters, more than {LONGEST_QUERY:,}"
        hint = "split it into several rules, or put long alternatives into lists"
        raise QueryError(message, text=text[:80], span=(0, 80), hint=hint)
    return _Lexer(text).read()


class _Lexer:
    """A position in a text. Each method reads one unit from there and moves on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def read(self) -> list[Lexeme]:
        lexemes: list[Lexeme] = []
        while True:
            self._take_simple(lexemes)
            self.position = self._match(_SPACE).end()
            if self.position >= len(self.text):
                end = len(self.text)
                return [*lexemes, Lexeme(Kind.END, "", end, end)]
            lexemes.append(self._lexeme())

    def _take_simple(self, lexemes: list[Lexeme]) -> None:
        """Read on as long as all is simple: words of letters alone, AND, OR, NOT, round brackets."""
        text, position, match_at = self.text, self.position, _SIMPLE.match
        while (match := match_at(text, position)) is not None:
            found = match[1]
            kind = _SIMPLE_KINDS.get(found, Kind.WORD)
            if kind is Kind.WORD and len(found) <= _LONGEST_NAME and found.upper() in OPERATORS:
                break
            start, position = match.span(1)
            lexemes.append(Lexeme(kind, found, start, position))
        self.position = position

    def _lexeme(self) -> Lexeme:
        character = self.text[self.position]
        if character in _BRACKETS:
            return self._take(_BRACKETS[character], self.position + 1)
        if character in _QUOTES:
            return self._phrase()
        if character == "/":
            return self._regex()
        if character in DASHES:
            return self._minus()
        if field := _FIELD.match(self.text, self.position):
            return self._field(field)
        return self._word()

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.text, self.position)
        assert match is not None  # these patterns match anything  # noqa: S101
        return match

    def _take(
        self, kind: Kind, end: int, text: str | None = None, number: int | None = None, flag: bool = False
    ) -> Lexeme:
        start, self.position = self.position, end
        return Lexeme(kind, self.text[start:end] if text is None else text, start, end, number, flag)

    def error(self, message: str, start: int, end: int, hint: str = "") -> QueryError:
        return QueryError(message, text=self.text, span=(start, end), hint=hint)

    # --- units --------------------------------------------------------------------------------

    def _phrase(self) -> Lexeme:
        start = self.position
        closing = _PHRASE_END.search(self.text, start + 1)
        if closing is None:
            raise self.error("this quote is never closed", start, start + 1, "add the closing quote")
        content = self.text[start + 1 : closing.start()]
        end = closing.end()
        if not self.text.startswith("~", end):
            return self._take(Kind.PHRASE, end, content)
        tail = self._tail(end + 1)
        number = self._number(tail, start=end, what="~", example='"oil price"~5')
        return self._take(Kind.PHRASE, end + 1 + len(tail), content, number)

    def _regex(self) -> Lexeme:
        start = self.position
        closing = _REGEX_END.match(self.text, start + 1)
        if closing is None:
            hint = 'close it with `/`; to search for a text with a slash, quote it: "/r/news"'
            raise self.error("this regular expression is never closed", start, start + 1, hint)
        tail = self._tail(closing.end())
        if tail not in ("", "i"):
            hint = "only `i` (ignore case) may follow; to search for a text with slashes, quote it"
            raise self.error(
                f"`{_short(tail)}` after the regular expression",
                closing.end(),
                closing.end() + len(tail),
                hint,
            )
        content = self.text[start + 1 : closing.end() - 1]
        return self._take(Kind.REGEX, closing.end() + len(tail), content, flag=tail == "i")

    def _tail(self, start: int) -> str:
        match = _WORD.match(self.text, start)
        return match.group() if match else ""

    def _minus(self) -> Lexeme:
        start = self.position
        following = self.text[start + 1 : start + 2]
        if not following or following.isspace() or following in ")）,，":
            hint = "to exclude, write it directly before the word: -sport; to search for a dash, use quotes"
            raise self.error("a lone `-`", start, start + 1, hint)
        return self._take(Kind.MINUS, start + 1)

    def _field(self, match: re.Match[str]) -> Lexeme:
        following = self.text[match.end() : match.end() + 1]
        if not following or following.isspace():
            hint = f"write it without a space: {match.group(1)}:word"
            if following and following not in " \t\r\n":
                hint += f" (the space there is no ordinary one, but U+{ord(following):04X})"
            raise self.error(f"nothing directly after `{match.group()}`", match.start(), match.end(), hint)
        return self._take(Kind.FIELD, match.end(), match.group(1))

    def _word(self) -> Lexeme:
        start, end = self._match(_WORD).span()
        text = self.text[start:end]
        if operator := _OPERATOR.fullmatch(text):
            return self._operator(operator)
        if (name := _LIST.fullmatch(text)) is not None:
            return self._take(Kind.LIST, end, name.group(1))
        return self._take(Kind.WORD, end)

    def _operator(self, match: re.Match[str]) -> Lexeme:
        name, tail = match.group(1), match.group(2)
        start, end = self.position, self.position + len(match.group())
        kind = Kind(name.upper())
        if tail and kind not in _NUMBERED:
            return self._take(Kind.WORD, end)
        if not name.isupper():
            return self._lowercase(match, kind, end)
        if kind not in _NUMBERED:
            return self._take(kind, end)
        if tail is None:
            if kind is Kind.ATLEAST:
                meant = _AFTER_BLANKS.match(self.text, end)
                hint = f"write ATLEAST/{meant[1] if meant else 3}"
                raise self.error("ATLEAST without a number", start, end, hint)
            return self._take(kind, end)
        number = self._number(tail[1:], start=start, what=f"{name}/", example=f"{name}/5")
        return self._take(kind, end, number=number)

    def _lowercase(self, match: re.Match[str], kind: Kind, end: int) -> Lexeme:
        """Refuse what looks like an operator; `of` and a bare `atleast` are ordinary words."""
        typed = match.group()
        if kind is Kind.OF or (kind is Kind.ATLEAST and match.group(2) is None):
            return self._take(Kind.WORD, end)
        hint = f'write {typed.upper()} for the operator, or "{typed}" in quotes for the word'
        raise self.error(f"`{typed}` in lower case", self.position, end, hint)

    def _number(self, digits: str, *, start: int, what: str, example: str) -> int:
        """The n of `/n` and `~n`, whose text begins after `what` at `start`."""
        place = (start, start + len(what) + len(digits))
        if not (digits.isascii() and digits.isdigit()):
            raise self.error(f"`{what}` needs a number directly after it", *place, f"for example {example}")
        if len(digits) > 4 or int(digits) not in NUMBERS:
            hint = f"choose between {NUMBERS.start} and {NUMBERS.stop - 1}"
            raise self.error(f"{_short(digits)} is out of range", *place, hint)
        return int(digits)


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"
