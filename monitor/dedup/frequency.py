"""How many texts have a word: counted as they pass, in fixed memory.

Words fall into 2²⁰ buckets by their hash. Two words in one bucket make a rare one look more common
now and then, which costs nothing but a little sharpness. When `horizon` texts have passed, all counts
are halved, so that what is rare follows the news.
"""

import numpy as np
from numpy.typing import NDArray

from monitor.dedup.sketch import Marks

_BUCKETS = 1 << 20


class Frequencies:
    """Document frequencies of words."""

    __slots__ = ("_counts", "_horizon", "_mask", "_prior", "texts")

    def __init__(
        self,
        *,
        horizon: int = 200_000,
        buckets: int = _BUCKETS,
        prior: int = 0,
        common: tuple[Marks, NDArray[np.float32]] | None = None,
    ) -> None:
        """`buckets` is a power of two, four bytes each; `prior` texts are taken as seen before the first.

        `common` are words, with the share of those texts that had each.
        """
        self._prior = prior
        self._counts = np.zeros(buckets, dtype=np.float32)
        self._mask = np.uint32(buckets - 1)
        self._horizon = horizon
        self.texts = 0.0
        if common is not None:
            marks, shares = common
            np.add.at(self._counts, marks & self._mask, shares * prior)

    def learn(self, distinct: Marks) -> None:
        """Count one text by its distinct words."""
        self._counts[distinct & self._mask] += 1.0
        self.texts += 1.0
        if self.texts >= self._horizon:
            self._counts *= 0.5
            self.texts *= 0.5

    def rarity(self, marks: Marks) -> NDArray[np.float32]:
        """The inverse document frequency of each word: 0 for one in all texts."""
        counts = self._counts[marks & self._mask]
        found: NDArray[np.float32] = np.log(np.float32(self.texts + self._prior + 1.0) / (counts + 1))
        return found
