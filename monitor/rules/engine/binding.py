"""Binding: from rules to what they need, numbering the features on the way.

Most queries are of a shape that many have: their words are looked up in a dict, and no tree is made.
"""

from collections.abc import Sequence

from monitor.rules import shapes
from monitor.rules.engine import templates
from monitor.rules.engine.bounds import Bounds
from monitor.rules.engine.clauses import ANYTHING, Bound, Requirements
from monitor.rules.engine.features import Features
from monitor.rules.engine.leaves import Leaves
from monitor.rules.engine.templates import Template
from monitor.rules.query import Query
from monitor.rules.ruleset import Compiled
from monitor.rules.score import WeighedQueries
from monitor.text.fold import fold


def bind(rules: Sequence[Compiled], features: Features) -> Requirements:
    """What the rules need. Trees that can be read again are let go."""
    binder = _Binder(features)
    for compiled in rules:
        binder.add(compiled)
    return binder.found


class _Binder:
    def __init__(self, features: Features) -> None:
        self.found = Requirements()
        self._features = features
        self._leaves = Leaves(features)
        self._bounds = Bounds(features, self._leaves)
        self._templates: dict[tuple[str, int], Template | None] = {}
        self._literals = _Literals(features, self._leaves)

    def add(self, compiled: Compiled) -> None:
        """The next rule."""
        if isinstance(compiled, Query) and not compiled.is_held and self._add_by_shape(compiled.text):
            return
        self.found.add(self._bound(compiled))
        for query in _queries(compiled):
            query.let_go()

    def _add_by_shape(self, text: str) -> bool:
        """Whether the shape of a query was enough to do so."""
        shape, words = shapes.cut(text)
        template = self._template(shape, len(words))
        if template is None:
            return False
        filled = template.fill([self._literals[word] for word in words], self._features)
        self.found.add_literals(filled, template.sizes, exact=template.exact, flat=template.flat)
        return True

    def _template(self, shape: str, count: int) -> Template | None:
        key = (shape, count)
        if key not in self._templates:
            self._templates[key] = templates.of_shape(shape, count)
        return self._templates[key]

    def _bound(self, compiled: Compiled) -> Bound:
        """What a rule needs; a rule that cannot be read is left to the matcher, which will say why."""
        try:
            if isinstance(compiled, WeighedQueries):
                return self._bounds.of_score(compiled)
            return self._bounds.of_query(compiled.root)
        except Exception:
            return ANYTHING


class _Literals(dict[str, int]):
    """The literal of each word that was cut out of a query; `leaves` would make the same of it."""

    def __init__(self, features: Features, leaves: Leaves) -> None:
        self._features = features
        self._with_places = leaves.with_places

    def __missing__(self, word: str) -> int:
        if word.startswith('"'):
            number = self._phrase(shapes.words_of(word))
        elif word.endswith("*"):
            number = self._features.beginning(fold(word[:-1]))
        else:
            number = self._features.word(fold(word))
        self._with_places.add(number)
        found = self[word] = 2 * number
        return found

    def _phrase(self, words: list[str]) -> int:
        numbers = [self._features.word(fold(word)) for word in words]
        return (
            self._features.phrase(tuple((number, False) for number in numbers)) if words[1:] else numbers[0]
        )


def _queries(compiled: Compiled) -> list[Query]:
    if isinstance(compiled, WeighedQueries):
        return [query for query, _ in compiled.terms]
    return [compiled]
