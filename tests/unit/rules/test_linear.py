"""How the work of reading a query grows with its length: by ratios of processor time, never by seconds."""

import contextlib
import gc
import time

import pytest

from monitor.errors import QueryError
from monitor.rules import Lists, lexer, parse

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


def _seconds(read: object, period: str, characters: int) -> float:
    """The least processor time of some tries; the collector would be counted to whoever it interrupts."""
    text = period * (characters // len(period)) + "oil"
    best = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            begun = time.process_time()
            read(text)  # type: ignore[operator]
            best = min(best, time.process_time() - begun)
    finally:
        gc.enable()
    return best


@pytest.mark.parametrize("read", [_read, _scan], ids=["parser", "lexer"])
@pytest.mark.parametrize("period", [*SHAPES.values(), *BROKEN.values()], ids=[*SHAPES, *BROKEN])
def test_twice_the_length_is_about_twice_the_work(read: object, period: str) -> None:
    """From one to two to four times the length the work grows by less than a square would: 16 times."""
    one, four = (_seconds(read, period, times * FIRST) for times in (1, 4))
    if four > 8 * one:  # a disturbed measurement: what is quadratic is so every time
        one, two, four = (_seconds(read, period, times * FIRST) for times in (1, 2, 4))
        assert four < 10 * one or four < 3 * two, (one, two, four)
