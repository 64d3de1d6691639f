"""Widths on a terminal."""

import io
import os
import sys

import pytest

from monitor.cli import backtest, common, terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_narrow_terminal_narrows_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Into a pipe all columns; on a terminal what it has left, and never nothing."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert terminal.columns(140) == 140
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert terminal.columns(140, beside=4) == 56
    assert terminal.columns(40, beside=4) == 40
    monkeypatch.setitem(os.environ, "COLUMNS", "10")
    assert terminal.columns(140) == 20


def test_bars_fit_beside_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest line of a chart is no longer than the terminal."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", Terminal())
    line = f"  2026-11-14  {3:6}  {3:7}   {backtest._bar(3, 3, 3)}"
    assert len(line) == 60


def test_wide_characters_count_twice_and_marks_not_at_all() -> None:
    """What stands behind a Chinese or a Hebrew cell is aligned as behind a Latin one."""
    assert [terminal.width(text) for text in ("oil", "石油", "러시아", "שָׁלוֹם", "e\u0301")] == [3, 4, 6, 4, 1]
    assert terminal.pad("石油", 6) == "石油  "


def test_tables_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    """Each second column begins in the same place of the screen."""
    rows = [{"title": "石油価格", "n": 1}, {"title": "oil", "n": 2}, {"title": "שָׁלוֹם", "n": 3}]
    common.print_rows(rows, as_json=False, columns=("title", "n"))
    lines = capsys.readouterr().out.splitlines()
    assert {terminal.width(line[:-1]) for line in lines} == {10}
