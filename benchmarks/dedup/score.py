"""Measures of pairs and of groupings."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and, for groupings, the adjusted Rand index."""

    precision: float
    recall: float
    ari: float | None = None

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def of_pairs(found: Iterable[bool], wanted: Iterable[bool]) -> Score:
    """Of yes-no decisions."""
    counts = Counter(zip(found, wanted, strict=True))
    right, wrong, missed = counts[True, True], counts[True, False], counts[False, True]
    return Score(
        right / (right + wrong) if right + wrong else 1.0, right / (right + missed) if right + missed else 1.0
    )


def b_cubed(found: Sequence[Hashable], wanted: Sequence[Hashable]) -> Score:
    """Of a grouping, by item: how pure its group is, and how much of its true group it holds."""
    both, ours, theirs = Counter(zip(found, wanted, strict=True)), Counter(found), Counter(wanted)
    size = len(found)
    precision = sum(count * count / ours[group] for (group, _), count in both.items()) / size
    recall = sum(count * count / theirs[group] for (_, group), count in both.items()) / size
    return Score(precision, recall, _ari(both, ours, theirs, size))


def pairs_of_groups(found: Sequence[Hashable], wanted: Sequence[Hashable]) -> Score:
    """Of a grouping, by pair: whether two items are put together."""
    both = Counter(zip(found, wanted, strict=True))
    agreed, ours, theirs = (
        sum(map(_pairs, counts.values())) for counts in (both, Counter(found), Counter(wanted))
    )
    return Score(agreed / ours if ours else 1.0, agreed / theirs if theirs else 1.0)


def _ari(both: Counter[tuple[Hashable, Hashable]], ours: Counter, theirs: Counter, size: int) -> float:
    agreed, in_ours, in_theirs = (sum(map(_pairs, counts.values())) for counts in (both, ours, theirs))
    expected = in_ours * in_theirs / _pairs(size)
    most = (in_ours + in_theirs) / 2
    return (agreed - expected) / (most - expected) if most != expected else 1.0


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def groups_of(size: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """The groups that pairs make of the items 0 … size - 1, each by its smallest number."""
    root = list(range(size))

    def find(item: int) -> int:
        while root[item] != item:
            root[item] = root[root[item]]
            item = root[item]
        return item

    for one, other in pairs:
        low, high = sorted((find(one), find(other)))
        root[high] = low
    return [find(item) for item in range(size)]
