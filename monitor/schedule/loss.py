"""Whether articles came and went between two polls, and how many that may have been. Pure."""

from collections.abc import Sequence
from datetime import datetime

_LEAST_ITEMS = 3  # a document of one or two items always shows only the newest


def may_have_rolled_over(listed: int, known: int, *, is_delta: bool = False) -> bool:
    """Whether a document of `listed` articles, `known` of them seen before, overlaps with none before.

    A delta (226 IM Used) never lists what is known.
    """
    return listed >= _LEAST_ITEMS and known == 0 and not is_delta


def unseen(published: Sequence[datetime | None], *, since: datetime, now: datetime, rate: float) -> int:
    """At most about how many articles are missing between `since`, the last look, and the oldest listed.

    By the pace of the document itself where it has dates, else by the feed's `rate` a minute. None are
    when an article that was listed already existed at the last look.
    """
    if any(moment is not None and moment <= since for moment in published):
        return 0
    dates = sorted(moment for moment in published if moment is not None and since < moment <= now)
    if len(dates) >= 2 and dates[-1] > dates[0]:
        pace = (len(dates) - 1) / (dates[-1] - dates[0]).total_seconds()
        return max(1, round(pace * (dates[0] - since).total_seconds()))
    expected = rate * (now - since).total_seconds() / 60
    return max(1, round(expected) - len(published))
