"""The batch engine: batches cut to size, indexes asked one after the other, matches put in order.

An engine for changed rules keeps the indexes of the one before it and adds a small one, which costs
what compiling the changed rules costs. Now and then `compact` makes one index of all again; it may run
in another thread meanwhile.
"""

import copy
import functools
import operator
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from operator import itemgetter
from typing import Self, TypeVar

import numpy as np

from monitor.model import Article, Match
from monitor.rules.engine.arrays import BATCH, pointers
from monitor.rules.engine.batch import Batch
from monitor.rules.engine.edition import Answers, Edition, Entry
from monitor.rules.engine.index import Index
from monitor.rules.engine.letters import Letters
from monitor.rules.ruleset import Compiled
from monitor.rules.splice import Splice

T = TypeVar("T")

# Characters looked at together. A longer article is a batch of its own.
MOST_CHARACTERS = 1 << 20
# Rules of earlier changes that are compiled once more with those of a change, rather than left as they are.
FEW = 512
_MOST_EDITIONS = 4
_ORDER_BITS = 48  # of a number that sorts by article, then by the rules' order


class BatchEngine:
    """Matches many rules against batches of articles, exactly as the reference matcher would.

    Matching is for one thread at a time, of all engines that were `changed` from one: a lock sees to it.
    """

    def __init__(
        self,
        rules: Mapping[str, Compiled],
        *,
        seed: int | None = None,
        most_characters: int = MOST_CHARACTERS,
        disabled: Mapping[str, str] | None = None,
        letters: Callable[[int], Letters] = Letters,
    ) -> None:
        """Compile all rules. The `seed` decides the hashes; by default each process has its own.

        `disabled`: rules that raised elsewhere, and the reasons. `letters`: the hashes, by their seed.
        """
        self._most_characters = most_characters
        # The interpreter salts the hashes of texts anew in each process.
        self._seed = hash("seed of the letters") if seed is None else seed
        self._make_letters = letters
        self._letters = letters(self._seed)
        self._matching = threading.Lock()
        self._disabled = dict(disabled or {})
        self._editions = [Edition(Index(rules, self._letters), np.arange(len(rules), dtype=np.int64))]
        self._editions[0].leave_out(self._disabled)

    def __len__(self) -> int:
        return sum(map(len, self._editions)) + len(self._disabled)

    @property
    def disabled(self) -> Mapping[str, str]:
        """Rules that raised and are left out since: name → reason."""
        return dict(self._disabled)

    # --- changes ------------------------------------------------------------------------------

    def changed(self, change: Splice[Compiled]) -> Self:
        """An engine for the rules that come of a change of these; what stays is not compiled again.

        This engine goes on as it is.
        """
        other = copy.copy(self)  # with the same letters and the same lock
        vars(other).update(_disabled={}, _editions=self._after(change))
        return other

    def _after(self, change: Splice[Compiled]) -> list[Edition]:
        pending = {
            name: Entry(change.first + number, name, rule)
            for number, (name, rule) in enumerate(change.new.items())
        }
        kept, small = [], []
        for edition in self._editions:
            found = edition.spliced(change, pending)
            if len(found) > FEW:
                kept.append(found)
            else:
                small += found.entries()
        if small or pending or not kept:
            kept.append(self._compile([*small, *pending.values()]))
        return kept

    def _compile(self, entries: Iterable[Entry]) -> Edition:
        in_order = sorted(entries, key=itemgetter(0))
        rules = {name: compiled for _, name, compiled in in_order}
        orders = np.array([order for order, _, _ in in_order], dtype=np.int64)
        return Edition(Index(rules, self._make_letters(self._seed)), orders)

    @property
    def is_scattered(self) -> bool:
        """Whether so much was changed that `compact` is worth its time."""
        held = sum(len(edition.index) for edition in self._editions)
        return len(self._editions) > _MOST_EDITIONS or held > 2 * len(self) + FEW

    def compact(self) -> None:
        """Compile all rules together again when they are scattered.

        Takes seconds for 100,000; matching may go on meanwhile, in another thread.
        """
        if not self.is_scattered:
            return
        with self._matching:
            entries = [entry for edition in self._editions for entry in edition.entries()]
        edition = self._compile(entries)
        with self._matching:
            edition.leave_out(self._disabled)
            self._editions = [edition]

    # --- matching -----------------------------------------------------------------------------

    def match_many(self, articles: Sequence[Article]) -> list[list[Match]]:
        """For each article its matches, in the rules' order."""
        return self._ask(articles, Edition.match)

    def names_many(self, articles: Sequence[Article]) -> list[list[str]]:
        """For each article the names of the rules that match, in their order.

        Several times faster than `match_many` where matches are many: no span is made.
        """
        return self._ask(articles, Edition.names)

    def _ask(
        self, articles: Sequence[Article], question: Callable[[Edition, Batch], Answers[T]]
    ) -> list[list[T]]:
        found: list[list[T]] = []
        for group, size in _groups(articles, self._most_characters):
            with self._matching:
                found += self._ask_batch(group, size, question)
        return found

    def _ask_batch(
        self, group: list[Article], size: int, question: Callable[[Edition, Batch], Answers[T]]
    ) -> list[list[T]]:
        fields = functools.reduce(operator.or_, (edition.index.fields for edition in self._editions))
        # What is kept grows with the longest text, so one that is overlong gets its own.
        letters = self._letters if size <= self._most_characters else self._make_letters(self._seed)
        batch = Batch(group, fields, letters)
        answers = [question(edition, batch) for edition in self._editions]
        for problem in chain.from_iterable(answer.problems for answer in answers):
            self._disabled.setdefault(problem.name, problem.reason)
        return _in_order(answers, len(group))


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
    parts = [part for answer in answers for part in answer.parts if len(part.articles)]
    if not parts:
        return [[] for _ in range(count)]
    articles = np.concatenate([part.articles for part in parts])
    orders = np.concatenate([part.orders for part in parts])
    made: list[T] = list(chain.from_iterable(part.made for part in parts))
    keys = articles << _ORDER_BITS | orders
    if not (keys[1:] > keys[:-1]).all():  # one part alone is in order, unless rules were moved
        made = [made[number] for number in np.argsort(keys, kind="stable").tolist()]
    bounds = pointers(np.bincount(articles, minlength=count)).tolist()
    return [made[begin:end] for begin, end in pairwise(bounds)]
