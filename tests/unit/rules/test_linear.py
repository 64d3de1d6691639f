"""How work grows with the length of a query and of a text: by ratios of processor time, never by seconds."""

import contextlib
from collections.abc import Callable

import pytest

from monitor.errors import QueryError
from monitor.model import Article, Rule
from monitor.rules import Lists, lexer, parse
from monitor.rules.explain import explain
from monitor.rules.lint import lint
from monitor.rules.matcher import matches
from monitor.rules.query import Query
from tests.support.growth import assert_linear

LISTS = Lists({"russia": ["Russia*", "Kremlin"]})
FIRST = 2_000  # characters
SHAPES = {
    "words": "oil ",
    "alternatives": "oil OR gas OR ",
    "brackets": "(oil OR gas) ",
    "phrases": '"oil price"~3 ',
    "scattered quotes": "„oil“ «gas» ",
    "regular expressions": "/ab?c/ ",
    "exclusions": "oil -gas ",
    "lists": "$russia ",
    "fields": "title:oil tag:gas ",
    "NEAR": "(oil NEAR/3 gas) ",
    "wildcards": "o?l*s ",
    "hyphens": "anti-government ",
    "unspaced": "石油価格 ",
    "some of": "2 OF (oil, gas, coal) ",
    "fullwidth": "（oil） ",
    "lines": "oil\n\t ",
}
BROKEN = {
    "never closed": "(oil gas ",
    "commas": "oil , ",
    "quotes": 'צה"ל ',
    "slashes": "a/ ",
    "dashes": "–a ",
}


def _read(text: str) -> None:
    with contextlib.suppress(QueryError):
        parse(text, lists=LISTS)


def _scan(text: str) -> None:
    with contextlib.suppress(QueryError):
        lexer.read(text)


@pytest.mark.parametrize("read", [_read, _scan], ids=["parser", "lexer"])
@pytest.mark.parametrize("period", [*SHAPES.values(), *BROKEN.values()], ids=[*SHAPES, *BROKEN])
def test_twice_the_length_is_about_twice_the_work(read: Callable[[str], None], period: str) -> None:
    """From one to four times the length the work grows by less than a square would: 16 times."""
    assert_linear(lambda size: read(period * (size // len(period)) + "oil"), FIRST)


# Many different parts, each of which is numbered; the text below has none of them, or some.
PARTS = {
    "required": "oil{} ",
    "alternatives": "oil{} OR ",
    "the same": "oil OR ",
    "near": "(oil NEAR/3 gas{}) OR ",
    "phrases": '"oil price{}" OR ',
    "scattered": '"oil gas{}"~3 OR ',
    "exclusions": "oil -gas{} ",
    "some of": "2 OF (oil, gas{}, coal) OR ",
    "wildcards": "o?l{}* OR ",
}
ARTICLE = Article(id="a", title="Oil and gas", content="The price of oil, gas and coal in Caracas. " * 9)
FEWEST = 2_000  # characters


def _long(part: str, size: int) -> str:
    return "".join(part.format(number) for number in range(size // len(part))) + "oil"


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_explaining_a_long_query_grows_with_it(part: str) -> None:
    """Each clause is judged once, and what comes nearest is looked up for the first ones alone."""
    queries = {size: parse(_long(part, size)) for size in (FEWEST, 2 * FEWEST, 4 * FEWEST)}
    assert_linear(lambda size: explain(Rule("long"), queries[size], ARTICLE), FEWEST)


@pytest.mark.parametrize("part", [PARTS["alternatives"], PARTS["the same"], PARTS["phrases"]])
def test_a_long_item_of_a_list_grows_with_it(part: str) -> None:
    """A list's item may be as long as a query."""

    def match(size: int) -> None:
        matches(parse("oil NEAR $items", lists={"items": [_long(part, size), "gas"]}), ARTICLE)

    assert_linear(match, FEWEST)


@pytest.mark.parametrize("part", [PARTS["alternatives"], PARTS["near"]])
def test_linting_a_long_query_grows_with_it(part: str) -> None:
    """Pairs are compared among the first operands only."""
    queries = {size: parse(_long(part, size)) for size in (5_000, 10_000, 20_000)}
    assert_linear(lambda size: lint(queries[size]), 5_000)


def test_linting_what_excludes_thousands_of_alternatives_grows_with_it() -> None:
    """Whether thousands of alternatives are all among thousands excluded is not asked to the end."""

    def query(size: int) -> Query:
        words = [f"word{number}" for number in range(size)]
        return parse(f"({' OR '.join(words)}) AND NOT ({' OR '.join(reversed(words))})")

    queries = {size: query(size) for size in (1_000, 2_000, 4_000)}
    assert_linear(lambda size: lint(queries[size]), 1_000)


LOOKED_FOR = [
    "nosuch AND oil", "oil NEAR/2 nosuch", "(oil NEAR/9 gas) NEAR/9 coal", '"oil gas coal"~20',
    '"' + "oil gas " * 60 + '"', "oil EXCEPT (oil NEAR gas)", "ATLEAST/100 (oil NEAR gas)", '"oil * nosuch"',
]  # fmt: skip


@pytest.mark.parametrize("query", LOOKED_FOR, ids=range(len(LOOKED_FOR)))
def test_explaining_on_a_long_text_grows_with_it(query: str) -> None:
    """A text of few words over and over, and of many different ones."""
    articles = {
        size: Article(id="a", content="oil gas " * size + " ".join(f"word{n}" for n in range(size)))
        for size in (400, 800, 1600)
    }
    compiled = parse(query)
    assert_linear(lambda size: explain(Rule("r"), compiled, articles[size]), 400)
