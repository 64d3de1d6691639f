"""Regular expressions are found in sets, and a set that gives up hides nothing."""

import pytest

from monitor.model import Article
from monitor.rules.engine.regexes import MEMORY, Regexes


def _find(patterns: list[str], *texts: str, memory: int = MEMORY) -> dict[int, int]:
    numbered = {pattern: number + 10 for number, pattern in enumerate(patterns)}
    articles = [Article(id=str(number), content=text) for number, text in enumerate(texts)]
    found = Regexes(numbered, ("title", "body"), memory=memory).find(articles)
    return dict(zip(*(part.tolist() for part in found), strict=True))


def test_each_expression_has_a_mask_of_articles() -> None:
    """Expressions that are found nowhere have none."""
    assert _find(["o[il]+", "g.s", "x{3}"], "oil gas", "", "gas", "\ud800il") == {10: 1, 11: 5}


def test_no_expressions() -> None:
    """Nothing is searched for."""
    assert _find([], "oil") == {}


def test_many_expressions_need_many_sets() -> None:
    """The numbers go on from set to set."""
    patterns = [f"word{number}x" for number in range(250)]
    assert _find(patterns, "word7x word249x", "word100x") == {17: 1, 110: 2, 259: 1}


@pytest.mark.parametrize("memory", [1 << 10, 20_000, 60_000, 100_000, 300_000])
def test_a_set_that_gives_up_hides_nothing(memory: int) -> None:
    """With too little memory for the automaton more may count as found, but never less."""
    patterns = [r"[a-z]{1,20}k[a-z]{1,20}q", "nothing", "zzz"] + [f"(th|in|ki){{2,9}}{n}" for n in range(20)]
    text = "nothing of the kind akinq thinking " * 20
    assert _find(patterns, text, memory=memory).keys() >= _find(patterns, text).keys() == {10, 11}


def test_a_set_too_large_for_its_memory_counts_as_found() -> None:
    """Every expression of it is a candidate for every article."""
    patterns = [f"(x|y){{1,50}}{number}" for number in range(20)]
    assert _find(patterns, "oil", "gas", memory=1 << 10) == dict.fromkeys(range(10, 30), 3)
