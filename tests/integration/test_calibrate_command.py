"""`newsmonitor rules calibrate`: terms and thresholds over the archive."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.model import Article
from monitor.store import open_store
from tests.support import archived
from tests.support.archived import OTHER, run

TITLES = [
    "Cholera outbreak",  # 35
    "Cholera and its vaccine",  # 0
    "Cholera outbreak: vaccine",  # 15
    "An outbreak of flu",  # 15
    "Cholera",  # 20
    "Nothing of it",
]


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    directory = archived.write_config(tmp_path, database_url)
    now = datetime.now(UTC)
    with open_store(database_url) as store:
        archived.open_feeds(store)
        for number, title in enumerate(TITLES):
            archived.keep(store, Article(id=str(number), title=title), now=now - timedelta(hours=9 - number))
        same = Article(id="copy", title="Elsewhere", url="https://world.example/1", summary="cholera")
        archived.keep(store, Article(id="orig", title="Cholera", url="https://world.example/1"), now=now)
        archived.keep(store, same, feed=OTHER, now=now)
    return directory


def test_the_tables(config: Path) -> None:
    """What each term earned; matches and alerts for thresholds around the rule's own."""
    shown = run(config, "rules", "calibrate", "Health", "--since", "2d")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[1:] == [
        "",
        "  WEIGHT     FOUND  IN MATCHES  DECISIVE  PREVENTED  TERM",
        "     +20         6           1         1          0  cholera*",
        "     +15         3           1         1          0  outbreak",
        "     -20         2           0         0          1  vaccine",
        "  decisive: matches that need the term; prevented: matches that it alone keeps out",
        "",
        " THRESHOLD   MATCHES    A DAY    ALERTS    A DAY",
        "         0         7        7         6        6",
        "        15         6        6         5        5",
        "        20         4        4         3        3",
        "        30         1        1         1        1  ← now",
        "        35         1        1         1        1",
    ]


def test_as_data(config: Path) -> None:
    """The same as one JSON object; a period without articles counts nothing."""
    data = json.loads(run(config, "rules", "calibrate", "Health", "--json").stdout)
    assert data["terms"][0] == {
        "term": "cholera*", "weight": 20.0, "found": 6, "in_matches": 1, "decisive": 1, "prevented": 0,
    }  # fmt: skip
    assert [row["alerts"] for row in data["thresholds"]] == [6, 5, 3, 1, 1]
    nothing = json.loads(run(config, "rules", "calibrate", "Health", "--since", "0s", "--json").stdout)
    assert [row["matches"] for row in nothing["thresholds"]] == [0]


def test_a_backtest_says_the_same(config: Path) -> None:
    """The row of the rule's own threshold is what its backtest counts."""
    calibrated = json.loads(run(config, "rules", "calibrate", "Health", "--json").stdout)
    backtest = json.loads(run(config, "rules", "backtest", "Health", "--json").stdout)
    (row,) = (row for row in calibrated["thresholds"] if row["threshold"] == 30)
    assert (row["matches"], row["alerts"]) == (backtest["matches"], backtest["alerts"])


@pytest.mark.parametrize(
    ("rule", "message"),
    [("Russia in Venezuela", "has a query and no score"), ("Nonesuch", "no rule is called Nonesuch")],
)
def test_only_weighted_rules(config: Path, rule: str, message: str) -> None:
    """Anything else is a usage error."""
    shown = run(config, "rules", "calibrate", rule)
    assert shown.exit_code == 2
    assert message in shown.stderr
