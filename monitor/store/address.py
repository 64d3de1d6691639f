"""Where the database is: reads the `database` setting, and prints it without its password."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from monitor.errors import StoreError

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_FORMS = "use sqlite:///path/to/file.db or postgresql://user:password@host/database"


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A database's address. `path` is the file of an SQLite database, absolute; None for PostgreSQL."""

    url: URL
    path: Path | None

    def __str__(self) -> str:
        """For people and logs: the file, or the server without password and options."""
        if self.path is not None:
            return str(self.path)
        user = f"{self.url.username}@" if self.url.username else ""
        host = self.url.host or self._option("host")
        port = f":{self.url.port}" if self.url.port else ""
        return f"postgresql://{user}{host}{port}/{self.url.database or ''}"

    __repr__ = __str__

    def redact(self, message: str) -> str:
        """The message without this address's password, wherever the driver may have put it."""
        secrets = {self.url.password or "", self._option("password")}
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            message = message.replace(secret, "***")
        return message

    def _option(self, name: str) -> str:
        value = self.url.query.get(name, "")
        return value if isinstance(value, str) else value[-1]


def parse(text: str) -> Address:
    """Read an address. Raises StoreError for one that is not understood, never repeating its password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError(f"the database's address cannot be read: {_FORMS}") from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise StoreError(f"the database's address begins with {url.drivername}://: {_FORMS}")
    url = url.set(drivername=driver)
    return Address(url, _file(url) if url.get_backend_name() == "sqlite" else None)


def _file(url: URL) -> Path:
    name = url.database
    if not name or name == ":memory:":
        raise StoreError("a database in memory would forget what it sent: use sqlite:///path/to/file.db")
    if url.host or url.username or name.startswith("file:") or url.query:
        raise StoreError(f"only a plain path is understood after sqlite:///, not {name}: {_FORMS}")
    return Path(name).absolute()
