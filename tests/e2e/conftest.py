"""A newsroom: loopback feed, mail and chat servers, a configuration, and the daemon as a subprocess."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import Daemon
from tests.support.feedserver import FeedServer
from tests.support.ircserver import IrcServer, Listener
from tests.support.smtpserver import SmtpServer

RULE = "Russia and Venezuela: {match: Venezuela AND Russia}"


class Newsroom:
    """Everything that the daemon talks to. Files are written in a directory of their own."""

    def __init__(
        self, directory: Path, feeds: FeedServer, mail: SmtpServer, chat: Listener, port: int
    ) -> None:
        self.directory = directory
        self.feeds = feeds
        self.mail = mail
        self.chat = chat
        self._chat_port = port
        self.config = directory / "config"
        self.config.mkdir()

    def configure(
        self,
        feeds: Sequence[str],
        *,
        rules: str = RULE,
        channels: Sequence[str] = ("desk-mail", "ops-chat"),
        database: str = "sqlite:///data/news.db",
        more: str = "",
    ) -> None:
        """Write the configuration; feeds are polled every second."""
        entries = "\n".join(f"  - {{url: {url!r}, every: 1s, allow_private: true}}" for url in feeds)
        chat = f"irc://news@127.0.0.1:{self._chat_port}/%23desk?join=yes"
        self.write(
            "main.yaml",
            f"""
settings:
  database: {database}
  time_zone: Europe/Vienna
  poll: {{host_gap: 0s, per_host: 8}}
feeds:
{entries}
channels:
  desk-mail: {self.mail.url(to=["desk@news.example"])!r}
  ops-chat: {chat!r}
defaults: {{channels: [{", ".join(channels)}]}}
{more}
""",
        )
        self.write("rules.yaml", "rules:\n" + "".join(f"  {line}\n" for line in rules.splitlines()))

    def write(self, name: str, text: str) -> None:
        """Write one configuration file."""
        (self.config / name).write_text(text, encoding="utf-8")

    def daemon(self, environ: Mapping[str, str] | None = None, *, disk: str = "") -> Daemon:
        """`newsmonitor run` on this configuration.

        With `disk` (mount options such as `size=2m`) its data directory is a disk of its own, which only
        the daemon's processes see; from here it is `disk_of(daemon)`.
        """
        prefix: list[str] = []
        if disk:
            (self.directory / "data").mkdir(exist_ok=True)
            script = f'mount -t tmpfs -o {disk} tmpfs data && exec "$@"'
            prefix = ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh"]
        return Daemon(self.config, cwd=self.directory, environ=environ, prefix=prefix)

    def disk_of(self, daemon: Daemon) -> Path:
        """The data directory as the daemon sees it."""
        return Path(f"/proc/{daemon.process.pid}/root{self.directory}/data")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the SQLite database."""
        with closing(sqlite3.connect(self.directory / "data" / "news.db")) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    """A newsroom with all servers up."""
    with ExitStack() as stack:
        feeds = stack.enter_context(FeedServer())
        mail = stack.enter_context(SmtpServer())
        irc = stack.enter_context(IrcServer())
        chat = stack.enter_context(irc.listen("#desk"))
        yield Newsroom(tmp_path, feeds, mail, chat, irc.port)
