"""`newsmonitor stories list|show|split`, and how `alerts show` and `alerts why` explain folds."""

import json
from pathlib import Path

import pytest

from monitor.model import ArticleId, StoryId
from monitor.store import Store, merges
from tests.support.archived import run
from tests.support.newsroom import MINUTE, Newsroom
from tests.support.newswire import first_words, prose

WIRE = "Venezuela closed its border on Sunday. " + prose(1, 260)


@pytest.fixture
def newsroom(store: Store, database_url: str, tmp_path: Path) -> Newsroom:
    """One agency text in two outlets, a report in other words, and something else."""
    it = Newsroom(store, tmp_path, "R: {match: Venezuela}")
    with (tmp_path / "c.yaml").open("a") as config:
        config.write(f"settings: {{database: '{database_url}'}}\n")
    it.run("A", 1, "Venezuela border closed as Maduro meets Caracas generals", WIRE)
    it.time += 14 * MINUTE
    it.run("B", 1, "Crossing points shut", first_words(WIRE, 180))
    it.run("C", 1, "Maduro meets generals in Caracas, Venezuela border closed")
    it.run("D", 1, "Gas prices rise in Norway", prose(7))
    return it


def test_stories_are_listed_and_shown(newsroom: Newsroom, tmp_path: Path) -> None:
    """How far each has spread, its articles, and why each belongs to it."""
    since = ("--since", "2026-01-01")
    (row,) = map(json.loads, run(tmp_path, "stories", "list", *since, "--json").stdout.splitlines())
    assert (row["id"], row["outlets"], row["reports"], row["copies"]) == (1, 3, 2, 1)
    assert "Maduro meets Caracas" in run(tmp_path, "stories", "list", *since).stdout
    assert len(run(tmp_path, "stories", "list", *since, "--least", "1").stdout.splitlines()) == 3
    shown = run(tmp_path, "stories", "show", "1").stdout
    assert "3 outlets, 2 reports, 1 copy" in shown
    assert "% of this text appeared in A 14 minutes earlier (rule 2: containment " in shown
    assert "Tells the same story as “Venezuela border closed as Maduro meets Caracas generals” in A" in shown
    articles = json.loads(run(tmp_path, "stories", "show", "1", "--json").stdout)["articles"]
    assert [one["kind"] for one in articles] == ["new", "copy", "new"]
    assert [one["by"] for one in articles] == [None, "wording", "story"]


def test_a_fold_is_explained_where_the_article_and_its_alert_are(newsroom: Newsroom, tmp_path: Path) -> None:
    """`alerts why` of the copy, and `alerts show` of the alert that told its story."""
    why = run(tmp_path, "alerts", "why", "2").stdout
    assert "% of this text appeared in A 14 minutes earlier (rule 2: containment " in why
    assert "not told: the rule had alerted this story" in why
    assert "appeared in A" in json.loads(run(tmp_path, "alerts", "why", "2", "--json").stdout)["folded"]
    joined = run(tmp_path, "alerts", "why", "3").stdout
    assert "new: joined story 1" in joined
    assert "score 0." in joined
    shown = run(tmp_path, "alerts", "show", "1").stdout
    assert "story 1:" in shown
    assert "Crossing points shut" in shown
    assert len(json.loads(run(tmp_path, "alerts", "show", "1", "--json").stdout)["articles"]) == 3


def test_a_merge_is_explained(newsroom: Newsroom, tmp_path: Path) -> None:
    """By either number of the story, and in the way of each of its articles; it can be split by either."""
    newsroom.store.write(
        lambda conn: merges.merge(
            conn, StoryId(1), StoryId(2), article_id=ArticleId(3), likeness=0.625, now=newsroom.time
        )
    )
    shown = run(tmp_path, "stories", "show", "2").stdout
    assert shown.startswith("story 1: Venezuela border closed")
    assert "story 2 was found to be the same, and is part of it" in shown
    took = "took story 2 in at "
    assert took in shown
    assert "article 3 showed that they are one (likeness 0.62)" in shown
    assert f"story 1 {took}" in run(tmp_path, "alerts", "why", "4").stdout
    row = json.loads(run(tmp_path, "stories", "show", "2", "--json").stdout)
    assert (row["id"], row["outlets"], len(row["articles"])) == (1, 4, 4)
    assert [(one["story"], one["into"], one["article"]) for one in row["merged"]] == [(2, 1, 3)]
    assert json.loads(run(tmp_path, "alerts", "why", "1", "--json").stdout)["merged"] == row["merged"]
    assert run(tmp_path, "stories", "split", "2", "4").stdout.startswith("split: 4 and their copies")


def test_a_split_moves_an_article_with_its_copies(newsroom: Newsroom, tmp_path: Path) -> None:
    """And says what it did; an article of another story is refused."""
    refused = run(tmp_path, "stories", "split", "1", "4")
    assert refused.exit_code == 2
    assert "article 4 does not tell story 1" in refused.output
    assert run(tmp_path, "stories", "show", "77").exit_code == 2
    told = run(tmp_path, "stories", "split", "1", "3").stdout
    assert told == "split: 3 and their copies tell story 3 from now on\n"
    assert len(json.loads(run(tmp_path, "stories", "show", "1", "--json").stdout)["articles"]) == 2
    newsroom.run("E", 1, "Maduro meets generals in Caracas: Venezuela border is closed")
    assert len(json.loads(run(tmp_path, "stories", "show", "3", "--json").stdout)["articles"]) == 2
