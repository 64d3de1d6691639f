"""The furniture of an outlet's pages: paragraphs that stand in article after article.

"Sign up for our newsletter", the agency's boilerplate, the template of a daily report. They make
unlike articles alike, so they are left out before texts are compared. A paragraph is furniture once
three earlier articles of the same host had it within a week. Lines below six words stay: they hardly
weigh, and in short forms ("Payable May 1") they are the news.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from monitor.dedup.words import hash_text

_TIMES = 3
_MIN_WORDS = 6
_MEMORY = timedelta(days=7)


class Furniture:
    """Counts paragraphs by host; the `capacity` most recently seen are remembered."""

    __slots__ = ("_capacity", "_seen")

    def __init__(self, *, capacity: int = 200_000) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[int, tuple[int, datetime | None]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def which_stay(self, keys: Sequence[int], at: datetime | None) -> list[bool]:
        """For each paragraph, by its key, whether it is no furniture."""
        return [not key or self._times(key, at) < _TIMES for key in keys]

    def learn(self, keys: Sequence[int], at: datetime | None) -> None:
        """Count an article. Copies and later versions of one must not be counted: they repeat it all."""
        for key in set(keys):
            if key:
                self._seen[key] = (self._times(key, at) + 1, at)
                self._seen.move_to_end(key)
        while len(self._seen) > self._capacity:
            self._seen.popitem(last=False)

    def _times(self, key: int, at: datetime | None) -> int:
        times, last_at = self._seen.get(key, (0, None))
        is_forgotten = at is not None and last_at is not None and abs(at - last_at) > _MEMORY
        return 0 if is_forgotten else times


def keys(host: str, paragraphs: Iterable[Sequence[str]]) -> list[int]:
    """A key for each paragraph (as words); 0 where it is too short, or the host unknown, to be furniture."""
    return [hash_text((host, *words)) if host and len(words) >= _MIN_WORDS else 0 for words in paragraphs]
