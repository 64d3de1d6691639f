"""Silences as they are asked for: does one hold for this rule, this article, this alert that still waits?

Their queries are read once for as long as the same silences hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from monitor.errors import QueryError
from monitor.model import Alert, Article, Silence
from monitor.rules import Query, parse
from monitor.rules.matcher import matches
from monitor.store import silences
from monitor.telemetry import logs

log = logs.get(__name__)

Lists = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Silencing:
    """The silences that hold, each with its query read."""

    silences: tuple[tuple[Silence, Query | None], ...] = ()

    def find(self, rule: str, article: Article) -> Silence | None:
        """The first that holds for this rule or this article."""
        for silence, query in self.silences:
            if silence.rule == rule or (query is not None and matches(query, article)):
                return silence
        return None

    def holds_for(self, alert: Alert) -> Silence | None:
        """The first that holds for what an alert tells. Notices and digests are of no rule's making."""
        return None if alert.article is None else self.find(alert.rule, alert.article)

    @staticmethod
    def note(silence: Silence) -> str:
        """What is kept with a match that was silenced."""
        why = f": {silence.reason}" if silence.reason else ""
        return f"silence {silence.id}, until {silence.until_at:%Y-%m-%d %H:%M} UTC{why}"


NONE = Silencing()


def load(conn: Connection, *, lists: Lists, now: datetime) -> Silencing:
    """The silences that hold now. One whose query cannot be read any more silences nothing, and is logged."""
    held = silences.active(conn, now=now)
    frozen = tuple((name, tuple(terms)) for name, terms in lists.items())
    return Silencing(tuple((silence, _query(silence.query, frozen)) for silence in held)) if held else NONE


@lru_cache(maxsize=256)
def _query(text: str, lists: tuple[tuple[str, tuple[str, ...]], ...]) -> Query | None:
    if not text:
        return None
    try:
        return parse(text, lists=dict(lists))
    except QueryError as error:  # a list that it names was removed
        log.warning("silence_unreadable", query=text, error=str(error))
        return None
