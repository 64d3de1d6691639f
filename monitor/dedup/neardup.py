"""Is this text a near-copy of that one? The rules, and the choice among several.

Wire copy is cut, extended and re-headed, so the measure is how much of the shorter text stands in
the longer (*containment*), not how much of both is common. Containment alone takes every bond issue
and every daily report for a copy of the last one; the guards ask whether the numerals agree and
whether the words that carry the news do, and look at time and host.

With n the words of the shorter text, c containment and j Jaccard:

1. same host, n < 150, 48 hours or more apart, c ≥ .3: *series*
2. n ≥ 60, less than 72 hours apart, c ≥ .45: *copy*; on one host only with n ≥ 150,
   less than 12 hours apart, words ≥ .7
3. j ≥ .8, less than 48 hours apart, numerals ≥ .9, words ≥ .7: *copy*
4. c ≥ .45 (down to .30 for n from 120 to 60), less than 168 hours, numerals ≥ .8, words ≥ .7: *copy*

A text below 20 words is never judged by its wording. On one host, where frames of furniture are alike
before they are known as such, texts below 150 words that open in other words are no copies. Below 100
words, one that says the opposite ("raises" and "cuts") is none, nor is one of the same form about
something else, see `exchanged`. Of a live page, which is like everything
that is written about its subject, j is taken for c.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.dedup import exchanged, sketch
from monitor.dedup.frequency import Frequencies
from monitor.dedup.opposites import are_opposed
from monitor.dedup.sketch import Marks
from monitor.dedup.wording import Wording
from monitor.model import ArticleKind

MIN_WORDS = 20
_SHORT = 60
_LEAST = 0.25
_SERIES_GAP = timedelta(hours=48)
_SERIES_WORDS = 150
_OPPOSED_WORDS = 100
_SAME_OPENING = 0.15
_ROUNDUP_PARTS = 3
_ROUNDUP_JACCARD = 0.15
_ROUNDUP_SHARED = 0.3  # two parts that share more than this are one


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """A text with when and where it appeared. `host` is the outlet; `at` None when nobody knows."""

    wording: Wording
    host: str
    at: datetime | None
    is_live: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """An earlier text that may be the original; `group` is the first of the copies it belongs to."""

    number: int
    group: int
    appearance: Appearance


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two appearances are; shares between 0 and 1. `rule` 0 means no finding."""

    containment: float
    jaccard: float
    numerals: float  # of the shorter text's, how many the longer has
    words: float  # the same for its words, weighted by how rare they are
    compared: int  # words of the shorter text
    gap: timedelta | None
    rule: int = 0
    is_look_alike: bool = False  # the form is the same, and what it speaks of is another

    @property
    def is_copy(self) -> bool:
        return self.rule > 1

    @property
    def is_series(self) -> bool:
        return self.rule == 1


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What a text is by its wording, of which earlier one, and how alike they are."""

    kind: ArticleKind
    of: Candidate | None = None
    likeness: Likeness | None = None
    others: tuple[tuple[Candidate, Likeness], ...] = ()  # further originals, the most alike first
    look_alikes: tuple[Candidate, ...] = ()  # for a text that is no copy


def judge(text: Appearance, candidates: Iterable[Candidate], frequencies: Frequencies) -> Judgement:
    """Compare with all candidates. A copy goes to the one it is most like; groups are never merged."""
    compared = [(candidate, compare(text, candidate.appearance, frequencies)) for candidate in candidates]
    if _is_roundup(text, compared):
        return Judgement(ArticleKind.ROUNDUP)
    copies = sorted((item for item in compared if item[1].is_copy), key=_preference, reverse=True)
    if copies:
        return Judgement(ArticleKind.COPY, *copies[0], tuple(copies[1:]))
    look_alikes = tuple(candidate for candidate, like in compared if like.is_look_alike)
    series = [item for item in compared if item[1].is_series]
    if series:
        return Judgement(ArticleKind.SERIES, *max(series, key=_preference), look_alikes=look_alikes)
    return Judgement(ArticleKind.NEW, look_alikes=look_alikes)


def _preference(item: tuple[Candidate, Likeness]) -> tuple[float, float, int]:
    candidate, like = item
    return like.containment, like.jaccard, -candidate.number


def compare(ours: Appearance, theirs: Appearance, frequencies: Frequencies) -> Likeness:
    """Measure and judge two appearances. Below a containment of .25 only that is measured."""
    shorter, longer = ours.wording, theirs.wording
    if shorter.size > longer.size:
        shorter, longer = longer, shorter
    gap = abs(ours.at - theirs.at) if ours.at and theirs.at else None
    overlap = sketch.overlap(shorter.shingles, longer.shingles)
    containment = overlap.jaccard if ours.is_live or theirs.is_live else overlap.containment
    is_look_alike = exchanged.is_look_alike(shorter, longer, overlap)
    if containment < _LEAST:
        return Likeness(containment, overlap.jaccard, 0.0, 0.0, shorter.size, gap, 0, is_look_alike)
    numerals = _common_numerals(shorter, longer)
    words = _common_words(shorter, longer, frequencies)
    like = Likeness(containment, overlap.jaccard, numerals, words, shorter.size, gap, 0, is_look_alike)
    rule = _rule(like, is_same_host=ours.host == theirs.host)
    return like if rule > 1 and _is_other(ours, theirs, like) else replace(like, rule=rule)


def _is_other(ours: Appearance, theirs: Appearance, like: Likeness) -> bool:
    """Whether two texts, as alike as copies, say the opposite or speak of something else."""
    one, other, is_one_host = ours.wording, theirs.wording, ours.host == theirs.host
    if like.is_look_alike or (like.compared < _OPPOSED_WORDS and are_opposed(one.terms, other.terms)):
        return True
    return is_one_host and like.compared < _SERIES_WORDS and not open_alike(one, other)


def open_alike(one: Wording, other: Wording) -> bool:
    """Whether the first words of either stand in the other."""
    return any(
        int(sketch.are_in(ours.opening, theirs.shingles).sum()) >= _SAME_OPENING * len(ours.opening)
        for ours, theirs in ((one, other), (other, one))
    )


def _common_numerals(shorter: Wording, longer: Wording) -> float:
    if not shorter.numerals:
        return 1.0
    return len(shorter.numerals & longer.numerals) / len(shorter.numerals)


def _common_words(shorter: Wording, longer: Wording, frequencies: Frequencies) -> float:
    weights = frequencies.rarity(shorter.terms)
    total = float(weights.sum())
    return float(weights[sketch.are_in(shorter.terms, longer.terms)].sum()) / total if total > 0 else 1.0


def _rule(like: Likeness, *, is_same_host: bool) -> int:
    size, gap = like.compared, like.gap or timedelta(0)
    if size < MIN_WORDS:
        return 0
    if is_same_host and size < _SERIES_WORDS and gap >= _SERIES_GAP and like.containment >= 0.3:
        return 1
    if size >= _SHORT and gap < timedelta(hours=72) and like.containment >= 0.45:
        is_version = gap < timedelta(hours=12) and size >= _SERIES_WORDS and like.words >= 0.7
        if not is_same_host or is_version:
            return 2
    if like.jaccard >= 0.8 and gap < timedelta(hours=48) and like.numerals >= 0.9 and like.words >= 0.7:
        return 3
    is_contained = like.containment >= _least_containment(size) and gap < timedelta(hours=168)
    return 4 if is_contained and like.numerals >= 0.8 and like.words >= 0.7 else 0


def _least_containment(size: int) -> float:
    return 0.30 + 0.15 * min(1.0, max(0.0, (size - _SHORT) / 60))


def _is_roundup(text: Appearance, compared: Sequence[tuple[Candidate, Likeness]]) -> bool:
    """Whether a long text holds much of three or more articles that have little in common."""
    parts: list[Marks] = []
    for candidate, like in compared:
        theirs = candidate.appearance.wording
        is_part = (
            like.containment >= 0.45
            and like.jaccard < _ROUNDUP_JACCARD
            and MIN_WORDS <= theirs.size < text.wording.size
        )
        if is_part and all(
            sketch.overlap(theirs.shingles, part).containment < _ROUNDUP_SHARED for part in parts
        ):
            parts.append(theirs.shingles)
    return len(parts) >= _ROUNDUP_PARTS
