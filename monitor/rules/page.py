"""A page: one article made ready for matching. Each field is cut into tokens once, when asked for.

page = Page(article)
page.field("title").tokens
"""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

from monitor.model import Article
from monitor.rules import words
from monitor.text import characters
from monitor.text.fields import field_text
from monitor.text.fold import fold_symbols, plain
from monitor.text.tokens import Token, tokenize

_LONGEST_GAP = 40
_Answer = TypeVar("_Answer")


class Answers:
    """What was asked once is not worked out again: a long query says many things more than once."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def keep(self, question: Hashable, answer: Callable[[], _Answer]) -> _Answer:
        """The answer to a question, worked out the first time."""
        if question not in self._kept:
            self._kept[question] = answer()
        kept: _Answer = self._kept[question]
        return kept


class FieldText:
    """The visible text of one field, its tokens, and where each word stands."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.answers = Answers()

    @cached_property
    def vocabulary(self) -> dict[str, tuple[int, int]]:
        """The distinct words, folded, in reading order, each with the characters of its first place."""
        return {
            word: (self.tokens[places[0]].start, self.tokens[places[0]].end)
            for word, places in self._folded.items()
        }

    @cached_property
    def tokens(self) -> list[Token]:
        return tokenize(self.text)

    @cached_property
    def _folded(self) -> dict[str, list[int]]:
        return _index([token.folded for token in self.tokens])

    @cached_property
    def _plain(self) -> dict[str, list[int]]:
        return _index([plain(self.text[token.start : token.end]) for token in self.tokens])

    def positions(self, run: words.Run, *, exact: bool) -> list[int]:
        """Where one token is what the run asks for, ascending."""
        index = self._plain if exact else self._folded
        pattern = run.plain if exact else run.folded
        if pattern == "*":
            return list(range(len(self.tokens)))
        if words.has_wildcard(pattern):
            found = [places for word, places in index.items() if _accepts(pattern, word, exact=exact)]
        else:
            spellings = (pattern, *(() if exact else (head + pattern for head in words.prefixes(pattern))))
            found = [index[spelling] for spelling in spellings if spelling in index]
        return found[0] if len(found) == 1 else sorted({place for places in found for place in places})

    def accepts(self, run: words.Run, position: int, *, exact: bool) -> bool:
        """Whether the token at a position is what the run asks for."""
        token = self.tokens[position]
        if exact:
            return _accepts(run.plain, plain(self.text[token.start : token.end]), exact=True)
        return _accepts(run.folded, token.folded, exact=False)

    def joins(self, position: int, piece: words.Piece) -> bool:
        """Whether the text after the token at a position is what the joint after the piece wants."""
        if position + 1 >= len(self.tokens):
            return False
        token, following = self.tokens[position], self.tokens[position + 1]
        if token.block != following.block:
            return False
        match piece.joint:
            case words.Joint.TOUCH:
                return token.touches
            case words.Joint.SYMBOL:
                gap = self.text[token.end : following.start]
                return len(gap) <= _LONGEST_GAP and words.joint_symbols(fold_symbols(gap)) == piece.symbols
            case _:
                return True

    def start_of(self, position: int, symbols: str) -> int | None:
        """Where a match beginning at a token starts, with the symbols before it; None without them."""
        start = self.tokens[position].start
        if not symbols:
            return start
        found = ""
        while start > 0 and len(found) < len(symbols):
            start -= 1
            found = fold_symbols(self.text[start]) + found
            if not symbols.endswith(found):
                return None
            if not found and not words.allows_space(symbols):
                return None
        if found != symbols or (symbols[0] in "#@" and start and characters.is_letter(self.text[start - 1])):
            return None
        return start

    def end_of(self, position: int, symbols: str) -> int | None:
        """Where a match ending with a token ends, with the symbols after it; None without them."""
        end = self.tokens[position].end
        found = ""
        while end < len(self.text) and len(found) < len(symbols):
            found += fold_symbols(self.text[end])
            end += 1
            if not symbols.startswith(found) or (not found and not words.allows_space(symbols)):
                return None
        return end if found == symbols else None


class Page:
    """An article and its fields as they are needed."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.answers = Answers()
        self._fields: dict[str, FieldText] = {}

    def field(self, name: str) -> FieldText:
        if name not in self._fields:
            self._fields[name] = FieldText(name, field_text(self.article, name))
        return self._fields[name]


def _index(found: list[str]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for position, word in enumerate(found):
        index.setdefault(word, []).append(position)
    return index


def _accepts(pattern: str, word: str, *, exact: bool) -> bool:
    if words.accepts(pattern, word):
        return True
    if exact:
        return False
    return any(
        word.startswith(head) and words.accepts(pattern, word[len(head) :])
        for head in words.prefixes(pattern)
    )
