"""What became of every match, counted: the proof that none was lost. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.errors import DecisionReason
from monitor.model import AlertId, DeliveryState
from monitor.store import statements
from monitor.store.tables import delivery as delivery_table
from monitor.store.tables import match as match_table

# The first of these that one of an alert's deliveries is in says what became of the alert.
_ORDER = (
    DeliveryState.SENT,
    DeliveryState.DIGESTED,
    DeliveryState.SENDING,
    DeliveryState.PENDING,
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
    DeliveryState.DEAD,
    DeliveryState.EXPIRED,
    DeliveryState.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many matches there were, and how each of them ended or stands. The parts sum up to `matches`."""

    matches: int = 0
    told: Counter[DeliveryState] = field(default_factory=Counter)
    suppressed: Counter[DecisionReason] = field(default_factory=Counter)
    pruned: int = 0  # their alert was old and is gone

    @property
    def total(self) -> int:
        """The sum of all parts."""
        return self.told.total() + self.suppressed.total() + self.pruned

    @property
    def open(self) -> int:
        """Those not at their end yet."""
        ended = (DeliveryState.SENT, DeliveryState.DIGESTED, DeliveryState.DEAD, DeliveryState.EXPIRED)
        return sum(count for state, count in self.told.items() if state not in ended)


def count(conn: Connection, *, since: datetime | None = None, rule: str | None = None) -> Tally:
    """The matches decided about since then, of one rule or of all."""
    statement = select(match_table.c.decision, match_table.c.reason, match_table.c.alert_id)
    if since is not None:
        statement = statement.where(match_table.c.decided_at >= since)
    if rule is not None:
        statement = statement.where(match_table.c.rule == rule)
    rows = conn.execute(statement).all()
    states = _states(conn, (row.alert_id for row in rows if row.alert_id is not None))
    tally = Tally(matches=len(rows))
    gone = 0
    for row in rows:
        if row.decision == "suppress":
            tally.suppressed[row.reason] += 1
        elif row.alert_id in states:
            tally.told[next(state for state in _ORDER if state in states[row.alert_id])] += 1
        else:
            gone += 1
    return Tally(tally.matches, tally.told, tally.suppressed, gone)


def _states(conn: Connection, ids: Iterable[AlertId]) -> dict[AlertId, set[DeliveryState]]:
    """In which states the deliveries of each alert are. Escalations do not count: they come on top."""
    found: dict[AlertId, set[DeliveryState]] = defaultdict(set)
    columns = (delivery_table.c.alert_id, delivery_table.c.state)
    for chunk in statements.chunks(ids):
        own = delivery_table.c.alert_id.in_(chunk) & ~delivery_table.c.escalates
        for row in conn.execute(select(*columns).where(own).distinct()):
            found[row.alert_id].add(row.state)
    return found
