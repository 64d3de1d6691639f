"""`newsmonitor stories` prints one finding for each article, in order."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from monitor.cli.stories import stories

LINES = [
    {"id": "1", "title": "Storm hits the coast of Chile", "source": "A", "published": "2026-11-01T10:00:00Z"},
    {"id": "2", "title": "Storm hits the coast of Chile", "source": "B", "published": "2026-11-01T11:00:00Z"},
    {"id": "3", "title": "Norway raises interest rates", "source": "A"},
    {"id": "1", "title": "Storm hits the coast of Chile", "source": "A"},
]


def run(path: Path, lines: list[str], *options: str) -> Result:
    """Run the command over a file of these lines."""
    file = path / "articles.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    return CliRunner().invoke(stories, ["--articles", str(file), *options])


def test_json_is_the_public_contract(tmp_path: Path) -> None:
    """One object a line: article, kind, of, story, reason."""
    result = run(tmp_path, [json.dumps(line) for line in LINES], "--json")
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["article"], row["kind"], row["of"], row["story"]) for row in rows] == [
        ("1", "new", None, "1"),
        ("2", "copy", "1", "1"),
        ("3", "new", None, "3"),
        ("1", "duplicate", "1", "1"),
    ]
    assert rows[1]["reason"] == {"by": "title", "text": "the same headline as 1"}


def test_text_is_for_people(tmp_path: Path) -> None:
    """A line says what an article is and why."""
    result = run(tmp_path, [json.dumps(line) for line in LINES[:2]])
    assert result.stdout == (
        "1: new, story 1: nothing like it was seen\n2: copy, story 1: the same headline as 1\n"
    )


def test_bad_lines_are_told_and_the_rest_is_worked_on(tmp_path: Path) -> None:
    """With file and line on stderr; the command ends with 2."""
    good = json.dumps(LINES[0])
    bad = ["{", "[]", "{}", '{"id": "x", "title": 5}', '{"id": "x", "published": "soon"}', "[" * 100_000]
    result = run(tmp_path, [*bad, "", good], "--json")
    assert result.exit_code == 2
    assert [json.loads(line)["article"] for line in result.stdout.splitlines()] == ["1"]
    errors = result.stderr.splitlines()
    assert len(errors) == len(bad)
    assert all(f"articles.jsonl:{n}: error: " in line for n, line in enumerate(errors, 1))


def test_a_lone_surrogate_is_printed_as_an_escape(tmp_path: Path) -> None:
    """What is no UTF-8 is still JSON."""
    result = run(tmp_path, ['{"id": "\\ud800"}'], "--json")
    assert json.loads(result.stdout)["article"] == "\ud800"


def test_no_articles_give_no_lines(tmp_path: Path) -> None:
    """And no error."""
    result = run(tmp_path, [], "--json")
    assert (result.exit_code, result.stdout) == (0, "")


def test_stories_are_told_as_they_are_in_the_end(tmp_path: Path) -> None:
    """Later articles show that the first two tell one event."""
    titles = [
        "Storm Ylva floods Bergen harbour",
        "Ferry with nine aboard sinks near Askoy",
        "Ferry with nine aboard sinks near Askoy in storm Ylva off Bergen harbour",
        "Storm Ylva sinks ferry near Bergen harbour",
    ]
    lines = [json.dumps({"id": str(n), "title": title}) for n, title in enumerate(titles)]
    rows = [json.loads(line) for line in run(tmp_path, lines, "--json").stdout.splitlines()]
    assert [(row["article"], row["story"]) for row in rows] == [(str(n), "0") for n in range(4)]
