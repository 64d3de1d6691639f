"""Regular expressions: which of all of them are found in an article, in one pass over each text.

RE2 gives up on a set whose automaton needs too much memory, and says so only by finding nothing. So
each set holds an expression that is always found; without it, all of the set count as found.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import re2

from monitor.model import Article
from monitor.rules.engine.arrays import I64, U64, where
from monitor.text.fields import field_text

_PER_SET = 100
MEMORY = 64 << 20  # bytes for the automaton of a set
_SURROGATES = re.compile("[\ud800-\udfff]")


class Regexes:
    """Expressions as RE2 reads them, by the numbers of their features."""

    def __init__(self, regexes: dict[str, int], fields: Sequence[str], *, memory: int = MEMORY) -> None:
        self._features: I64 = np.fromiter(regexes.values(), dtype=np.int64, count=len(regexes))
        self._fields = tuple(fields)
        patterns = list(regexes)
        self._sets = [
            _Set(first, patterns[first : first + _PER_SET], memory)
            for first in range(0, len(patterns), _PER_SET)
        ]

    def find(self, articles: Sequence[Article]) -> tuple[I64, U64]:
        """The features found in any of the fields, and for each the mask of articles."""
        masks = [0] * len(self._features)
        for number, article in enumerate(articles if self._sets else ()):
            for text in {field_text(article, name) for name in self._fields}:
                readable = _SURROGATES.sub("\ufffd", text)
                for found in self._sets:
                    for index in found.search(readable):
                        masks[index] |= 1 << number
        of_all = np.array(masks, dtype=np.uint64)
        present = where(of_all)
        return self._features[present], of_all[present]


class _Set:
    """Expressions searched for together; results are counted from `first`."""

    def __init__(self, first: int, patterns: list[str], memory: int) -> None:
        self._numbers = range(first, first + len(patterns))
        options = re2.Options()
        options.log_errors = False
        options.max_mem = memory
        self._set: Any = re2.Set.SearchSet(options)
        self._always = -1
        try:
            self._always = self._set.Add("")
            for pattern in patterns:
                self._set.Add(pattern)
            self._set.Compile()
        except re2.error:
            self._set = None  # too much for one automaton: each is a candidate everywhere

    def search(self, text: str) -> Sequence[int]:
        """The expressions found; all of them when RE2 gave up."""
        found = self._set.Match(text) or () if self._set is not None else ()
        if self._always not in found:
            return self._numbers
        return [self._numbers[index - 1] for index in found if index != self._always]
