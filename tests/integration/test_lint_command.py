"""`newsmonitor rules lint`: by the queries, by the archive's words, by the expected alerts."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.model import Article
from monitor.store import open_store
from tests.support import archived
from tests.support.archived import run

RULES = """\
lists: {states: [Venezula, Cuba]}
rules:
  Misspelt: Venezula AND votes
  By list: $states
  Mixed: |
    votes OR
    budget AND Venezuela OR port
  Rare and right: Caracas
  Weighted: {score: {threshold: 5, terms: {Venezula: 5, votes: 1}}}
  Loud: Venezuela
"""


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    directory = archived.write_config(tmp_path, database_url, RULES)
    now = datetime.now(UTC)
    with open_store(database_url) as store:
        archived.open_feeds(store)
        old = [
            (Article(id=f"old {number}", title="other"), now - timedelta(days=60)) for number in range(190)
        ]
        new = [
            (Article(id=str(number), title=f"Venezuela {number}"), now - timedelta(hours=48 - number))
            for number in range(10)
        ]
        archived.keep_new(store, [*old, *new])
    return directory


def rows(config: Path, *arguments: str) -> list[dict[str, object]]:
    shown = run(config, "rules", "lint", "--json", *arguments)
    found = [json.loads(line) for line in shown.stdout.splitlines()]
    assert shown.exit_code == (1 if found else 0)
    return found


def test_words_that_no_article_has(config: Path) -> None:
    """The misspelt one is told where it stands; unknown words without a near spelling are not."""
    found = [row for row in rows(config) if row["check"] == "spelling"]
    message = "`Venezula` is in no article of the archive, and `Venezuela` is common"
    assert [(row["rule"], row["message"], row["span"]) for row in found] == [
        ("Misspelt", message, [0, 8]),
        ("By list", message.replace("`Venezula`", "`Venezula` of $states"), [0, 0]),
        ("Weighted", message, [0, 8]),
    ]
    assert {row["hint"] for row in found} == {"did you mean Venezuela?"}


def test_a_rule_that_tells_too_much(config: Path) -> None:
    """Its expected alerts a day exceed the limit given; more days, fewer a day."""
    loud = [row for row in rows(config, "--most-alerts", "0.3") if row["check"] == "volume"]
    assert [(row["rule"], row["message"]) for row in loud] == [
        ("Loud", "would tell 0.333 alerts a day, more than 0.3")
    ]
    assert [row for row in rows(config, "--most-alerts", "0.4") if row["check"] == "volume"] == []
    assert rows(config, "Rare and right", "--most-alerts", "0.3") == []


def test_the_queries_themselves(config: Path) -> None:
    """The warnings of `check`, under the rule's name, with the caret under the exact place."""
    shown = run(config, "rules", "lint", "Mixed")
    assert shown.exit_code == 1
    assert "rule `Mixed`:2:1: warning: AND and OR mixed without brackets\n  budget AND" in shown.stdout
    assert shown.stderr == "1 rules, 1 warnings\n"


def test_without_an_archive(tmp_path: Path) -> None:
    """Only the queries are looked at, and that is said."""
    config = archived.write_config(tmp_path, f"sqlite:///{tmp_path / 'none.db'}", RULES)
    shown = run(config, "rules", "lint")
    assert "only the queries were looked at: there is no database" in shown.stderr
    assert "AND and OR mixed" in shown.stdout
    assert not (tmp_path / "none.db").exists()


def test_a_small_archive_says_nothing_about_words(tmp_path: Path, sqlite_url: str) -> None:
    """A few articles lack most words."""
    config = archived.write_config(tmp_path, sqlite_url, RULES)
    with open_store(sqlite_url) as store:
        archived.open_feeds(store)
        for number in range(10):
            archived.keep(store, Article(id=str(number), title=f"Venezuela {number}"), now=datetime.now(UTC))
    shown = run(config, "rules", "lint", "Misspelt")
    assert shown.exit_code == 0
    assert "fewer than 200 articles" in shown.stderr
    assert shown.stdout == "1 rules, 0 warnings\n"


def test_a_backtest_says_the_same(config: Path) -> None:
    """The rate that lint judges is the one that a backtest shows."""
    loud = next(row for row in rows(config, "Loud", "--most-alerts", "0") if row["check"] == "volume")
    tested = json.loads(run(config, "rules", "backtest", "Loud", "--json").stdout)
    assert f"would tell {tested['alerts_per_day']:.3g} alerts" in str(loud["message"])
