"""Phrases: words side by side, found in all texts at once by a trie over feature numbers.

A step of a phrase is a word and whether it must touch the one before it (東京 is two that touch).
"""

import numpy as np

from monitor.rules.engine.arrays import I64, U64, where
from monitor.rules.engine.scan import Scan
from monitor.rules.engine.table import Table
from monitor.rules.engine.vocabulary import Hits

Step = tuple[int, bool]  # feature of the word, must touch


class _Nodes:
    """What is known of each node while the trie grows; number 0 is none."""

    def __init__(self) -> None:
        self.features = [-1]
        self.has_touch = [False]
        self.has_gap = [False]

    def reach(self, steps: dict[int, int], key: int) -> int:
        """A new node at the end of a step."""
        steps[key] = node = len(self.features)
        self.features.append(-1)
        self.has_touch.append(False)
        self.has_gap.append(False)
        return node


class Phrases:
    """A trie of all phrases of a rule set."""

    def __init__(self, phrases: dict[tuple[Step, ...], int], word_count: int) -> None:
        nodes = _Nodes()
        roots: dict[int, int] = {}
        edges: dict[int, int] = {}  # node, word and touch → node
        for (first, *rest), feature in phrases.items():
            node = roots.get(first[0]) or nodes.reach(roots, first[0])
            for word, touch in rest:
                (nodes.has_touch if touch else nodes.has_gap)[node] = True
                key = node << 34 | word << 2 | touch << 1
                node = edges.get(key) or nodes.reach(edges, key)
            nodes.features[node] = feature
        self._roots: I64 = np.zeros(word_count, dtype=np.int64)
        self._roots[np.fromiter(roots, dtype=np.int64, count=len(roots))] = list(roots.values())
        self._features: I64 = np.array(nodes.features, dtype=np.int64)
        self._has_touch = np.array(nodes.has_touch)
        self._has_gap = np.array(nodes.has_gap)
        self._edges = Table(np.fromiter(edges, dtype=np.uint64, count=len(edges)))
        self._nodes = np.fromiter(edges.values(), dtype=np.int64, count=len(edges))

    def find(self, scan: Scan, hits: Hits) -> list[Hits]:
        """The places of all phrases, as the numbers of their first words.

        `hits`: those of words, in the order of the text and no word twice.
        """
        if not len(self._nodes):
            return []
        features, words = hits
        nodes = self._roots[features]
        begun = where(nodes)
        nodes, at = nodes[begun], begun  # `at`: the hit that a phrase has come to
        found = []
        depth = 0
        while len(nodes):
            nodes, at = self._step(scan, features, words, nodes, at)
            depth += 1
            reached = self._features[nodes]
            is_whole = reached >= 0
            found.append((reached[is_whole], words[at[is_whole]] - depth))
        return found

    def _step(self, scan: Scan, features: I64, words: I64, nodes: I64, at: I64) -> tuple[I64, I64]:
        """One word further: the nodes reached, and the hits that brought there."""
        is_inside = at + 1 < len(words)
        nodes, at = nodes[is_inside], at[is_inside]
        is_next = words[at + 1] == words[at] + 1
        nodes, at = nodes[is_next], at[is_next]
        reached = []
        for touch, has_edge in ((False, self._has_gap), (True, self._has_touch)):
            chosen = where(has_edge[nodes])
            if touch and len(chosen):
                chosen = chosen[scan.touches[words[at[chosen]]]]
            if len(chosen):
                keys = _keys(nodes[chosen], features[at[chosen] + 1], touch)
                present, numbers = self._edges.find(keys)
                reached.append((self._nodes[numbers], at[chosen[present]] + 1))
        if not reached:
            return nodes[:0], at[:0]
        nodes, at = (np.concatenate(items) for items in zip(*reached, strict=True))
        is_one_block = scan.blocks[words[at]] == scan.blocks[words[at] - 1]
        return nodes[is_one_block], at[is_one_block]


def _keys(nodes: I64, words: I64, touch: bool) -> U64:
    return (nodes << 34 | words << 2 | touch << 1).astype(np.uint64)
