"""The merged tree against the models: each entry by itself, so that one bad entry hides no other.

Turns pydantic's errors into sentences at their places. What must fit together is in `resolve`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from monitor.config import nodes
from monitor.config.merge import Merged
from monitor.config.nodes import Mapping, Node, Scalar, kind, shorten
from monitor.config.problems import Location, Report, did_you_mean, list_names
from monitor.config.reading import FeedEntry
from monitor.config.schema import ChannelEntry, Defaults, Document, RuleEntry, Settings
from monitor.config.values import Texts

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(slots=True)
class Entries:
    """The entries that are valid by themselves, each with its node."""

    settings: Settings = field(default_factory=Settings)
    feeds: list[tuple[Node, FeedEntry]] = field(default_factory=list)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    channels: dict[str, ChannelEntry] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    rules: dict[str, RuleEntry] = field(default_factory=dict)


def validate(merged: Merged, report: Report) -> Entries:
    """Check every entry of the tree; what is wrong goes into the report and is left out."""
    checker = _Checker(merged, report)
    entries = Entries()
    entries.settings = checker.section("settings", Settings) or entries.settings
    entries.defaults = checker.section("defaults", Defaults) or entries.defaults
    entries.channels = checker.entries("channels", ChannelEntry)
    entries.rules = checker.entries("rules", RuleEntry)
    entries.lists = checker.lists()
    entries.feeds = checker.feeds()
    return entries


def validate_settings(merged: Merged, report: Report) -> Settings | None:
    """The settings alone; None when they cannot be used."""
    if merged.root.get("settings") is None:
        return Settings()
    return _Checker(merged, report).section("settings", Settings)


def validate_rules(merged: Merged, report: Report) -> dict[str, RuleEntry]:
    """The rules alone."""
    return _Checker(merged, report).entries("rules", RuleEntry)


class _Checker:
    def __init__(self, merged: Merged, report: Report) -> None:
        self.merged = merged
        self.report = report

    def check(self, model: type[_Model], node: Node, at: Location) -> _Model | None:
        try:
            return model.model_validate(nodes.plain(node))
        except ValidationError as error:
            self.tell(error, at, model)
            return None

    def section(self, name: str, model: type[_Model]) -> _Model | None:
        node = self.merged.root.get(name)
        return self.check(model, node, (name,)) if node else None

    def entries(self, name: str, model: type[_Model]) -> dict[str, _Model]:
        found: dict[str, _Model] = {}
        for key, (_, node) in self._items(name):
            checked = self.check(model, node, (name, key))
            if checked is not None:
                found[key] = checked
        return found

    def lists(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for name, (key, node) in self._items("lists"):
            try:
                found[name] = _TEXTS.validate_python(nodes.plain(node))
            except ValidationError as error:
                self.tell(error, ("lists", name), Document)
                continue
            if not found[name]:
                self.report.error(key, f"the list `{shorten(name)}` is empty", "Give it at least one term.")
        return found

    def feeds(self) -> list[tuple[Node, FeedEntry]]:
        section = self.merged.root.get("feeds")
        found = []
        for index, node in enumerate(section.items if isinstance(section, nodes.Sequence) else ()):
            checked = self.check(FeedEntry, node, ("feeds", index))
            if checked is not None:
                found.append((node, checked))
        return found

    def _items(self, name: str) -> list[tuple[str, tuple[Scalar, Node]]]:
        section = self.merged.root.get(name)
        return list(section.items.items()) if isinstance(section, Mapping) else []

    def tell(self, error: ValidationError, at: Location, model: type[BaseModel]) -> None:
        """Report what pydantic found in the data that was made of the node at a location."""
        for found in error.errors(include_url=False, include_input=False):
            location = (*at, *found["loc"])
            if self.merged.is_told(location):
                continue
            key, node = find(self.merged.root, location)
            if found["type"] == "extra_forbidden":
                _report_unknown(self.report, key or node, found["loc"], model)
            elif found["type"] == "missing":
                self.report.error(key or node, f"`{location[-1]}` is missing")
            else:
                message, hint = _sentence(found["type"], found.get("ctx", {}), found["msg"], node)
                hint = hint or _hint_for(location, node)
                self.report.error(key if key and _is_whole(node) else node, message, hint)


_TEXTS: TypeAdapter[tuple[str, ...]] = TypeAdapter(Texts)
_SECTIONS: dict[str, type[BaseModel]] = {
    "settings": Settings,
    "feeds": FeedEntry,
    "channels": ChannelEntry,
    "defaults": Defaults,
    "rules": RuleEntry,
}


def find(root: Node, location: Sequence[str | int]) -> tuple[Scalar | None, Node]:
    """The deepest key and value that a location leads to."""
    key: Scalar | None = None
    node = root
    for step in location:
        if isinstance(node, Mapping) and step in node.items:
            key, node = node.items[str(step)]
        elif isinstance(node, nodes.Sequence) and isinstance(step, int) and step < len(node.items):
            key, node = None, node.items[step]
        else:
            break
    return key, node


def _is_whole(node: Node) -> bool:
    """Whether the key says better than the value which thing is meant."""
    return not isinstance(node, Scalar) or node.is_nothing


def _report_unknown(report: Report, where: Node, location: Location, model: type[BaseModel]) -> None:
    name = shorten(str(location[-1]))
    known = _fields(model, location[:-1])
    others = _SECTIONS.items() if len(location) == 1 else ()
    elsewhere = [f"`{section}`" for section, other in others if name in other.model_fields]
    belongs = f"`{name}` belongs to {' or '.join(elsewhere)}. " if elsewhere else ""
    hint = did_you_mean(name, known, otherwise=f"{belongs}Known here: {list_names(known, 20)}.")
    report.error(where, f"unknown key `{name}`", hint)


def _fields(model: type[BaseModel], location: Location) -> list[str]:
    """The keys of the model that a location leads to."""
    current: Any = model
    for step in location:
        fields = getattr(current, "model_fields", {})
        if step in fields:
            current = _model_in(fields[str(step)].annotation)
    return list(getattr(current, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    """The model inside an annotation such as `dict[str, RuleEntry]` or `Selector | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [_model_in(part) for part in getattr(annotation, "__args__", ())]
    return next((model for model in found if model is not None), None)


def _sentence(kind_of_error: str, context: dict[str, Any], message: str, node: Node) -> tuple[str, str]:
    if kind_of_error == "fault":
        return context["message"], context["hint"]
    if kind_of_error in ("enum", "literal_error"):
        expected = [option.strip("'") for option in context["expected"].replace(" or ", ", ").split(", ")]
        written = node.value if isinstance(node, Scalar) and not node.interpolated else ""
        return f"must be one of {', '.join(expected)}", did_you_mean(written.lower(), expected)
    if kind_of_error.endswith("_type"):
        return f"must be {_WANTED.get(kind_of_error, 'something else')}, not {kind(node)}", ""
    if kind_of_error == "too_short":
        return "is empty", ""
    for name, words in _LIMITS.items():
        if name in context:
            return f"must be {words} {context[name]}", ""
    return message, ""


def _hint_for(location: Location, node: Node) -> str:
    if location[0] == "rules" and location[2:] in ((), ("match",)):
        if isinstance(node, nodes.Sequence):
            return "Write alternatives as a query: oil OR gas."
        return "Write what to look for: Venezuela AND Russia." if isinstance(node, Scalar) else ""
    if location[0] == "rules":
        return _SHAPES.get(".".join(map(str, location[2:])), "")
    return ""


# How parts of a rule look that are often written in another shape.
_SHAPES = {
    "feeds": "Write {tags: [agency]} for feeds with a tag, or {feeds: [Example World]} for some by name.",
    "score": "Write {threshold: 30, terms: {cholera*: 20, outbreak: 15}}.",
    "score.terms": "Write each query with its weight: {cholera*: 20, outbreak: 15}.",
    "tests.should_match": 'Write a list, such as ["a title", "another"].',
    "tests.should_not_match": 'Write a list, such as ["a title", "another"].',
    "follow_up": "Write a list, such as [3, 10, 30].",
    "tests": "Write {should_match: [a title], should_not_match: [another]}.",
}


_WANTED = {
    "string_type": "a text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_LIMITS = {"ge": "at least", "le": "at most"}
