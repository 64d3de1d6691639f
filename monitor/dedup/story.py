"""One open story: the articles that tell it, and which stories it must not join.

Articles vote: each says by its likeness to a newcomer whether the two tell one event. Grouping itself is
done in `stories`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from monitor.dedup.likeness import Vector, likenesses

_DOUBTFUL, _CERTAIN = 0.09, 0.29  # a likeness below the one is no vote, above the other a whole one
_VOTERS = 8
WINDOW_SECONDS = 36 * 3600.0  # articles farther apart do not tell one event


@dataclass(slots=True, eq=False)
class Member:
    """One article of a story."""

    number: int
    story: int
    vector: Vector
    language: str


@dataclass(slots=True, eq=False)
class Story:
    """`apart`: stories that this one must never be merged with."""

    begun_at: float | None  # seconds
    members: list[Member] = field(default_factory=list)  # by number
    apart: frozenset[int] = frozenset()

    def share(self, found: Iterable[float], now: float | None, *, caution: float = 0.0) -> float:
        """Which share of the members votes for an article, by its likeness to those it was compared with.

        Of many members the eight most like it vote, and none that lie outside of the window.
        `caution` is added to the likeness that a vote takes.
        """
        votes = sorted((_vote(likeness - caution) for likeness in found), reverse=True)[:_VOTERS]
        voters = sum(is_near(member.vector.at, now) for member in self.members[-_VOTERS:])
        return sum(votes) / max(voters, len(votes))

    def share_of(self, other: "Story", *, besides: int | None = None, caution: float = 0.0) -> float:
        """Which share of the latest members, `besides` one of them, votes for those of another story."""
        ours, theirs = self.latest(besides), other.latest()
        found = (likenesses(vector, theirs) for vector in ours)
        votes = sum(_vote(likeness - caution) for row in found for likeness in row)
        return votes / (len(ours) * len(theirs))

    def latest(self, besides: int | None = None) -> Sequence[Vector]:
        """Of the members that vote about other stories."""
        return [member.vector for member in self.members if member.number != besides][-_VOTERS:]

    def absorb(self, other: "Story") -> None:
        """Take over all of another story."""
        self.members = sorted(self.members + other.members, key=lambda member: member.number)
        self.apart |= other.apart
        if self.begun_at is not None and other.begun_at is not None:
            self.begun_at = min(self.begun_at, other.begun_at)


def is_near(at: float | None, now: float | None) -> bool:
    """Whether two instants, in seconds, are near enough for one event; unknown ones are."""
    return at is None or now is None or abs(now - at) <= WINDOW_SECONDS


def _vote(likeness: float) -> float:
    return min(1.0, max(0.0, (likeness - _DOUBTFUL) / (_CERTAIN - _DOUBTFUL)))
