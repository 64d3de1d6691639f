"""Each file of the corpus is loaded and compared with the expectation beside it."""

from pathlib import Path

import pytest

from monitor.errors import ConfigError
from tests.support import config_corpus as corpus


def _name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", corpus.files("bad"), ids=_name)
def test_bad_file_is_refused_with_exactly_these_words(path: Path, tmp_path: Path) -> None:
    """All mistakes of a bad file are told at once, each at its place with a caret and a hint."""
    with pytest.raises(ConfigError) as caught:
        corpus.load_beside_base(path, tmp_path)
    assert f"{caught.value}\n" == corpus.expectation(path).read_text("utf-8")


@pytest.mark.parametrize("path", corpus.files("odd"), ids=_name)
def test_odd_file_loads_with_exactly_these_warnings(path: Path, tmp_path: Path) -> None:
    """What is merely odd is a warning, and the configuration is used."""
    printed = "".join(f"{warning}\n" for warning in corpus.load_beside_base(path, tmp_path).warnings)
    assert printed
    assert printed == corpus.expectation(path).read_text("utf-8")


@pytest.mark.parametrize("path", corpus.files("good"), ids=_name)
def test_good_file_means_exactly_this(path: Path, tmp_path: Path) -> None:
    """Every value of a good file arrives as it was written."""
    assert corpus.contents(path, tmp_path) == corpus.expectation(path).read_text("utf-8")


@pytest.mark.parametrize("path", [*corpus.files("bad"), *corpus.files("odd")], ids=_name)
def test_no_problem_prints_a_secret(path: Path, tmp_path: Path) -> None:
    """What came from the environment, and passwords in addresses, are in no message."""
    printed = corpus.outcome(path, tmp_path)
    assert corpus.SECRET not in printed
    assert "hunter2" not in printed


@pytest.mark.parametrize("path", corpus.files("bad"), ids=_name)
def test_problems_come_in_the_order_of_the_files(path: Path, tmp_path: Path) -> None:
    """Problems are sorted by file, line and column, and none is told twice."""
    with pytest.raises(ConfigError) as caught:
        corpus.load_beside_base(path, tmp_path)
    places = [
        (found.file, found.line, found.column, found.level, found.message) for found in caught.value.problems
    ]
    assert places == sorted(set(places))


def test_corpus_is_large_and_whole() -> None:
    """At least forty bad files, and no expectation without its file."""
    assert len(corpus.files("bad")) >= 40
    for kind in ("bad", "odd", "good"):
        inputs = {path.stem for path in corpus.files(kind)}
        assert {path.stem for path in (corpus.CORPUS / kind).glob("*.expected")} == inputs
