"""YAML text in, a tree of texts with their places out.

Every scalar stays the text that was written: `NO` is not false and `22:00` is not a number, because
what a value means is for the schema to say. The subset is that of a configuration a person can
read: one document, texts as keys, each key once; no tags, anchors, aliases or merge keys. The tree
is built from the parser's events without recursion and within caps, since a deep document kills a
recursive composer and a small one with aliases can stand for gigabytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from monitor.config import syntax
from monitor.config.source import Place, SourceFile

MAX_DEPTH = 40
MAX_NODES = 1_000_000
MAX_FINDINGS = 100

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


_FLOW_END = re.compile(r"[ \t]*[,}\]]")


class YamlError(Exception):
    """The text is not the YAML we read."""

    def __init__(self, place: Place, message: str, hint: str = "") -> None:
        self.place = place
        self.message = message
        self.hint = hint
        super().__init__(message)


@dataclass(slots=True, eq=False)
class Scalar:
    """A text. `style` is "" for plain, else the character that opened it: ' " | >"""

    place: Place
    value: str
    style: str = ""
    interpolated: bool = False  # `value` is no longer what stands in the file
    secret: bool = False  # `value` holds a secret

    @property
    def is_nothing(self) -> bool:
        """Nothing was written, or the `~` that says so."""
        return not self.style and self.value in ("", "~")


@dataclass(slots=True, eq=False)
class Sequence:
    place: Place
    items: list["Node"]


@dataclass(slots=True, eq=False)
class Mapping:
    place: Place
    items: dict[str, tuple[Scalar, "Node"]]  # by the key's text: the key and its value, in order

    def get(self, key: str) -> "Node | None":
        found = self.items.get(key)
        return found[1] if found else None


Node = Scalar | Sequence | Mapping


def kind(node: Node) -> str:
    """What a person calls this kind of node."""
    if isinstance(node, Scalar):
        return "nothing" if node.is_nothing else "a text"
    return "a list" if isinstance(node, Sequence) else "a mapping"


def plain(node: Node) -> Any:
    """The tree as str, list, dict and None."""
    if isinstance(node, Scalar):
        return None if node.is_nothing else node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, (_, value) in node.items.items()}


def scalars(node: Node) -> Iterator[Scalar]:
    """Every value that is a scalar, in order; keys are not values."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    else:
        for _, value in node.items.values():
            yield from scalars(value)


def read(file: SourceFile) -> tuple[Node | None, list[YamlError]]:
    """The one document of a file (None when it holds nothing but comments), and what is wrong.

    Where YAML was used in a way that we do not read there is no tree; after a key that stands twice
    there is, so that all can be told at once.
    """
    builder = _Builder(file)
    try:
        _refuse_characters(file)
        for event in yaml.parse(file.text, Loader=_LOADER):
            builder.take(event)
    except YamlError as error:
        return None, [*builder.findings, error]
    except yaml.YAMLError as error:
        start, end, message, hint = syntax.explain(error, file)
        return None, _add_unless_same_line(
            builder.findings, YamlError(Place(file, start, end), message, hint)
        )
    return None if builder.has_indirection else builder.root, builder.findings


def _add_unless_same_line(findings: list[YamlError], error: YamlError) -> list[YamlError]:
    """`*oil AND gas` is first an alias and then nonsense: one of the two is enough to know."""
    lines = {place.file.position(place.start)[0] for place in (found.place for found in findings)}
    line, _ = error.place.file.position(error.place.start)
    return findings if line in lines else [*findings, error]


def _refuse_characters(file: SourceFile) -> None:
    unreadable = _NOT_YAML.search(file.text)
    if unreadable:
        raise YamlError(
            Place(file, unreadable.start(), unreadable.end()),
            f"the character U+{ord(unreadable[0]):04X} may not stand in YAML",
            "Remove it; a text in double quotes may hold it as an escape such as \\u200B.",
        )


class _Builder:
    """Builds the tree from events, with its own stack."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.root: Node | None = None
        self.findings: list[YamlError] = []
        self.open: list[Sequence | Mapping] = []
        self.keys: list[Scalar | None] = []  # beside `open`: a mapping's key waiting for its value
        self.count = 0
        self.has_indirection = False

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_properties(event)
            self._add(Scalar(self._place(event), event.value, _style(event)))
        elif isinstance(event, yaml.MappingStartEvent):
            self._refuse_properties(event)
            self._enter(Mapping(self._place(event), {}))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._refuse_properties(event)
            self._enter(Sequence(self._place(event), []))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._find(event, "aliases (`*name`) are not used here", self._advise(event))
            self._add(Scalar(self._place(event), ""))
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise YamlError(self._place(event), "a second document begins here", "Write one document a file.")

    def _place(self, event: Any) -> Place:
        return Place(self.file, event.start_mark.index, event.end_mark.index)

    def _find(self, event: Any, message: str, hint: str) -> None:
        self.has_indirection = True
        self._note(YamlError(self._place(event), message, hint))

    def _note(self, error: YamlError) -> None:
        if len(self.findings) >= MAX_FINDINGS:
            raise error
        self.findings.append(error)

    def _refuse_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._find(event, "anchors (`&name`) are not used here", self._advise(event))
        if event.tag is not None:
            self._find(event, "tags (`!name`) are not used here", self._advise(event))

    def _advise(self, event: Any) -> str:
        line, _ = self.file.position(event.start_mark.index)
        return syntax.block_hint(self.file, line) or "Put a text that begins with & ! or * in quotes."

    def _enter(self, node: Sequence | Mapping) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise YamlError(node.place, f"nested more than {MAX_DEPTH} levels deep")
        self._add(node)
        self.open.append(node)
        self.keys.append(None)

    def _add(self, node: Node) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            raise YamlError(node.place, f"more than {MAX_NODES:,} values in one file")
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = self._check_key(node)
        else:
            self.keys[-1] = None
            self._give(parent, key, node)

    def _check_key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            raise YamlError(node.place, f"{kind(node)} cannot be a key", "Put the key in quotes.")
        return node

    def _give(self, parent: Mapping, key: Scalar, value: Node) -> None:
        if key.value == "<<" and not key.style:
            self._note(YamlError(key.place, "merge keys (`<<`) are not used here", "Write the keys out."))
            return
        first, _ = parent.items.setdefault(key.value, (key, value))
        if first is not key:
            self._note(given_twice(key, first))


def given_twice(second: Scalar, first: Scalar) -> YamlError:
    """The error for a name that stands at two places, in one file or in two."""
    line, column = first.place.file.position(first.place.start)
    return YamlError(
        second.place,
        f"`{shorten(second.value)}` is given twice",
        f"It is first given at {first.place.file.name}:{line}:{column}; keep one of the two.",
    )


def comma_hint(scalar: Scalar) -> str:
    """What to do when a comma ended an unquoted text between { } or [ ]; "" when none did."""
    following = _FLOW_END.match(scalar.place.file.text, scalar.place.end)
    if scalar.style or following is None:
        return ""
    return "Between { } and [ ] a comma ends a text: put a query with commas in quotes."


def shorten(text: str) -> str:
    """A name as it may appear in a message: one line of at most sixty characters."""
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _style(event: Any) -> str:
    return event.style if event.style in ("'", '"', "|", ">") else ""
