"""Storms: when a rule or a channel has more to tell than anybody can read, one message tells it all. Pure.

The first `limit` alerts of a window go out one by one. Those that follow are collected until a window
later, and then told in one message with their counts. None is dropped.
"""

from dataclasses import dataclass
from datetime import datetime

from monitor.model import Storm


@dataclass(frozen=True, slots=True)
class Recent:
    """What has been told of late: singly within the storm's window, and the end of a collection."""

    single: int = 0
    collecting_until: datetime | None = None


NOTHING = Recent()


def collect_until(storm: Storm | None, recent: Recent, *, now: datetime) -> datetime | None:
    """Until when the next alert is collected; None when it goes out by itself.

    A collection that would end later than a window from now is of a clock that was ahead.
    """
    if storm is None:
        return None
    running = recent.collecting_until
    if running is not None and now < running <= now + storm.within:
        return running
    return now + storm.within if recent.single >= storm.limit else None
