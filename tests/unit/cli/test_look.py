"""Commands that only look go on when the configuration is being edited."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.store import heartbeat, open_store

BROKEN = "rules: {Oil: oil or gas}\nchannels: {desk: '${env:NOT_SET_ANYWHERE}'}\n"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a bad rule and an unset secret, and a database with a fresh sign of life."""
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config"
    config.mkdir()
    (config / "settings.yaml").write_text("settings: {database: 'sqlite:///news.db'}\n")
    (config / "rules.yaml").write_text(BROKEN)
    with open_store("sqlite:///news.db") as store:
        store.write(lambda conn: heartbeat.beat(conn, now=datetime.now(UTC), facts={}))
    return config


def run(*arguments: str) -> Result:
    """`newsmonitor …`."""
    return CliRunner().invoke(cli, list(arguments))


@pytest.mark.parametrize("command", [["alerts", "list"], ["deliveries", "list"], ["db", "prune"]])
def test_a_mistake_in_a_rule_does_not_hide_the_database(directory: Path, command: list[str]) -> None:
    """The settings alone will do; one line says that there are errors."""
    result = run(*command)
    assert result.exit_code == 0, result.output
    assert "newsmonitor check" in result.stderr


def test_health_says_that_the_configuration_has_errors(directory: Path) -> None:
    """Status 1, as JSON too."""
    result = run("health", "--json")
    assert result.exit_code == 1
    facts = json.loads(result.stdout)
    assert not facts["healthy"]
    assert any("newsmonitor check" in problem for problem in facts["problems"])


def test_a_mistake_in_the_settings_is_told_as_ever(directory: Path) -> None:
    """Without its address the database cannot be looked into."""
    (directory / "settings.yaml").write_text("settings: {databse: 'sqlite:///news.db'}\n")
    result = run("alerts", "list")
    assert result.exit_code == 2
    assert "databse" in result.stderr


def test_a_clean_stop_is_not_well(directory: Path) -> None:
    """Whoever asks right after the stop is told."""
    (directory / "rules.yaml").write_text(
        "rules: {Oil: oil}\nchannels: {c: 'console://'}\n"
        "feeds: ['https://a.example/rss']\ndefaults: {channels: [c]}\n"
    )
    assert run("health").exit_code == 0
    with open_store("sqlite:///news.db") as store:
        store.write(lambda conn: heartbeat.beat(conn, now=datetime.now(UTC), facts={"stopped": True}))
    result = run("health")
    assert result.exit_code == 1
    assert "was stopped" in result.stdout


def test_health_tells_of_each_daemon(directory: Path) -> None:
    """Of two on one database the silent one is named; one that was stopped beside it is no problem."""
    (directory / "rules.yaml").write_text(
        "rules: {Oil: oil}\nchannels: {c: 'console://'}\n"
        "feeds: ['https://a.example/rss']\ndefaults: {channels: [c]}\n"
    )
    now = datetime.now(UTC)
    rows = [("one:1:x", 1, {}), ("two:2:y", 300, {}), ("three:3:z", 600, {"stopped": True})]
    with open_store("sqlite:///news.db") as store:
        for owner, age, facts in rows:
            beat = partial(
                heartbeat.beat, now=now - timedelta(seconds=age), facts=facts, name=heartbeat.daemon(owner)
            )
            store.write(beat)
    result = run("health", "--json")
    facts = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [daemon["name"] for daemon in facts["daemons"]] == ["daemon", "one:1", "two:2", "three:3"]
    (problem,) = facts["problems"]
    assert problem.startswith("two:2: no sign of life since")
