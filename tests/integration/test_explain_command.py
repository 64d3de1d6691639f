"""`newsmonitor rules explain`: rules and queries, articles from the archive, files and the standard input."""

import json
from pathlib import Path

import pytest

from monitor.model import Article
from monitor.store import open_store
from tests.support import archived
from tests.support.archived import run

ARTICLES = [
    {"id": "1", "title": "Russia arms Venezuela", "content": "<p>Oil &amp; gas</p>"},
    {"id": "2", "title": "Venezuela votes"},
]


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    return archived.write_config(tmp_path, database_url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(map(json.dumps, ARTICLES)))
    return path


def test_a_match_of_an_archived_article(config: Path, database_url: str) -> None:
    """Each clause with its words marked; by id and by address."""
    article = Article(id="x", title="Russian ships reach Venezuela", url="https://world.example/1")
    with open_store(database_url) as store:
        archived.open_feeds(store)
        ref = archived.keep(store, article)
    shown = run(config, "rules", "explain", "Russia in Venezuela", str(ref.id))
    assert shown.exit_code == 0
    assert shown.stdout == (
        "`Russia in Venezuela` matches article x\n"
        "  ✓ Venezuela\n"
        "      title: Russian ships reach **Venezuela**\n"
        "  ✓ Russia*\n"
        "      title: **Russian** ships reach Venezuela\n"
    )
    same = run(config, "rules", "explain", "Russia in Venezuela", "https://www.world.example/1?utm_source=x")
    assert same.stdout == shown.stdout


def test_scope_is_told_apart_from_the_query(config: Path, database_url: str) -> None:
    """The rule's feeds exclude an article that the query would match."""
    with open_store(database_url) as store:
        archived.open_feeds(store)
        ref = archived.keep(store, Article(id="x", title="oil", language="en"), feed=archived.OTHER)
        inside = archived.keep(store, Article(id="y", title="oil", language="en-GB"))
    shown = run(config, "rules", "explain", "Agencies only", str(ref.id))
    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[:2] == [
        "`Agencies only` is not asked about article x",
        "  – the rule reads only the feeds agency; it came from Second",
    ]
    assert run(config, "rules", "explain", "Agencies only", str(inside.id)).exit_code == 0


def test_a_miss_of_an_article_in_a_file(config: Path, file: Path) -> None:
    """What failed, how nearly, and what held."""
    shown = run(config, "rules", "explain", "Russia in Venezuela", f"{file}#2")
    assert shown.exit_code == 1
    assert shown.stdout == (
        "`Russia in Venezuela` does not match article 2\n"
        "  ✗ Russia*\n"
        "      not in the text, nor a word spelt like it\n"
        "  ✓ Venezuela\n"
        "      title: **Venezuela** votes\n"
    )


def test_a_score(config: Path) -> None:
    """What each term earned, and the sum."""
    article = json.dumps({"id": "9", "title": "Cholera outbreak", "summary": "No vacine in sight"})
    shown = run(config, "rules", "explain", "Health", "-", stdin=article)
    assert shown.stdout == (
        "`Health` matches article 9 (35 of 30)\n"
        "  +20 cholera*\n"
        "      title: **Cholera** outbreak\n"
        "  +15 outbreak\n"
        "      title: Cholera **outbreak**\n"
        "  0 of -20  vaccine: not in the text; the closest spelling is `vacine`\n"
    )


def test_as_data(file: Path, tmp_path: Path) -> None:
    """One JSON object; a query and a file need no configuration."""
    shown = run(tmp_path / "none", "rules", "explain", "gas NEAR/1 votes", f"{file}#1", "--json")
    data = json.loads(shown.stdout)
    assert (shown.exit_code, data["matched"], data["article"]) == (1, False, "1")
    assert data["failed"][0]["clause"] == "gas NEAR/1 votes"
    assert data["failed"][0]["nearest"] == [
        {"message": "`votes`: not in the text, nor a word spelt like it", "span": None}
    ]
    held = json.loads(run(tmp_path / "none", "rules", "explain", "gas", f"{file}#1", "--json").stdout)
    assert held["spans"] == held["clauses"][0]["spans"] == [["body", 6, 9]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gas AND", "FILE#1"), "nothing after `AND`"),
        (("gas", "FILE"), "holds 2 articles: name one"),
        (("gas", "FILE#7"), "no article with the id 7"),
        (("gas", "missing.json"), "No such file"),
        (("gas", "99"), "the archive has no article 99; `newsmonitor search QUERY` finds"),
        (("gas", "https://example.org/none"), "the archive has no article https://example.org/none"),
        (("Russia in Venezula", "FILE#1"), "did you mean `Russia in Venezuela`?"),
    ],
)
def test_what_cannot_be_explained_says_why(
    config: Path, file: Path, arguments: tuple[str, str], message: str
) -> None:
    """Queries that cannot be read, articles that are not there."""
    shown = run(config, "rules", "explain", *(part.replace("FILE", str(file)) for part in arguments))
    assert shown.exit_code in (1, 2)
    assert message in shown.stderr


def test_a_broken_file_says_why(config: Path, tmp_path: Path) -> None:
    """Neither JSON nor lines of JSON."""
    path = tmp_path / "broken.json"
    path.write_text("{")
    shown = run(config, "rules", "explain", "gas", str(path))
    assert shown.exit_code == 2
    assert "no article" in shown.stderr


def test_what_a_terminal_would_obey_is_not_printed(config: Path) -> None:
    """Escapes in an article stay in the article."""
    article = json.dumps({"id": "\x1b[2J", "title": "oil \x1b[31mred\x07"})
    shown = run(config, "rules", "explain", "oil", "-", stdin=article)
    assert shown.exit_code == 0
    assert "\x1b" not in shown.stdout
    assert "\x07" not in shown.stdout
