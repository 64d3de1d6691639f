"""Which story does an article tell? Groups articles one by one, as they come.

An article is compared with those of the last 36 hours by the weighted terms of its lead (inverse
document frequency; in a full lead names count twice, in a headline, where most words are names, a
third more). It joins the story whose best two members, and whose middle, are like it enough; else it begins
a story. A headline must be more alike than a full lead.

A story keeps its number for ever. It closes when nothing came for 36 hours, or after seven days.
Copies inherit the story of their original and are not members: a text printed forty times must not
outweigh the rest.
"""

import math
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.dedup import common
from monitor.dedup.frequency import Frequencies
from monitor.dedup.lead import Casing, Lead
from monitor.dedup.postings import Postings
from monitor.dedup.sketch import Marks
from monitor.dedup.words import Hashes

WINDOW = timedelta(hours=36)
LIFE = timedelta(days=7)
_WINDOW, _LIFE = WINDOW.total_seconds(), LIFE.total_seconds()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEST = 2
_HEADLINE_TERMS, _FULL_TERMS = 8, 16  # of a headline alone, and of one with sentences
_HEADLINE_BONUS = 0.3  # of a name in a headline; in a full lead it is 1
_NUMERAL_AS_NAME = 0.25
_THRESHOLD = 0.21  # for a full lead
_THRESHOLD_SHORT = 0.27  # for a headline
_KEYS = 12  # the heaviest terms, under which members are found
_CANDIDATES = 24  # members compared
_NEIGHBOUR = 0.3  # a member less like an article may tell the same, but not in its words
_RANKED = 8  # stories whose middle is looked at
_LONGEST = 24
_MIDDLE_TERMS = 256
_PRIOR = 1000
_LANGUAGES = 32
_LANGUAGE_BUCKETS = 1 << 18


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


@dataclass(slots=True, eq=False)
class _Member:
    story: int
    terms: Marks
    weights: NDArray[np.float32]  # of length 1 as a vector
    at: float | None  # seconds
    language: str


@dataclass(slots=True, eq=False)
class _Story:
    begun_at: float | None  # seconds
    members: int = 0
    middle: dict[int, float] = field(default_factory=dict)  # term → weight
    square: float = 0.0  # of the length of the middle, as a vector
    only: tuple[Marks, NDArray[np.float32]] | None = None  # the middle of one member: most stories have one

    def add(self, terms: Marks, weights: NDArray[np.float32]) -> None:
        """Another member. The middle is the sum of all, cut to its heaviest terms."""
        if not self.members:
            self.only = terms, weights
        else:
            self._spread()
            self._sum(terms, weights)
        self.members += 1

    def _spread(self) -> None:
        if self.only is not None:
            only, self.only = self.only, None
            self._sum(*only)

    def _sum(self, terms: Marks, weights: NDArray[np.float32]) -> None:
        middle, square = self.middle, self.square
        for term, weight in zip(terms.tolist(), weights.tolist(), strict=True):
            before = middle.get(term, 0.0)
            middle[term] = before + weight
            square += weight * (2 * before + weight)
        if len(middle) > 2 * _MIDDLE_TERMS:
            self.middle = dict(sorted(middle.items(), key=lambda item: -item[1])[:_MIDDLE_TERMS])
            square = sum(weight * weight for weight in self.middle.values())
        self.square = square

    def likeness(self, terms: list[int], weights: list[float]) -> float:
        """The cosine of a lead and the middle."""
        if self.only is not None:
            lone = _Story(None)
            lone._sum(*self.only)
            return lone.likeness(terms, weights)
        if not self.square:
            return 0.0
        middle = self.middle
        common = sum(
            weight * middle[term] for term, weight in zip(terms, weights, strict=True) if term in middle
        )
        return common / math.sqrt(self.square)


