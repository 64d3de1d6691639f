"""How the work of reading a query grows with its length: by ratios of processor time, never by seconds."""

import contextlib
from collections.abc import Callable

import pytest

from monitor.errors import QueryError
from monitor.rules import Lists, lexer, parse
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
