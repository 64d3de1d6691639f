"""`newsmonitor check`."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli

BASE = """\
feeds: [https://example.org/world.rss]
channels: {desk: console://}
defaults: {channels: [desk]}
"""


def _check(directory: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(directory), "check", *options])


def _write(directory: Path, rules: str) -> Path:
    (directory / "base.yaml").write_text(BASE, "utf-8")
    (directory / "rules.yaml").write_text(rules, "utf-8")
    return directory


def test_good_configuration_is_one_line_and_zero(tmp_path: Path) -> None:
    """All is fine: one summary on stdout."""
    result = _check(_write(tmp_path, "rules: {Oil: oil}"))
    assert (result.exit_code, result.stdout) == (0, "1 rule, 1 feed, 1 channel: fine\n")


def test_warnings_are_printed_and_allowed(tmp_path: Path) -> None:
    """What is odd does not fail the check."""
    result = _check(_write(tmp_path, "rules: {Oil: {match: oil, channels: []}}"))
    assert result.exit_code == 0
    assert re.search(r"rules.yaml:1:9: warning: no channel is told", result.stdout)
    assert result.stdout.endswith("1 rule, 1 feed, 1 channel: fine, with 1 warning\n")


def test_errors_are_printed_with_caret_and_hint(tmp_path: Path) -> None:
    """A mistake is told as `file:line:column: level: message`, and the exit code is 2."""
    result = _check(_write(tmp_path, "rules:\n  Oil: {match: oil, channels: [dsk]}\n"))
    assert result.exit_code == 2
    assert result.stdout == (
        f"{tmp_path}/rules.yaml:2:32: error: there is no channel `dsk`\n"
        "    Oil: {match: oil, channels: [dsk]}\n"
        "                                 ^^^\n"
        "  hint: Did you mean `desk`?\n"
        "1 error\n"
    )


def test_failing_test_of_a_rule_exits_with_one(tmp_path: Path) -> None:
    """The configuration can be used, and a rule does not do what its author expected."""
    rules = "rules:\n  Oil: {match: oil, tests: {should_match: [Gas rises], should_not_match: [Oil rises]}}\n"
    result = _check(_write(tmp_path, rules))
    assert result.exit_code == 1
    assert "rules.yaml:2:44: error: the rule `Oil` should match this, and does not" in result.stdout
    assert "hint: It found: Oil." in result.stdout
    assert result.stdout.endswith("1 rule, 1 feed, 1 channel: 2 of 2 tests failed\n")


def test_json_is_one_object_per_problem(tmp_path: Path) -> None:
    """Scripts read problems line by line; the summary is on stderr."""
    result = _check(
        _write(tmp_path, "rules:\n  Oil: oil and gas\n  Gas: {match: gas, channels: [x]}\n"), "--json"
    )
    assert result.exit_code == 2
    problems = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(problem["line"], problem["column"], problem["level"]) for problem in problems] == [
        (2, 12, "error"),
        (3, 32, "error"),
    ]
    assert result.stderr == "2 errors\n"


def test_channel_that_its_service_does_not_accept_is_an_error(tmp_path: Path) -> None:
    """Whether an address makes sense is asked of the channel itself; nothing is sent."""
    _write(tmp_path, "rules: {Oil: oil}")
    (tmp_path / "more.yaml").write_text("channels:\n  odd: nosuchservice://user:hunter2@host/\n", "utf-8")
    result = _check(tmp_path)
    assert result.exit_code == 2
    assert "more.yaml:2:8: error: the channel cannot be used" in result.stdout
    assert "hunter2" not in result.output


def test_missing_directory_says_how_to_make_one(tmp_path: Path) -> None:
    """The first thing a newcomer may see."""
    result = _check(tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "there is no such directory" in result.stdout
    assert "newsmonitor init" in result.stdout


def test_directory_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NEWSMONITOR_CONFIG stands for --config."""
    monkeypatch.setenv("NEWSMONITOR_CONFIG", str(_write(tmp_path, "rules: {Oil: oil}")))
    assert CliRunner().invoke(cli, ["check"]).exit_code == 0
