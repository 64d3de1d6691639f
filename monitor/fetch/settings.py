"""The bounds of a visit, and what we call ourselves."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from monitor import __version__


def user_agent(contact: str = "") -> str:
    """What we call ourselves everywhere: stable, and with somebody to write to."""
    contact = "".join(c for c in contact if c.isascii() and c.isprintable() and c not in "()\\").strip()
    return f"newsmonitor/{__version__}" + (f" (+{contact})" if contact else "")


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Bounds of every visit. `deadline` counts from the first connection, not the waiting for a turn."""

    user_agent: str = field(default_factory=user_agent)
    deadline: timedelta = timedelta(seconds=30)
    max_bytes: int = 8 * 1024 * 1024  # decoded
    max_wire_bytes: int = 8 * 1024 * 1024
    max_hops: int = 5
    concurrency: int = 32
    per_host: int = 2
    host_gap: timedelta = timedelta(seconds=1)
    ca_file: str | None = None  # trusted beside the usual authorities


class Polling(Protocol):
    """What the configuration says about polling."""

    @property
    def deadline(self) -> timedelta: ...
    @property
    def max_bytes(self) -> int: ...
    @property
    def concurrency(self) -> int: ...
    @property
    def per_host(self) -> int: ...
    @property
    def host_gap(self) -> timedelta: ...


def from_polling(poll: Polling, *, contact: str) -> FetchSettings:
    """The bounds that a configuration asks for."""
    return FetchSettings(
        user_agent=user_agent(contact),
        deadline=poll.deadline,
        max_bytes=poll.max_bytes,
        max_wire_bytes=poll.max_bytes,
        concurrency=poll.concurrency,
        per_host=poll.per_host,
        host_gap=poll.host_gap,
    )
