"""The JSON Schema of a configuration file, for editors: made from the models, tidied for people.

Draft 2020-12, as yaml-language-server reads it; the models' descriptions become its hovers.
"""

import json
from datetime import timedelta
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from monitor.config.quantities import write_duration
from monitor.config.schema import Document

SCHEMA_FILE = "schema.json"
"""Its name beside the configuration, as the first line of each shipped file has it."""

_RENAMED = {"ge": "minimum", "le": "maximum"}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one configuration file."""
    schema = _tidy(Document.model_json_schema(schema_generator=_Generator))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The JSON Schema as it is committed and printed."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    def encode_default(self, dft: Any) -> Any:
        return write_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def _tidy(node: Any) -> Any:
    """Without what only pydantic knows: titles made from names, and null as a value."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "properties" in node:
        properties = {name: _tidy(value) for name, value in node["properties"].items()}
        node = {**{key: _tidy(value) for key, value in node.items()}, "properties": properties}
    else:
        node = {_RENAMED.get(key, key): _tidy(value) for key, value in node.items()}
    if isinstance(node.get("title"), str):
        del node["title"]
    if "default" in node and (node["default"] in (None, "", []) or isinstance(node["default"], dict)):
        del node["default"]
    options = [option for option in node.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        del node["anyOf"]
        node = {**options[0], **node}
    elif options:
        node["anyOf"] = options
    return node
