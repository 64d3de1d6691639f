"""Which engine does the work: the reference matcher for a little of it, the batch engine for more.

Both give the same matches. The batch engine pays off within seconds, but building it and loading
numpy takes longer than matching a few articles against a few rules, which is all that checking a
configuration does. So it is built when that much work was asked for.
"""

from collections.abc import Mapping, Sequence

from monitor.model import Article, Match
from monitor.rules.ruleset import Compiled, Engine, ReferenceEngine

# Rules times articles; the reference matcher needs about 0.1 s for them.
LITTLE_WORK = 5000


class ChoosingEngine:
    """Starts with the reference matcher and moves to the batch engine."""

    def __init__(self, rules: Mapping[str, Compiled], *, little: int = LITTLE_WORK) -> None:
        self._rules = dict(rules)
        self._engine: Engine = ReferenceEngine(rules)
        self._left = little
        self._disabled: dict[str, str] = {}

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised and are left out since: name → reason."""
        return {**self._disabled, **self._engine.disabled}

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        """For each article its matches, in the rules' order."""
        if self._left >= 0:
            self._left -= len(self._rules) * len(articles)
            if self._left < 0:
                self._move()
        return self._engine.match_many(articles)

    def _move(self) -> None:
        """Build the batch engine from the rules that still count."""
        from monitor.rules.engine.engine import BatchEngine

        self._disabled = dict(self._engine.disabled)
        rules = {name: rule for name, rule in self._rules.items() if name not in self._disabled}
        self._engine = BatchEngine(rules)
