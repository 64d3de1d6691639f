"""Files, their text, and places in it."""

import os
from pathlib import Path

import pytest

from monitor.config import source
from monitor.config.source import SourceFile


def test_yaml_and_opml_directly_in_the_directory_are_listed(tmp_path: Path) -> None:
    """Files are sorted by name; hidden ones, other kinds and sub-directories are left out."""
    for name in ("b.yml", "a.yaml", "feeds.OPML", ".hidden.yaml", "schema.json", "a.yaml~"):
        (tmp_path / name).write_text("")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "c.yaml").write_text("")
    (tmp_path / "folder.yaml").mkdir()
    assert [path.name for path in source.list_files(tmp_path)] == ["a.yaml", "b.yml", "feeds.OPML"]


def test_file_beyond_the_cap_is_refused(tmp_path: Path) -> None:
    """A file is read up to the cap and no further."""
    path = tmp_path / "image.yaml"
    with path.open("wb") as stream:
        os.truncate(stream.fileno(), source.MAX_FILE_BYTES + 1)
    with pytest.raises(ValueError, match="larger than 16 MiB"):
        source.read_bytes(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfea\x00", "is UTF-16, not UTF-8"),
        (b"ok\n\xc3\xa9\xff", "is not UTF-8: byte 0xff at line 2, column 2"),
        (b"\xef\xbb\xbfab\xe9", "is not UTF-8: byte 0xe9 at line 1, column 3"),
    ],
)
def test_what_is_not_utf_8_is_named_with_its_place(content: bytes, message: str) -> None:
    """Bytes that are not UTF-8 are told by line and column, counted in characters."""
    with pytest.raises(ValueError, match=message):
        source.decode(content)


def test_byte_order_mark_is_no_part_of_the_text() -> None:
    """Editors on Windows write one."""
    assert source.decode(b"\xef\xbb\xbfrules:") == "rules:"


def test_positions_count_from_one_and_know_every_line_end() -> None:
    """LF, CRLF and CR end a line; a column counts characters."""
    file = SourceFile("a.yaml", "a\nbé\r\nc\rd")
    assert [file.position(index) for index in (0, 1, 2, 3, 6, 8)] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (3, 1),
        (4, 1),
    ]
    assert [file.line(number) for number in (1, 2, 3, 4)] == ["a", "bé", "c", "d"]


def test_shown_line_hides_passwords_and_controls_and_keeps_columns() -> None:
    """What is printed has no escape sequence, no bidirectional override and no password."""
    line = "url: mailto://user:hunter2@example.org \x1b[31m \u202eevil"
    shown = SourceFile("a.yaml", line).shown_line(1)
    assert shown == "url: mailto://user:*******@example.org \ufffd[31m \ufffdevil"
    assert len(shown) == len(line)


def test_line_of_enormous_length_is_not_shown() -> None:
    """A minified file does not flood the terminal."""
    assert SourceFile("a.yaml", "x" * 100_000).shown_line(1) == ""


def test_fingerprint_depends_on_names_sizes_and_contents() -> None:
    """Any difference shows, and the order of reading does not matter."""
    one = source.fingerprint([("a", b"1"), ("b", b"2")])
    assert one == source.fingerprint([("b", b"2"), ("a", b"1")])
    others = [
        source.fingerprint(files)
        for files in (
            [("a", b"1")],
            [("a", b"2"), ("b", b"1")],
            [("a", b"1"), ("c", b"2")],
            [("a", b"1"), ("b", None)],
            [("a", b"1"), ("b", b"")],
        )
    ]
    assert len({one, *others}) == 6
