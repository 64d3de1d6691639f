"""A short run of the fuzzer; `python -m benchmarks.fuzz` goes on for as long as it is told."""

import random

import pytest

from tests.support import fuzzing

INPUTS = 400


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_no_input_breaks_lexer_parser_matcher_or_texts(seed: int) -> None:
    """Broken queries are refused with a place; what can be read prints, lints, explains and matches alike."""
    checks = {fuzzing.run_one(seed, number) for number in range(INPUTS)}
    assert checks == {check.__name__ for check in fuzzing.CHECKS}


def test_an_input_can_be_made_again() -> None:
    """Seed and number alone decide what is tried."""
    texts = [fuzzing.query_text(random.Random(f"1:{number}")) for number in range(50)]
    again = [fuzzing.query_text(random.Random(f"1:{number}")) for number in range(50)]
    assert texts == again
    assert len(set(texts)) > 40
