"""Headlines without the outlet's name at their end."""

import re

_TAIL = re.compile(r"^(?P<headline>.{12,}\S)\s+[|–—·-]\s+(?P<tail>[^|–—·]{2,40})$", re.DOTALL)
_MAX_TAIL_WORDS = 4
_MIN_HEADLINE_WORDS = 4


def without_outlet(title: str) -> str:
    """The visible title without " - Outlet" or " | Outlet" at its end; unchanged when that is in doubt.

    A tail is an outlet's name when it is short, begins with a capital or a letter without case, has
    no digit, and leaves a headline of four words or more.
    """
    match = _TAIL.match(title.strip())
    if match is None:
        return title
    tail, headline = match["tail"].strip(), match["headline"]
    is_name = not tail[:1].islower() and len(tail.split()) <= _MAX_TAIL_WORDS
    has_digit = any(character.isdigit() for character in tail)
    is_enough = len(headline.split()) >= _MIN_HEADLINE_WORDS or not headline.isascii()
    return headline if is_name and not has_digit and is_enough else title
