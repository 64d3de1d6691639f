"""`newsmonitor feeds search`: addresses of searches, nothing fetched."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.config import load


@pytest.fixture
def config(tmp_path: Path) -> Path:
    directory = tmp_path / "config"
    directory.mkdir()
    (directory / "main.yaml").write_text(
        "feeds: [https://world.example/rss.xml]\n"
        "rules: {Oil: oil AND tanker*, Weighed: {score: {threshold: 2, terms: {oil: 2}}}}\n"
        "channels: {c: 'console://'}\ndefaults: {channels: [c]}\n"
    )
    return directory


def run(config: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["--config", str(config), "feeds", "search", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_query_is_translated_for_each_service(config):
    """With its address and what was left out, more or less serious."""
    result = run(config, "tanker* AND lang:en", "--service", "google", "--country", "gb")
    assert result.stdout == (
        "google: tanker\n"
        "  https://news.google.com/rss/search?q=tanker&hl=en-GB&gl=GB&ceid=GB%3Aen\n"
        "  ! tanker*: searched as `tanker`: no wildcards there\n"
        "  - lang:en: no such field there\n"
    )


def test_a_rule_can_be_searched_for_as_data(config):
    """One object for each service."""
    rows = [json.loads(line) for line in run(config, "--rule", "Oil", "--json").stdout.splitlines()]
    assert [row["service"] for row in rows] == ["google", "bing", "gdelt"]
    assert {row["query"] for row in rows} == {"oil tanker"}
    assert rows[0]["omissions"][0]["loses"] is True


def test_searches_can_be_added_as_feeds(config):
    """Once each; nothing is asked of the services."""
    assert "3 added" in run(config, "--rule", "Oil", "--add", "--tag", "search").stderr
    assert "0 added" in run(config, "--rule", "Oil", "--add").stderr
    added = [feed for feed in load(config).feeds if "search" in feed.tags]
    assert [feed.name for feed in added] == ["google: Oil", "bing: Oil", "gdelt: Oil"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "give either a QUERY or --rule NAME"),
        (["oil", "--rule", "Oil"], 2, "give either a QUERY or --rule NAME"),
        (["--rule", "Gas"], 2, "there is no rule `Gas`"),
        (["--rule", "Weighed"], 2, "is a score, which no service can search for"),
        (["oil AND"], 2, "query:1:5"),
        (["/x+y/"], 1, "google: nothing of this query can be asked for there"),
    ],
)
def test_what_cannot_be_searched_for_is_told(config, arguments, status, words):
    """With the usual exit statuses."""
    result = run(config, *arguments)
    assert result.exit_code == status
    assert words in result.stderr
