"""How far an article speaks for the hours beside its own."""

import math

import pytest

from monitor.schedule import sharpness


def week(**hours: float) -> list[float]:
    """Counts of a weekday's hours, such as h9=12."""
    counts = [0.0] * 48
    for name, count in hours.items():
        counts[int(name[1:])] = count
    return counts


def hill(top: int, width: float, articles: float) -> list[float]:
    """A weekday that rises and falls around an hour."""
    levels = [math.exp(-(((hour - top + 12) % 24 - 12) ** 2) / (2 * width**2)) for hour in range(24)]
    return [articles * level / sum(levels) for level in levels] + [0.0] * 24


def test_nothing_known_prefers_nothing() -> None:
    """All kernels count alike."""
    assert sharpness.learn([0.0] * 48) == pytest.approx(sharpness.EQUAL)


def test_a_digest_is_sharp_after_a_few_issues() -> None:
    """Always in the same hour: soon that hour alone counts."""
    assert sharpness.learn(week(h9=12.0))[0] > 0.99
    assert sharpness.learn(week(h9=3.0))[0] > 0.5


def test_a_wide_hill_is_smoothed() -> None:
    """Few articles over many hours are a hill and no row of spikes."""
    few = [float(hour % 3 == 0) for hour in range(24)] + [0.0] * 24
    weights = sharpness.learn(few)
    assert weights[-1] == max(weights)
    assert weights[0] < 0.05


def test_much_knowledge_sharpens() -> None:
    """With many articles the hill's own form is known, and is not blurred any more."""
    little, much = (sharpness.learn(hill(8, 1.5, articles)) for articles in (10.0, 2000.0))
    assert much[0] + much[1] > little[0] + little[1]


@pytest.mark.parametrize("counts", [week(h23=30.0, h0=30.0), week(h11=30.0, h12=30.0)])
def test_midnight_is_no_border(counts: list[float]) -> None:
    """Two hours side by side are alike wherever they are."""
    assert sharpness.learn(counts) == pytest.approx(sharpness.learn(week(h5=30.0, h6=30.0)))


@pytest.mark.parametrize("counts", [week(h3=1e6), week(h3=1e-9), [1e6] * 48, week(h1=0.4, h2=0.7)])
def test_weights_are_shares(counts: list[float]) -> None:
    """Whatever the counts, also the fractions of faded ones: positive, and one together."""
    weights = sharpness.learn(counts)
    assert min(weights) >= 0
    assert sum(weights) == pytest.approx(1.0)


def test_kernels_move_nothing_but_spread() -> None:
    """Smoothing keeps the sum, and the middle in its place."""
    for number in range(len(sharpness.EQUAL)):
        kernel = sharpness.kernel([float(n == number) for n in range(len(sharpness.EQUAL))])
        assert sum(kernel) == pytest.approx(1.0)
        assert kernel == kernel[::-1]
        smoothed = sharpness.smooth(week(h0=6.0)[:24], kernel)
        assert sum(smoothed) == pytest.approx(6.0)
        assert smoothed[0] == max(smoothed)
