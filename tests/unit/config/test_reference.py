"""The reference page is generated, and its examples are a valid configuration."""

import re
from pathlib import Path

from monitor import config
from monitor.config import json_schema, reference

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_committed_page_is_the_generated_one() -> None:
    """`python -c 'from monitor.config import reference; print(reference.markdown(), end="")'` renews it."""
    assert PAGE.read_text("utf-8") == reference.markdown()


def test_every_key_is_on_the_page() -> None:
    """A key that is not documented does not exist for users."""
    page = reference.markdown()
    for definition in json_schema.json_schema()["$defs"].values():
        full = definition["anyOf"][1] if "anyOf" in definition else definition
        for key in full.get("properties", {}):
            assert f"| `{key}` |" in page


def test_examples_load_and_their_own_tests_pass(tmp_path: Path) -> None:
    """What the page shows works when it is copied."""
    from monitor.config import ruletests

    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", reference.markdown(), re.DOTALL)):
        (tmp_path / f"{number}.yaml").write_text(example, "utf-8")
    loaded = config.load(tmp_path, environ={})
    assert loaded.warnings == ()
    assert ruletests.failures(loaded) == ()


def test_tables_are_tables() -> None:
    """Each row has the columns of its head, whatever stands in a description."""
    for row in re.findall(r"^\|.*\|$", reference.markdown(), re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", row)) == 5
