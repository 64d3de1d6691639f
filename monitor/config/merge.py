"""Many files into one document: sections of the same name are joined, a name given twice is an error.

Works on the trees of `nodes`; the values keep the places of the files they came from. Also fills in
`${…}` and drops entries without a value, after saying so.
"""

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field

from monitor.config import nodes, secrets, spans
from monitor.config.nodes import Mapping, Node, Scalar, Sequence
from monitor.config.problems import Location, Report, did_you_mean, list_names
from monitor.config.schema import ChannelEntry, RuleEntry
from monitor.config.source import Place, SourceFile

LISTS = frozenset({"feeds"})
SECTIONS = ("settings", "feeds", "lists", "channels", "defaults", "rules")

# Where a secret belongs; anywhere else it would be shown to people or compared with articles.
_SECRET_PLACES = ("settings.", "channels.", "feeds.url.")

_EXAMPLES = {
    "settings": "Write `time_zone: Europe/Vienna`, and so on.",
    "defaults": "Write `channels: [desk]`, and so on.",
    "feeds": "Begin each entry with `- `, such as `- https://example.org/rss`.",
    "lists": "Write a name for each, such as `fuels: [oil, gas]`.",
    "channels": "Write a name for each, such as `desk: console://`, without `- `.",
    "rules": "Write a name for each, such as `Fuel: oil OR gas`, without `- `.",
}
_ENTRY_KEYS: dict[str | int, frozenset[str]] = {
    "rules": frozenset(RuleEntry.model_fields),
    "channels": frozenset(ChannelEntry.model_fields),
}


@dataclass(slots=True)
class Merged:
    """The tree of all files, its secrets, and where entries without a value were dropped."""

    root: Mapping
    secrets: set[str] = field(default_factory=set)
    dropped: set[Location] = field(default_factory=set)

    def has(self, section: str) -> bool:
        """Whether a section has entries."""
        node = self.root.get(section)
        return not isinstance(node, Scalar | None) and bool(node.items)

    def is_told(self, location: Location) -> bool:
        """Whether what is wrong at a location may follow from an entry that was dropped."""
        return any(
            dropped[: len(location)] == location or location[: len(dropped)] == dropped
            for dropped in self.dropped
        )


def merge(documents: Iterable[Node], environ: AnyMapping[str, str], report: Report) -> Merged:
    """Join documents in their order; what is wrong goes into the report."""
    merged = Merged(Mapping(SourceFile("configuration", "").whole(), {}))
    for document in documents:
        _join(merged.root, document, report)
    filler = _Filler(environ, report, merged)
    for name, (key, value) in merged.root.items.items():
        filler.check_key(key)
        merged.root.items[name] = (key, value)
        filler.walk(value, (name,))
    return merged


def _join(root: Mapping, document: Node, report: Report) -> None:
    if not isinstance(document, Mapping):
        hint = f"Begin with a section such as `rules:`. Known here: {list_names(SECTIONS)}."
        report.error(document, f"a configuration file is a mapping, not {nodes.kind(document)}", hint)
        return
    for name, (key, value) in document.items.items():
        if name not in SECTIONS:
            hint = did_you_mean(name, SECTIONS, otherwise=f"Known here: {list_names(SECTIONS)}.")
            report.error(key, f"unknown section `{nodes.shorten(name)}`", hint)
        elif not (isinstance(value, Scalar) and value.is_nothing):  # an empty section is fine
            _join_section(root, key, value, report)


def _join_section(root: Mapping, key: Scalar, value: Node, report: Report) -> None:
    wanted = Sequence if key.value in LISTS else Mapping
    if not isinstance(value, wanted):
        noun = "a list: each entry on a line that begins with `- `" if wanted is Sequence else "a mapping"
        report.error(value, f"`{key.value}` must be {noun}, not {nodes.kind(value)}", _EXAMPLES[key.value])
        return
    if key.value not in root.items:
        empty: Node = Sequence(value.place, []) if wanted is Sequence else Mapping(value.place, {})
        root.items[key.value] = (key, empty)
    _add(root.items[key.value][1], value, report)


def _add(into: Node, new: Node, report: Report) -> None:
    if isinstance(into, Sequence) and isinstance(new, Sequence):
        into.items.extend(new.items)
    if not (isinstance(into, Mapping) and isinstance(new, Mapping)):
        return
    for name, (key, value) in new.items.items():
        first, _ = into.items.setdefault(name, (key, value))
        if first is not key:
            report.add_yaml([nodes.given_twice(key, first)])


