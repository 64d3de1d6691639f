"""Runs a piece of Python as a user whom file modes stop: root may write everywhere."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def directory() -> Iterator[Path]:
    """A temporary directory that every user can reach, and the unprivileged one owns."""
    path = Path(tempfile.mkdtemp(prefix="nm-"))
    path.chmod(0o755)
    own(path)
    try:
        yield path
    finally:
        for place in (path, *path.rglob("*")):
            place.chmod(0o755)
        shutil.rmtree(path)


def own(path: Path) -> None:
    """Give a file or directory to the unprivileged user."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


# Everything is imported before the rights are given up: the interpreter may live in root's home.
_DROP = f"""
import os, tempfile
from monitor.store import open_store
if os.geteuid() == 0:
    with tempfile.TemporaryDirectory() as warm:
        open_store(f"sqlite:///{{warm}}/x.db").close()
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
"""


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `code` with the arguments in sys.argv[1:]; its output is text."""
    return subprocess.run(
        [sys.executable, "-c", _DROP + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
