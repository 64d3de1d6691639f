"""The ledger of decisions: every match with what was decided and why, and every alert whole.

An alert keeps the article as it was told, so that its spans stay true when the article is edited.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, func, select, update

from monitor.alerting.storm import Recent
from monitor.errors import DecisionReason
from monitor.model import Alert, AlertId, AlertKind, Article, ArticleId, Difference, Match, Span, StoryId
from monitor.store import statements
from monitor.store.statements import AnyRow
from monitor.store.tables import alert as table
from monitor.store.tables import match as match_table

_NEWS = (AlertKind.STORY, AlertKind.ARTICLE, AlertKind.FOLLOW_UP, AlertKind.UPDATE)
_BY_IDS = select(table).where(table.c.id.in_(bindparam("ids", expanding=True)))  # made once: it takes a while
Verb = Literal["alert", "suppress", "hold"]


@dataclass(frozen=True, slots=True)
class RecordedMatch:
    """A match as it was decided about."""

    article_id: ArticleId
    match: Match
    decision: Verb
    reason: DecisionReason | None  # None only when a later version gave one that this one does not know
    alert_id: AlertId | None
    decided_at: datetime


def told(conn: Connection, pairs: Collection[tuple[str, StoryId]]) -> set[tuple[str, StoryId]]:
    """Those of the (rule, story) pairs about which there is an alert."""
    found: set[tuple[str, StoryId]] = set()
    for stories in statements.chunks(story for _, story in pairs):
        statement = select(table.c.rule, table.c.story_id).where(table.c.story_id.in_(stories)).distinct()
        found.update((rule, story) for rule, story in conn.execute(statement))
    return found & set(pairs)


def outlets_told(conn: Connection, story_id: StoryId) -> dict[str, int]:
    """The rules that alerted the story, each with the most outlets that carried it at such a time."""
    statement = select(table.c.rule, func.max(table.c.outlets).label("outlets"))
    rows = conn.execute(statement.where(table.c.story_id == story_id).group_by(table.c.rule))
    return {row.rule: row.outlets for row in rows}


def last_told_at(conn: Connection, rules: Iterable[str]) -> dict[str, datetime]:
    """When each rule last alerted; rules that never did are left out."""
    found: dict[str, datetime] = {}
    for chunk in statements.chunks(rules):
        statement = (
            select(table.c.rule, func.max(table.c.decided_at).label("at"))
            .where(table.c.rule.in_(chunk), table.c.kind.in_(_NEWS))
            .group_by(table.c.rule)
        )
        found |= {row.rule: row.at for row in conn.execute(statement)}
    return found


def story_told_at(conn: Connection, rule: str, story_id: StoryId) -> datetime | None:
    """When the rule last told of the story."""
    mine = (table.c.story_id == story_id) & (table.c.rule == rule)
    found: datetime | None = conn.scalar(select(func.max(table.c.decided_at)).where(mine))
    return found


def recent_storm(conn: Connection, rule: str, *, since: datetime, now: datetime) -> Recent:
    """How many alerts the rule told singly since then, and until when it collects them."""
    mine = (table.c.rule == rule) & (table.c.decided_at > since) & table.c.kind.in_(_NEWS)
    singly = mine & table.c.collect_until.is_(None) & (table.c.decided_at <= now)
    return Recent(
        single=conn.scalar(select(func.count()).select_from(table).where(singly)) or 0,
        collecting_until=conn.scalar(select(func.max(table.c.collect_until)).where(mine)),
    )


def acknowledge(conn: Connection, alert_id: AlertId, *, by: str, now: datetime) -> bool:
    """Note that somebody has the alert in hand; False when somebody had already, or it does not exist."""
    statement = update(table).where(table.c.id == alert_id, table.c.acknowledged_at.is_(None))
    return conn.execute(statement.values(acknowledged_at=now, acknowledged_by=by)).rowcount == 1


def insert(
    conn: Connection, alert: Alert, *, unique_key: str, article_id: ArticleId | None = None
) -> AlertId | None:
    """Store an alert (its `id` is not looked at); None, and nothing stored, when that key exists already.

    `article_id` is the stored article behind `alert.article`.
    """
    values = {
        "unique_key": unique_key,
        "rule": alert.rule,
        "kind": alert.kind,
        "priority": alert.priority,
        "decided_at": alert.decided_at,
        "story_id": alert.story_id,
        "thread_id": alert.thread_id,
        "article_id": article_id,
        "article": alert.article.to_dict() if alert.article else None,
        "spans": [list(span) for span in alert.spans],
        "query": alert.query,
        "reason": alert.reason,
        "notes": list(alert.notes),
        "headline": alert.headline,
        "detail": alert.detail,
        "first_of_thread": alert.first_of_thread,
        "seen_at": alert.seen_at,
        "outlets": alert.outlets,
        "collect_until": alert.collect_until,
        "changes": alert.difference.to_dict() if alert.difference else None,
    }
    statement = statements.insert(conn, table).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["unique_key"])
    id_ = conn.execute(statement.returning(table.c.id)).scalar_one_or_none()
    return None if id_ is None else AlertId(id_)


def has_key(conn: Connection, unique_key: str) -> bool:
    """Whether there is an alert with that key."""
    return conn.execute(select(table.c.id).where(table.c.unique_key == unique_key)).first() is not None


def key_of(conn: Connection, alert_id: AlertId) -> str | None:
    """The key by which an alert is made only once; None when there is no such alert."""
    return conn.scalar(select(table.c.unique_key).where(table.c.id == alert_id))


def record_match(
    conn: Connection,
    *,
    article_id: ArticleId,
    match: Match,
    decision: Verb,
    reason: DecisionReason,
    alert_id: AlertId | None,
    now: datetime,
) -> None:
    """Keep a match and what was decided about it. An edited article may be recorded again."""
    conn.execute(
        match_table.insert().values(
            article_id=article_id,
            rule=match.rule,
            spans=[list(span) for span in match.spans],
            score=match.score,
            notes=list(match.notes),
            decision=decision,
            reason=reason,
            alert_id=alert_id,
            decided_at=now,
        )
    )


def matches(conn: Connection, article_id: ArticleId, *, rule: str | None = None) -> list[RecordedMatch]:
    """What was decided about an article, in the order of the decisions."""
    statement = select(match_table).where(match_table.c.article_id == article_id)
    if rule is not None:
        statement = statement.where(match_table.c.rule == rule)
    return [_recorded(row) for row in conn.execute(statement.order_by(match_table.c.id))]


def get(conn: Connection, alert_id: AlertId) -> Alert | None:
    """One alert with all that a message about it needs."""
    row = conn.execute(select(table).where(table.c.id == alert_id)).first()
    return None if row is None else _alert(row)


def find(conn: Connection, ids: Collection[AlertId]) -> dict[AlertId, Alert]:
    """Those of the alerts that there are."""
    rows = (row for part in statements.chunks(ids) for row in conn.execute(_BY_IDS, {"ids": part}))
    return {row.id: _alert(row) for row in rows}


def recent(
    conn: Connection, *, limit: int, rule: str | None = None, since: datetime | None = None
) -> list[Alert]:
    """Alerts decided since `since`, the latest first."""
    statement = select(table)
    if rule is not None:
        statement = statement.where(table.c.rule == rule)
    if since is not None:
        statement = statement.where(table.c.decided_at >= since)
    statement = statement.order_by(table.c.decided_at.desc(), table.c.id.desc()).limit(limit)
    return [_alert(row) for row in conn.execute(statement)]


def _alert(row: AnyRow) -> Alert:
    return Alert(
        id=row.id,
        rule=row.rule,
        kind=row.kind,
        decided_at=row.decided_at,
        priority=row.priority,
        story_id=row.story_id,
        thread_id=row.thread_id,
        article=None if row.article is None else Article.from_dict(row.article),
        spans=_spans(row.spans),
        query=row.query,
        reason=row.reason,
        notes=tuple(row.notes),
        headline=row.headline,
        detail=row.detail,
        first_of_thread=row.first_of_thread,
        seen_at=row.seen_at,
        outlets=row.outlets,
        collect_until=row.collect_until,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by or "",
        difference=None if row.changes is None else Difference.from_dict(row.changes),
    )


def _recorded(row: AnyRow) -> RecordedMatch:
    return RecordedMatch(
        article_id=row.article_id,
        match=Match(rule=row.rule, spans=_spans(row.spans), score=row.score, notes=tuple(row.notes)),
        decision=row.decision,
        reason=row.reason,
        alert_id=row.alert_id,
        decided_at=row.decided_at,
    )


def _spans(stored: Iterable[tuple[str, int, int]]) -> tuple[Span, ...]:
    return tuple(Span(*span) for span in stored)
