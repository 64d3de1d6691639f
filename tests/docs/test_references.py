"""Nothing is left out and nothing is made up: reasons, log events, addresses, commands, plugin, unit."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from monitor.cli import cli
from monitor.deliver import channel, digests, signature
from monitor.deliver.render import render
from monitor.formats import source
from monitor.errors import DecisionReason, DeliveryReason, PollReason
from monitor.model import Alert, AlertId, AlertKind, Bundle, ChannelSpec, DeliveryState, DigestContent
from tests.support import messages
from tests.support.feedserver import Answer, FeedServer
from tests.docs.pages import ROOT, all_pages, blocks, codes, prose, rows

DOCS = ROOT / "docs"
UNIT = ROOT / "packaging" / "systemd" / "newsmonitor.service"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
DELIVERY_ROWS = list(rows(DOCS / "delivery.md"))
ADDRESSES = [
    address
    for row in rows(DOCS / "channels.md")
    if "address" in row.cells
    for address in codes(row.cells["address"])
]


# --- reasons and log events -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "names"),
    [("reason", (DecisionReason, DeliveryReason, PollReason)), ("state", (DeliveryState,))],
)
def test_every_reason_and_state_is_explained(column: str, names: tuple[type[StrEnum], ...]) -> None:
    """The tables of docs/delivery.md hold the members of the closed lists, each once, and nothing else."""
    shown = [codes(row.cells[column])[0] for row in DELIVERY_ROWS if column in row.cells]
    expected = [str(member) for enum in names for member in enum]
    assert sorted(shown) == sorted(expected)


def _events() -> Iterator[tuple[str, set[str]]]:
    """Each log call of the program: the event and its fields."""
    for path in sorted((ROOT / "monitor").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            logger = node.func.value
            if not (isinstance(logger, ast.Name) and logger.id in {"log", "line"}):
                continue
            at = 1 if node.func.attr == "log" else 0
            if node.func.attr not in LEVELS | {"log"} or len(node.args) <= at:
                continue
            event = node.args[at]
            if isinstance(event, ast.Constant):
                fields = {keyword.arg or "" for keyword in node.keywords}
                yield str(event.value), fields | ({"exception"} if node.func.attr == "exception" else set())


def test_every_log_event_is_explained_with_its_fields() -> None:
    """The table of docs/operations.md holds every event that the program logs, and no other."""
    shown = {
        codes(row.cells["event"])[0]: set(codes(row.cells["fields"]))
        for row in rows(DOCS / "operations.md")
        if "event" in row.cells
    }
    logged: dict[str, set[str]] = {}
    for event, fields in _events():
        logged.setdefault(event, set()).update(fields)
    assert sorted(shown) == sorted(logged)
    missing = {event: fields - shown[event] for event, fields in logged.items() if fields - shown[event]}
    assert missing == {}


# --- channels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_one_that_its_service_accepts(address: str) -> None:
    """The addresses in docs/channels.md can be used as they are."""
    assert channel.validate(ChannelSpec("example", address)) is None


def test_the_channel_in_the_page_works_as_a_plugin(tmp_path: Path) -> None:
    """Written into a package with its entry point, it is found, sends, and refuses a bad address."""
    code, project = (
        next(b for b in blocks(DOCS / "channels.md") if b.info == (name,))
        for name in ("news_pager.py", "pyproject.toml")
    )
    (tmp_path / "news_pager.py").write_text(code.text, encoding="utf-8")
    entry = re.search(r"^(\w+) = \"(\w+:\w+)\"$", project.text, re.MULTILINE)
    assert entry is not None
    _install(tmp_path, f"{entry[1]} = {entry[2]}")
    _configure(tmp_path, "pager://1234,night")
    shown = _newsmonitor(tmp_path, "channels", "test")
    assert "page 1234: [test " in shown.stdout
    assert "desk-pager → 1234: sent" in shown.stdout
    assert "desk-pager → night: NOT SENT: permanent: a pager has a number" in shown.stdout
    _configure(tmp_path, "pager://")
    shown = _newsmonitor(tmp_path, "check")
    assert shown.returncode == 2
    assert "a pager's address names numbers" in shown.stdout


def test_the_channel_in_the_page_passes_the_test_kit(tmp_path: Path) -> None:
    """As a package of its own, with the test file that the page shows, run by pytest as its author would."""
    for name in ("news_pager.py", "test_news_pager.py"):
        code = next(b for b in blocks(DOCS / "channels.md") if b.info == (name,))
        (tmp_path / name).write_text(code.text, encoding="utf-8")
    _install(tmp_path, "pager = news_pager:create")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_news_pager.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert "7 passed" in ran.stdout


def test_the_receiver_in_the_page_knows_our_posts(tmp_path: Path) -> None:
    """What the daemon signs it accepts; what somebody else changed it does not."""
    code = next(b for b in blocks(DOCS / "channels.md") if b.info == ("receiver.py",))
    receiver: dict[str, Any] = {}
    exec(code.text, receiver)
    body = b'{"version": 1}'
    fields = dict(signature.headers("s3cret", key="k", body=body, now=datetime.now(UTC)))
    assert receiver["is_ours"]("s3cret", fields, body)
    assert not receiver["is_ours"]("other", fields, body)
    assert not receiver["is_ours"]("s3cret", fields, body + b" ")
    assert not receiver["is_ours"]("s3cret", fields | {"webhook-timestamp": "1"}, body)


@pytest.mark.parametrize("alert", [messages.alert(), messages.alert(published_at=None, author="A", tags=("a",))])
def test_what_is_posted_keeps_to_the_schema(alert: Alert) -> None:
    """The form that receivers rely on, as it stands beside the page."""
    schema = json.loads((DOCS / "webhook.schema.json").read_text(encoding="utf-8"))
    notice = Alert(id=AlertId(0), rule="r", kind=AlertKind.NOTICE, decided_at=alert.decided_at, headline="h")
    for one in (alert, notice):
        sent = render(one, delivery_key="k", now=one.decided_at, time_zone="UTC").payload
        jsonschema.validate(json.loads(json.dumps(sent)), schema)
        assert set(sent) == set(schema["$defs"]["alert"]["properties"])
    content = DigestContent(Bundle.DIGEST, alerts=(alert,), since_at=None, until_at=alert.decided_at, name="")
    digest = digests.render(content, alert_id=AlertId(2), delivery_key="k", now=alert.decided_at, time_zone="UTC")
    jsonschema.validate(json.loads(json.dumps(digest.payload)), schema)
    assert set(digest.payload) == set(schema["$defs"]["digest"]["properties"])


def test_the_channel_in_the_page_is_well_typed(tmp_path: Path) -> None:
    """It is what plugin authors start from."""
    code = next(b for b in blocks(DOCS / "channels.md") if b.info == ("news_pager.py",))
    (tmp_path / "news_pager.py").write_text(code.text, encoding="utf-8")
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--follow-imports=silent"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(tmp_path / "news_pager.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def _install(directory: Path, entry_point: str) -> None:
    """What an installer leaves behind for entry points."""
    metadata = directory / "news_pager-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: news-pager\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{channel.GROUP}]\n{entry_point}\n")


def test_the_source_in_the_page_works_as_a_plugin(tmp_path: Path) -> None:
    """Installed as a package of somebody else's, it reads a feed, and refuses options and pages."""
    code, project = (
        next(b for b in blocks(DOCS / "sources.md") if b.info == (name,))
        for name in ("news_table.py", "pyproject.toml")
    )
    (tmp_path / "news_table.py").write_text(code.text, encoding="utf-8")
    entry = re.search(r"^(\w+) = \"(\w+:\w+)\"$", project.text, re.MULTILINE)
    assert entry is not None
    metadata = tmp_path / "news_table-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: news-table\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{source.GROUP}]\n{entry[1]} = {entry[2]}\n")
    with FeedServer() as server:
        lines = b"2026-11-23 | https://wire.example/1 | Oil spill | off Chile\nnot a line\n"
        server.serve("/good", Answer(lines, content_type="text/plain"))
        server.serve("/bad", Answer(b"nothing\n", content_type="text/plain"))
        feed = f"url: '{server.url('/good')}', allow_private: true, source: table, options: {{separator: ' | '}}"
        other = f"url: '{server.url('/bad')}', allow_private: true, source: table"
        rest = "channels: {c: 'console://'}\ndefaults: {channels: [c]}\nrules: {Oil: oil}\n"
        config = tmp_path / "config"
        config.mkdir()
        (config / "main.yaml").write_text(f"feeds: [{{{feed}}}, {{{other}}}]\n{rest}")
        assert _newsmonitor(tmp_path, "check").returncode == 0
        shown = _newsmonitor(tmp_path, "feeds", "preview", server.url("/good"), "--json")
        (article,) = map(json.loads, shown.stdout.splitlines())
        assert (article["title"], article["url"]) == ("Oil spill | off Chile", "https://wire.example/1")
        assert "1 entry could not be read" in shown.stderr
        shown = _newsmonitor(tmp_path, "feeds", "preview", server.url("/bad"))
        assert "not_a_feed: no lines of date, address and headline" in shown.stderr
    (config / "main.yaml").write_text(f"feeds: [{{{feed.replace('separator', 'seperator')}}}]\n{rest}")
    shown = _newsmonitor(tmp_path, "check")
    assert shown.returncode == 2
    assert "the feed cannot be read: there is no option `seperator`; it knows separator" in shown.stdout


