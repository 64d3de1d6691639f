"""Whatever stands in the files, loading ends in a configuration or in problems with true places."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.config import nodes, secrets, spans
from monitor.config.source import SourceFile
from monitor.errors import ConfigError

SECRET = "Xyzzy-and-7"
KEYS = st.sampled_from(
    "settings feeds lists channels defaults rules match score terms threshold url every tags poll tests "
    "should_match priority language channels feeds fallback follow_up Oil desk ${env:SECRET} <<".split()
)
TEXTS = st.sampled_from(
    ["oil", "oil and gas", "(oil", "$names", "5m", "1s", "0", "true", "high", "desk", "console://", "NO", "",
     "~", "https://example.org/a.rss", "${env:SECRET}", "${env:SECRET} and gas", "(${env:SECRET}", "${env:X}",
     "mailto://u:${env:SECRET}@example.org", "/(${env:SECRET}/", "tilte:${env:SECRET}", "no # comment"]
)  # fmt: skip
TREES = st.recursive(
    TEXTS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


def _flow(tree: object) -> str:
    """A tree as YAML in flow style, its texts in double quotes."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(_flow, tree)) + "]"
    escaped = "".join(
        c if (c.isascii() and c.isalnum()) or c in " $:{}/@.()-_" else f"\\U{ord(c):08X}" for c in str(tree)
    )
    return f'"{escaped}"'


def _printed(text: str) -> str:
    """Load one file; all that is printed, after checking that its places are true."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "a.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            loaded = config.load(directory, environ={"SECRET": SECRET})
        except ConfigError as error:
            problems = error.problems
            assert any(problem.level == "error" for problem in problems)
        else:
            problems = loaded.warnings
            assert SECRET not in repr(loaded) + repr(loaded.settings) + repr(loaded.channels)
    keys = [(problem.file, problem.line, problem.column) for problem in problems]
    assert keys == sorted(keys)
    for problem in problems:
        assert problem.message
        assert (problem.line == 0) == (problem.column == 0)
        if problem.source:
            assert 1 <= problem.column <= len(problem.source) + 1
    return "\n".join(str(problem) for problem in problems)


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_random_text_never_crashes(text: str) -> None:
    """Any text is a configuration or a list of problems."""
    _printed(text)


@given(st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_random_bytes_never_crash(content: bytes) -> None:
    """Any bytes are text or a problem of the whole file."""
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "a.yaml").write_bytes(content)
        with pytest.raises(ConfigError) as caught:  # nothing so short is a whole configuration
            config.load(directory, environ={})
    assert caught.value.problems


@given(st.text(alphabet="rules:match \n-|>'\"{}[]&*!#%@`,?oiland$(){}\t", max_size=200))
@settings(max_examples=250, deadline=None)
def test_text_of_yaml_signs_never_crashes(text: str) -> None:
    """The characters that mean something to YAML, in any order."""
    _printed(f"rules:\n  Oil: {text}\n")


@given(st.dictionaries(KEYS, TREES, max_size=6))
@settings(max_examples=250, deadline=None)
def test_any_tree_gives_problems_and_never_the_secret(tree: dict[str, object]) -> None:
    """Whatever is written where, the value of a variable is in no message."""
    assert SECRET not in _printed(_flow(tree))


@given(st.dictionaries(KEYS, TREES, max_size=4))
@settings(max_examples=100, deadline=None)
def test_whole_configuration_with_any_rules_never_tells_the_secret(tree: dict[str, object]) -> None:
    """The same inside a configuration that is otherwise fine."""
    text = "feeds: [https://example.org/a]\nchannels: {desk: console://}\nlists: {names: [opec]}\n"
    assert SECRET not in _printed(f"{text}rules: {_flow(tree)}\n")


@given(st.text(max_size=60), st.data())
@settings(max_examples=300, deadline=None)
def test_visible_character_of_a_value_is_found_in_its_file(value: str, data: st.DataObject) -> None:
    """In double quotes any text can be written, and each visible character leads to what wrote it."""
    root, errors = nodes.read(SourceFile("a.yaml", f"a: {_flow(value)}\n"))
    assert not errors
    assert isinstance(root, nodes.Mapping)
    scalar = next(nodes.scalars(root))
    visible = [index for index, char in enumerate(scalar.value) if not char.isspace()]
    if not visible:
        return
    index = data.draw(st.sampled_from(visible))
    place = spans.locate(scalar, index, index + 1)
    written = place.file.text[place.start : place.end]
    assert written == value[index] or written == f"\\U{ord(value[index]):08X}"


@given(st.text(), st.dictionaries(st.sampled_from(["A", "B"]), st.text(min_size=1)))
def test_filling_in_never_crashes_and_escapes_hold(text: str, environ: dict[str, str]) -> None:
    """Any text can be filled in; with every `${` escaped it comes back as it was."""
    secrets.fill(text, environ, lambda _path: "x")
    plain = text.replace("$", "§")
    assert secrets.fill(plain.replace("§{", "$${"), environ).text == plain.replace("§{", "${")
