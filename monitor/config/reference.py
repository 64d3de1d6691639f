"""The reference page of the configuration, written from the models so that it cannot be out of date."""

from collections.abc import Iterator
from typing import Any

from monitor.config.json_schema import json_schema

_INTRODUCTION = """\
# Configuration

<!-- Written by `monitor.config.reference` from the models: change those, not this page. -->

The configuration is a directory (`./config`, or `--config DIR`, or `NEWSMONITOR_CONFIG`). All its
`*.yaml` and `*.yml` files are read in the order of their names and joined; how they are split is up to
you. Feeds also come from `*.opml` files, whose folders become tags. Sub-directories and hidden files are
not read. `newsmonitor init` writes a working configuration, `newsmonitor check` validates one and tells
all problems at once.

```yaml
settings:
  time_zone: Europe/Vienna
  contact: ops@example.org
feeds:
  - https://example.org/world.rss
  - {url: "https://example.net/feed.json", name: Example, tags: [agency], language: ru, every: 10m}
lists:
  russia: [Russia*, Kremlin, Росси*]
channels:
  console: console://
  desk-mail: {url: "${env:DESK_MAIL_URL:-mailto://localhost}", fallback: console}
defaults:
  channels: [desk-mail]
rules:
  Venezuela and Russia: Venezuela AND Russia
  Oil:
    match: |
      oil NEAR/5 (tanker* OR sanction*) AND $russia
    priority: high
    tests:
      should_match: ["Russian oil: a tanker is held, the Kremlin protests"]
      should_not_match: ["Olive oil prices fall"]
```

## How the files are read

- A name given twice, in one file or in two, is an error that shows both places; so is an unknown key.
- Every value is read as the text that was written: `NO` is Norway and not false, `22:00` is a text. Numbers
  are decimal; true and false are written `true` and `false`.
- Durations are a whole number and a unit: `90s`, `5m`, `2h`, `3d`. Sizes are written `500KiB` or `8MiB`.
- A list of one may be written without its brackets.
- Queries are best written as a block (`match: |`), in which no character is special to YAML. A ` #` behind
  a query on one line is refused, because YAML would cut the query there.
- Tags, anchors, aliases and merge keys are not used.

## Secrets and the environment

In any value, `${env:NAME}` stands for an environment variable, `${env:NAME:-default}` for one that may be
missing, and `${file:/run/secrets/name}` for the content of a file without its last line end; `$${` is a
plain `${`. They are filled in after the YAML was read. A variable that is not set, or is empty, and has no
default is an error that names the variable. What they give is a secret: it is shown as `***`, and a
warning tells when it stands where people would see it.

## Reloading

`newsmonitor run` reads the configuration again when it has changed and has then stayed the same for one
more look, or on SIGHUP. A configuration with an error is refused whole, and the one in use stays.
"""

_SECTIONS = (
    ("settings", "Settings"),
    ("feeds", "FeedEntry"),
    ("lists", None),
    ("channels", "ChannelEntry"),
    ("defaults", "Defaults"),
    ("rules", "RuleEntry"),
)
_PARTS = {
    "Settings": (("`settings.poll`", "Poll"), ("`settings.websub`", "WebSub"), ("`settings.watch`", "Watch")),
    "ChannelEntry": (("`quiet_hours`", "QuietEntry"), ("`digest`", "DigestEntry"), ("`storm`", "StormEntry"),
                     ("`templates`", "TemplatesEntry")),
    "FeedEntry": (("`select`", "SelectEntry"),),
    "RuleEntry": (("`score`", "ScoreEntry"), ("`feeds` of a rule", "Selector"), ("`active`", "ActiveEntry"),
                  ("`escalate`", "EscalateEntry"),
                  ("`tests`", "SamplesEntry"),
                  ("A test", "SampleEntry")),
}  # fmt: skip


def markdown() -> str:
    """The whole page."""
    schema = json_schema()
    parts = [_INTRODUCTION]
    for section, model in _SECTIONS:
        parts.append(f"## `{section}`\n\n{_describe_section(schema, section, model)}")
        for title, part in _PARTS.get(model or "", ()):
            parts.append(f"### {title}\n\n{_describe_model(schema, part)}")
    return "\n".join(parts)


def _describe_section(schema: dict[str, Any], section: str, model: str | None) -> str:
    if model is not None:
        return _describe_model(schema, model)
    return f"{schema['properties'][section]['description']}\n"


def _describe_model(schema: dict[str, Any], name: str) -> str:
    definition = schema["$defs"][name]
    full = definition["anyOf"][1] if "anyOf" in definition else definition
    return f"{full['description']}\n\n" + "\n".join(_table(schema, full)) + "\n"


def _table(schema: dict[str, Any], definition: dict[str, Any]) -> Iterator[str]:
    required = definition.get("required", ())
    yield "| key | value | default | |"
    yield "|---|---|---|---|"
    for key, value in definition["properties"].items():
        default = "required" if key in required else _default(value)
        yield f"| `{key}` | {_kind(schema, value)} | {default} | {_meaning(schema, value)} |"


def _meaning(schema: dict[str, Any], value: dict[str, Any]) -> str:
    target = schema["$defs"][value["$ref"].rpartition("/")[2]] if "$ref" in value else {}
    meaning: str = value.get("description") or target["description"]
    return meaning.replace("|", "\\|")


def _default(value: dict[str, Any]) -> str:
    if "default" not in value:
        return ""
    shown = value["default"]
    return f"`{_plain(shown)}`"


def _kind(schema: dict[str, Any], value: dict[str, Any]) -> str:
    if "$ref" in value:
        return _kind_of_reference(schema, value["$ref"].rpartition("/")[2])
    if "enum" in value:
        return " · ".join(f"`{_plain(option)}`" for option in value["enum"])
    if "anyOf" in value:
        return "list"
    pattern = str(value.get("pattern", ""))
    if value["type"] == "array":
        return "list of whole numbers" if value["items"].get("type") == "integer" else "list"
    if "[smhd]" in pattern:
        return "duration"
    return "size" if "iB" in pattern else _KINDS[value["type"]] + _limits(value)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind_of_reference(schema: dict[str, Any], name: str) -> str:
    definition = schema["$defs"][name]
    return " · ".join(f"`{option}`" for option in definition["enum"]) if "enum" in definition else "mapping"


def _limits(value: dict[str, Any]) -> str:
    if "minimum" in value and "maximum" in value:
        return f", {value['minimum']} to {value['maximum']}"
    return ""


_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "mapping",
}