def test_the_source_in_the_page_is_well_typed(tmp_path: Path) -> None:
    """It is what plugin authors start from."""
    code = next(b for b in blocks(DOCS / "sources.md") if b.info == ("news_table.py",))
    (tmp_path / "news_table.py").write_text(code.text, encoding="utf-8")
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--follow-imports=silent"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(tmp_path / "news_table.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def _configure(directory: Path, address: str) -> None:
    (directory / "config").mkdir(exist_ok=True)
    (directory / "config" / "main.yaml").write_text(
        f"feeds: [https://world.example/rss.xml]\nchannels: {{desk-pager: {address!r}}}\n"
        "defaults: {channels: [desk-pager]}\nrules: {Oil: oil}\n"
    )


def _newsmonitor(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=directory, env={**os.environ, "PYTHONPATH": str(directory)}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


# --- commands ---------------------------------------------------------------------------------


def _invocations() -> Iterator[tuple[str, list[str]]]:
    """Every `newsmonitor …` in code of any page, whether it is run by another test or not."""
    for page in all_pages():
        texts = [(number, code) for number, line in prose(page) for code in codes(line)]
        shell = [b for b in blocks(page) if b.language in {"sh", "console"}]
        texts += [(b.line, line.strip("$ ")) for b in shell for line in b.text.splitlines()]
        for number, text in texts:
            found = re.search(r"(?:^|.*[/ ])(?:newsmonitor|scripts/run) ([a-z].*)$", text)
            if found:
                words = shlex.split(re.sub(r"\s+#.*", "", found[1]), posix=True)
                yield f"{page.relative_to(ROOT)}:{number}", words


def test_pages_name_only_commands_and_options_that_exist() -> None:
    """A page must not promise a command or an option that is not there."""
    unknown = []
    for place, words in _invocations():
        command: click.Command = cli
        context = click.Context(cli)
        for word in words:
            if isinstance(command, click.Group) and not word.startswith("-"):
                found = command.get_command(context, word)
                if found is None:
                    unknown.append(f"{place}: {' '.join(words)}")
                    break
                command = found
            elif word.startswith("-") and word not in _options(command):
                unknown.append(f"{place}: {word} of {command.name}")
    assert unknown == []


def _options(command: click.Command) -> set[str]:
    given = {name for parameter in command.params for name in parameter.opts}
    return given | {"-h", "--help"}


# --- systemd ----------------------------------------------------------------------------------


def test_the_unit_is_hardened_and_systemd_finds_no_fault(tmp_path: Path) -> None:
    """It has every precaution that is promised; where systemd is at hand, that has looked at it."""
    text = UNIT.read_text(encoding="utf-8")
    for precaution in (
        "Type=notify", "WatchdogSec=", "DynamicUser=yes", "StateDirectory=newsmonitor", "LoadCredential=",
        "NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "RestrictAddressFamilies=",
        "SystemCallFilter=@system-service", "MemoryMax=", "IPAddressDeny=169.254.169.254",
    ):  # fmt: skip
        assert precaution in text
    if shutil.which("systemd-analyze"):
        copy = tmp_path / UNIT.name
        copy.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", text))
        looked = subprocess.run(
            ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
        )
        assert (looked.returncode, looked.stdout, looked.stderr) == (0, "", "")
