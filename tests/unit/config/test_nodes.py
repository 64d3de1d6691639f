"""YAML as texts with places, and the inputs that kill or fool other readers."""

import time

import pytest
import yaml

from monitor.config import nodes
from monitor.config.nodes import Mapping, Scalar
from monitor.config.source import SourceFile


def _read(text: str) -> tuple[nodes.Node | None, list[str]]:
    root, errors = nodes.read(SourceFile("a.yaml", text))
    return root, [error.message for error in errors]


def _plain(text: str) -> object:
    root, errors = _read(text)
    assert not errors
    assert root is not None
    return nodes.plain(root)


def test_scalars_stay_the_text_that_was_written() -> None:
    """Nothing becomes a number, a date or a truth value by its looks."""
    assert _plain("[NO, on, 22:00, 12:30:45, 012, 0x1F, 1_000, 1e3, .inf, 2024-01-02, null, true]") == [
        "NO", "on", "22:00", "12:30:45", "012", "0x1F", "1_000", "1e3", ".inf", "2024-01-02", "null", "true",
    ]  # fmt: skip


def test_nothing_written_is_nothing() -> None:
    """An empty value and `~` are nothing; quoted they are texts."""
    assert _plain("{a: , b: ~, c: '', d: '~'}") == {"a": None, "b": None, "c": "", "d": "~"}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "--- # x\n...\n"])
def test_document_without_content_has_no_entries(text: str) -> None:
    """A file of comments is fine."""
    root, errors = _read(text)
    assert not errors
    assert root is None or (isinstance(root, Scalar) and root.is_nothing)


def test_places_are_those_of_the_file() -> None:
    """Keys and values know where they stand."""
    root, _ = _read("a:\n  é: 'x'\n")
    assert isinstance(root, Mapping)
    key, value = root.items["a"][1].items["é"]  # type: ignore[union-attr, call-overload]
    assert (key.place.start, key.place.end) == (5, 6)
    assert (value.place.start, value.place.end) == (8, 11)


def test_every_duplicate_key_is_told_with_the_first_place() -> None:
    """Last wins is how rules get lost."""
    _, errors = nodes.read(SourceFile("a.yaml", "a: 1\nb: 2\na: 3\nb: 4\n"))
    assert [(error.message, error.hint) for error in errors] == [
        ("`a` is given twice", "It is first given at a.yaml:1:1; keep one of the two."),
        ("`b` is given twice", "It is first given at a.yaml:2:1; keep one of the two."),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "anchors (`&name`) are not used here"),
        ("a: !!python/object/apply:os.system [x]", "tags (`!name`) are not used here"),
        ("a: !!binary aGk=", "tags (`!name`) are not used here"),
        ("%TAG ! tag:example.org,2000:\n---\na: !x 1", "tags (`!name`) are not used here"),
        ("a: {<<: {b: 1}}", "merge keys (`<<`) are not used here"),
        ("? [a, b]\n: c", "a list cannot be a key"),
        ("a: 1\n---\nb: 2", "a second document begins here"),
        ("a: b\x07c", "the character U+0007 may not stand in YAML"),
    ],
)  # fmt: skip
def test_what_is_not_used_here_is_refused(text: str, message: str) -> None:
    """Tags, anchors, merge keys, several documents and control characters are errors."""
    _, messages = _read(text)
    assert message in messages


def test_quoted_merge_key_is_an_ordinary_key() -> None:
    """`"<<"` in quotes is a text."""
    assert _plain('{"<<": 1}') == {"<<": "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested more than 40 levels deep"),
        ("{a: " * 50_000, "nested more than 40 levels deep"),
        ("- " * 50_000, "nested more than 40 levels deep"),
        ("? " * 50_000, "cannot be a key"),
    ],
    ids=["brackets", "braces", "dashes", "question marks"],
)
def test_deep_document_is_refused_and_not_a_crash(text: str, message: str) -> None:
    """A document that is deep enough to kill a recursive composer is an error."""
    _, messages = _read(text)
    assert any(message in found for found in messages)


def test_forty_levels_are_enough_for_anybody() -> None:
    """The cap is on what is deeper than forty levels, and the depth comes back down."""
    assert _plain("[" * 40 + "]" * 40)
    assert _plain("[" + ", ".join(["[[a]]"] * 100) + "]")


def test_document_of_too_many_values_is_refused_in_time() -> None:
    """Millions of tiny values do not fill the memory."""
    started = time.process_time()
    _, messages = _read("[" + "a," * (nodes.MAX_NODES + 10) + "]")
    assert messages == [f"more than {nodes.MAX_NODES:,} values in one file"]
    assert time.process_time() - started < 60


def test_alias_bomb_is_refused_while_it_is_small() -> None:
    """Aliases that stand for a billion values are never followed, and the list of errors is bounded."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    root, messages = _read("\n".join(lines))
    assert root is None
    assert len(messages) == nodes.MAX_FINDINGS + 1


def test_merge_key_bomb_is_refused() -> None:
    """Merge keys that would be expanded for ever are not expanded."""
    lines = ["a0: &a0 {k0: x}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: x}}" for n in range(1, 40)]
    root, messages = _read("\n".join(lines))
    assert root is None
    assert "merge keys (`<<`) are not used here" in messages


def test_pure_python_parser_gives_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libyaml the configuration means the same."""
    text = (
        "rules:\n  A: |\n    oil AND\n      gas\n  B: {match: 'x', tags: [a, \"b\\u0041\"]}\n  C: x\n    y\n"
    )
    with_libyaml = _plain(text)
    monkeypatch.setattr(nodes, "_LOADER", yaml.SafeLoader)
    assert _plain(text) == with_libyaml
    _, messages = _read("a: 'x\n")
    assert messages == ["a quote is opened here and never closed"]
