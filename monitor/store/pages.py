"""What was read off the pages of articles, so that none is fetched twice; failures too.

A row is of one version of one article: `said` is the hash of what its feed said. The text is kept for
as long as the feed may list the article.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from monitor.errors import PollReason
from monitor.store import statements
from monitor.store.tables import page as table


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of an article's page, or why there is none. `key` is the article's canonical address."""

    key: str
    said: str
    fetched_at: datetime
    attempts: int = 1
    reason: PollReason | None = None
    detail: str = ""
    content: str = ""
    url: str = ""  # where its redirects ended
    declared: tuple[str, ...] = ()
    language: str = ""


def get_many(conn: Connection, keys: Iterable[str]) -> Mapping[str, PageText]:
    """What is known of these addresses, by key."""
    found = {}
    for chunk in statements.chunks(keys):
        for row in conn.execute(select(table).where(table.c.key.in_(chunk))):
            found[row.key] = PageText(
                key=row.key,
                said=row.said,
                fetched_at=row.fetched_at,
                attempts=row.attempts,
                reason=row.reason,
                detail=row.detail,
                content=row.content,
                url=row.url,
                declared=tuple(row.declared),
                language=row.language,
            )
    return found


def save(conn: Connection, pages: Sequence[PageText]) -> None:
    """Keep these in place of what was known of their addresses."""
    for page in pages:
        values = {
            "key": page.key,
            "said": page.said,
            "fetched_at": page.fetched_at,
            "attempts": page.attempts,
            "reason": page.reason,
            "detail": page.detail,
            "content": page.content,
            "url": page.url,
            "declared": list(page.declared),
            "language": page.language,
        }
        statement = statements.insert(conn, table).values(values)
        conn.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))


def prune(conn: Connection, *, before: datetime, limit: int) -> int:
    """Remove at most so many that were fetched before a moment; how many went."""
    picked = select(table.c.key).where(table.c.fetched_at < before).limit(limit)
    keys = list(conn.scalars(picked))
    for chunk in statements.chunks(keys):
        conn.execute(delete(table).where(table.c.key.in_(chunk)))
    return len(keys)
