"""The leaves of the tree: a lexeme that is a term, a phrase or a regular expression to its node.

Characters that mean something in other query languages are refused, so that nobody waits for a
match that cannot come.
"""

import re
from functools import lru_cache

from monitor.errors import QueryError
from monitor.rules import regex, words
from monitor.rules.lexer import Kind, Lexeme
from monitor.rules.query import Phrase, Regex, Term

# A text that repeats the words of a phrase is compared with all of it at each repetition.
LONGEST_PHRASE = 250  # words
LONGEST_SCATTERED = 50  # words of a phrase with `~`, each of which needs a place of its own

_QUOTE_HINT = "to search for the characters themselves, use quotes or a regular expression: /…/"
_FOREIGN = {
    "|": "write OR for alternatives",
    "&&": "write AND, or just a space",
    "^": "to weigh terms, use `score:` in the rule",
    "~": '`~` follows a phrase: "oil price"~5; for spellings, use wildcards or OR',
    "\\": "nothing needs escaping; use quotes",
    "[": "ranges do not exist; " + _QUOTE_HINT,
    "]": "ranges do not exist; " + _QUOTE_HINT,
    "{": _QUOTE_HINT,
    "}": _QUOTE_HINT,
    "<": _QUOTE_HINT,
    ">": _QUOTE_HINT,
}
_FOREIGN_ANYWHERE = re.compile("|".join(map(re.escape, _FOREIGN)))
_FOREIGN_ALONE = frozenset("&+＆＋")
_WITHOUT_WORDS = {
    "#": "a query has no comments: write them above it; a hashtag is written without a space, #oil",
    ":": "a field is written without spaces: title:oil",
    ";": "write OR between alternatives, or AND",
}
_FOREIGN_PREFIX = {
    "+": "every word is required already; write it without `+`",
    "!": "to exclude, write NOT or -",
}


def read(lexeme: Lexeme, text: str) -> Term | Phrase | Regex:
    """The node of a WORD, PHRASE or REGEX. Raises QueryError; `text` is the whole query."""
    try:
        match lexeme.kind:
            case Kind.PHRASE:
                return _read_phrase(lexeme)
            case Kind.REGEX:
                pattern = regex.read(lexeme.text, ignore_case=lexeme.flag)
                return Regex(lexeme.text, pattern, lexeme.flag, lexeme.span)
            case _:
                return _read_term(lexeme)
    except (words.WordError, regex.RegexError) as problem:
        raise QueryError(str(problem), text=text, span=lexeme.span, hint=problem.hint) from None


def _read_term(lexeme: Lexeme) -> Term:
    return Term(*_read_word(lexeme.text), lexeme.span)


@lru_cache(maxsize=1 << 14)
def _read_word(typed: str) -> tuple[str, words.Words]:
    """The text and its words, the same objects each time."""
    if typed in _FOREIGN_ALONE:
        raise words.WordError(f"`{typed}` is no operator here", _FOREIGN["&&"])
    if re.fullmatch(r"~\d+", typed):
        raise words.WordError(
            f"a space before `{typed}`", f'write it directly behind the phrase: "oil price"{typed}'
        )
    if foreign := _FOREIGN_ANYWHERE.search(typed):
        raise words.WordError(f"`{foreign.group()}` is no operator here", _FOREIGN[foreign.group()])
    if typed[0] in _FOREIGN_PREFIX and typed[1:2].isalpha():
        raise words.WordError(f"`{typed[0]}` is no operator here", _FOREIGN_PREFIX[typed[0]])
    if re.match(r"\$[^\W\d]", typed) and not typed.isupper():
        raise words.WordError(f"`{typed}` is no list", f'for the text, quote it: "{typed}"')
    found = words.read(typed)
    if found is None:
        hint = _WITHOUT_WORDS.get(typed, _QUOTE_HINT.replace("quotes or ", ""))
        raise words.WordError(f"`{typed}` has no letter and no digit", hint)
    return typed, found


def _read_phrase(lexeme: Lexeme) -> Phrase:
    text = " ".join(lexeme.text.split())
    found = tuple(word for part in text.split() if (word := words.read(part, quoted=True)) is not None)
    if not found:
        raise words.WordError("a phrase without a letter or digit", "write the words between the quotes")
    if all(_is_any_word(word) for word in found):
        raise words.WordError("a phrase of nothing but `*`", "add a word")
    longest = LONGEST_PHRASE if lexeme.number is None else LONGEST_SCATTERED
    if len(found) > longest:
        hint = f"at most {longest}" + ("" if lexeme.number is None else " with `~`")
        raise words.WordError(f"a phrase of {len(found):,} words is too long", hint)
    if lexeme.number is not None and any(_is_any_word(word) for word in found):
        raise words.WordError("a lone `*` together with `~`", "`~` already allows other words between")
    return Phrase(text, found, words.sequence(found), lexeme.number, lexeme.span)


def _is_any_word(word: words.Words) -> bool:
    return len(word.pieces) == 1 and word.pieces[0].is_any
