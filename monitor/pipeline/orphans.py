"""What becomes of the deliveries of a removed channel: they wait as long as others do, then end, told.

They wait because a channel may be removed by mistake, or be renamed and named back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.pipeline import notice
from monitor.pipeline.notice import Notice
from monitor.store import orphans

# The default `max_age` of a channel: that of one which is not configured is not known any more.
PATIENCE = timedelta(hours=72)
REMOVED = "the configuration does not name this channel any more"


def settle(
    conn: Connection, recipients: Mapping[str, Sequence[str]], *, installation: str, now: datetime
) -> dict[str, int]:
    """Give up what has waited for too long, and tell it on all channels there are; how many of each."""
    ended = orphans.end(conn, known=list(recipients), before=now - PATIENCE, detail=REMOVED)
    for channel, number in ended.items():
        told = Notice(
            key=f"channel_removed|{channel}|{now:%Y-%m-%dT%H}",
            rule="newsmonitor",
            headline=f"Alerts for the channel {channel} were given up",
            detail=(
                f"The configuration does not name it any more, and alerts had waited for it for "
                f"{PATIENCE.total_seconds() / 3600:g} hours: {number} by now.\n"
                f"See them: newsmonitor deliveries list --channel {channel}\n"
                f"If it is to be back, name it again, then: newsmonitor deliveries retry --dead"
            ),
        )
        notice.enqueue(conn, told, recipients, installation=installation, now=now)
    return ended
