"""Shapes: what is cut out of a query, and which shapes have a tree."""

import pytest

from monitor.rules import Query, parse, shapes
from monitor.rules.lists import Lists
from monitor.rules.reading import TREES_KEPT, Reader


@pytest.mark.parametrize(
    ("query", "shape", "words"),
    [
        ("oil", "·", ["oil"]),
        ("(oil OR tank*) AND NOT gas", "(· OR ·) AND NOT ·", ["oil", "tank*", "gas"]),
        ('"oil price" NEAR/8 нефть', "· NEAR/8 ·", ['"oil price"', "нефть"]),
        ("2 OF (a, b1, c) -d", "2 OF (·, ·, ·) -·", ["a", "b1", "c", "d"]),
        ('"Musk\'s X" of "a-b"', "· of ·", ['"Musk\'s X"', '"a-b"']),
        ("near AND oil", "near AND ·", ["oil"]),
        ("title:oil F-16 东京 a* C++ $list", "title:oil F-16 东京 a* C++ $list", []),
        ('"oil gas"~3 /oil gas/ «oil» "x*"', '"oil gas"~3 /oil gas/ «oil» "x*"', []),
        ("oil(gas) coal,iran", "oil(·) ·,iran", ["gas", "coal"]),
    ],
)
def test_words_of_plain_letters_are_cut_out(query: str, shape: str, words: list[str]) -> None:
    """Operators, numbers, symbols, fields and other scripts stay in the shape."""
    found, cut_out = shapes.cut(query)
    assert (found.replace("\0", "·"), cut_out) == (shape, words)


@pytest.mark.parametrize(
    "query",
    [
        "(oil",
        "title:(oil gas)",
        "oil AND of",
        "lang:(en ru)",
        "NOT oil",
        "oil \0 gas",
        '«a "b" c»',
        "/a b c/",
    ],
)
def test_shapes_with_more_to_them_have_no_tree(query: str) -> None:
    """They are read query by query, and refused where they are wrong."""
    shape, words = shapes.cut(query)
    assert shapes.tree(shape, len(words)) is None


def test_a_plain_query_is_good_without_a_tree() -> None:
    """Its tree is read when it is asked for, and is the one that parsing gives."""
    query = Reader(Lists()).read("(oil OR gas) AND NOT coal")
    assert not query.is_held
    assert query == parse("(oil OR gas) AND NOT coal")
    assert query.root.span == (0, 25)
    assert not query.is_held


def test_a_tree_that_can_be_read_again_is_let_go() -> None:
    """With the lists that the query was read with; another query keeps its tree."""
    query = Reader(Lists({"fuel": ["oil", "gas"]})).read("$fuel AND title:rig")
    root = query.root
    query.let_go()
    assert not query.is_held
    assert query.root == root
    held = query.held()
    held.let_go()
    assert held.is_held
    assert held.root is held.root


def test_few_of_many_trees_are_kept() -> None:
    """So many rules take the memory of their texts."""
    reader = Reader(Lists())
    queries: list[Query] = [reader.read(f"oil{number} gas") for number in range(TREES_KEPT + 1)]
    first = queries[0].root
    assert queries[0].root is first
    for query in queries[1:]:
        assert query.root
    assert queries[0].root is not first
