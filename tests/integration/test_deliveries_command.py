"""`newsmonitor deliveries`: names that are wrong, and deliveries that are not tried again."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.model import DeliveryId, DeliveryState
from monitor.store import open_store, outbox
from tests.support import stored


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Deliveries 1 (sent), 2 (being sent), 3 (pending) and 4 (dead), of channels desk and old."""
    directory = tmp_path / "config"
    directory.mkdir()
    (directory / "main.yaml").write_text(
        f"settings: {{database: 'sqlite:///{tmp_path}/n.db'}}\n"
        "feeds: [https://example.org/rss]\nrules: {r: word}\n"
        "channels: {desk: 'console://'}\ndefaults: {channels: [desk]}\n"
    )
    with open_store(f"sqlite:///{tmp_path}/n.db") as store:
        for number in (1, 2, 3):
            stored.add_delivery(store, f"d{number}", channel="desk")
        stored.add_delivery(store, "d4", channel="old")
        stored.claim(store, channel="desk", limit=2)
        stored.claim(store, channel="old")
        for number, state in ((1, DeliveryState.SENT), (4, DeliveryState.DEAD)):
            store.write(
                lambda conn, number=number, state=state: outbox.finish(
                    conn,
                    DeliveryId(number),
                    owner="me",
                    state=state,
                    reason=None,
                    detail="",
                    due_at=None,
                    now=stored.NOW,
                )
            )
    return directory


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(config), "deliveries", *arguments])


def test_what_was_not_retried_is_told_by_number(config):
    """Each with its reason, and status 1; the others are due."""
    result = run(config, "retry", "1", "2", "3", "77", "3")
    assert result.exit_code == 1
    assert "1: not retried: already sent\n2: not retried: being sent now\n" in result.stderr
    assert "77: there is no such delivery; " in result.stderr
    assert "\n3:" not in result.stderr
    assert result.stdout == "1 delivery due now; a running daemon sends within a minute\n"


def test_options_that_leave_a_named_delivery_out_are_told(config):
    """`--dead` with one that waits, `--channel` with one of another."""
    assert "3: not retried: not given up, but pending" in run(config, "retry", "3", "--dead").stderr
    result = run(config, "retry", "4", "--channel", "desk")
    assert "4: not retried: it is of the channel old" in result.stderr
    assert (result.exit_code, result.stdout) == (1, "nothing to retry\n")


def test_all_named_deliveries_due_is_a_success(config):
    """Status 0 and nothing on stderr."""
    result = run(config, "retry", "3", "4")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("2 deliveries due now")


@pytest.mark.parametrize("command", ["list", "retry"])
def test_an_unknown_channel_is_a_usage_error(config, command):
    """A slip in the name must not look like an empty queue; one with deliveries is known."""
    result = run(config, command, "--channel", "dsek")
    assert result.exit_code == 2
    assert "there is no channel dsek; did you mean desk?" in result.stderr
    assert "channels: desk, old" in run(config, command, "--channel", "xyz").stderr
    assert run(config, command, "--channel", "old").exit_code == 0
