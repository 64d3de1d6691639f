"""Which articles a feed brought last time, word for word: they need no second look. In memory only.

A feed shows the same thirty articles again and again, and reading, hashing and looking one up costs
more than parsing it. What is not known here (after a restart, all) goes the whole way and is
recognised by its keys.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor import dedup
from monitor.model import Article, FeedId, FeedState

MOST = 1_000  # articles remembered of a feed: 16 bytes each


class Marks(NamedTuple):
    """The articles of a document, and the address of each, as hashes that only this process can make.

    0 is an article of no address or several, or one whose address was not asked for yet.
    """

    articles: "array[int]"
    addresses: "array[int]"


@dataclass(slots=True)
class Seen:
    """The articles of each feed's last document."""

    _marks: dict[FeedId, Marks] = field(default_factory=dict)

    def sift(self, state: FeedState, articles: Sequence[Article]) -> tuple[Sequence[Article], Marks]:
        """Those that the last document did not hold exactly so, and what to note once they are kept.

        Two articles share a hash by chance once in 2^64, and nobody outside can make them.
        """
        marks = array("q", map(hash, articles))
        known = self._marks.get(state.id)
        if known is None or state.first_polled_at is None:  # a number that another feed had before
            return articles, Marks(marks, array("q", bytes(marks.itemsize * len(marks))))
        before = dict(zip(known.articles, known.addresses, strict=True))
        fresh = [one for one, mark in zip(articles, marks, strict=True) if mark not in before]
        addresses = array("q", (before.get(mark, 0) for mark in marks))
        if not fresh or len(fresh) == len(articles):
            return fresh, Marks(marks, addresses)
        users = [
            {address} if address else _addresses(one)
            for one, address in zip(articles, addresses, strict=True)
        ]
        addresses = array("q", (next(iter(own)) if len(own) == 1 else 0 for own in users))
        # Two articles of one document that have an address in common: then it identifies neither,
        # which can be known only by looking at all of them.
        is_shared = sum(map(len, users)) > len(set().union(*users))
        return articles if is_shared else fresh, Marks(marks, addresses)

    def overlaps(self, state: FeedState, articles: Sequence[Article]) -> bool:
        """Whether the last document held one of these exactly so. False may mean that it is not known."""
        known = self._marks.get(state.id)
        if known is None or state.first_polled_at is None:
            return False
        return not set(known.articles).isdisjoint(map(hash, articles))

    def note(self, state: FeedState, marks: Marks) -> None:
        """All of these are kept."""
        self._marks[state.id] = Marks(marks.articles[:MOST], marks.addresses[:MOST])


def _addresses(article: Article) -> set[int]:
    urls = (article.url, *article.aliases, *article.declared)
    return {hash(dedup.canonical(url)) for url in urls if url}
