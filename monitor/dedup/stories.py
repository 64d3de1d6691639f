"""Which story does an article tell? Groups articles one by one, as they come.

An article is compared with those of the last 36 hours by the weighted terms of its lead. It joins the
story whose best two members, and whose middle, are like it enough; else it begins a story. A headline
must be more alike than a full lead. Where further reports show that two stories are one, the younger is
taken into the older.

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
from numpy.typing import NDArray

from monitor.dedup.lead import Lead
from monitor.dedup.postings import Postings
from monitor.dedup.sketch import Marks
from monitor.dedup.story import Member, Story
from monitor.dedup.weighing import Weighing, fullness
from monitor.dedup.words import Hashes

WINDOW = timedelta(hours=36)
LIFE = timedelta(days=7)
_WINDOW, _LIFE = WINDOW.total_seconds(), LIFE.total_seconds()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEST = 2
_THRESHOLD = 0.21  # for a full lead
_THRESHOLD_SHORT = 0.30  # for a headline
_KEYS = 8  # the heaviest terms, under which members are found
_CANDIDATES = 16  # members compared
_MERGED = 0.5  # the likeness of two stories that are one
_NEIGHBOUR = 0.3  # a member less like an article may tell the same, but not in its words
_RANKED = 8  # stories whose middle is looked at
_LONGEST = 24


class Merge(NamedTuple):
    """Two stories found to be one. The older, of the lower number, is kept and takes in the other."""

    kept: int
    absorbed: int
    likeness: float  # of their middles
    by: int  # the article that is like both


class Joined(NamedTuple):
    """The story of an article; `score` is how alike it was, and 0 where the story begins."""

    story: int
    score: float
    nearest: int | None  # the member most like it


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A lead as a vector, and how alike it is to earlier ones: story → [(likeness, number)]."""

    lead: Lead
    weights: NDArray[np.float32]
    at: datetime | None
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
        weights = self._weighing.weigh(lead)
        is_sought = find and len(lead.terms) > 0
        return Look(lead, weights, at, self._likenesses(lead, weights, at) if is_sought else {})

    def assign(self, number: int, look: Look, *, apart_from: Collection[int] = ()) -> Joined:
        """The story of article `number` (numbers ascend); a new one, of that number, when none fits.

        Stories in `apart_from` are not joined.
        """
        joined = self.nearest(look, apart_from=apart_from) or Joined(number, 0.0, None)
        self.keep(number, joined.story, look, apart_from=apart_from)
        return joined

    def find_merges(self, number: int, look: Look) -> list[Merge]:
        """Other stories that are one with that of article `number`, which was just kept.

        The article has to be like them as if it joined them too, and the middles of both alike. So a
        lone report that lies between two stories joins neither to the other. Nothing is changed.
        """
        member = self._members.get(number)
        if member is None or self._stories[member.story].members == 1:
            return []
        about, found = self._stories[member.story], []
        for _, story, _ in self._alike(look, apart_from={member.story, *about.apart}):
            likeness = about.likeness_to(self._stories[story])
            if likeness >= _MERGED and member.story not in self._stories[story].apart:
                kept, absorbed = sorted((member.story, story))
                found.append(Merge(kept, absorbed, likeness, number))
        return found

    def merge(self, kept: int, absorbed: int) -> None:
        """Make all articles of one story members of another. Unknown stories are left alone.

        Cost: a look at every member, so some milliseconds.
        """
        if kept == absorbed or kept not in self._stories or absorbed not in self._stories:
            return
        self._stories[kept].absorb(self._stories.pop(absorbed))
        for story in self._stories.values():
            if absorbed in story.apart:
                story.apart |= {kept}
        for member in self._members.values():
            if member.story == absorbed:
                member.story = kept

    def reach(self, now: datetime) -> timedelta | None:
        """How far back articles are remembered, where room is short; None while the whole window is."""
        if len(self._members) < self._capacity:
            return None
        oldest_at = next(iter(self._members.values())).at
        left = None if oldest_at is None else timedelta(seconds=max(0.0, now.timestamp() - oldest_at))
        return left if left is not None and left < WINDOW else None

    def drop(self, numbers: Collection[int]) -> None:
        """Forget articles that were not kept after all."""
        for number in numbers:
            if (member := self._members.pop(number, None)) is not None:
                self._leave(member)

    def close(self, story: int) -> None:
        """Forget a story with all its articles."""
        self.drop([number for number, member in self._members.items() if member.story == story])

    def nearest(self, look: Look, *, apart_from: Collection[int] = ()) -> Joined | None:
        """The story that an article joins, if it is like one enough."""
        best: Joined | None = None
        for score, story, nearest in self._alike(look, apart_from=apart_from):
            if best is None or score > best.score:
                best = Joined(story, score, nearest)
        return best

    def _alike(self, look: Look, *, apart_from: Collection[int]) -> Iterator[tuple[float, int, int]]:
        """The stories that are enough like an article: score, number, nearest member."""
        threshold = _threshold(len(look.lead.terms)) + self._caution
        ranked = sorted(
            (
                (self._best_members(story, found), max(found), -story)
                for story, found in look.likenesses.items()
                if story not in apart_from and story in self._stories
            ),
            reverse=True,
        )
        terms, weights = look.lead.terms.tolist(), look.weights.tolist()
        for members, (_, nearest), minus_story in ranked[:_RANKED]:
            story = self._stories[-minus_story]
            score = members
            if not story.is_single:
                score = (members + story.likeness(terms, weights)) / 2
            if score >= threshold:
                yield score, -minus_story, nearest

    def common_terms(self, look: Look, number: int) -> int:
        """How many terms an article shares with a member."""
        member = self._members.get(number)
        return 0 if member is None else int(np.isin(look.lead.terms, member.terms).sum())

    def _best_members(self, story: int, found: Sequence[tuple[float, int]]) -> float:
        """The mean of the best two members; of one where there is no other."""
        count = min(_BEST, self._stories[story].members)
        if len(found) == 1:
            return found[0][0] / count
        return sum(likeness for likeness, _ in sorted(found, reverse=True)[:count]) / count

    def _likenesses(
        self, lead: Lead, weights: NDArray[np.float32], at: datetime | None
    ) -> dict[int, list[tuple[float, int]]]:
        """The members that share heavy terms, by story: (cosine, number)."""
        near = list(islice(self._open_members(lead, weights, at), _CANDIDATES))
        if not near:
            return {}
        cosines = _cosines(lead.terms, weights, [member for _, member in near])
        found: dict[int, list[tuple[float, int]]] = {}
        for (number, member), cosine in zip(near, cosines, strict=True):
            found.setdefault(member.story, []).append((cosine, number))
        return found

    def _open_members(
        self, lead: Lead, weights: NDArray[np.float32], at: datetime | None
    ) -> Iterator[tuple[int, Member]]:
        """The members with heavy terms of a lead whose story it may join, those with most of them first."""
        shared = self._postings.find(_keys(lead, weights))
        language, now = lead.language, _seconds(at)
        for number, _ in shared.most_common():
            member = self._members.get(number)
            if member is None or (language and member.language and language != member.language):
                continue
            if now is not None:
                begun_at = self._stories[member.story].begun_at
                if member.at is not None and abs(now - member.at) > _WINDOW:
                    continue
                if begun_at is not None and abs(now - begun_at) > _LIFE:
                    continue
            yield number, member

    def keep(self, number: int, story: int, look: Look, *, apart_from: Collection[int] = ()) -> None:
        """Make an article a member of a story. A lead without words is none.

        The story is never merged with those in `apart_from`.
        """
        lead, weights = look.lead, look.weights
        if not len(lead.terms):
            return
        self.drop([number])
        about = self._stories.setdefault(story, Story(begun_at=_seconds(look.at)))
        about.add(lead.terms, weights)
        if apart_from:
            about.apart |= frozenset(apart_from)
        self._members[number] = Member(story, lead.terms, weights, _seconds(look.at), lead.language)
        self._postings.add(number, _keys(lead, weights))
        while len(self._members) > self._capacity:
            self._forget()

    def _forget(self) -> None:
        oldest, member = self._members.popitem(last=False)
        self._postings.floor = oldest + 1
        self._leave(member)

    def _leave(self, member: Member) -> None:
        """One article less in its story, which ends with the last of them."""
        about = self._stories[member.story]
        about.members -= 1
        if about.members == 0:
            del self._stories[member.story]


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else (at - _EPOCH).total_seconds()


def _keys(lead: Lead, weights: NDArray[np.float32]) -> Hashes:
    """The heaviest terms."""
    return lead.terms[np.argsort(-weights, kind="stable")[:_KEYS]].astype(np.uint64)


def _cosines(terms: Marks, weights: NDArray[np.float32], members: Sequence[Member]) -> list[float]:
    """Of one vector with each member; in one sweep, since there are dozens."""
    theirs = np.concatenate([member.terms for member in members])
    products = np.concatenate([member.weights for member in members])
    places = np.searchsorted(terms, theirs)
    places[places == len(terms)] = 0
    products *= np.where(terms[places] == theirs, weights[places], np.float32(0))
    ends = np.cumsum([len(member.terms) for member in members])
    sums: list[float] = np.add.reduceat(products, [0, *ends[:-1]]).tolist()
    return sums


def _threshold(terms: int) -> float:
    return _THRESHOLD_SHORT + fullness(terms) * (_THRESHOLD - _THRESHOLD_SHORT)