class _Filler:
    """Walks the merged tree once."""

    def __init__(self, environ: AnyMapping[str, str], report: Report, merged: Merged) -> None:
        self.environ = environ
        self.report = report
        self.merged = merged

    def walk(self, node: Node, location: Location) -> None:
        if isinstance(node, Scalar):
            self._fill(node, location)
        elif isinstance(node, Sequence):
            self._walk_list(node, location)
        else:
            self._walk_mapping(node, location)

    def check_key(self, key: Scalar) -> None:
        if "${" in key.value:
            self.report.error(key, "`${…}` is not filled in here", "Use it in values only, not in names.")

    def _walk_list(self, node: Sequence, location: Location) -> None:
        kept: list[Node] = []
        for item in node.items:
            if isinstance(item, Scalar) and item.is_nothing:
                self._drop(item, (*location, -1), "this entry is empty")
            else:
                self.walk(item, (*location, len(kept)))
                kept.append(item)
        node.items[:] = kept

    def _walk_mapping(self, node: Mapping, location: Location) -> None:
        for name, (key, value) in list(node.items.items()):
            if name not in node.items:
                continue  # it belonged to an entry before it
            self.check_key(key)
            if _is_nothing(value) and (stray := _unindented(node, name, location)):
                first, what = nodes.shorten(stray[0]), str(location[0])[:-1]
                hint = f"Does `{first}` belong to it? Indent the {what}'s keys under its name."
                self._drop(key, (*location, name), f"`{nodes.shorten(name)}` has no value", hint)
                for gone in (name, *stray):
                    self.merged.dropped.add((*location, gone))
                    del node.items[gone]
            elif _is_nothing(value):
                hint = self._indent_hint(location)
                self._drop(key, (*location, name), f"`{nodes.shorten(name)}` has no value", hint)
                del node.items[name]
            else:
                self.walk(value, (*location, name))

    def _indent_hint(self, location: Location) -> str:
        """For an entry whose keys, being those of one before it as well, went there."""
        keys = _ENTRY_KEYS.get(location[0], ()) if len(location) == 1 else ()
        if not any((location[0], key) in self.merged.dropped for key in keys):
            return ""
        return f"Indent the {str(location[0])[:-1]}'s keys under its name."

    def _drop(self, where: Scalar, location: Location, message: str, hint: str = "") -> None:
        self.merged.dropped.add(location)
        line, _ = where.place.file.position(where.place.start)
        hint = hint or nodes.comma_hint(where) or "Fill it in, or remove it."
        if " #" in where.place.file.line(line):
            hint = "What follows # is a comment: put a text that begins with # in quotes, or in a block."
        self.report.error(where, message, hint)

    def _fill(self, scalar: Scalar, location: Location) -> None:
        filled = secrets.fill(scalar.value, self.environ)
        for fault in filled.faults:
            self.report.error(spans.locate(scalar, fault.start, fault.end), fault.message, fault.hint)
        if filled.faults:
            scalar.value, scalar.interpolated = "", True
            self.merged.dropped.add(location)
        elif filled.changed:
            scalar.value, scalar.interpolated = filled.text, True
            scalar.secret = bool(filled.secrets)
            self.merged.secrets.update(filled.secrets)
            if scalar.secret and not _may_hold_secret(location):
                self._warn_of_secret(scalar.place)

    def _warn_of_secret(self, place: Place) -> None:
        self.report.warn(
            place,
            "a value from outside stands where it will be shown to people or compared with articles",
            "Use `${…}` in the addresses of channels and feeds, and in the settings.",
        )


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_nothing


def _unindented(node: Mapping, name: str, location: Location) -> list[str]:
    """The keys after an empty rule or channel that look like its own, on its level by mistake."""
    known = _ENTRY_KEYS.get(location[0]) if len(location) == 1 else None
    found: list[str] = []
    names = list(node.items)
    for following in names[names.index(name) + 1 :] if known else ():
        if following not in (known or ()):
            break
        found.append(following)
    return found


def _may_hold_secret(location: Location) -> bool:
    names = "".join(f"{step}." for step in location if isinstance(step, str))
    return names == "feeds." or names.startswith(_SECRET_PLACES)  # a feed may be a bare address
