"""How work grows with its size: by ratios of processor time, so that a busy machine does not matter."""

import gc
import time
from collections.abc import Callable

_TRIES = 3
_SHORTEST = 0.002  # seconds: below it, the clock's grain and a first call weigh more than the work


def seconds(work: Callable[[], object]) -> float:
    """The least processor time of some tries; the collector would be counted to whoever it interrupts."""
    best = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(_TRIES):
            begun = time.process_time()
            work()
            best = min(best, time.process_time() - begun)
    finally:
        gc.enable()
    return best


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Four times the size is about four times the work, and far from the sixteen times of a square."""
    one, four = (seconds(lambda n=times * size: work(n)) for times in (1, 4))  # type: ignore[misc]
    if four > 8 * max(one, _SHORTEST):  # a disturbed measurement: what is quadratic is so every time
        one, two, four = (seconds(lambda n=times * size: work(n)) for times in (1, 2, 4))  # type: ignore[misc]
        assert four < 10 * max(one, _SHORTEST) or four < 3 * two, (one, two, four)
