"""The address of the database: what may stand there, in the form that the store opens.

Opens nothing; SQLAlchemy is not imported.
"""

import importlib.util
from collections.abc import Callable

from monitor.config.values import fault

_POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://")
_DRIVER = "postgresql+psycopg://"


def is_installed(module: str) -> bool:
    """Whether a top-level module could be imported."""
    return importlib.util.find_spec(module) is not None


def check_database(url: str, has: Callable[[str], bool] = is_installed) -> str:
    """The address with the driver spelt out. Raises the fault that says what to write instead.

    `has` tells whether a module is there.
    """
    url = url.strip()
    scheme = url.partition("://")[0].lower()
    for prefix in _POSTGRES:
        if url.lower().startswith(prefix):
            return _check_postgres(_DRIVER + url[len(prefix) :], has)
    if scheme == "sqlite":
        return _check_sqlite(url)
    hint = "Write sqlite:///data/newsmonitor.db or postgresql://user@host/database."
    if scheme.startswith(("postgresql+", "sqlite+")):
        raise fault("this database driver is not used here", hint)
    raise fault("neither a SQLite nor a PostgreSQL address", hint)


def _check_postgres(url: str, has: Callable[[str], bool]) -> str:
    if not url[len(_DRIVER) :].strip("/"):
        raise fault(
            "a PostgreSQL address needs a host or a database", "Write postgresql://user@host/database."
        )
    if not has("psycopg"):
        raise fault(
            "PostgreSQL needs the psycopg driver, which is not installed",
            "Run: pip install 'newsmonitor[postgres]'",
        )
    return url


def _check_sqlite(url: str) -> str:
    path = url[len("sqlite://") :]
    if path in ("", "/", "/:memory:"):
        raise fault("a database in memory would forget everything", "Write sqlite:///data/newsmonitor.db.")
    if not path.startswith("/"):
        raise fault(
            "a SQLite address has three slashes before a relative path and four before an absolute one",
            "Write sqlite:///data/newsmonitor.db or sqlite:////var/lib/newsmonitor/newsmonitor.db.",
        )
    return url
