"""The match command: what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli

ARTICLES = [
    {"id": "1", "title": "Russia in Venezuela", "content": "<p>Oil &amp; gas of <b>Venezuela</b></p>"},
    {"id": "2", "title": "Nothing"},
    {"id": 3, "title": "\u59d4\u5185\u745e\u62c9", "summary": "Venezuela"},
]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES) + "\n")
    return path


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["match", *map(str, arguments)], input=stdin)


def test_query_as_json(articles: Path) -> None:
    """One JSON line for each match, named by the query, with spans into the visible text."""
    result = run("Venezuela", "--articles", articles, "--json")
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"article": "1", "rule": "Venezuela", "spans": [["title", 10, 19], ["body", 13, 22]]},
        {"article": "3", "rule": "Venezuela", "spans": [["summary", 0, 9]]},
    ]


def test_query_for_people(articles: Path) -> None:
    """Without --json the matched words are shown in brackets."""
    result = run("Oil AND Venezuela", "--articles", articles)
    assert result.stdout == "1: Oil AND Venezuela: [Oil] & gas of [Venezuela]\n"


def test_standard_input(articles: Path) -> None:
    """Articles come from the standard input when no file is named."""
    data = articles.read_bytes()
    assert run("gas", stdin=data).stdout == run("gas", "--articles", "-", stdin=data).stdout != ""


def test_no_match_is_no_failure(articles: Path) -> None:
    """A run in which nothing matched prints nothing and ends with 0."""
    result = run("tanker", "--articles", articles, "--json")
    assert (result.exit_code, result.stdout) == (0, "")


def test_bad_lines_are_told_and_the_rest_is_matched(tmp_path: Path) -> None:
    """Each bad line is told by file and line; good ones are matched; the command ends with 2."""
    path = tmp_path / "bad.jsonl"
    deep = b"[" * 100_000
    path.write_bytes(
        b'{"id": "1", "title": "oil"}\nnot json\n{"title": "x"}\n[1]\n{"id": "2", "title": 5}\n\xff\n'
        + deep
        + b"\n"
        b'\n\xef\xbb\xbf{"id": "8", "title": "oil"}\n'
    )
    result = run("oil", "--articles", path, "--json")
    assert result.exit_code == 2
    assert [json.loads(line)["article"] for line in result.stdout.splitlines()] == ["1", "8"]
    errors = result.stderr.splitlines()
    assert [line.split(": ")[0] for line in errors] == [f"{path}:{number}" for number in range(2, 8)]
    assert "not JSON at column 1" in errors[0]
    assert "an article needs an `id`" in errors[1]
    assert "not list" in errors[2]
    assert "`title` must be a text" in errors[3]
    assert "not UTF-8 at byte 1" in errors[4]


def test_bad_query_is_shown_with_its_place(articles: Path) -> None:
    """A query that cannot be read ends the command with 2 and a caret."""
    result = run("oil or gas", "--articles", articles)
    assert result.exit_code == 2
    assert result.stderr.startswith("query:1:5: error: `or` in lower case")


@pytest.mark.parametrize("arguments", [(), ("oil", "--rules", __file__)])
def test_query_and_rules_exclude_each_other(arguments: tuple[str, ...]) -> None:
    """Exactly one of a query and a file of rules is wanted."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert "either a QUERY or --rules" in result.stderr


def test_rules_of_a_file(articles: Path, tmp_path: Path) -> None:
    """The rules of a file are matched under their names, with its lists."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        'lists:\n  places: [Venezuela, Caracas]\nrules:\n  Oil there: "oil AND $places"\n  Any: "$places"\n'
    )
    result = run("--rules", rules, "--articles", articles, "--json")
    assert result.exit_code == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["article"], line["rule"]) for line in lines] == [
        ("1", "Oil there"),
        ("1", "Any"),
        ("3", "Any"),
    ]


def test_output_is_safe(tmp_path: Path) -> None:
    """Control characters never reach the terminal, and lone surrogates stay JSON."""
    path = tmp_path / "hostile.jsonl"
    path.write_text('{"id": "\\ud800", "title": "oil \\u001b[31m\\n"}\n')
    shown = run("oil", "--articles", path).stdout
    assert "\x1b" not in shown
    assert shown.count("\n") == 1
    assert json.loads(run("oil", "--articles", path, "--json").stdout)["article"] == "\ud800"


def test_how_many_matched_is_told_to_people(articles: Path) -> None:
    """On stderr, so that nothing found is seen to be nothing; not with --json."""
    assert run("tanker", "--articles", articles).stderr == "0 of 3 articles matched\n"
    assert run("Venezuela", "--articles", articles).stderr == "2 of 3 articles matched\n"
    assert run("tanker", "--articles", articles, "--json").stderr == ""


def test_a_suspicious_query_is_warned_about(articles: Path) -> None:
    """With its place, on stderr, and matched all the same."""
    result = run("oil OR oil", "--articles", articles, "--json")
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "query:1:8: warning: `oil` adds nothing to `oil`\n  oil OR oil\n         ^^^"
    )
    assert result.stdout != ""


@pytest.mark.parametrize("start", [b"", b"\n  ", b"\xef\xbb\xbf"])
def test_a_feed_instead_of_articles_is_told_once(tmp_path: Path, start: bytes) -> None:
    """One error for the whole file, and the command that makes articles of it."""
    path = tmp_path / "feed.xml"
    path.write_bytes(start + b"<?xml version='1.0'?>\n<rss>\n<channel>\n</channel></rss>\n")
    result = run("oil", "--articles", path, "--json")
    assert result.exit_code == 2
    assert result.stderr.count("error") == 1
    assert f"newsmonitor feeds preview {path} --json" in result.stderr


def test_a_person_at_the_terminal_is_told_what_is_awaited() -> None:
    """Without --articles at a terminal the command waits for lines; it says so, and how to end."""
    outer, inner = os.openpty()
    with os.fdopen(outer, "wb", buffering=0) as terminal:
        command = [sys.executable, "-c", "from monitor.cli import main; main()", "match", "oil"]
        process = subprocess.Popen(command, stdin=inner, stderr=subprocess.PIPE, text=True)
        os.close(inner)
        assert process.stderr is not None
        assert process.stderr.readline() == "reading articles (JSON lines) from standard input; Ctrl-D ends\n"
        terminal.write(b'{"id": "1", "title": "gas"}\n\x04')
        _, rest = process.communicate(timeout=60)
    assert rest == "0 of 1 article matched\n"
    assert process.returncode == 0
