"""Sequences: phrases some of whose words may be spelled in several ways.

`"central bank*"`, `"President * Maduro"`, and Arabic phrases, whose words may carry a clitic. Phrases
of plain words are found faster by a trie (see `phrases`).
"""

import numpy as np

from monitor.rules.engine.alternatives import Alternatives
from monitor.rules.engine.arrays import I64, Bool, and_groups, bits, pointers, spread, where
from monitor.rules.engine.features import Sequence
from monitor.rules.engine.postings import Masks, Met, Postings
from monitor.rules.engine.scan import Scan


class Sequences:
    """All sequences, by the numbers of their features."""

    def __init__(self, sequences: dict[Sequence, int]) -> None:
        self._features: I64 = np.fromiter(sequences.values(), dtype=np.int64, count=len(sequences))
        self._steps = pointers([len(steps) for steps in sequences])
        self._words = Alternatives([words for steps in sequences for words, _ in steps])
        self._first_words = Alternatives([steps[0][0] for steps in sequences])
        self._touch: Bool = np.array([touch for steps in sequences for _, touch in steps], dtype=np.bool_)

    def find(self, masks: Masks, hits: Postings, scan: Scan) -> Met | None:
        """The places of all sequences."""
        if not len(self._features):
            return None
        rows = self._first_words.with_one_of(masks.present)
        counts = self._steps[rows + 1] - self._steps[rows]
        steps = self._words.masks(spread(self._steps[rows], counts), masks)
        which, articles = bits(and_groups(steps, pointers(counts)[:-1]))
        rows = rows[which]
        if not len(rows):
            return None
        begun = self._words.places(self._steps[rows], articles, masks, hits)
        pairs, firsts = begun.pairs, begun.firsts
        found = []
        depth = 1
        while len(pairs):
            is_whole = self._steps[rows[pairs] + 1] == self._steps[rows[pairs]] + depth
            found.append(
                Met(self._features[rows[pairs[is_whole]]], firsts[is_whole], firsts[is_whole] + depth - 1)
            )
            pairs, firsts = pairs[~is_whole], firsts[~is_whole]
            goes_on = self._follows(
                self._steps[rows] + depth, pairs, firsts + depth, articles, masks, hits, scan
            )
            pairs, firsts = pairs[goes_on], firsts[goes_on]
            depth += 1
        return Met(*map(np.concatenate, zip(*found, strict=True)))

    def _follows(
        self, steps: I64, pairs: I64, words: I64, articles: I64, masks: Masks, hits: Postings, scan: Scan
    ) -> Bool:
        """Whether each word is what the step of its pair asks for, after the word before it."""
        is_wanted = words < len(scan)
        inside = np.minimum(words, len(scan) - 1)
        is_wanted &= scan.blocks[inside] == scan.blocks[words - 1]
        wanted = steps[pairs]
        touching = where(is_wanted & self._touch[wanted])
        if len(touching):
            is_wanted[touching] = scan.touches[words[touching] - 1]
        live = np.unique(pairs[is_wanted])
        live = live[~self._words.is_any[steps[live]]]
        places = self._words.places(steps[live], articles[live], masks, hits)
        there = places._replace(pairs=live[places.pairs]).keys(places.firsts)
        keys = places._replace(pairs=pairs).keys(words)
        result: Bool = is_wanted & (self._words.is_any[wanted] | np.isin(keys, there))
        return result
