"""A page of the documentation, played: its files are written, its commands run, its output compared.

The page speaks of `https://world.example/rss.xml`, of a mail server and of a chat; on the stage these are
real servers on the loopback. What differs between two runs (times, ages, random ids, the width of a
column) is taken out of both sides before they are compared; `…` in a page stands for anything, on a
line of its own for any lines.
"""

import json
import logging
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from click.testing import CliRunner

from monitor.cli import cli
from tests.docs.pages import Block
from tests.support.daemon import Daemon
from tests.support.feedserver import Answer, FeedServer
from tests.support.feedxml import Item, rss
from tests.support.httpsink import HttpSink
from tests.support.smtpserver import Mail, SmtpServer

SITE = "https://world.example"
FEED = f"{SITE}/rss.xml"
HOOK = "webhook+https://hooks.example.org/news"
TOKEN = "x" * 26
_TIMES = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\+00:00|Z| UTC)?"
    r"|[A-Z][a-z]{2} \d{2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d [A-Z]+"
)
_AGES = re.compile(r"\d+ (?:min|h|days) ago|just now|^ *\d+\.\d s(?=  )", re.MULTILINE)
_RANDOM = re.compile(r"\b(?:[0-9a-f]{40}|[0-9a-f]{32}|(?<=test )[0-9a-f]{8})\b")
_CONFIG = f"""
feeds: [{{url: "{FEED}", name: Example World}}]
channels:
  desk-mail: "${{env:DESK_MAIL_URL}}"
  hook: {HOOK}
defaults: {{channels: [desk-mail, hook]}}
"""
_RULES = "rules: {Venezuela and Russia: Venezuela AND Russia}"
_ARTICLES = (
    (
        "kremlin-venezuela",
        "Russia closely monitoring developments in Venezuela: Kremlin",
        (
            "<p>Russia is closely monitoring developments in Venezuela, the Kremlin said on Monday. "
            "Moscow is in touch with its partners in Caracas, a spokesman told reporters.</p>"
        ),
    ),
    ("baseball", "Venezuela wins the baseball final", "<p>Caracas celebrates the team.</p>"),
    ("norway-budget", "Norway votes on its budget", "<p>Parliament sits until Friday.</p>"),
)


def world_feed() -> bytes:
    """The feed that the pages speak of: three articles, one of them about Venezuela and Russia."""
    now = datetime.now(UTC)
    items = [
        Item(
            guid=name,
            title=title,
            link=f"https://world.example/2026/{name}",
            summary=summary,
            published_at=now - timedelta(minutes=12 + 7 * number),
        )
        for number, (name, title, summary) in enumerate(_ARTICLES)
    ]
    return rss(items, title="Example World")


def world_site(base: str) -> dict[str, bytes]:
    """What else there is at the site of that feed: a page, and a sitemap that robots.txt names."""
    day = datetime.now(UTC).isoformat()
    news = (
        f"<news:publication><news:name>Example World</news:name></news:publication>"
        f"<news:publication_date>{day}</news:publication_date><news:title>Norway votes</news:title>"
    )
    sitemap = f"<urlset><url><loc>{base}/2026/norway</loc><news:news>{news}</news:news></url></urlset>"
    return {
        "/": b'<!doctype html><link rel="alternate" type="application/rss+xml" href="/rss.xml">',
        "/robots.txt": f"Sitemap: {base}/news-sitemap.xml\n".encode(),
        "/news-sitemap.xml": sitemap.encode(),
    }


