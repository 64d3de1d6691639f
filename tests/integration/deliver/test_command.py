"""A program as a channel: real processes."""

import json
import sys
from datetime import timedelta

import pytest

from monitor.deliver.channel import Context, create, validate
from monitor.errors import DeliveryReason
from monitor.model import Outcome
from tests.support.messages import notification, rendered, spec


@pytest.fixture
def program(tmp_path):
    """Writes an executable Python script."""

    def write(code: str):
        path = tmp_path / "page"
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{code}\n")
        path.chmod(0o755)
        return path

    return write


def run(address: str, message=None, **changes) -> Outcome:
    return create(spec(address, **changes), Context()).send(message or rendered(), "")


def test_the_payload_arrives_on_standard_input(program, tmp_path):
    """One line of JSON; arguments as configured; the key in the environment and nothing of ours."""
    out = tmp_path / "out"
    path = program(f"open({str(out)!r}, 'w').write(repr((sys.argv[1:], sys.stdin.read(), dict(os.environ))))")
    assert run(f"command://{path}?arg=--to&arg=desk%20one&arg=$(id)") == Outcome()
    arguments, text, environment = eval(out.read_text())
    assert arguments == ["--to", "desk one", "$(id)"]
    assert text.count("\n") == 1
    assert json.loads(text)["title"] == "Ferry runs aground off Trelleborg"
    assert environment["NEWSMONITOR_KEY"] == "0123456789abcdef"
    assert set(environment) <= {"PATH", "HOME", "LANG", "TZ", "NEWSMONITOR_KEY", "LC_CTYPE", "PYTHONHASHSEED"}


def test_text_when_asked_for(program, tmp_path):
    """For programs that show it to people."""
    out = tmp_path / "out"
    path = program(f"open({str(out)!r}, 'w').write(sys.stdin.read())")
    assert run(f"command://{path}?stdin=text", notification(text="Ferry\n")) == Outcome()
    assert out.read_text() == "Ferry\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("sys.exit(64)", DeliveryReason.CONFIGURATION),
        ("sys.exit(78)", DeliveryReason.CONFIGURATION),
        ("sys.exit(65)", DeliveryReason.PERMANENT),
        ("sys.exit(75)", DeliveryReason.TRANSIENT),
        ("sys.exit(1)", DeliveryReason.TRANSIENT),
        ("os.kill(os.getpid(), 9)", DeliveryReason.TRANSIENT),
    ],
)
def test_the_exit_code_decides(program, code, reason):
    """And the last line of its complaint is told, without control characters."""
    path = program(f"sys.stderr.write('first\\nno \\x1b[2Jroute'); sys.stderr.flush()\n{code}")
    outcome = run(f"command://{path}")
    assert outcome.reason is reason
    assert outcome.detail.endswith("no [2Jroute")


def test_it_is_killed_with_its_children_when_the_time_is_up(program, tmp_path):
    """What it did until then, nobody knows."""
    path = program("import subprocess; subprocess.run(['sleep', '60'])")
    outcome = run(f"command://{path}", deadline=timedelta(seconds=1))
    assert outcome.reason is DeliveryReason.UNKNOWN


def test_a_program_that_reads_nothing_does_no_harm(program):
    """It need not care what the alert says."""
    assert run(f"command://{program('pass')}", notification(payload={"text": "x" * 10**6})) == Outcome()


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("command:///no/such/program", "no program that can be run"),
        ("command://page", "three slashes"),
        ("command:///bin/sh?args=x", "`args=` is not known"),
        ("command:///bin/sh?stdin=xml", "it is `json` or `text`"),
    ],
)
def test_an_address_that_names_no_program_is_refused(address, fault):
    """By `check` already."""
    problem = validate(spec(address))
    assert problem is not None
    assert fault in problem
