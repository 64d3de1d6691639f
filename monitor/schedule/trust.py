"""Whether a server's validators are believed: whether its "not modified" can be taken at its word. Pure.

Some servers go on saying 304 although there is news. So once a week (daily while a feed is silent)
a feed is asked without validators; if the answer has news under the validators that we hold, these
lie, and none are sent for a month.
"""

from datetime import datetime, timedelta

from monitor.model import FeedState

PROBE_EVERY = timedelta(days=7)
PROBE_SILENT_EVERY = timedelta(days=1)
DISTRUST = timedelta(days=30)


def sends_validators(state: FeedState, *, now: datetime) -> bool:
    """Whether the next request is a conditional one."""
    if not (state.etag or state.last_modified):
        return False
    distrusted_at = state.habits.distrusted_at
    if distrusted_at is not None and now - distrusted_at < DISTRUST:
        return False
    probed_at = state.habits.probed_at or state.first_polled_at
    every = PROBE_SILENT_EVERY if state.habits.silent_since else PROBE_EVERY
    return probed_at is None or now - probed_at < every


def is_lie(state: FeedState, *, etag: str | None, last_modified: str | None, new: int) -> bool:
    """Whether an answer to a request without validators has news under the validators that we hold."""
    if not new:
        return False
    if etag or state.etag:
        return etag == state.etag
    return last_modified is not None and last_modified == state.last_modified
