"""Did you mean …: the nearest known name, or the one that has this name elsewhere."""

import difflib
from collections.abc import Iterable

# What fields are called in search engines, in feeds and in other languages of queries.
_ELSEWHERE = {
    "title": "headline heading hed subject intitle allintitle",
    "summary": "description abstract lead lede teaser standfirst subtitle",
    "body": "content contents text intext allintext fulltext article story",
    "any": "all anywhere everything",
    "author": "by byline writer creator journalist",
    "tag": "category categories topic keyword keywords label section hashtag",
    "url": "site domain host link inurl allinurl address",
    "source": "outlet publisher publication medium feed agency channel",
    "lang": "language",
    "exact": "case cased casesensitive",
}
_MEANT = {name: field for field, names in _ELSEWHERE.items() for name in names.split()}


def did_you_mean(name: str, known: Iterable[str], *, prefix: str = "", suffix: str = "") -> str:
    """A question naming the nearest of `known`, or an empty text."""
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name[:50].casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {prefix}{folded[close[0]]}{suffix}?" if close else ""


def did_you_mean_field(name: str, known: Iterable[str]) -> str:
    """The same for the name of a field."""
    meant = _MEANT.get(name.casefold())
    return f"did you mean {meant}:?" if meant else did_you_mean(name, known, suffix=":")
