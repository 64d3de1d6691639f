"""`${…}` in values, and hiding what it gave."""

from pathlib import Path

import pytest

from monitor.config import secrets

ENVIRON = {"TOKEN": "hunter2", "EMPTY": "", "NESTED": "${env:TOKEN}"}


def _read(path: str) -> str:
    if path == "/run/secrets/token":
        return "swordfish"
    raise FileNotFoundError(2, "No such file or directory")


@pytest.mark.parametrize(
    ("text", "filled", "found"),
    [
        ("plain $russia $TSLA $", "plain $russia $TSLA $", ()),
        ("${env:TOKEN}", "hunter2", ("hunter2",)),
        ("a${env:TOKEN}b${env:TOKEN}", "ahunter2bhunter2", ("hunter2", "hunter2")),
        ("${env:TOKEN:-x}", "hunter2", ("hunter2",)),
        ("${env:MISSING:-x y}", "x y", ()),
        ("${env:EMPTY:-x}", "x", ()),
        ("${env:MISSING:-}", "", ()),
        ("${env:MISSING:-a:-b}", "a:-b", ()),
        ("${file:/run/secrets/token}", "swordfish", ("swordfish",)),
        ("$${env:TOKEN}", "${env:TOKEN}", ()),
        ("$${", "${", ()),
        ("${env:NESTED}", "${env:TOKEN}", ("${env:TOKEN}",)),
    ],
)
def test_references_are_filled_in_once(text: str, filled: str, found: tuple[str, ...]) -> None:
    """Values come from the environment, defaults and files; they are secrets and not filled in again."""
    result = secrets.fill(text, ENVIRON, _read)
    assert (result.text, result.secrets, result.faults) == (filled, found, ())
    assert result.changed == (text != filled)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a ${env:MISSING}", (2, 16), "the environment variable MISSING is not set"),
        ("${env:EMPTY}", (0, 12), "the environment variable EMPTY is empty"),
        ("${env:}", (0, 7), "`${env:…}` needs the name of an environment variable"),
        ("${env:A B}", (0, 10), "`${env:…}` needs the name of an environment variable"),
        ("${TOKEN}", (0, 8), "`${…}` takes env: or file:"),
        ("${vault:x}", (0, 10), "`${…}` takes env: or file:"),
        ("${file:}", (0, 8), "`${…}` takes env: or file:"),
        ("${env:TOKEN", (0, 11), "`${` is never closed"),
        ("${file:/no}", (0, 11), "the secret file /no cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_filled_in_is_a_fault_at_its_place(
    text: str, place: tuple[int, int], message: str
) -> None:
    """A fault names the variable or the file, and never a value."""
    (fault,) = secrets.fill(text, ENVIRON, _read).faults
    assert ((fault.start, fault.end), fault.message) == (place, message)
    assert fault.hint


def test_secret_file_is_read_without_its_last_line_end(tmp_path: Path) -> None:
    """Editors and `echo` add a line end that is no part of the secret."""
    path = tmp_path / "token"
    path.write_bytes(b"hunter2\r\n")
    assert secrets.read_secret_file(str(path)) == "hunter2"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"x" * (64 * 1024 + 1), "larger than 64 KiB"), (b"\xff\xfe", "not UTF-8"), (b"\n", "is empty")],
)
def test_odd_secret_file_is_a_fault(content: bytes, message: str, tmp_path: Path) -> None:
    """A device, a picture or an empty file is not taken for a secret."""
    path = tmp_path / "token"
    path.write_bytes(content)
    (fault,) = secrets.fill(f"${{file:{path}}}", {}).faults
    assert message in fault.message


def test_secret_file_needs_an_absolute_path() -> None:
    """What is read must not depend on where the daemon was started."""
    with pytest.raises(ValueError, match="not absolute"):
        secrets.read_secret_file("token")


def test_short_values_are_not_worth_hiding() -> None:
    """Hiding `no` would tear holes into every line."""
    assert secrets.worth_hiding(["no", "", "abcd"]) == {"abcd"}


def test_longer_secrets_are_hidden_first() -> None:
    """A secret that contains another leaves nothing behind."""
    assert secrets.hide("abcdef abc", ["abc", "abcdef"]) == "*** ***"
