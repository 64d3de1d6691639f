"""Conditions told once when they begin and once when they are over; many at a time in one notice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection

from monitor.model import ChannelSpec, Priority
from monitor.pipeline import notice
from monitor.pipeline.notice import Notice
from monitor.store import conditions

MOST_NOTICES = 5  # of one kind at a time; more come in one
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong for a while. `key` names it, `detail` says what to do."""

    key: str
    headline: str
    detail: str
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells conditions to these channels, with their recipients."""

    recipients: Mapping[str, Sequence[str]]
    channels: Mapping[str, ChannelSpec]
    installation: str
    now: datetime

    def settle(self, conn: Connection, kind: str, current: Iterable[Condition]) -> int:
        """Tell what has begun and what is over since the last time; how many conditions that were."""
        wanted = {one.key: one for one in current}
        begun = [one for one in wanted.values() if self._begins(conn, kind, one)]
        gone = [one.key for one in conditions.standing(conn, kind) if one.key not in wanted]
        return self.tell(conn, kind, begun) + self.tell_of_end(conn, kind, gone)

    def begin(self, conn: Connection, kind: str, found: Iterable[Condition]) -> int:
        """Tell those that are new, and leave the others standing."""
        return self.tell(conn, kind, [one for one in found if self._begins(conn, kind, one)])

    def _begins(self, conn: Connection, kind: str, one: Condition) -> bool:
        return conditions.begin(conn, one.key, kind=kind, headline=one.headline, now=self.now)

    def tell(self, conn: Connection, kind: str, found: Sequence[Condition]) -> int:
        """One notice for each, or one for all of many."""
        if len(found) > MOST_NOTICES:
            found = [_together(kind, found)]
        for one in found:
            self._enqueue(conn, f"watch|{one.key}", one.headline, one.detail, one.priority)
        return len(found)

    def tell_of_end(self, conn: Connection, kind: str, keys: Iterable[str]) -> int:
        """Say of each that had begun that it is over."""
        ended = [one for one in (conditions.end(conn, key) for key in keys) if one is not None]
        over = [
            Condition(one.key, f"Over: {one.headline}", f"It was so since {one.since_at:%Y-%m-%d %H:%M} UTC.")
            for one in ended
        ]
        if len(over) > MOST_NOTICES:
            over = [_together(kind, over)]
        for one in over:
            self._enqueue(conn, f"over|{one.key}", one.headline, one.detail, one.priority)
        return len(over)

    def _enqueue(self, conn: Connection, key: str, headline: str, detail: str, priority: Priority) -> None:
        notice.enqueue(
            conn,
            Notice(f"{key}|{self.now.isoformat()}", "newsmonitor", headline, detail, priority),
            self.recipients,
            installation=self.installation,
            now=self.now,
            channels=self.channels,
        )


def _together(kind: str, found: Sequence[Condition]) -> Condition:
    """One for many of a kind: one cause, most likely."""
    names = "\n".join(f"- {one.headline}" for one in found[:_MOST_LISTED])
    more = f"\nand {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
    key = blake2b("\n".join(one.key for one in found).encode(), digest_size=12).hexdigest()
    headline = f"{len(found)} at once: {found[0].headline}, and others like it"
    priority = Priority.HIGH if any(one.priority is Priority.HIGH for one in found) else Priority.NORMAL
    return Condition(f"{kind}|{key}", headline, f"{names}{more}\n{found[0].detail}", priority)
