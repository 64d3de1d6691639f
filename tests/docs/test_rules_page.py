"""The page about rules: every example in its tables is what it says it is."""

import json
from typing import Any

import pytest
import yaml

from monitor.errors import QueryError
from monitor.model import Article
from monitor.rules import parse
from monitor.rules.lint import lint
from monitor.rules.matcher import matches
from tests.docs.pages import ROOT, Row, blocks, codes, rows
from tests.docs.stage import same

PAGE = ROOT / "docs" / "rules.md"
ROWS = list(rows(PAGE))
EXAMPLES = [row for row in ROWS if "finds" in row.cells]
ERRORS = [row for row in ROWS if "error" in row.cells]
WARNINGS = [row for row in ROWS if "warning" in row.cells]


def _lists() -> dict[str, list[str]]:
    """The lists that the page defines."""
    documents = [
        yaml.safe_load(b.text) for b in blocks(PAGE) if b.language == "yaml" and "broken" not in b.info
    ]
    return {name: items for found in documents for name, items in found.get("lists", {}).items()}


LISTS = _lists()


def _article(text: str) -> Article:
    given: dict[str, Any] = json.loads(text) if text.startswith("{") else {"title": text}
    return Article.from_dict({"id": "example", **given})


def _name(row: Row) -> str:
    return row.cells.get("query") or row.cells["you write"]


def test_the_page_has_its_tables() -> None:
    """A table whose headers were renamed would not be tried any more."""
    assert (len(EXAMPLES) > 70, len(ERRORS) > 25, len(WARNINGS) > 8) == (True, True, True)


@pytest.mark.parametrize("row", EXAMPLES, ids=_name)
def test_a_query_finds_what_the_page_says(row: Row) -> None:
    """Each text under "finds" matches, each under "does not find" does not."""
    (text,) = codes(row.cells["query"])
    query = parse(text, lists=LISTS)
    found, missed = codes(row.cells["finds"]), codes(row.cells["does not find"])
    assert found, f"{row}: an example that it finds"
    assert missed, f"{row}: an example that it does not find"
    assert [text for text in found if matches(query, _article(text)) is None] == [], str(row)
    assert [text for text in missed if matches(query, _article(text)) is not None] == [], str(row)


@pytest.mark.parametrize("row", ERRORS, ids=_name)
def test_an_error_reads_as_the_page_says(row: Row) -> None:
    """The query is refused with this message and this hint."""
    (text,) = codes(row.cells["you write"])
    with pytest.raises(QueryError) as caught:
        parse(text, lists=LISTS)
    assert same(row.cells["error"], caught.value.message), f"{row}: {caught.value.message}"
    assert same(row.cells["hint"], caught.value.hint), f"{row}: {caught.value.hint}"


@pytest.mark.parametrize("row", WARNINGS, ids=_name)
def test_a_warning_reads_as_the_page_says(row: Row) -> None:
    """The query is accepted with this warning and this hint."""
    (text,) = codes(row.cells["query"])
    found = [(finding.message, finding.hint) for finding in lint(parse(text, lists=LISTS))]
    assert (row.cells["warning"], row.cells["hint"]) in found, f"{row}: {found}"
