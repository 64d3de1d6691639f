"""Spans: matches made many at a time."""

import pickle
from dataclasses import MISSING, fields

from monitor.model import Match, Span
from monitor.rules.engine.spans import matches


def test_matches_made_together_are_those_made_one_by_one() -> None:
    """They are equal, hash alike, print alike and can be pickled: nothing is left unset."""
    places = [(Span("title", 0, 3),), (), (Span("body", 1, 2), Span("body", 4, 9))]
    together = matches(["a", "b", "c"], places)
    alone = [Match(name, spans) for name, spans in zip("abc", places, strict=True)]
    assert together == alone
    assert repr(together) == repr(alone)
    assert [hash(match) for match in together] == [hash(match) for match in alone]
    assert pickle.loads(pickle.dumps(together)) == alone
    assert matches([], []) == []


def test_all_else_of_a_match_has_a_plain_default() -> None:
    """Matches made together share their defaults, so none may be left to a factory."""
    others = [field for field in fields(Match) if field.name not in ("rule", "spans")]
    assert all(field.default is not MISSING and field.default_factory is MISSING for field in others)
