"""When the daemon reads the configuration again."""

from pathlib import Path

import pytest

from monitor.config import reload
from monitor.config.reload import MISSING, Watch


def _decisions(taken: str, readings: list[str]) -> list[bool]:
    watch, decisions = Watch(taken), []
    for reading in readings:
        watch, now = watch.see(reading)
        decisions.append(now)
    return decisions


@pytest.mark.parametrize(
    ("readings", "decisions"),
    [
        (["a", "a", "a"], [False, False, False]),
        (["b", "b", "b"], [False, True, False]),
        (["b", "c", "c"], [False, False, True]),
        (["b", "a", "b", "b"], [False, False, False, True]),
        (["b", MISSING, "b", "b"], [False, False, False, True]),
        ([MISSING, MISSING, MISSING], [False, False, False]),
        (["b", "b", "a", "a"], [False, True, False, True]),
    ],
    ids=["unchanged", "changed", "still changing", "undone", "swapped", "gone", "and back"],
)
def test_change_counts_once_when_it_has_settled(readings: list[str], decisions: list[bool]) -> None:
    """Two equal readings that differ from what is in use make one reload."""
    assert _decisions("a", readings) == decisions


def test_refused_configuration_is_not_tried_again() -> None:
    """After the decision the content counts as taken, whether it was used or refused."""
    assert _decisions("a", ["bad", "bad", "bad", "bad", "good", "good"]) == [
        False, True, False, False, False, True,
    ]  # fmt: skip


def test_fingerprint_follows_content_and_not_time(tmp_path: Path) -> None:
    """Writing the same again changes nothing; writing something else of the same size does."""
    path = tmp_path / "a.yaml"
    path.write_text("rules: {A: a}")
    first = reload.fingerprint(tmp_path)
    path.write_text("rules: {A: a}")
    assert reload.fingerprint(tmp_path) == first
    path.write_text("rules: {A: b}")
    assert reload.fingerprint(tmp_path) != first


def test_fingerprint_knows_new_renamed_and_removed_files(tmp_path: Path) -> None:
    """Whatever changes the configuration changes the fingerprint; other files do not."""
    (tmp_path / "a.yaml").write_text("x: 1")
    seen = [reload.fingerprint(tmp_path)]
    (tmp_path / "b.opml").write_text("<opml/>")
    seen.append(reload.fingerprint(tmp_path))
    (tmp_path / "b.opml").rename(tmp_path / "c.opml")
    seen.append(reload.fingerprint(tmp_path))
    (tmp_path / "a.yaml").unlink()
    seen.append(reload.fingerprint(tmp_path))
    assert len(set(seen)) == 4
    (tmp_path / "notes.txt").write_text("not ours")
    assert reload.fingerprint(tmp_path) == seen[-1]


def test_fingerprint_sees_through_a_symlink_swap(tmp_path: Path) -> None:
    """Kubernetes swaps the directory behind a link; for a moment there may be none."""
    for name, text in (("one", "rules: {A: a}"), ("two", "rules: {A: b}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(text)
    link = tmp_path / "current"
    link.symlink_to(tmp_path / "one")
    first = reload.fingerprint(link)
    link.unlink()
    assert reload.fingerprint(link) == MISSING
    link.symlink_to(tmp_path / "two")
    assert reload.fingerprint(link) not in (first, MISSING)


def test_empty_directory_reads_as_missing(tmp_path: Path) -> None:
    """Between removing the old files and writing the new ones there is nothing to load."""
    assert reload.fingerprint(tmp_path) == MISSING


def test_unreadable_file_has_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    """A dangling link differs from an empty file, and never raises."""
    (tmp_path / "a.yaml").symlink_to(tmp_path / "gone")
    dangling = reload.fingerprint(tmp_path)
    (tmp_path / "gone").write_text("")
    assert reload.fingerprint(tmp_path) not in (dangling, MISSING)
