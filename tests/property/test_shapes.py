"""Queries of one shape are read once, and mean what each of them means by itself."""

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.rules import Query, parse, shapes
from monitor.rules.engine.binding import bind
from monitor.rules.engine.bounds import Bounds
from monitor.rules.engine.clauses import Requirements
from monitor.rules.engine.features import Features
from monitor.rules.lists import Lists
from monitor.rules.reading import Reader
from monitor.text.fold import fold
from tests.property.test_rules import FRAGMENTS, SYNTAX
from tests.support.queries import LISTS, any_queries

_WORDS = """
    oil gas OIL tank* ob* x Straße STRASSE ŉaa ǆaba İstanbul ırak Œuvre ſtraße Łódź Россия росси* ещё й
    Ελλάδα σίσυφος g20 US it F16 v2* and Or nEAR of صدام 東京 हिन्दी C++ l'Iran "oil" "oil tank" "Œuvre's end"
    "l’Iran 3-5" "not now" "tank* x" "a b"~3 "2024" ½ 2 $fuel title:oil a* aa* "x y z" “oil” -oil
""".split(" ")
_JOINS = st.sampled_from(
    " AND | OR | | NEAR/3 | ONEAR | EXCEPT | AND NOT | -|, |) OR (|) AND (|,|\n| (|) |NOT (".split("|")
)


@st.composite
def _mixtures(draw: st.DrawFn) -> str:
    """Words with all kinds of things between them; about half can be read."""
    parts = [draw(st.sampled_from(["", "(", "NOT ", "2 OF (", "ATLEAST/2 (", "-"]))]
    for _ in range(draw(st.integers(1, 6))):
        parts += [draw(st.sampled_from(_WORDS)).strip(), draw(_JOINS)]
    text = "".join(parts[:-1])
    return text + ")" * (text.count("(") - text.count(")"))


def _or_refusal(read: object, text: str) -> object:
    try:
        return read(text)  # type: ignore[operator]
    except QueryError as error:
        return str(error)


@given(any_queries | FRAGMENTS | SYNTAX | _mixtures())
@settings(max_examples=1000, deadline=None)
def test_reading_by_the_shape_is_reading(text: str) -> None:
    """What is read without a tree has the tree that parsing gives, and what is refused is refused so."""
    by_shape = _or_refusal(Reader(Lists(LISTS)).read, text)
    assert by_shape == _or_refusal(lambda query: parse(query, lists=LISTS), text)


def _rules(found: Requirements) -> list[tuple[frozenset[frozenset[int]], bool, bool]]:
    """For each rule its clauses, in no order, and what it says of itself."""
    bounds, literals, flat = found.clauses, found.literals, found.flat
    return [
        (
            frozenset(
                frozenset(flat[literals[clause] : literals[clause + 1]].tolist())
                for clause in range(bounds[rule], bounds[rule + 1])
            ),
            bool(found.are_exact()[rule]),
            bool(found.are_flat()[rule]),
        )
        for rule in range(len(bounds) - 1)
    ]


def _assert_same_bound(query: Query) -> None:
    features = Features()
    held = Requirements()
    held.add(Bounds(features).of_query(query.held().root))
    query.let_go()
    (clauses, exact, flat), (wanted, is_exact, is_flat) = *_rules(bind([query], features)), *_rules(held)
    words = [fold(word) for part in shapes.cut(query.text)[1] for word in shapes.words_of(f'"{part}"')]
    if len(words) == len(set(words)):
        assert (clauses, exact, flat) == (wanted, is_exact, is_flat), query
    else:  # a shape does not show that words are equal, and then says less
        assert exact <= is_exact, query
        assert flat <= is_flat, query


@given(any_queries | _mixtures())
@settings(max_examples=1000, deadline=None)
def test_the_bound_of_a_shape_is_that_of_the_query(text: str) -> None:
    """Equal facts have equal numbers, so the clauses made either way are the same sets."""
    query = _or_refusal(Reader(Lists(LISTS)).read, text)
    if isinstance(query, Query):
        _assert_same_bound(query)


def test_all_plain_letters_are_read_as_they_are_otherwise() -> None:
    """Letter by letter, in a word, a beginning and a phrase."""
    reader = Reader(Lists())
    plain = 0
    for letter in filter(str.isalpha, map(chr, range(0x600))):
        query = reader.read(f'x{letter} OR {letter}x OR {letter}xx* OR "{letter} {letter}x"')
        plain += not query.is_held
        _assert_same_bound(query)
    assert plain > 800
