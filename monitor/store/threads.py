"""What one rule has told about one story: the messages that stand in one thread."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from monitor.errors import DecisionReason
from monitor.model import Alert, AlertId, AlertKind, ArticleId, StoryId
from monitor.store import alerts
from monitor.store.tables import alert as table

_FURTHER = (AlertKind.FOLLOW_UP, AlertKind.UPDATE)


@dataclass(frozen=True, slots=True)
class Further:
    """A message after the first: a follow-up or an update."""

    id: AlertId
    kind: AlertKind
    decided_at: datetime
    article_id: ArticleId | None


def further(conn: Connection, rule: str, story_id: StoryId) -> list[Further]:
    """The further messages of a thread, corrections left out, in their order."""
    columns = (table.c.id, table.c.kind, table.c.decided_at, table.c.article_id)
    statement = _of_thread(select(*columns), rule, story_id).where(
        table.c.kind.in_(_FURTHER), table.c.reason != DecisionReason.CORRECTED
    )
    return [Further(*row) for row in conn.execute(statement.order_by(table.c.id))]


def last_told(
    conn: Connection,
    rule: str,
    story_id: StoryId,
    *,
    article_id: ArticleId | None = None,
    other_than: AlertId | None = None,
) -> Alert | None:
    """What the rule last told of the story, or of one article in it; follow-ups are left out."""
    statement = _of_thread(select(table.c.id), rule, story_id).where(table.c.kind != AlertKind.FOLLOW_UP)
    if article_id is not None:
        statement = statement.where(table.c.article_id == article_id)
    if other_than is not None:
        statement = statement.where(table.c.id != other_than)
    id_ = conn.scalar(statement.order_by(table.c.id.desc()).limit(1))
    return None if id_ is None else alerts.get(conn, AlertId(id_))


def rules_that_told(conn: Connection, story_id: StoryId) -> list[str]:
    """The rules that have told of a story."""
    return list(conn.scalars(select(table.c.rule).where(table.c.story_id == story_id).distinct()))


def begun_as(conn: Connection, rule: str, story_id: StoryId) -> StoryId | None:
    """The story that the rule's first message of this one named, where it was taken into this one."""
    statement = _of_thread(select(table.c.thread_id), rule, story_id)
    found: StoryId | None = conn.scalar(statement.order_by(table.c.id).limit(1))
    return found


def refresh(conn: Connection, alert_id: AlertId, alert: Alert) -> None:
    """Put a newer version into a message that has not gone out yet."""
    values = {
        "article": alert.article.to_dict() if alert.article else None,
        "spans": [list(span) for span in alert.spans],
        "notes": list(alert.notes),
        "changes": alert.difference.to_dict() if alert.difference else None,
        "outlets": alert.outlets,
    }
    conn.execute(table.update().where(table.c.id == alert_id).values(values))


def raise_outlets(conn: Connection, alert_id: AlertId, outlets: int) -> None:
    """A follow-up that has not gone out yet will tell of so many."""
    conn.execute(table.update().where(table.c.id == alert_id).values(outlets=outlets))


def _of_thread(statement: Select[Any], rule: str, story_id: StoryId) -> Select[Any]:
    return statement.where(table.c.story_id == story_id, table.c.rule == rule)
