"""Phrases: words side by side, found in all texts at once by a trie over feature numbers.

A step of a phrase is a word and whether it must touch the one before it (東京 is two that touch).
"""

import numpy as np

from monitor.rules.engine.arrays import I64, U64
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
                key = node << 33 | word << 1 | touch
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
        """The places of all phrases, as the numbers of their first words. `hits`: those of words."""
        if not len(self._nodes):
            return []
        word_at: I64 = np.full(len(scan) + 1, -1, dtype=np.int64)
        word_at[hits[1]] = hits[0]
        nodes = self._roots[hits[0]]
        is_begun = nodes > 0
        nodes, firsts = nodes[is_begun], hits[1][is_begun]
        found = []
        depth = 0
        while len(nodes):
            nodes, firsts = self._step(scan, word_at, nodes, firsts, depth)
            depth += 1
            features = self._features[nodes]
            is_whole = features >= 0
            found.append((features[is_whole], firsts[is_whole]))
        return found

    def _step(self, scan: Scan, word_at: I64, nodes: I64, firsts: I64, depth: int) -> tuple[I64, I64]:
        """One word further: the nodes reached, and where their phrases began."""
        last = firsts + depth
        following = word_at[last + 1]
        is_going = following >= 0
        nodes, firsts, last, following = (item[is_going] for item in (nodes, firsts, last, following))
        is_near = scan.blocks[last] == scan.blocks[last + 1]
        nodes, firsts, last, following = (item[is_near] for item in (nodes, firsts, last, following))
        reached = []
        for touch, may_go in ((False, self._has_gap[nodes]), (True, self._has_touch[nodes])):
            if touch and may_go.any():
                may_go = may_go & scan.touches[last]
            chosen = np.flatnonzero(may_go)
            if len(chosen):
                keys = _keys(nodes[chosen], following[chosen], touch)
                present, numbers = self._edges.find(keys)
                reached.append((self._nodes[numbers], firsts[chosen[present]]))
        if not reached:
            return nodes[:0], firsts[:0]
        return np.concatenate([r[0] for r in reached]), np.concatenate([r[1] for r in reached])


def _keys(nodes: I64, words: I64, touch: bool) -> U64:
    return (nodes << 33 | words << 1 | int(touch)).astype(np.uint64)
