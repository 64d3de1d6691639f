"""Which story does an article tell? Groups articles one by one, as they come.

An article is compared with those of the last 36 hours by the weighted terms of its lead. The members of
a story vote for it by how alike they are; it joins the story of which the largest share votes for it, if
that is enough, else it begins one. Where further reports show that two stories are one, because the
members of each vote for those of the other, the younger is taken into the older.

A story keeps its number for ever. It closes when nothing came for 36 hours, or after seven days.
Copies inherit the story of their original and are not members: a text printed forty times must not
outweigh the rest.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

import numpy as np

from monitor.dedup.lead import Lead
from monitor.dedup.likeness import Vector, likenesses
from monitor.dedup.postings import Postings
from monitor.dedup.story import WINDOW_SECONDS, Member, Story, is_near
from monitor.dedup.weighing import Weighing
from monitor.dedup.words import Hashes

WINDOW = timedelta(seconds=WINDOW_SECONDS)
LIFE = timedelta(days=7)
_LIFE = LIFE.total_seconds()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHARE = 0.25  # of the members that vote for an article which joins them
_OTHERS_SHARE = 0.1  # of the same, where the article that brings two stories together is left out
_KEYS = 8  # the heaviest terms, under which members are found
_CANDIDATES = 32  # members compared
_NEIGHBOUR = 0.2  # a member less like an article may tell the same, but not in its words
_LONGEST = 24


class Merge(NamedTuple):
    """Two stories found to be one. The older, of the lower number, is kept and takes in the other."""

    kept: int
    absorbed: int
    likeness: float  # the share of their members that vote for one another
    by: int  # the article that is like both


class Joined(NamedTuple):
    """The story of an article; `score` is the share of it that voted, and 0 where the story begins."""

    story: int
    score: float
    nearest: int | None  # the member most like it


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A lead as a vector, and how alike it is to earlier ones: story → [(likeness, number)]."""

    lead: Lead
    vector: Vector
    likenesses: Mapping[int, Sequence[tuple[float, int]]]

    def neighbours(self, count: int) -> list[int]:
        """The numbers of the most alike articles, as far as they are alike at all."""
        found = (pair for pairs in self.likenesses.values() for pair in pairs)
        pairs = sorted((pair for pair in found if pair[0] >= _NEIGHBOUR), reverse=True)
        return [number for _, number in pairs[:count]]


