"""A rule set: many compiled rules over articles.

The set delegates to an engine. The reference engine asks the matcher rule by rule; a faster one may
stand in its place if it gives the same matches.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, Self

from monitor.errors import QueryError
from monitor.model import Article, Match, Score
from monitor.rules import matcher, score
from monitor.rules.lists import Lists
from monitor.rules.page import Page
from monitor.rules.query import Query
from monitor.rules.reading import Reader
from monitor.rules.score import WeighedQueries
from monitor.rules.splice import Splice, splice

Compiled = Query | WeighedQueries
Source = str | Score


class Engine(Protocol):
    """Finds which rules match which articles."""

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        """For each article its matches, in the rules' order. Never raises for one rule's sake."""

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised and are left out since: name → reason."""

    def changed(self, change: Splice[Compiled]) -> "Engine":
        """An engine for the rules that come of a change of these; it may keep what it knows of the others.

        This one goes on as it is.
        """

    def compact(self) -> None:
        """Set in order what many changes have scattered; any thread may ask for it at any time."""


class ReferenceEngine:
    """Each rule on each article by the reference matcher; an article is cut into words once."""

    def __init__(self, rules: Mapping[str, Compiled]) -> None:
        self.rules = dict(rules)
        self._disabled: dict[str, str] = {}

    @property
    def disabled(self) -> Mapping[str, str]:
        return dict(self._disabled)

    def changed(self, change: Splice[Compiled]) -> "ReferenceEngine":
        names, values = list(self.rules), list(self.rules.values())
        names[change.first : change.end] = change.new
        values[change.first : change.end] = change.new.values()
        return ReferenceEngine(dict(zip(names, values, strict=True)))

    def compact(self) -> None:
        pass

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        return [self._match(Page(article)) for article in articles]

    def _match(self, page: Page) -> list[Match]:
        found = []
        for name, compiled in self.rules.items():
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

    def __init__(
        self,
        rules: Mapping[str, Compiled],
        engine: Engine,
        *,
        names: list[str] | None = None,
        sources: Sequence[Source | None] | None = None,
        lists: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`names` gives the order if it is not that of `rules`; `sources` and `lists` are what the rules
        were read from, if that is known.
        """
        self._rules = rules
        self._names = list(rules) if names is None else names
        self._engine = engine
        self._sources: Sequence[Source | None] = [None] * len(rules) if sources is None else sources
        self._lists = _as_tuples(lists)

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

        reader = Reader(Lists(lists))
        with collecting_nothing():
            compiled = {name: _compile(name, rule, reader) for name, rule in rules.items()}
            made = (engine or ChoosingEngine)(compiled)
        return cls(compiled, made, sources=list(rules.values()), lists=lists)

    def changed(
        self, rules: Mapping[str, str | Score], *, lists: Mapping[str, Sequence[str]] | None = None
    ) -> Self:
        """A set of other rules; those that are here as well, written the same, are not read again.

        This set goes on as it is, and the two share what is compiled: adding, changing or removing one
        rule of 100,000 costs some 50 ms. Raises QueryError as `compile` does.
        """
        names, sources = list(rules), list(rules.values())
        written = splice(self._names, self._sources_under(lists), names, sources)
        reader = Reader(Lists(lists))
        new = {
            name: self._rules[name] if written.old.get(name) == rule else _compile(name, rules[name], reader)
            for name, rule in written.new.items()
        }
        change = Splice(written.first, {name: self._rules[name] for name in written.old}, new)
        compiled = dict(self._rules)  # many times as fast as one made anew in order
        for name in written.old.keys() - new.keys():
            del compiled[name]
        compiled.update(new)
        engine = self._engine.changed(change)
        return type(self)(compiled, engine, names=names, sources=sources, lists=lists)

    def _sources_under(self, lists: Mapping[str, Sequence[str]] | None) -> Sequence[Source | None]:
        """What the rules were read from; None for those that such lists may give another meaning."""
        if _as_tuples(lists) == self._lists:
            return self._sources
        return [None if rule is None or _asks_for_lists(rule) else rule for rule in self._sources]

    def compact(self) -> None:
        """Compile all rules together again when many changes have scattered them.

        Takes seconds for 100,000 rules, and may run in another thread while this one matches.
        """
        self._engine.compact()

    @property
    def rules(self) -> Mapping[str, Compiled]:
        """The compiled rules in their order."""
        return {name: self._rules[name] for name in self._names}

    def rule(self, name: str) -> Compiled:
        """One of them."""
        return self._rules[name]

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised while matching and are left out since: name → reason."""
        return self._engine.disabled

    @property
    def engine(self) -> Engine:
        """What matches."""
        return self._engine

    def __len__(self) -> int:
        return len(self._rules)

    def match(self, article: Article) -> list[Match]:
        """The matches of one article, in the rules' order."""
        return self._engine.match_many([article])[0]

    def match_many(self, articles: Iterable[Article]) -> list[list[Match]]:
        """The matches of each article, in the articles' order."""
        return self._engine.match_many(list(articles))


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """All that is made stays: to search it for garbage again and again takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _as_tuples(lists: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
    return {name: tuple(items) for name, items in (lists or {}).items()}


def _asks_for_lists(rule: Source) -> bool:
    """Whether it may; without `$` no list is asked for."""
    return any("$" in query for query in (rule.terms if isinstance(rule, Score) else [rule]))


def _compile(name: str, rule: str | Score, reader: Reader) -> Compiled:
    try:
        if isinstance(rule, Score):
            return score.compile_score(rule, reader)
        return reader.read(rule)
    except QueryError as error:
        message = f"rule `{name}`: {error.message}"
        raise QueryError(message, text=error.text, span=error.span, hint=error.hint) from None
