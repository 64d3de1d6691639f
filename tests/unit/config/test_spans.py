"""Offsets in a value as places in the file, for every way a value can be written."""

import pytest

from monitor.config import nodes, spans
from monitor.config.nodes import Mapping, Scalar
from monitor.config.source import SourceFile

STYLES = {
    "plain": "a: one two HERE three\n",
    "plain over lines": "a: one\n  two\n  HERE three\nb: x\n",
    "single quoted": "a: 'one ''two'' HERE'\n",
    "single quoted over lines": "a: 'one\n\n  ''two''\n  HERE'\n",
    "double quoted": 'a: "one \\"two\\" \\u0416 \\t HERE \\x41"\n',
    "double quoted over lines": 'a: "one \\\n   two\n\n  HERE"\n',
    "literal": "a: |\n  one\n    two HERE\n\n  three\n",
    "literal with indicators": "a: |2-  # why\n    one\n   HERE\n\n# behind\n",
    "folded": "a: >\n  one\n  two\n\n    more\n  HERE\n# HERE behind\nb: y\n",
    "flow": "{a: [x, {a: 1}], b: one HERE}",
    "carriage returns": "a: |\r\n  one\r\n  HERE\r\n",
    "other scripts": "a: «Россия» 委内瑞拉 HERE\n",
}


def _scalar(text: str) -> Scalar:
    root, errors = nodes.read(SourceFile("a.yaml", text))
    assert not errors
    assert isinstance(root, Mapping)
    return next(scalar for scalar in nodes.scalars(root) if "HERE" in scalar.value)


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_word_of_the_value_is_found_in_the_file(text: str) -> None:
    """The place of a word is the place where it was written."""
    scalar = _scalar(text)
    start = scalar.value.index("HERE")
    place = spans.locate(scalar, start, start + 4)
    assert (place.start, place.end) == (text.index("HERE"), text.index("HERE") + 4)


def test_end_of_the_value_is_behind_its_last_word() -> None:
    """What is missing at the end is missed there."""
    scalar = _scalar("a: |\n  one HERE\n\n\nb: x\n")
    place = spans.locate(scalar, len(scalar.value), len(scalar.value))
    assert (place.start, place.end) == (15, 16)


def test_blank_in_the_value_points_at_the_next_word() -> None:
    """A range of blanks alone still has a place."""
    scalar = _scalar("a: one HERE\n")
    assert spans.locate(scalar, 3, 4)[1:] == (7, 8)


def test_interpolated_value_is_one_place() -> None:
    """After `${…}` was filled in, offsets mean nothing in the file."""
    scalar = _scalar("a: one HERE\n")
    scalar.value, scalar.interpolated = "one, but longer: HERE", True
    assert spans.locate(scalar, 17, 21) == scalar.place


def test_value_that_is_not_that_of_the_file_is_one_place() -> None:
    """When value and source disagree, nothing is guessed."""
    scalar = _scalar("a: one HERE\n")
    scalar.value = "other"
    assert spans.locate(scalar, 0, 5) == scalar.place


def test_empty_value_has_a_place() -> None:
    """There is a place even where there is nothing."""
    root, _ = nodes.read(SourceFile("a.yaml", "a: ''\n"))
    assert isinstance(root, Mapping)
    empty = next(nodes.scalars(root))
    assert spans.locate(empty, 0, 0)[1:] == (3, 4)
