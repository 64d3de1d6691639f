"""A rule set: many compiled rules over articles.

The set delegates to an engine. The reference engine asks the matcher rule by rule; a faster one may
stand in its place if it gives the same matches.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, Self

from monitor.errors import QueryError
from monitor.model import Article, Match, Score
from monitor.rules import matcher, score
from monitor.rules.lists import Lists, parse
from monitor.rules.page import Page
from monitor.rules.query import Query
from monitor.rules.score import WeighedQueries

Compiled = Query | WeighedQueries


class Engine(Protocol):
    """Finds which rules match which articles."""

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        """For each article its matches, in the rules' order. Never raises for one rule's sake."""

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised and are left out since: name → reason."""


class ReferenceEngine:
    """Each rule on each article by the reference matcher; an article is cut into words once."""

    def __init__(self, rules: Mapping[str, Compiled]) -> None:
        self._rules = dict(rules)
        self._disabled: dict[str, str] = {}

    @property
    def disabled(self) -> Mapping[str, str]:
        return dict(self._disabled)

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        return [self._match(Page(article)) for article in articles]

    def _match(self, page: Page) -> list[Match]:
        found = []
        for name, compiled in self._rules.items():
            if name in self._disabled:
                continue
            try:
                match = evaluate(name, compiled, page)
            except Exception as error:
                # One rule that fails on one article must not silence the others.
                self._disabled[name] = f"{type(error).__name__} on article {page.article.id}: {error}"
                continue
            if match is not None:
                found.append(match)
        return found


def evaluate(name: str, compiled: Compiled, page: Page) -> Match | None:
    """The match of one rule by the reference matcher."""
    if isinstance(compiled, WeighedQueries):
        return score.evaluate(name, compiled, page)
    evidence = matcher.evaluate(compiled, page)
    return None if evidence is None else Match(name, matcher.arrange(evidence.spans), notes=evidence.notes)


class RuleSet:
    """Compiled rules. Not for use by several threads at once."""

    def __init__(self, rules: Mapping[str, Compiled], engine: Engine) -> None:
        self._rules = dict(rules)
        self._engine = engine

    @classmethod
    def compile(
        cls,
        rules: Mapping[str, str | Score],
        *,
        lists: Mapping[str, Sequence[str]] | None = None,
        engine: Callable[[Mapping[str, Compiled]], Engine] | None = None,
    ) -> Self:
        """Read all rules (name → query, or score). Raises QueryError, the rule's name in its message.

        The default engine starts as the reference engine and becomes the batch engine when there is
        enough work for it; both give the same matches.
        """
        from monitor.rules.engine.choice import ChoosingEngine  # which builds on this module

        known = Lists(lists)
        compiled = {name: _compile(name, rule, known) for name, rule in rules.items()}
        return cls(compiled, (engine or ChoosingEngine)(compiled))

    @property
    def rules(self) -> Mapping[str, Compiled]:
        """The compiled rules in their order."""
        return dict(self._rules)

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised while matching and are left out since: name → reason."""
        return self._engine.disabled

    def __len__(self) -> int:
        return len(self._rules)

    def match(self, article: Article) -> list[Match]:
        """The matches of one article, in the rules' order."""
        return self._engine.match_many([article])[0]

    def match_many(self, articles: Iterable[Article]) -> list[list[Match]]:
        """The matches of each article, in the articles' order."""
        return self._engine.match_many(list(articles))


def _compile(name: str, rule: str | Score, lists: Lists) -> Compiled:
    try:
        if isinstance(rule, Score):
            return score.compile_score(rule, lists=lists)
        return parse(rule, lists=lists)
    except QueryError as error:
        message = f"rule `{name}`: {error.message}"
        raise QueryError(message, text=error.text, span=error.span, hint=error.hint) from None
