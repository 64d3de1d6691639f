"""Which articles a feed brought last time, word for word: they need no second look. In memory only.

A feed shows the same thirty articles again and again, and reading, hashing and looking one up costs
more than parsing it. What is not known here (after a restart, all) goes the whole way and is
recognised by its keys.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from monitor import dedup
from monitor.model import Article, FeedId, FeedState

MOST = 1_000  # articles remembered of a feed: 8 bytes each

Marks: TypeAlias = "array[int]"


@dataclass(slots=True)
class Seen:
    """The articles of each feed's last document, as hashes that only this process can make."""

    _marks: dict[FeedId, Marks] = field(default_factory=dict)

    def sift(self, state: FeedState, articles: Sequence[Article]) -> tuple[Sequence[Article], Marks]:
        """Those that the last document did not hold exactly so, and what to note once they are kept.

        Two articles share a hash by chance once in 2^64, and nobody outside can make them.
        """
        marks = array("q", map(hash, articles))
        known = self._marks.get(state.id)
        if known is None or state.first_polled_at is None:  # a number that another feed had before
            return articles, marks
        before = set(known)
        fresh = [one for one, mark in zip(articles, marks, strict=True) if mark not in before]
        if fresh and len(fresh) < len(articles) and _share_addresses(articles):
            return articles, marks
        return fresh, marks

    def overlaps(self, state: FeedState, articles: Sequence[Article]) -> bool:
        """Whether the last document held one of these exactly so. False may mean that it is not known."""
        known = self._marks.get(state.id)
        return known is not None and state.first_polled_at is not None and not _are_new(articles, known)

    def note(self, state: FeedState, marks: Marks) -> None:
        """All of these are kept."""
        self._marks[state.id] = marks[:MOST]


def _share_addresses(articles: Sequence[Article]) -> bool:
    """Whether two articles of one document have an address in common: then it identifies neither,
    which can be known only by looking at all of them."""
    users = [
        {dedup.canonical(url) for url in (one.url, *one.aliases, *one.declared) if url} for one in articles
    ]
    return sum(map(len, users)) > len(set().union(*users))


def _are_new(articles: Sequence[Article], known: Marks) -> bool:
    return set(known).isdisjoint(map(hash, articles))
