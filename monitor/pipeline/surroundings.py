"""What channels may use of the outside world, put together from the settings."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from monitor.deliver.channel import Context
from monitor.deliver.post import Poster
from monitor.fetch.http import Trust
from monitor.fetch.settings import user_agent


def _utc_now() -> datetime:
    return datetime.now(UTC)


def channel_context(
    contact: str = "",
    *,
    stream: TextIO | None = None,
    now: Callable[[], datetime] = _utc_now,
    instance: str = "",
) -> Context:
    """The context of real channels. `contact` goes into the User-Agent, `instance` into message ids."""
    trust = Trust(None)
    poster = Poster(user_agent=user_agent(contact), trust=lambda: trust.context)
    return Context(post=poster.post, stream=stream or sys.stdout, now=now, instance=instance)
