"""`newsmonitor run` as a child process whose log events can be waited for, and which never outlives us.

It gets a session of its own, so that an interrupt at the terminal reaches the demonstration alone, and
an environment without the settings of an installation.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import monitor

_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "TZ")
_FAREWELL = 5.0  # seconds to drain before it is killed
_LINE_LIMIT = 1 << 20

Event = dict[str, Any]


class Ended(Exception):
    """The daemon ended before it did what was waited for; the text says how."""


class Child:
    """A running daemon. Made by `start`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._grown = asyncio.Condition()
        self._events: list[Event] = []
        self._has_ended = False
        self.log: list[str] = []

    async def wait_for(self, name: str, **fields: Any) -> Event:
        """The first event, past or to come, of that name and with these fields. Raises Ended."""
        wanted = {"event": name, **fields}.items()

        def found() -> list[Event]:
            return [event for event in self._events if wanted <= event.items()]

        async with self._grown:
            await self._grown.wait_for(lambda: found() or self._has_ended)
        if not found():
            raise Ended(_describe_end(await self._process.wait()))
        return found()[0]

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Take in the log until it ends."""
        async for line in stream:
            text = line.decode(errors="replace").rstrip("\n")
            async with self._grown:
                self.log.append(text)
                self._events += _events(text)
                self._grown.notify_all()
        async with self._grown:
            self._has_ended = True
            self._grown.notify_all()


@contextlib.asynccontextmanager
async def start(config: Path, *, home: Path) -> AsyncIterator[Child]:
    """Run the daemon on that configuration while the context lasts; then it, and all it started, is gone."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "monitor", "--config", str(config), "run",
        cwd=home, env=_environment(home), start_new_session=True,
        stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, limit=_LINE_LIMIT,
    )  # fmt: skip
    child = Child(process)
    reading = asyncio.create_task(child.read(cast(asyncio.StreamReader, process.stderr)))
    try:
        yield child
    finally:
        await _end(process, reading)


async def _end(process: Process, reading: "asyncio.Task[None]") -> None:
    """Ask the daemon to stop; kill what is left of its session after a while."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_FAREWELL):
            await process.wait()
            await asyncio.shield(reading)
    except TimeoutError:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    await reading


def _environment(home: Path) -> dict[str, str]:
    """What Python needs to find the same modules as we do, and nothing of the installation's settings."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = [*filter(None, sys.path), str(Path(monitor.__file__).parent.parent)]
    return {**kept, "PYTHONPATH": os.pathsep.join(path), "HOME": str(home), "TMPDIR": str(home)}


def _events(text: str) -> list[Event]:
    try:
        event = json.loads(text)
    except ValueError:
        return []  # a sentence for people; it is kept in the log
    return [event] if isinstance(event, dict) else []


def _describe_end(status: int) -> str:
    if status < 0:
        return f"the daemon was ended by {signal.Signals(-status).name}"
    return f"the daemon ended with status {status}"
