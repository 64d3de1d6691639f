"""Rules as configured, and the places where one matched an article."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from monitor.model.policy import Active, Escalation, Storm

_NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class AlertScope(StrEnum):
    """What a rule alerts once about."""

    STORY = "story"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Score:
    """A weighted query: the weights of the terms found must reach the threshold."""

    threshold: float
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FeedSelector:
    """Which feeds a rule reads; all of them when empty. Tags and addresses/names are alternatives."""

    tags: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()  # names or addresses


@dataclass(frozen=True, slots=True)
class Rule:
    """A named unit of the configuration. Exactly one of `query` and `score` is set."""

    name: str
    query: str = ""
    score: Score | None = None
    channels: tuple[str, ...] = ()
    feeds: FeedSelector = FeedSelector()
    languages: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    max_age: timedelta = timedelta(hours=24)
    alert: AlertScope = AlertScope.STORY
    follow_up: tuple[int, ...] = ()
    throttle: timedelta | None = None
    story_throttle: timedelta | None = None
    hold: timedelta | None = None
    storm: Storm | None = None
    active: Active | None = None
    escalate: Escalation | None = None
    recipients: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOBODY)  # by channel
    should_match: tuple[str, ...] = ()
    should_not_match: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The query as a person reads it, weights and threshold included."""
        if self.score is None:
            return self.query
        terms = ", ".join(f"{term}: {weight:g}" for term, weight in self.score.terms.items())
        return f"score of at least {self.score.threshold:g} from {terms}"


class Span(NamedTuple):
    """Half-open range of characters in the visible text of one field."""

    field: str  # "title", "summary", "body", or "author", "tag", "url", "source", "lang"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A rule matched an article, and these places made it (in reading order, without overlaps)."""

    rule: str
    spans: tuple[Span, ...] = ()
    score: float | None = None
    notes: tuple[str, ...] = ()  # e.g. "language unknown: taken as a match"
