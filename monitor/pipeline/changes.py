"""Is what became of a told article worth telling, and when? Asked within the transaction of its poll.

A material change of an article that a rule told is told again, in the same thread, as a correction
always is, by whichever outlet; a cosmetic one never. Of a page that goes on growing, what is new in
it was matched by itself, and is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.alerting import pace
from monitor.dedup import versions
from monitor.dedup.versions import Change, ChangeKind
from monitor.errors import DecisionReason
from monitor.model import (
    Alert,
    AlertId,
    AlertKind,
    Article,
    ArticleId,
    ArticleKind,
    Difference,
    Rule,
    StoryId,
)
from monitor.store import threads
from monitor.store.threads import Further

_MOST_SENTENCES = 12
_LONGEST = 500  # characters of a sentence
NEW_ENTRY = "new entry"


@dataclass(frozen=True, slots=True)
class Telling:
    """One more message in a thread. `replaces`: it takes the place of one that has not gone out yet."""

    reason: DecisionReason
    difference: Difference
    due_at: datetime
    replaces: AlertId | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """What one rule told of one story, and an article that is just stored."""

    conn: Connection
    rule: Rule
    story_id: StoryId
    article_id: ArticleId
    now: datetime

    def news(self, article: Article, kind: ArticleKind, *, is_live: bool) -> Telling | None:
        """What is worth telling of an article whose story the rule has told; None when nothing is."""
        waiting = self.waiting(AlertKind.UPDATE, self.article_id)
        skipped = waiting.id if waiting is not None else None
        if kind is ArticleKind.UPDATE:
            told = self._last_told(self.article_id, skipped)
            if told is not None and told.article is not None:
                change = _new_entry(article) if is_live else versions.compare(told.article, article)
                return self._telling(change, waiting)
        return self.correction(article)

    def correction(self, article: Article) -> Telling | None:
        """The same for one that may only be a correction of what was told."""
        told = self._last_told(None, None)
        if told is None or told.article is None or not versions.is_marked(article):
            return None
        change = versions.compare(told.article, article)
        return self._telling(change, None) if change.kind is ChangeKind.CORRECTION else None

    def has_told_article(self) -> bool:
        """Whether the rule told of this very article."""
        return self._last_told(self.article_id, None) is not None

    def _telling(self, change: Change, waiting: Further | None) -> Telling | None:
        if not change.is_worth_telling:
            return None
        if change.kind is ChangeKind.CORRECTION:
            return Telling(DecisionReason.CORRECTED, _difference(change), self.now)
        replaces = waiting.id if waiting is not None else None
        return Telling(DecisionReason.UPDATED, _difference(change), self.due_at(), replaces)

    def waiting(self, kind: AlertKind, article_id: ArticleId | None = None) -> Further | None:
        """The last message of a kind (about one article), if it has not gone out yet."""
        further = self._further()
        ours = [
            number
            for number, item in enumerate(further)
            if item.kind is kind and article_id in (None, item.article_id)
        ]
        if not ours:
            return None
        due_at = pace.latest_due(item.decided_at for item in further[: ours[-1] + 1])
        return further[ours[-1]] if due_at is not None and due_at > self.now else None

    def due_at(self) -> datetime:
        """When one more message may go out."""
        return pace.due_at([item.decided_at for item in self._further()], now=self.now)

    def _further(self) -> Sequence[Further]:
        return threads.further(self.conn, self.rule.name, self.story_id)

    def _last_told(self, article_id: ArticleId | None, skipped: AlertId | None) -> Alert | None:
        return threads.last_told(
            self.conn, self.rule.name, self.story_id, article_id=article_id, other_than=skipped
        )


def _new_entry(article: Article) -> Change:
    return Change(ChangeKind.MATERIAL, (NEW_ENTRY,), added=tuple(versions.sentences(article)))


def _difference(change: Change) -> Difference:
    return Difference(
        reasons=change.reasons,
        title_before=change.title_before[:_LONGEST],
        title_after=change.title_after[:_LONGEST],
        added=_bounded(change.added),
        removed=_bounded(change.removed),
    )


def _bounded(sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(sentence[:_LONGEST] for sentence in sentences[:_MOST_SENTENCES])
