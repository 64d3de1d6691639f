"""The batch engine: a large index, a small one of recent edits, and matches put in order.

An edit costs what compiling that rule costs, and at the next match what compiling the recent edits
costs; `compact` makes one index of all again and may run in another thread meanwhile.
"""

import functools
import operator
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import TypeVar

import numpy as np

from monitor.model import Article, Match
from monitor.rules.engine.arrays import BATCH, pointers
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.index import Answers, Entry, Index
from monitor.rules.engine.letters import Letters
from monitor.rules.ruleset import Compiled

T = TypeVar("T")

# Characters looked at together. A longer article is a batch of its own.
MOST_CHARACTERS = 1 << 20
# Edits compiled together at each match; when there are more they are left as they are.
MOST_RECENT = 256


class BatchEngine:
    """Matches many rules against batches of articles, exactly as the reference matcher would.

    Matching is for one thread at a time. `put` and `remove` may come from any, as may `compact`.
    """

    def __init__(
        self,
        rules: Mapping[str, Compiled],
        *,
        seed: int | None = None,
        most_characters: int = MOST_CHARACTERS,
    ) -> None:
        """Compile all rules. The `seed` decides the hashes; by default each process has its own."""
        self._most_characters = most_characters
        # The interpreter salts the hashes of texts anew in each process.
        self._seed = hash("seed of the letters") if seed is None else seed
        self._letters = Letters(self._seed)
        self._lock = threading.Lock()
        self._entries = {
            name: Entry(name, order, compiled) for order, (name, compiled) in enumerate(rules.items())
        }
        self._next_order = len(self._entries)
        self._indexes = [Index(list(self._entries.values()), self._letters)]
        self._recent: dict[str, Entry] = {}
        self._recent_index: Index | None = None
        self._disabled: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised and are left out since: name → reason."""
        return dict(self._disabled)

    # --- edits --------------------------------------------------------------------------------

    def put(self, name: str, compiled: Compiled) -> None:
        """Add a rule after all others, or change one where it is. Counts from the next match on."""
        with self._lock:
            known = self._entries.get(name)
            order = self._next_order if known is None else known.order
            self._next_order += known is None
            self._forget(name)
            self._entries[name] = self._recent[name] = Entry(name, order, compiled)
            self._recent_index = None

    def remove(self, name: str) -> None:
        """Drop a rule. Raises KeyError when there is none of that name."""
        with self._lock:
            del self._entries[name]
            self._forget(name)

    def _forget(self, name: str) -> None:
        self._disabled.pop(name, None)
        for index in self._indexes:
            index.drop(name)
        if self._recent.pop(name, None) is not None:
            self._recent_index = None

    @property
    def is_scattered(self) -> bool:
        """Whether so much was edited that `compact` is worth its time."""
        with self._lock:
            return len(self._indexes) > 2

    def compact(self) -> None:
        """Compile all rules together again; edits made meanwhile are kept. Takes seconds for 100,000."""
        with self._lock:
            snapshot = list(self._entries.values())
        index = Index(snapshot, Letters(self._seed))
        with self._lock:
            for entry in snapshot:
                if self._entries.get(entry.name) is not entry or entry.name in self._disabled:
                    index.drop(entry.name)
            known = set(map(id, snapshot))
            self._recent = {name: entry for name, entry in self._entries.items() if id(entry) not in known}
            self._recent_index = None
            self._indexes = [index]

    # --- matching -----------------------------------------------------------------------------

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        """For each article its matches, in the rules' order."""
        return self._ask(articles, Index.match)

    def names_many(self, articles: Sequence[Article]) -> list[list[str]]:
        """For each article the names of the rules that match, in their order.

        Several times faster than `match_many` where matches are many: no span is made.
        """
        return self._ask(articles, Index.names)

    def _ask(
        self, articles: Sequence[Article], question: Callable[[Index, Batch], Answers[T]]
    ) -> list[list[T]]:
        found: list[list[T]] = []
        indexes = self._current()
        fields = functools.reduce(operator.or_, (index.fields for index in indexes))
        for group, size in _groups(articles, self._most_characters):
            # What is kept grows with the longest text, so one that is overlong gets its own.
            letters = self._letters if size <= self._most_characters else Letters(self._seed)
            batch = Batch(group, fields, letters)
            answers = [question(index, batch) for index in indexes]
            for problem in chain.from_iterable(answer.problems for answer in answers):
                self._disabled.setdefault(problem.name, problem.reason)
            found += _in_order(answers, len(group))
        return found

    def _current(self) -> list[Index]:
        """The indexes to ask, that of the recent edits last."""
        with self._lock:
            if self._recent and self._recent_index is None:
                self._recent_index = Index(list(self._recent.values()), self._letters)
            if self._recent_index is None:
                return list(self._indexes)
            current = [*self._indexes, self._recent_index]
            if len(self._recent) > MOST_RECENT:
                self._indexes, self._recent, self._recent_index = current, {}, None
            return current


def _groups(articles: Sequence[Article], most_characters: int) -> Iterator[tuple[list[Article], int]]:
    """Batches that are neither too many articles nor too much text, and how much that is."""
    group: list[Article] = []
    size = 0
    for article in articles:
        length = len(article.title) + len(article.summary) + len(article.content)
        if group and (len(group) == BATCH or size + length > most_characters):
            yield group, size
            group, size = [], 0
        group.append(article)
        size += length
    if group:
        yield group, size


def _in_order(answers: Sequence[Answers[T]], count: int) -> list[list[T]]:
    """The answers for each article in the rules' order."""
    articles = np.concatenate([part.articles for answer in answers for part in answer.parts])
    orders = np.concatenate([part.orders for answer in answers for part in answer.parts])
    made = chain.from_iterable(part.made for answer in answers for part in answer.parts)
    in_order = np.fromiter(made, dtype=object, count=len(orders))[np.lexsort((orders, articles))].tolist()
    bounds = pointers(np.bincount(articles, minlength=count)).tolist()
    return [in_order[begin:end] for begin, end in pairwise(bounds)]
