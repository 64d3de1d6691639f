"""When a rule alerts: between its dates, on its days, at its hours. Pure."""

from datetime import datetime, timedelta, tzinfo

from monitor.alerting import localtime
from monitor.errors import DecisionReason
from monitor.model import Active


def objection(active: Active | None, *, now: datetime, zone: tzinfo) -> DecisionReason | None:
    """Why the rule does not alert now; None when it does."""
    if active is None:
        return None
    if active.until is not None and now >= active.until:
        return DecisionReason.RULE_EXPIRED
    if active.since is not None and now < active.since:
        return DecisionReason.INACTIVE
    return None if _is_open(active, now, zone) else DecisionReason.INACTIVE


def _is_open(active: Active, now: datetime, zone: tzinfo) -> bool:
    """A period over midnight belongs to the day on which it began."""
    today = localtime.day_of(now, zone)
    overnight = timedelta(days=1 if active.ends <= active.begins else 0)
    return any(
        day.weekday() in active.days
        and localtime.instant(day, active.begins, zone)
        <= now
        < localtime.instant(day + overnight, active.ends, zone)
        for day in (today - timedelta(days=1), today)
    )