class Stories:
    """The open stories of a stream. `capacity` bounds how many articles are remembered.

    `caution` is added to the likeness that joining takes: fewer wrong stories, more split ones.
    """

    def __init__(self, *, capacity: int = 100_000, caution: float = 0.0) -> None:
        self._capacity = capacity
        self._caution = caution
        self._members: OrderedDict[int, _Member] = OrderedDict()
        self._stories: dict[int, _Story] = {}
        self._postings = Postings(longest=_LONGEST)
        self._frequencies: dict[str, Frequencies] = {}
        self._casing = Casing()

    def __len__(self) -> int:
        return len(self._members)

    def look(self, lead: Lead, at: datetime | None, *, find: bool = True) -> Look:
        """Count a lead and find its neighbours. Cost: some hundred microseconds, whatever the size.

        Without `find`, for an article whose story is known, neighbours are not looked for.
        """
        weights = self._weigh(lead)
        is_sought = find and len(lead.terms) > 0
        return Look(lead, weights, at, self._likenesses(lead, weights, at) if is_sought else {})

    def assign(self, number: int, look: Look, *, apart_from: Collection[int] = ()) -> Joined:
        """The story of article `number` (numbers ascend); a new one, of that number, when none fits.

        Stories in `apart_from` are not joined.
        """
        joined = self.nearest(look, apart_from=apart_from) or Joined(number, 0.0, None)
        self.keep(number, joined.story, look)
        return joined

    def drop(self, numbers: Collection[int]) -> None:
        """Forget articles that were not kept after all."""
        for number in numbers:
            if (member := self._members.pop(number, None)) is not None:
                self._leave(member)

    def close(self, story: int) -> None:
        """Forget a story with all its articles."""
        self.drop([number for number, member in self._members.items() if member.story == story])

    def _weigh(self, lead: Lead) -> NDArray[np.float32]:
        """The vector of a lead, after counting it: a term of no other article is not the whole story."""
        frequencies = self._frequencies_of(lead.vocabulary)
        frequencies.learn(lead.terms)
        self._casing.learn(lead)
        names = np.where(lead.numerals, _NUMERAL_AS_NAME, self._casing.names(lead.terms))
        weights = frequencies.rarity(lead.terms) * (1 + _name_bonus(len(lead.terms)) * names)
        length = math.sqrt(float(weights @ weights))
        return (weights / length if length else weights).astype(np.float32)

    def _frequencies_of(self, language: str) -> Frequencies:
        if language not in self._frequencies and len(self._frequencies) >= _LANGUAGES:
            language = ""
        if language not in self._frequencies:
            self._frequencies[language] = Frequencies(
                prior=_PRIOR, buckets=_LANGUAGE_BUCKETS, common=common.shares(language)
            )
        return self._frequencies[language]

    def nearest(self, look: Look, *, apart_from: Collection[int] = ()) -> Joined | None:
        """The story that an article joins, if it is like one enough."""
        threshold = _threshold(len(look.lead.terms)) + self._caution
        ranked = sorted(
            (
                (self._best_members(story, found), max(found), -story)
                for story, found in look.likenesses.items()
                if story not in apart_from
            ),
            reverse=True,
        )
        terms, weights = look.lead.terms.tolist(), look.weights.tolist()
        best: Joined | None = None
        for members, (_, nearest), minus_story in ranked[:_RANKED]:
            story = -minus_story
            score = (members + self._stories[story].likeness(terms, weights)) / 2
            if score >= threshold and (best is None or score > best.score):
                best = Joined(story, score, nearest)
        return best

    def common_terms(self, look: Look, number: int) -> int:
        """How many terms an article shares with a member."""
        member = self._members.get(number)
        return 0 if member is None else int(np.isin(look.lead.terms, member.terms).sum())

    def _best_members(self, story: int, found: Sequence[tuple[float, int]]) -> float:
        """The mean of the best two members; of one where there is no other."""
        count = min(_BEST, self._stories[story].members)
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
    ) -> Iterator[tuple[int, _Member]]:
        """The members with heavy terms of a lead whose story it may join, those with most of them first."""
        shared = self._postings.find(_keys(lead, weights))
        language, now = lead.language, _seconds(at)
        for number in sorted(shared, key=shared.__getitem__, reverse=True):
            member = self._members.get(number)
            if member is None or (
                now is not None and member.at is not None and abs(now - member.at) > _WINDOW
            ):
                continue
            if language and member.language and language != member.language:
                continue
            begun_at = self._stories[member.story].begun_at
            if now is None or begun_at is None or abs(now - begun_at) <= _LIFE:
                yield number, member

    def keep(self, number: int, story: int, look: Look) -> None:
        """Make an article a member of a story. A lead without words is none."""
        lead, weights = look.lead, look.weights
        if not len(lead.terms):
            return
        self.drop([number])
        about = self._stories.setdefault(story, _Story(begun_at=_seconds(look.at)))
        about.add(lead.terms, weights)
        self._members[number] = _Member(story, lead.terms, weights, _seconds(look.at), lead.language)
        self._postings.add(number, _keys(lead, weights))
        while len(self._members) > self._capacity:
            self._forget()

    def _forget(self) -> None:
        oldest, member = self._members.popitem(last=False)
        self._postings.floor = oldest + 1
        self._leave(member)

    def _leave(self, member: _Member) -> None:
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


def _cosines(terms: Marks, weights: NDArray[np.float32], members: Sequence[_Member]) -> list[float]:
    """Of one vector with each member; in one sweep, since there are dozens."""
    theirs = np.concatenate([member.terms for member in members])
    products = np.concatenate([member.weights for member in members])
    places = np.searchsorted(terms, theirs)
    places[places == len(terms)] = 0
    products *= np.where(terms[places] == theirs, weights[places], np.float32(0))
    ends = np.cumsum([len(member.terms) for member in members])
    sums: list[float] = np.add.reduceat(products, [0, *ends[:-1]]).tolist()
    return sums


def _fullness(terms: int) -> float:
    """Between 0 for a headline alone and 1 for a headline with sentences."""
    return min(1.0, max(0.0, (terms - _HEADLINE_TERMS) / (_FULL_TERMS - _HEADLINE_TERMS)))


def _name_bonus(terms: int) -> float:
    return _HEADLINE_BONUS + _fullness(terms) * (1 - _HEADLINE_BONUS)


def _threshold(terms: int) -> float:
    return _THRESHOLD_SHORT + _fullness(terms) * (_THRESHOLD - _THRESHOLD_SHORT)
