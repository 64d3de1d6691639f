"""How many matches each rule had on each local day of late. Reads only."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Connection, select

from monitor.errors import DecisionReason
from monitor.store.tables import match as table

PERIOD = 28  # days that a day is compared with
_LONGEST_SILENCE = 28  # days that are looked at before these
# A feed that is new brings what is old: that says nothing about today.
_OLD = (DecisionReason.TOO_OLD, DecisionReason.UNDATED_BACKLOG)


@dataclass(frozen=True, slots=True)
class Past:
    """One rule's matches. `days` are those before today, the oldest first, from its first match on."""

    day: date  # today
    today: int
    days: tuple[int, ...]
    silent_days: int  # whole days before today without any, if today has none either
    before_silence: tuple[int, ...]


def of_rules(conn: Connection, *, now: datetime, zone: tzinfo) -> dict[str, Past]:
    """The past of each rule that matched of late. Cost: one pass over the matches of two months."""
    since = now - timedelta(days=PERIOD + _LONGEST_SILENCE + 1)
    statement = select(table.c.rule, table.c.decided_at).where(
        table.c.decided_at >= since, table.c.decided_at <= now, table.c.reason.not_in(_OLD)
    )
    counts: dict[str, Counter[date]] = defaultdict(Counter)
    for row in conn.execute(statement):
        counts[row.rule][row.decided_at.astimezone(zone).date()] += 1
    today = now.astimezone(zone).date()
    return {rule: _past(by_day, today) for rule, by_day in counts.items()}


def _past(by_day: Counter[date], today: date) -> Past:
    first = min(by_day)
    days = [by_day[first + timedelta(days=step)] for step in range((today - first).days)]
    silent = 0
    while by_day[today] == 0 and silent < len(days) and days[-1 - silent] == 0:
        silent += 1
    before = days[: len(days) - silent]
    return Past(today, by_day[today], tuple(days[-PERIOD:]), silent, tuple(before[-PERIOD:]))
