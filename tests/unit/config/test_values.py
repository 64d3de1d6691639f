"""Single values: databases, addresses, zones."""

import pytest
from pydantic_core import PydanticCustomError

from monitor.config.database import check_database
from monitor.config.values import check_feed_url, is_private_address


def _has(_module: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///data/newsmonitor.db", "sqlite:///data/newsmonitor.db"),
        ("sqlite:////var/lib/news.db", "sqlite:////var/lib/news.db"),
        ("postgresql://user@host/news", "postgresql+psycopg://user@host/news"),
        ("postgres://user@host/news", "postgresql+psycopg://user@host/news"),
        ("postgresql+psycopg://user@host/news", "postgresql+psycopg://user@host/news"),
        (" PostgreSQL:///news ", "postgresql+psycopg:///news"),
    ],
)
def test_database_address_names_its_driver(written: str, meant: str) -> None:
    """All spellings of PostgreSQL mean the driver that is used here."""
    assert check_database(written, _has) == meant


def test_postgresql_without_driver_names_the_command() -> None:
    """The error says what to install."""
    with pytest.raises(PydanticCustomError) as caught:
        check_database("postgresql://host/news", lambda _module: False)
    assert caught.value.context is not None
    assert caught.value.context["hint"] == "Run: pip install 'newsmonitor[postgres]'"


@pytest.mark.parametrize("written", ["", "news.db", "mysql://x/y", "sqlite:", "sqlite://"])
def test_other_databases_are_refused(written: str) -> None:
    """What is neither is refused with the two forms."""
    with pytest.raises(PydanticCustomError) as caught:
        check_database(written, _has)
    assert "sqlite:///" in str(caught.value.context)


def test_postgresql_address_names_something() -> None:
    """A scheme alone is no address."""
    with pytest.raises(PydanticCustomError, match="needs a host or a database"):
        check_database("postgresql://", _has)


@pytest.mark.parametrize(
    ("url", "is_private"),
    [
        ("https://example.org/a.rss", False),
        ("https://8.8.8.8/a.rss", False),
        ("http://localhost:8080/", True),
        ("http://news.localhost/", True),
        ("http://printer.local/", True),
        ("http://127.0.0.1/", True),
        ("http://10.1.2.3/", True),
        ("http://100.64.0.1/", True),
        ("http://[::1]/", True),
        ("http://[fe80::1]/", True),
    ],
)
def test_private_addresses_are_recognised_without_dns(url: str, is_private: bool) -> None:
    """What is certainly private can be told before the first poll."""
    assert is_private_address(url) == is_private


def test_feed_address_is_stripped() -> None:
    """Blanks around an address come with copying it."""
    assert check_feed_url(" https://example.org/a.rss\n") == "https://example.org/a.rss"
