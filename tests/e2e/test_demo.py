"""`newsmonitor demo`: the whole way from feed to mail on a terminal, and nothing left behind."""

import email
import email.policy
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

TITLE = "Russia closely monitoring developments in Venezuela: Kremlin"
COMMAND = (sys.executable, "-m", "monitor", "demo")


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """An environment with a place for temporary files of its own, and settings of some installation."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "here").mkdir()
    return {
        **os.environ,
        "TMPDIR": str(tmp_path / "tmp"),
        "NEWSMONITOR_CONFIG": str(tmp_path / "nowhere"),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def show(
    surroundings: Mapping[str, str], tmp_path: Path, *options: str, command: tuple[str, ...] = COMMAND
) -> subprocess.CompletedProcess[str]:
    """The demonstration to its end, in an empty directory."""
    return subprocess.run(
        [*command, *options],
        cwd=tmp_path / "here",
        env=dict(surroundings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def leftovers(tmp_path: Path) -> list[str]:
    """Files in the temporary and the working directory, and processes that work with them."""
    files = [str(path) for name in ("tmp", "here") for path in (tmp_path / name).iterdir()]
    processes = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            if process.status() != psutil.STATUS_ZOMBIE and str(tmp_path / "tmp") in line + process.cwd():
                processes.append(line)
        except psutil.Error:
            continue
    return files + processes


def test_it_shows_rule_decision_and_mail_and_leaves_nothing(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    """All of it within 20 seconds, in readable lines in the order of what happens."""
    began_at = time.monotonic()
    done = show(surroundings, tmp_path)
    assert time.monotonic() - began_at < 20
    assert done.returncode == 0, done.stdout + done.stderr
    shown = [
        "12 made-up articles",
        "(Russia OR Kremlin) AND Venezuela",
        "12 articles, 12 of them new, 1 matching",
        f"alert (new_story): {TITLE}",
        "arrived",
        "has stopped",
        "From:       newsmonitor <newsmonitor@demo.example>",
        "To:         desk@demo.example",
        f"Subject:    [Russia and Venezuela] {TITLE}",
        "Message-ID: <",
        "3 min ago",
        "The **Kremlin** said",
    ]
    places = [done.stdout.find(text) for text in shown]
    assert -1 not in places, f"{shown[places.index(-1)]!r} is not in {done.stdout}"
    assert places == sorted(places)
    assert max(map(len, done.stdout.splitlines())) <= 120
    assert done.stderr == ""
    assert leftovers(tmp_path) == []


def test_as_json_it_prints_one_object(surroundings: dict[str, str], tmp_path: Path) -> None:
    """Rule, article and mail on stdout, progress on stderr; what --keep saved is the mail itself."""
    kept = tmp_path / "kept" / "here"
    done = show(surroundings, tmp_path, "--json", "--keep", str(kept))
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    shown = json.loads(line)
    assert shown["rule"] == {
        "name": "Russia and Venezuela",
        "query": "(Russia OR Kremlin) AND Venezuela",
    }
    assert shown["article"]["title"] == TITLE
    assert shown["article"]["url"] in shown["mail"]["text"]
    assert "poll" in done.stderr
    saved = email.message_from_bytes((kept / "demo-mail.eml").read_bytes(), policy=email.policy.default)
    assert saved["Message-ID"] == shown["mail"]["message_id"]
    page = Path(shown["mail"]["html_file"]).read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert TITLE.split(":", maxsplit=1)[0].split()[-1] in page
    log = [json.loads(line) for line in (kept / "demo-daemon.log").read_text("utf-8").splitlines()]
    assert log[-1]["event"] == "stopped"
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_clears_everything_away(
    number: signal.Signals, surroundings: dict[str, str], tmp_path: Path
) -> None:
    """The exit status names the signal; a second one does not get in the way of the clearing."""
    with _begun(surroundings, tmp_path) as demo:
        demo.send_signal(number)
        demo.send_signal(number)
        _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 128 + number, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert leftovers(tmp_path) == []


def test_a_daemon_that_dies_is_told_with_its_log(surroundings: dict[str, str], tmp_path: Path) -> None:
    """Exit 1 at once, not after the whole patience."""
    with _begun(surroundings, tmp_path) as demo:
        _daemon_of(demo).kill()
        _, errors = demo.communicate(timeout=15)
    assert demo.returncode == 1
    assert "the daemon was ended by SIGKILL" in errors
    assert leftovers(tmp_path) == []


def test_without_a_mail_in_time_it_fails(surroundings: dict[str, str], tmp_path: Path) -> None:
    """Exit 1, the daemon's log and the reason on stderr, nothing that looks like a result on stdout."""
    done = show(surroundings, tmp_path, "--json", "--patience", "0.01")
    assert done.returncode == 1
    assert "no mail arrived within 0.01 s" in done.stderr
    assert done.stdout == ""
    assert leftovers(tmp_path) == []


def test_a_missing_mail_server_names_what_to_install(surroundings: dict[str, str], tmp_path: Path) -> None:
    """Without aiosmtpd it exits with 2 and one sentence."""
    program = "import sys; sys.modules['aiosmtpd'] = None; from monitor.cli import main; main()"
    done = show(surroundings, tmp_path, command=(sys.executable, "-c", program, "demo"))
    assert done.returncode == 2
    assert "pip install 'newsmonitor[demo]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert leftovers(tmp_path) == []


def test_a_place_that_cannot_be_written_is_told_before_the_show(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    """--keep below a file: exit 2, and nothing was started."""
    (tmp_path / "file").touch()
    done = show(surroundings, tmp_path, "--keep", str(tmp_path / "file" / "x"))
    assert done.returncode == 2
    assert str(tmp_path / "file" / "x") in done.stderr
    assert "daemon" not in done.stdout


def _begun(surroundings: Mapping[str, str], tmp_path: Path) -> "subprocess.Popen[str]":
    """A demonstration whose daemon has just been started."""
    demo = subprocess.Popen(
        COMMAND,
        cwd=tmp_path / "here",
        env=dict(surroundings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    for line in demo.stdout:
        if "newsmonitor run" in line:
            break
    return demo


def _daemon_of(demo: "subprocess.Popen[str]") -> psutil.Process:
    (daemon,) = psutil.Process(demo.pid).children()
    return daemon
