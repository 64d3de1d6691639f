"""The JSON Schema: generated, committed, and of the same opinion as the program."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from monitor.config import json_schema
from tests.support import config_corpus as corpus

SHIPPED = Path(__file__).parents[3] / "config"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema.json_schema())


def test_committed_schema_is_the_generated_one() -> None:
    """`newsmonitor schema > config/schema.json` brings it up to date."""
    assert (SHIPPED / "schema.json").read_text("utf-8") == json_schema.schema_text()


def test_schema_is_a_valid_schema() -> None:
    """Editors read draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(json_schema.json_schema())
    assert json_schema.json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_file_is_valid_and_names_the_schema(
    path: Path, validator: jsonschema.Draft202012Validator
) -> None:
    """An editor opens each shipped file without complaint."""
    text = path.read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert list(validator.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize("name", ["everything", "scalars"])
def test_editor_accepts_what_the_program_accepts(
    name: str, validator: jsonschema.Draft202012Validator
) -> None:
    """Short and long forms are both in the schema."""
    text = (corpus.CORPUS / "good" / f"{name}.yaml").read_text("utf-8")
    assert list(validator.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "name",
    [
        "keys-missing", "keys-of-features-that-are-not-there", "keys-unknown-section", "keys-unknown",
        "values-choices", "values-durations", "values-numbers", "values-rules-as-list", "values-wrong-kinds",
    ],
)  # fmt: skip
def test_editor_refuses_what_the_program_refuses(
    name: str, validator: jsonschema.Draft202012Validator
) -> None:
    """What can be told without knowing the rest is told while typing."""
    text = (corpus.CORPUS / "bad" / f"{name}.yaml").read_text("utf-8")
    assert list(validator.iter_errors(yaml.safe_load(text)))


def test_every_key_has_a_description() -> None:
    """Descriptions are the editor's hovers."""
    for name, definition in json_schema.json_schema()["$defs"].items():
        full = definition["anyOf"][1] if "anyOf" in definition else definition
        for key, value in full.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, f"{name}.{key}"


def test_schema_holds_nothing_that_only_python_knows() -> None:
    """No ISO 8601 durations as defaults, no null, no titles made of names."""
    text = json.dumps(json_schema.json_schema())
    assert '"PT' not in text
    assert "null" not in text
    assert '"title": "' not in text