class Stories:
    """The open stories of a stream. `capacity` bounds how many articles are remembered.

    `caution` is added to the likeness that joining takes: fewer wrong stories, more split ones.
    """

    def __init__(self, *, capacity: int = 100_000, caution: float = 0.0) -> None:
        self._capacity = capacity
        self._caution = caution
        self._members: OrderedDict[int, Member] = OrderedDict()
        self._stories: dict[int, Story] = {}
        self._postings = Postings(longest=_LONGEST)
        self._weighing = Weighing()

    def __len__(self) -> int:
        return len(self._members)

    def look(self, lead: Lead, at: datetime | None, *, find: bool = True) -> Look:
        """Count a lead and find its neighbours. Cost: some hundred microseconds, whatever the size.

        Without `find`, for an article whose story is known, neighbours are not looked for.
        """
        vector = self._weighing.weigh(lead, _seconds(at))
        is_sought = find and len(lead.terms) > 0
        return Look(lead, vector, self._likenesses(lead, vector) if is_sought else {})

    def assign(self, number: int, look: Look, *, apart_from: Collection[int] = ()) -> Joined:
        """The story of article `number` (numbers ascend); a new one, of that number, when none fits.

        Stories in `apart_from` are not joined.
        """
        joined = self.nearest(look, apart_from=apart_from) or Joined(number, 0.0, None)
        self.keep(number, joined.story, look, apart_from=apart_from)
        return joined

    def find_merges(self, number: int, look: Look) -> list[Merge]:
        """Other stories that are one with that of article `number`, which was just kept.

        The article has to be like them as if it joined them too, and so must others of its story. So a
        lone report that lies between two stories joins neither to the other. Nothing is changed.
        """
        member = self._members.get(number)
        if member is None or len(self._stories[member.story].members) == 1:
            return []
        apart = {member.story, *self._stories[member.story].apart}
        found = []
        for _, story, _ in self._alike(look, apart_from=apart):
            share = self._share_of(member, story)
            if share >= _SHARE and member.story not in self._stories[story].apart:
                found.append(Merge(min(member.story, story), max(member.story, story), share, number))
        return found

    def _share_of(self, newcomer: Member, story: int) -> float:
        """Which share of a newcomer's story votes for another one; 0 where the newcomer alone does."""
        ours, theirs = self._stories[newcomer.story], self._stories[story]
        others = ours.share_of(theirs, besides=newcomer.number, caution=self._caution)
        return ours.share_of(theirs, caution=self._caution) if others >= _OTHERS_SHARE else 0.0

    def merge(self, kept: int, absorbed: int) -> None:
        """Make all articles of one story members of another. Unknown stories are left alone.

        Cost: a look at every story, so some milliseconds.
        """
        if kept == absorbed or kept not in self._stories or absorbed not in self._stories:
            return
        taken = self._stories.pop(absorbed)
        for member in taken.members:
            member.story = kept
        self._stories[kept].absorb(taken)
        for story in self._stories.values():
            if absorbed in story.apart:
                story.apart |= {kept}

    def reach(self, now: datetime) -> timedelta | None:
        """How far back articles are remembered, where room is short; None while the whole window is."""
        if len(self._members) < self._capacity:
            return None
        oldest_at = next(iter(self._members.values())).vector.at
        left = None if oldest_at is None else timedelta(seconds=max(0.0, now.timestamp() - oldest_at))
        return left if left is not None and left < WINDOW else None

    def drop(self, numbers: Collection[int]) -> None:
        """Forget articles that were not kept after all."""
        for number in numbers:
            if (member := self._members.pop(number, None)) is not None:
                self._leave(member)

    def close(self, story: int) -> None:
        """Forget a story with all its articles."""
        if (about := self._stories.get(story)) is not None:
            self.drop([member.number for member in about.members])

    def nearest(self, look: Look, *, apart_from: Collection[int] = ()) -> Joined | None:
        """The story that an article joins, if it is like one enough."""
        best: Joined | None = None
        for score, story, nearest in self._alike(look, apart_from=apart_from):
            if best is None or score > best.score:
                best = Joined(story, score, nearest)
        return best

    def _alike(self, look: Look, *, apart_from: Collection[int]) -> Iterator[tuple[float, int, int]]:
        """The stories enough of which is like an article: score, number, nearest member."""
        for number, found in look.likenesses.items():
            story = self._stories.get(number)
            if story is not None and number not in apart_from:
                score = story.share(
                    (likeness for likeness, _ in found), look.vector.at, caution=self._caution
                )
                if score >= _SHARE:
                    yield score, number, max(found)[1]

    def common_terms(self, look: Look, number: int) -> int:
        """How many terms an article shares with a member."""
        member = self._members.get(number)
        return 0 if member is None else int(np.isin(look.lead.terms, member.vector.terms).sum())

    def _likenesses(self, lead: Lead, vector: Vector) -> dict[int, list[tuple[float, int]]]:
        """The members that share heavy terms, by story: (likeness, number)."""
        near = list(islice(self._open_members(lead, vector), _CANDIDATES))
        found: dict[int, list[tuple[float, int]]] = {}
        for member, likeness in zip(near, likenesses(vector, [one.vector for one in near]), strict=True):
            found.setdefault(member.story, []).append((likeness, member.number))
        return found

    def _open_members(self, lead: Lead, vector: Vector) -> Iterator[Member]:
        """The members with heavy terms of a lead whose story it may join, those with most of them first."""
        shared = self._postings.find(_keys(vector))
        language, now = lead.language, vector.at
        for number, _ in shared.most_common():
            member = self._members.get(number)
            if member is None or (language and member.language and language != member.language):
                continue
            if now is not None:
                begun_at = self._stories[member.story].begun_at
                if not is_near(member.vector.at, now):
                    continue
                if begun_at is not None and abs(now - begun_at) > _LIFE:
                    continue
            yield member

    def keep(self, number: int, story: int, look: Look, *, apart_from: Collection[int] = ()) -> None:
        """Make an article a member of a story. A lead without words is none.

        The story is never merged with those in `apart_from`.
        """
        lead, vector = look.lead, look.vector
        if not len(lead.terms):
            return
        self.drop([number])
        about = self._stories.setdefault(story, Story(begun_at=vector.at))
        member = Member(number, story, vector, lead.language)
        about.members.append(member)
        if apart_from:
            about.apart |= frozenset(apart_from)
        self._members[number] = member
        self._postings.add(number, _keys(vector))
        while len(self._members) > self._capacity:
            self._forget()

    def _forget(self) -> None:
        oldest, member = self._members.popitem(last=False)
        self._postings.floor = oldest + 1
        self._leave(member)

    def _leave(self, member: Member) -> None:
        """One article less in its story, which ends with the last of them."""
        about = self._stories[member.story]
        about.members.remove(member)
        if not about.members:
            del self._stories[member.story]


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else (at - _EPOCH).total_seconds()


def _keys(vector: Vector) -> Hashes:
    """The heaviest terms."""
    return vector.terms[np.argsort(-vector.weights, kind="stable")[:_KEYS]].astype(np.uint64)
