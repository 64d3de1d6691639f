"""Did you mean …: the nearest known name."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], *, prefix: str = "", suffix: str = "") -> str:
    """A question naming the nearest of `known`, or an empty text."""
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name[:50].casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {prefix}{folded[close[0]]}{suffix}?" if close else ""
