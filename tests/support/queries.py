"""Random queries and texts, and a second opinion on what matches.

The second opinion (`satisfied`) is written against the tree alone: it lists the words of an article
and tries every combination. It knows plain words, phrases, AND, OR, NOT, OF, NEAR, ONEAR, EXCEPT and
ATLEAST over lower-case ASCII.
"""

import itertools
from collections.abc import Iterator

from hypothesis import strategies as st

from monitor.rules import query as q

WORDS = ("oil", "gas", "coal", "iran", "iraq", "tanker", "tanks")
LISTS = {"fuel": ("oil", "coal"), "deep": ("$fuel", "tanker NEAR iran")}

_plain_words = st.sampled_from(WORDS)
_any_words = st.sampled_from(
    (
        *WORDS,
        *"Öl exact:US F-16 AT&T C++ tank* t?nks O'Brien $fuel $deep 東京 нефть /ga[sz]/ $TSLA 3.5%".split(),
        "صدام",
        *'«нефть»|title:oil|tag:(oil OR gas)|url:a.b/c-d|צה"ל|lang:en|lang:(ru OR en)'.split("|"),
        r"/\boil\b/i",
        '"oil price"~3',
        '"the * oil"',
    )
)


def _places(leaf: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions that have places: terms, phrases, OR, NEAR, EXCEPT."""
    phrase = st.lists(_plain_words, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"')
    return st.recursive(
        leaf | phrase,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]} EXCEPT {pair[1]})"),
            st.tuples(
                inner, st.sampled_from(["NEAR/1", "NEAR/2", "ONEAR/1", "ONEAR/0", "NEAR/0"]), inner
            ).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        ),
        max_leaves=4,
    )


def _wholes(leaf: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from([" AND ", " ", " OR ", " AND NOT ", " -"]), inner).map(
                lambda parts: f"({parts[0]}{parts[1]}{parts[2]})"
            ),
            st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map("".join),
            st.lists(inner, min_size=2, max_size=3).map(lambda items: f"2 OF ({', '.join(items)})"),
            inner.map(lambda text: f"NOT ({text})"),
        ),
        max_leaves=5,
    )


_counted = st.tuples(st.integers(1, 3), _places(_plain_words)).map(
    lambda pair: f"ATLEAST/{pair[0]} ({pair[1]})"
)

# Queries of the subset that the second opinion knows; some only exclude and cannot be read.
simple_queries = _wholes(_places(_plain_words) | _counted)
# Queries of the whole language.
any_queries = _wholes(_any_words | _places(_plain_words) | _counted)

simple_texts = st.lists(st.sampled_from((*WORDS, "and", "the", "\n\n")), max_size=14).map(" ".join)


# --- the second opinion -----------------------------------------------------------------------

Place = tuple[int, int]  # first and last word


def _blocks(text: str) -> Iterator[list[str]]:
    for block in text.split("\n\n"):
        yield block.split()


def _found(node: q.Node, words: list[str]) -> set[Place]:
    """All places of a node in the words of one block, by trying everything."""
    everywhere = [(i, j) for i in range(len(words)) for j in range(i, len(words))]
    match node:
        case q.Term():
            return {(i, j) for i, j in everywhere if words[i : j + 1] == [node.text]}
        case q.Phrase():
            return {(i, j) for i, j in everywhere if words[i : j + 1] == node.text.split()}
        case q.Or():
            return set().union(*(_found(child, words) for child in node.operands))
        case q.Except():
            bad = set().union(*(_found(child, words) for child in node.excluded))
            return {
                place
                for place in _found(node.operand, words)
                if not any(other[0] <= place[0] and place[1] <= other[1] for other in bad)
            }
        case q.Near():
            pairs = itertools.product(_found(node.left, words), _found(node.right, words))
            return {
                (min(left[0], right[0]), max(left[1], right[1]))
                for left, right in pairs
                if _is_near(left, right, node.distance)
                or (not node.ordered and _is_near(right, left, node.distance))
            }
    raise TypeError(type(node).__name__)


def _is_near(earlier: Place, later: Place, distance: int) -> bool:
    return 0 <= later[0] - earlier[1] - 1 <= distance


def _most_separate(places: set[Place]) -> int:
    """The size of the largest set of places without overlaps, by trying all sets."""
    best = 0
    for size in range(1, min(len(places), 4) + 1):
        for chosen in itertools.combinations(sorted(places), size):
            if all(a[1] < b[0] for a, b in itertools.pairwise(chosen)):
                best = size
                break
    return best


def satisfied(node: q.Node, text: str) -> bool:
    """Whether a text of lower-case words is what the node asks for."""
    match node:
        case q.And():
            return all(satisfied(child, text) for child in node.operands)
        case q.Or() if not _has_places(node):
            return any(satisfied(child, text) for child in node.operands)
        case q.Not():
            return not satisfied(node.operand, text)
        case q.SomeOf():
            return sum(satisfied(child, text) for child in node.operands) >= node.count
        case q.AtLeast():
            return sum(_most_separate(_found(node.operand, words)) for words in _blocks(text)) >= node.count
        case _:
            return any(_found(node, words) for words in _blocks(text))


def _has_places(node: q.Node) -> bool:
    kinds = q.And | q.Not | q.SomeOf | q.AtLeast
    return not any(isinstance(child, kinds) for child in q.walk(node))
