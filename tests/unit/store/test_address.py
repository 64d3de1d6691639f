"""The database's address: understood or refused clearly, and never printed with its password."""

from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store import address


def test_a_relative_path_counts_from_the_current_directory(monkeypatch, tmp_path: Path) -> None:
    """Three slashes and a relative path mean a file below where the program was started."""
    monkeypatch.chdir(tmp_path)
    assert address.parse("sqlite:///data/news.db").path == tmp_path / "data" / "news.db"
    assert address.parse("sqlite:////var/lib/news.db").path == Path("/var/lib/news.db")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:geheim@db.example:5433/news", "postgresql://u@db.example:5433/news"),
        ("postgres://u:geheim@db.example/news", "postgresql://u@db.example/news"),
        ("postgresql+psycopg:///news?host=/run/pg&password=geheim", "postgresql:///run/pg/news"),
        ("postgresql://db.example", "postgresql://db.example/"),
    ],
)
def test_a_servers_address_is_shown_without_secrets(text: str, shown: str) -> None:
    """Neither str nor repr has the password, wherever the address holds it."""
    parsed = address.parse(text)
    assert parsed.path is None
    assert (str(parsed), repr(parsed)) == (shown, shown)
    assert parsed.url.drivername == "postgresql+psycopg"


def test_a_drivers_message_loses_the_password() -> None:
    """Whatever a driver says about a connection, the password is masked in it."""
    for text in ("postgresql://u:geheim@h/n", "postgresql://u@h/n?password=geheim"):
        assert address.parse(text).redact("invalid dsn: geheim") == "invalid dsn: ***"
    assert address.parse("postgresql://u@h/n").redact("as it was") == "as it was"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read"),
        ("geheim", "cannot be read"),
        ("postgresql://u:geheim@h:port/n", "cannot be read"),
        ("mysql://u:geheim@h/n", "begins with mysql://"),
        ("postgresql+asyncpg://u:geheim@h/n", "begins with postgresql"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///file:x.db?mode=ro&uri=true", "only a plain path"),
        ("sqlite:///x.db?timeout=1", "only a plain path"),
        ("sqlite://host/x.db", "only a plain path"),
    ],
)
def test_other_addresses_are_refused(text: str, says: str) -> None:
    """The error says what to write instead, and repeats no password."""
    with pytest.raises(StoreError, match=says) as caught:
        address.parse(text)
    assert "geheim" not in str(caught.value)
