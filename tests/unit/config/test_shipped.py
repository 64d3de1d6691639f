"""The shipped configuration: whole, quiet, and with tests that hold."""

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor import config
from monitor.config import Config, ruletests

SHIPPED = Path(__file__).parents[3] / "config"


@pytest.fixture(scope="module")
def shipped() -> Config:
    return config.load(SHIPPED, environ={})


def test_loads_without_a_warning_in_an_empty_environment(shipped: Config) -> None:
    """Whoever starts with it is not greeted by complaints."""
    assert shipped.warnings == ()


def test_rules_pass_their_own_tests(shipped: Config) -> None:
    """Every shipped rule has tests of both kinds, and they hold."""
    assert ruletests.failures(shipped) == ()
    kinds = Counter((sample.rule, sample.should_match) for sample in shipped.samples)
    assert all(kinds[rule.name, expected] for rule in shipped.rules for expected in (True, False))


def test_first_rule_is_the_one_that_the_manual_begins_with(shipped: Config) -> None:
    """The first rule shows the language at its simplest."""
    assert (shipped.rules[0].name, shipped.rules[0].query) == ("Venezuela and Russia", "Venezuela AND Russia")


def test_feeds_are_many_public_named_and_tagged(shipped: Config) -> None:
    """About forty feeds, in many languages and from all regions, each once and with a name."""
    assert len(shipped.feeds) >= 40
    assert len({feed.language for feed in shipped.feeds}) >= 12
    assert len({feed.name for feed in shipped.feeds}) == len(shipped.feeds)
    regions = {"world", "africa", "americas", "asia", "europe", "mideast", "oceania"}
    kinds = {"agency", "public", "paper", "online"}
    for feed in shipped.feeds:
        assert urlsplit(feed.url).scheme == "https"
        assert regions & set(feed.tags), feed.name
        assert kinds & set(feed.tags), feed.name
        assert set(feed.tags) <= regions | kinds | {"state"}, feed.name
        assert not feed.allow_private
    assert regions == {tag for feed in shipped.feeds for tag in feed.tags} & regions


def test_console_is_told_by_default(shipped: Config) -> None:
    """Alerts appear without any account or password."""
    assert [(channel.name, channel.url) for channel in shipped.channels] == [("console", "console://")]
    assert all(rule.channels == ("console",) for rule in shipped.rules)


def test_commented_channels_load_when_they_are_switched_on(tmp_path: Path) -> None:
    """Taking away the `# ` of every example gives a valid file."""
    lines = (SHIPPED / "channels.yaml").read_text("utf-8").splitlines()
    on = [line.replace("  # ", "  ", 1) if line.startswith("  # ") else line for line in lines]
    for path in SHIPPED.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "channels.yaml").write_text("\n".join(on), "utf-8")
    names = ["SMTP_USER", "SMTP_PASSWORD", "MATRIX_USER", "MATRIX_PASSWORD", "SLACK_TOKENS",
             "TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID", "WEBHOOK_TOKEN"]  # fmt: skip
    loaded = config.load(tmp_path, environ=dict.fromkeys(names, "secret-value"))
    assert len(loaded.channels) == 8
    assert loaded.warnings == ()
