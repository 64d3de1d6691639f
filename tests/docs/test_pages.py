"""What the pages show is so: commands print it, configurations load, code runs, links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from monitor import config
from monitor.cli import COMMANDS
from monitor.deliver import channel
from tests.docs.pages import ROOT, Block, all_pages, anchors, blocks, links
from tests.docs.stage import stage

PAGES = all_pages()
BLOCKS = [block for page in PAGES for block in blocks(page)]
SECTIONS = {"settings", "feeds", "lists", "channels", "defaults", "rules"}
PLAYED = sorted(
    {b.page for b in BLOCKS if b.language == "console" or {"mail", "chat", "webhook"}.intersection(b.info)}
)
YAML = [
    block
    for block in BLOCKS
    if block.language == "yaml" and "broken" not in block.info and set(yaml.safe_load(block.text)) <= SECTIONS
]
PYTHON = [block for block in BLOCKS if block.language == "python" and not block.info]
LANGUAGES = {"console", "yaml", "python", "json", "text", "sh", "ini", "toml"}
# What a part of a configuration needs to be a whole one.
REST = {
    "feeds": 'feeds: [{url: "https://world.example/rss.xml", name: Example World, tags: [agency]}]\n',
    "lists": "lists: {russia: [Russia*, Kremlin]}\n",
    "channels": "channels: {console: console://, desk-mail: console://, desk-chat: console://}\n",
    "defaults": "defaults: {channels: [CHANNELS]}\n",
    "rules": "rules: {Venezuela and Russia: Venezuela AND Russia}\n",
}
_MACHINE = re.compile(r"(?<![\w.])/(?:work|tmp|root|home)/|127\.0\.0\.1:\d{5}")


def _title(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PLAYED, ids=_title)
def test_a_page_prints_what_it_shows(page: Path, tmp_path: Path) -> None:
    """The commands of a page, run one after another with its files, print what stands under them."""
    with stage(tmp_path) as played:
        for block in blocks(page):
            played.play(block)


@pytest.mark.parametrize("block", YAML, ids=str)
def test_a_configuration_in_a_page_loads_without_a_warning(block: Block, tmp_path: Path) -> None:
    """With the missing sections supplied; its channels have addresses that their services accept."""
    text = _with_secret_files(block.text, tmp_path)
    given = yaml.safe_load(text)
    names = ", ".join(given.get("channels", ["console"]))
    (tmp_path / "page.yaml").write_text(text, encoding="utf-8")
    rest = "".join(part for section, part in REST.items() if section not in given)
    (tmp_path / "rest.yaml").write_text(rest.replace("CHANNELS", names), encoding="utf-8")
    loaded = config.load(tmp_path, environ=ENVIRON)
    unexpected = [problem for problem in loaded.warnings if problem.file.endswith("page.yaml")]
    assert unexpected == []
    for spec in loaded.channels:
        assert channel.validate(spec) is None, f"{block}: {spec.name}"


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_code_in_a_page_runs(block: Block, capsys: pytest.CaptureFixture[str]) -> None:
    """And what it prints stands in the comments under the call."""
    exec(compile(block.text, str(block), "exec"), {"__name__": "page"})
    shown = "".join(f"{line}\n" for line in re.findall(r"(?m)^ +# (.*)$", block.text))
    assert capsys.readouterr().out == shown


def test_the_reference_of_commands_is_the_commands_own_help() -> None:
    """docs/commands.md is written by monitor.cli.reference; every command and option is in it."""
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    # In a process of its own: click keeps the help option of whichever test called a command first.
    command = [sys.executable, "-m", "monitor.cli.reference"]
    written = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert page == written, "write it anew: python -m monitor.cli.reference > docs/commands.md"
    assert all(f"## `newsmonitor {name}`" in page for name in COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=_title)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link inside the project names a file, and a heading of it."""
    broken = []
    for line, target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(f"{line}: {target}")
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_title)
def test_pages_speak_of_no_machine(page: Path) -> None:
    """No path or port of the machine that a page was written on."""
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if _MACHINE.search(line)] == []


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_each_block_is_of_a_known_kind(block: Block) -> None:
    """A misspelt language would leave a block untested."""
    assert block.language in LANGUAGES


def test_every_page_can_be_reached_from_the_readme() -> None:
    """A page that nothing leads to is not read."""
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = (target.partition("#")[0] for _, target in links(page) if ":" not in target)
        waiting += [(page.parent / target).resolve() for target in targets if target]
    assert [_title(page) for page in PAGES if page not in reached] == []


ENVIRON = {
    "DESK_MAIL_URL": "mailtos://user:password@mail.example.org?to=desk@example.org",
    "DESK_CHAT_URL": "mmosts://chat.example.org/" + "x" * 26,
    "DATABASE_URL": "postgresql://newsmonitor@db.example.org/newsmonitor",
    "HOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "SLACK_TOKENS": "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F",
    "TELEGRAM_BOT_TOKEN": "123456789:AAFdT7ld3kqx5yMZv0t4Yk1kqn8uXyYwEZc",
    "TELEGRAM_CHAT_ID": "-1001234567890",
}


def _with_secret_files(text: str, directory: Path) -> str:
    """`${file:/run/secrets/x}` has to lead to a file that is there."""
    secret = directory / "secret"
    secret.write_text("secret\n", encoding="utf-8")
    return re.sub(r"\$\{file:[^}]+\}", f"${{file:{secret}}}", text)
