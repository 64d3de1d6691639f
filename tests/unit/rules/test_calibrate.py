"""Calibration: terms and thresholds, counted and against scoring each article."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Score
from monitor.rules import calibrate
from monitor.rules.calibrate import Calibration

_weights = st.lists(st.integers(-20, 20), min_size=1, max_size=4)


def test_the_example_holds() -> None:
    """What the module's docstring shows."""
    assert doctest.testmod(calibrate).failed == 0
    assert doctest.testmod(calibrate).attempted > 3


def test_a_term_against_prevents() -> None:
    """What only a negative term keeps below the threshold is counted for it."""
    calibration = Calibration(Score(30, {"a": 20, "b": 15, "c": -10}))
    for found in ({0, 1}, {0, 1, 2}, {2}, {0}, set[int]()):
        calibration.add(found)
    against = calibration.terms()[2]
    assert (against.found, against.in_matches, against.decisive, against.prevented) == (2, 0, 0, 1)


def test_steps_are_few_and_near() -> None:
    """Of many thresholds those nearest to the rule's own, which is always among them."""
    calibration = Calibration(Score(7, {str(number): float(2**number) for number in range(8)}))
    for number in range(256):
        calibration.add({bit for bit in range(8) if number >> bit & 1})
    assert [step.threshold for step in calibration.steps(5)] == [5, 6, 7, 8, 9]
    assert [step.matches for step in calibration.steps(5)] == [251, 250, 249, 248, 247]
    assert Calibration(Score(7, {"a": 1})).steps() == (calibrate.Step(7, 0),)


@given(_weights, st.lists(st.sets(st.integers(0, 3)), max_size=10), st.integers(-10, 40))
def test_counts_agree_with_scoring_each_article(
    weights: list[int], articles: list[set[int]], threshold: int
) -> None:
    """Every count is what scoring article by article gives."""
    score = Score(threshold, {str(number): float(weight) for number, weight in enumerate(weights)})
    calibration = Calibration(score)
    known = [{number for number in found if number < len(weights)} for found in articles]
    totals = [calibration.add(found) for found in known]
    assert totals == [sum(weights[number] for number in found) for found in known]
    scored = [(found, total) for found, total in zip(known, totals, strict=True) if found]
    for step in calibration.steps():
        assert step.matches == sum(total >= step.threshold for _, total in scored)
    for number, term in enumerate(calibration.terms()):
        having = [(found, total) for found, total in scored if number in found]
        assert term.found == len(having)
        assert term.in_matches == sum(total >= threshold for _, total in having)
        without = [
            (total >= threshold, len(found) > 1 and total - weights[number] >= threshold)
            for found, total in having
        ]
        assert term.decisive == without.count((True, False))
        assert term.prevented == without.count((False, True))
