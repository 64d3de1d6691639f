"""Durations, sizes, numbers and truth values as they are written."""

from datetime import timedelta

import pytest

from monitor.config import quantities


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        (" 07 m ", timedelta(minutes=7)),
        ("0s", timedelta(0)),
        ("3650d", timedelta(days=3650)),
    ],
)
def test_duration_is_a_whole_number_and_a_unit(text: str, duration: timedelta) -> None:
    """Seconds, minutes, hours and days are understood."""
    assert quantities.read_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "5", "m", "1.5h", "-1h", "1h30m", "5M", "5 min", "٣s", "9" * 1000 + "s", "3651d"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Anything else is refused, with a sentence that does not repeat it."""
    with pytest.raises(ValueError, match="duration") as caught:
        quantities.read_duration(text)
    assert "9999" not in str(caught.value)


def test_durations_are_written_in_their_largest_unit() -> None:
    """What is written reads back."""
    for text in ("0s", "90s", "5m", "36h", "3d"):
        assert quantities.write_duration(quantities.read_duration(text)) == text


@pytest.mark.parametrize(
    ("text", "size"), [("500", 500), ("500B", 500), ("4KiB", 4096), ("8 MiB", 8388608), ("1GB", 10**9)]
)
def test_sizes(text: str, size: int) -> None:
    """Binary and decimal units are told apart."""
    assert quantities.read_size(text) == size


@pytest.mark.parametrize("text", ["", "8 megabytes", "-1", "1.5MiB", "8mib", "1" * 13])
def test_what_is_no_size_is_refused(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="not a size"):
        quantities.read_size(text)


def test_sizes_are_written_in_binary_units() -> None:
    """What is written reads back."""
    for text in ("0B", "500B", "4KiB", "8MiB", "2GiB"):
        assert quantities.write_size(quantities.read_size(text)) == text


@pytest.mark.parametrize(("text", "value"), [("012", 12), ("-3", -3), ("+4", 4)])
def test_whole_numbers_are_decimal(text: str, value: int) -> None:
    """A leading zero does not make an octal number."""
    assert quantities.read_integer(text) == value


@pytest.mark.parametrize("text", ["", "1.0", "0x10", "1_000", "١٢", "9" * 1_000_000])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    """Neither hexadecimal nor a million digits."""
    with pytest.raises(ValueError, match="whole number"):
        quantities.read_integer(text)


@pytest.mark.parametrize(("text", "value"), [("15", 15.0), ("-1.5", -1.5), (".5", 0.5), ("1e3", 1000.0)])
def test_numbers(text: str, value: float) -> None:
    """Numbers may have a fraction and an exponent."""
    assert quantities.read_number(text) == value


@pytest.mark.parametrize(
    "text", ["", "inf", "nan", ".inf", "1e999", "1_0", "0x1", "12:30:45", "1" * 1_000_000]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """Nothing infinite, nothing in base sixty."""
    with pytest.raises(ValueError, match="not a number"):
        quantities.read_number(text)


def test_truth_values_are_true_and_false() -> None:
    """`yes`, `no`, `on` and `off` belong to older YAML."""
    assert [quantities.read_truth(text) for text in ("true", "False", "TRUE")] == [True, False, True]
    for text in ("yes", "no", "on", "off", "y", "1", "", "tRue"):
        with pytest.raises(ValueError, match="write true or false"):
            quantities.read_truth(text)
