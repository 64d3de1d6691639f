"""Tokens: the word positions of a visible text, each with its offsets.

Splits at everything that is not a letter, digit or mark; knows no language and no dictionary.

    >>> [token.folded for token in tokenize("l’Iran: 東京 F-16")]
    ['l', 'iran', '東', '京', 'f', '16']
"""

import re
from typing import NamedTuple

from monitor.text.characters import INVISIBLE, MARK, UNSPACED, WORD
from monitor.text.fold import fold

_SARA_AM = "(?:\u0e4d\u0e32|\u0ecd\u0eb2)"  # the two-character spelling of one Thai or Lao vowel
_HANGUL_JAMO = "[\u1100-\u115e\ua960-\ua97c]++[\u1161-\u11a7\ud7b0-\ud7c6]*+[\u11a8-\u11ff\ud7cb-\ud7fb]*+"


def token_pattern(also: str = "") -> re.Pattern[str]:
    """The pattern of one token; the characters of `also` count as letters of spaced scripts."""
    word = WORD + re.escape(also)
    return re.compile(
        f"(?:{_HANGUL_JAMO}|{_SARA_AM}|[{UNSPACED}])(?:(?!{_SARA_AM})[{MARK}]|[{INVISIBLE}]++(?=[{MARK}]))*+"
        f"|[{word}](?:[{word}]++|(?!{_SARA_AM})[{MARK}]|[{INVISIBLE}]++(?=[{word}{MARK}]))*+"
    )


TOKEN = token_pattern()
BLOCK_EDGE = re.compile("\n[^\\S\n]*+\n|\u2029")
_INVISIBLE_ONLY = re.compile(f"[{INVISIBLE}]*+")


class Token(NamedTuple):
    """One position. `touches` says that the next token follows with nothing visible between."""

    start: int
    end: int
    folded: str
    block: int
    touches: bool


def tokenize(text: str) -> list[Token]:
    """The tokens of a visible text in reading order. Linear in its length."""
    found = [(match.start(), match.end(), fold(match.group())) for match in TOKEN.finditer(text)]
    found = [item for item in found if item[2]]
    edges = [match.start() for match in BLOCK_EDGE.finditer(text)]
    tokens = []
    block = 0
    for index, (start, end, folded) in enumerate(found):
        while block < len(edges) and edges[block] < start:
            block += 1
        following = found[index + 1][0] if index + 1 < len(found) else -1
        touches = _INVISIBLE_ONLY.fullmatch(text, end, following) is not None if following >= 0 else False
        tokens.append(Token(start, end, folded, block, touches))
    return tokens