class Stage:
    """One directory and its servers. Commands run inside this process, `run` as one of its own."""

    def __init__(self, directory: Path, feeds: FeedServer, mail: SmtpServer, posts: HttpSink) -> None:
        self.directory = directory
        self.mail = mail
        self.posts = posts
        self._props = ExitStack()
        self._daemon: Daemon | None = None
        self._rules = _RULES  # the last ones of the page, for a message that it only shows
        url = feeds.serve_feed("/rss.xml", world_feed())
        self._site = feeds.url("")
        for path, body in world_site(self._site).items():
            feeds.serve(path, Answer(body, content_type="text/html" if path == "/" else "application/xml"))
        self._names = {FEED: url, HOOK: f"webhook+{posts.url}"}
        self._environ = {
            "DESK_MAIL_URL": mail.url(to=["desk@example.org"], sender="newsmonitor@example.org"),
            "DESK_CHAT_URL": f"mmost://127.0.0.1:{posts.port}/{TOKEN}",
        }

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of commands."""
        return self._environ

    def play(self, block: Block) -> None:
        """Do what a block says, or compare what it shows."""
        if block.language == "console":
            for command, output in _commands(block):
                self._act(block, command, output)
        elif block.language == "yaml" and not block.info and "rules:" in block.text:
            self._rules = block.text
        elif {"mail", "webhook"}.intersection(block.info):
            self._send()
        if "mail" in block.info:
            _compare(block, block.text, mail_text(self.mail.wait_for(1)[-1], block.text))
        elif "chat" in block.info:
            _compare(block, block.text, self._posted("/hooks/")["text"])
        elif "webhook" in block.info:
            shown = json.dumps(self._posted("/hook"), ensure_ascii=False, indent=2)
            _compare(block, block.text, shown)
        elif block.info and re.search(r"\.\w+$", block.info[0]):
            self.write(block.info[0], block.text)

    def write(self, name: str, text: str) -> None:
        """A file of the page. A feed on the loopback is only polled where that is allowed."""
        private = f'"{self._names[FEED]}", allow_private: true'
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._to_stage(text.replace(f'"{FEED}"', private)), encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str]:
        """`newsmonitor …` to its end: the exit status, and what it printed but its log."""
        with _inside(self.directory, self._environ), _own_logging():
            result = CliRunner().invoke(cli, list(arguments), prog_name="newsmonitor")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, self._to_page(_without_log(result.output))

    def close(self) -> None:
        """Stop a daemon that a page started; it has to end well."""
        if self._daemon is not None:
            assert self._daemon.stop() == 0
        self._props.close()

    def _send(self) -> None:
        """Let a page without a poll of its own have the messages that its rules make."""
        if not (self.directory / "config").exists():
            self.write("config/main.yaml", _CONFIG)
            self.write("config/rules.yaml", self._rules)
            status, shown = self.run("poll")
            assert status == 0, shown

    def _act(self, block: Block, command: str, output: str) -> None:
        words = shlex.split(self._to_stage(command))
        target = ""
        if len(words) > 2 and words[-2] == ">":
            words, target = words[:-2], words[-1]
        if words[0] == "export":
            name = words[1].partition("=")[0]
            assert name in self._environ, f"{block}: the stage knows no {name}"
            return
        if words == ["newsmonitor", "run"]:
            self._daemon = self._props.enter_context(
                Daemon(self.directory / "config", cwd=self.directory, environ=self._environ)
            )
            self._daemon.wait_for("ready")
            return
        if words[:3] == ["newsmonitor", "feeds", "discover"]:  # the loopback needs a permission
            words = [*(word.replace(SITE, self._site) for word in words), "--allow-private"]
        shown = self._output(block, words)
        if target:
            (self.directory / target).write_text(self._to_stage(shown), encoding="utf-8")
        else:
            _compare(block, output, shown, command)

    def _output(self, block: Block, words: list[str]) -> str:
        if words[0] == "cat":
            return self._to_page((self.directory / words[1]).read_text(encoding="utf-8"))
        if words[0] == "echo":
            return f"{self._status}\n"
        assert words[0] == "newsmonitor", f"{block}: cannot run {words[0]}"
        self._status, shown = self.run(*words[1:])
        return shown

    _status = 0  # of the last command, for `echo $?`

    def _posted(self, path: str) -> dict[str, str]:
        self.posts.wait_for(1)
        bodies = [request.json for request in self.posts.requests if request.path.startswith(path)]
        assert bodies, f"nothing was posted to {path}"
        posted: dict[str, str] = bodies[-1]
        return posted

    def _to_stage(self, text: str) -> str:
        for name, real in self._names.items():
            text = text.replace(name, real)
        return text

    def _to_page(self, text: str) -> str:
        for name, real in self._names.items():
            text = text.replace(real, name)
        text = text.replace(self._site, SITE)
        return text.replace(f"{self.directory}/", "")


@contextmanager
def stage(directory: Path) -> Iterator[Stage]:
    """A stage with all servers up."""
    with FeedServer() as feeds, SmtpServer() as mail, HttpSink() as posts:
        made = Stage(directory, feeds, mail, posts)
        try:
            yield made
        finally:
            made.close()


def mail_text(mail: Mail, shown: str) -> str:
    """A mail as pages show it: those of its headers that `shown` begins with, and its plain text."""
    head = shown.partition("\n\n")[0]
    names = [line.partition(":")[0] for line in head.splitlines()]
    headers = [f"{name}: {mail.message[name]}" for name in names]
    return "\n".join(headers) + "\n\n" + mail.text


def same(expected: str, actual: str) -> bool:
    """Whether a page shows what was seen."""
    pattern = "\n".join(_pattern(line) for line in _plain(expected))
    return re.fullmatch(pattern, "\n".join(_plain(actual)), re.DOTALL) is not None


def _pattern(line: str) -> str:
    if line.strip() == "…":
        return ".*?"
    return "[^\n]*".join(re.escape(part) for part in line.split("…"))


def _plain(text: str) -> list[str]:
    text = _RANDOM.sub("ID", _AGES.sub("AGO", _TIMES.sub("TIME", text)))
    text = re.sub(r"(?<=\S) {2,}", "  ", text)
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _compare(block: Block, expected: str, actual: str, command: str = "") -> None:
    assert same(expected, actual), f"{block}: {command}\n--- the page shows\n{expected}\n--- it is\n{actual}"


def _commands(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a block with what is shown under each; a backslash continues a command."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if found and found[-1][0].endswith("\\"):
            command, shown = found.pop()
            found.append((command[:-1] + line.strip(), shown))
        elif line.startswith("$ "):
            found.append((line[2:], []))
        else:
            assert found, f"{block}: output without a command"
            found[-1][1].append(line)
    for command, shown in found:
        yield command, "\n".join(shown)


def _without_log(output: str) -> str:
    """Without log lines: on a terminal they look otherwise, and pages leave them out."""
    return "".join(line for line in output.splitlines(keepends=True) if not _is_log(line))


def _is_log(line: str) -> bool:
    if not line.startswith("{"):
        return False
    try:
        return {"event", "level", "timestamp"} <= json.loads(line).keys()
    except ValueError:
        return False


@contextmanager
def _inside(directory: Path, environ: Mapping[str, str]) -> Iterator[None]:
    before, here = dict(os.environ), Path.cwd()
    os.chdir(directory)
    os.environ.update(environ)
    os.environ.pop("NEWSMONITOR_CONFIG", None)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _own_logging() -> Iterator[None]:
    """What a command does to the loggers ends with it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
