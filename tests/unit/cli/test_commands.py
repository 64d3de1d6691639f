"""The table of commands."""

import pytest
from click.testing import CliRunner

from monitor.cli import cli


@pytest.mark.parametrize(("typed", "meant"), [("rule", "rules"), ("Feeds", "feeds"), ("serach", "search")])
def test_a_command_that_is_not_there_is_guessed(typed: str, meant: str) -> None:
    """A usage error with the nearest command."""
    result = CliRunner().invoke(cli, [typed, "list"])
    assert result.exit_code == 2
    assert f"No such command '{typed}'. Did you mean `{meant}`?" in result.stderr


def test_what_is_like_no_command_is_only_refused() -> None:
    """No guess is better than a wild one."""
    result = CliRunner().invoke(cli, ["xyzzy"])
    assert result.exit_code == 2
    assert "Did you mean" not in result.stderr
