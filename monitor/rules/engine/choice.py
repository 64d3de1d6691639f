"""Which engine does the work: the reference matcher for a little of it, the batch engine for more.

Both give the same matches. The batch engine pays off within seconds, but building it and loading
numpy takes longer than matching a few articles against a few rules, which is all that checking a
configuration does. So it is built when that much work was asked for.
"""

import copy
from collections.abc import Mapping, Sequence

from monitor.model import Article, Match
from monitor.rules.ruleset import Compiled, Engine, ReferenceEngine
from monitor.rules.splice import Splice

# All in units of what the reference matcher needs for one rule on one article that is cut into words:
# some 40 µs. Measured with 10, 100 and 1,000 rules of the matching benchmark.
LITTLE_WORK = 3000  # loading numpy
_PER_RULE = 4  # compiling a rule for the batch engine
_PER_ARTICLE = 90  # cutting an article into words for the reference matcher


class ChoosingEngine:
    """Starts with the reference matcher and moves to the batch engine."""

    def __init__(self, rules: Mapping[str, Compiled], *, little: int = LITTLE_WORK) -> None:
        self._at_first: ReferenceEngine | None = ReferenceEngine(rules)
        self._engine: Engine = self._at_first
        self._left = little

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised and are left out since: name → reason."""
        return self._engine.disabled

    def changed(self, change: Splice[Compiled]) -> "ChoosingEngine":
        """An engine for other rules that has done as much work already."""
        other = copy.copy(self)
        at_first = self._at_first  # another thread may be matching
        if at_first is None:
            vars(other).update(_engine=self._engine.changed(change), _at_first=None)
        else:
            engine = at_first.changed(change)
            vars(other).update(_engine=engine, _at_first=engine)
        return other

    def compact(self) -> None:
        """Set in order what many changes have scattered."""
        self._engine.compact()

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        """For each article its matches, in the rules' order."""
        if self._at_first is not None:
            rules = len(self._at_first.rules)
            self._left -= len(articles) * (_PER_ARTICLE + rules)
            if self._left + _PER_RULE * rules < 0:
                self._move(self._at_first)
        return self._engine.match_many(articles)

    def _move(self, engine: ReferenceEngine) -> None:
        """Build the batch engine; rules that raised stay left out."""
        from monitor.rules.engine.engine import BatchEngine

        self._engine = BatchEngine(engine.rules, disabled=engine.disabled)
        self._at_first = None
