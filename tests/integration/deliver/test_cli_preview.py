"""`newsmonitor channels preview`: what would be sent, without sending it."""

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from monitor.store import alerts, open_store
from tests.support.messages import alert

CONFIG = """
settings: {database: "sqlite:///news.db"}
feeds: [https://example.org/rss.xml]
channels:
  desk-mail: mailto://localhost:1?from=a@news.example&to=b@reader.example
  chat: slack+https://hooks.slack.example/services/T/B/Xyzzy-and-7
  notes: {url: "console://", templates: {text: "Own words: {{ headline }}"}}
defaults: {channels: [chat]}
rules: {Oil: oil}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "main.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, ["channels", "preview", *arguments])


def test_a_sample_is_shown_in_the_channels_form(run):
    """Mail as headers and text, a chat as what is posted, a template in its own words."""
    assert "Subject: [Ferries] Passenger ferry runs aground off Trelleborg" in run("desk-mail").output
    posted = run("chat").output
    assert '"text": "*[Ferries] Passenger ferry' in posted
    assert "Xyzzy" not in posted
    assert run("notes").output == "Own words: Passenger ferry runs aground off Trelleborg\n"


def test_html_goes_into_a_file_for_the_browser(run, tmp_path):
    """As mail has it."""
    result = run("desk-mail", "--html", "mail.html")
    assert result.exit_code == 0
    assert "ferry</mark>" in (tmp_path / "mail.html").read_text()


def test_an_alert_of_the_database_can_be_shown(run):
    """By its number."""
    assert run("notes", "--alert", "1").exit_code == 2
    store = open_store("sqlite:///news.db")
    store.write(lambda conn: alerts.insert(conn, alert(story_id=None), unique_key="k"))
    store.close()
    assert run("notes", "--alert", "1").output == "Own words: Ferry runs aground off Trelleborg\n"
    missing = run("notes", "--alert", "7")
    assert (missing.exit_code, "there is no alert 7" in missing.output) == (2, True)


def test_a_channel_that_is_not_there_is_named(run):
    """With those that are."""
    result = run("post")
    assert result.exit_code == 2
    assert "there are: desk-mail, chat, notes" in result.output
