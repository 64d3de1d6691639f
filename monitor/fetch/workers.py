"""A small pool of worker processes that read feeds, each of them killable at any moment.

One and a half megabytes of hostile XML hold a parser for more than half a minute, and a thread
cannot be stopped. Workers are plain child processes (no fork, so threads do no harm), started when
first needed and ended after some idle minutes. They get no environment: it may hold secrets.
"""

import asyncio
import contextlib
import math
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from datetime import timedelta

from monitor.errors import PollReason
from monitor.fetch import wire
from monitor.fetch.outcome import Failed
from monitor.model import Document

_BOOT_DEADLINE = 60.0  # seconds; a loaded machine starts Python slowly
_FAREWELL = 2.0  # seconds for an idle worker to end by itself
_NEEDED = ("LD_LIBRARY_PATH", "PYTHONHOME")
_MOST_TASKS = 1_000  # then a new process, without the fragments of the old one's memory
_PROGRAM = "import sys; from monitor.fetch.worker import main; main(int(sys.argv[1]), int(sys.argv[2]))"


class ParserPool:
    """Reads feeds in at most `processes` workers; used from one event loop.

    `deadline` is for one document, `memory_limit` (bytes of address space) for one worker, and after
    `idle` without work a worker is ended.
    """

    def __init__(
        self,
        processes: int = 1,
        deadline: timedelta = timedelta(seconds=20),
        memory_limit: int = 512 * 1024 * 1024,
        *,
        idle: timedelta = timedelta(minutes=5),
    ) -> None:
        self._slots = asyncio.Semaphore(processes)
        self._deadline = deadline
        self._memory_limit = memory_limit
        self._idle = idle
        self._resting: list[_Worker] = []
        self._closing: set[asyncio.Task[None]] = set()

    async def parse(
        self,
        body: bytes,
        *,
        url: str,
        content_type: str = "",
        feed_language: str = "",
        source: str = "",
        options: Mapping[str, str] | None = None,
    ) -> Document | Failed:
        """Read one document; see `monitor.fetch.sources.read_document`. Waits while all workers are busy."""
        task = wire.write_task(
            body,
            url=url,
            content_type=content_type,
            feed_language=feed_language,
            source=source,
            options=dict(options or {}),
        )
        async with self._slots:
            worker = self._take()
            try:
                return await self._run(worker, task)
            finally:
                self._put_back(worker)

    def _take(self) -> "_Worker":
        """A rested worker that lives, or a new one."""
        while self._resting:
            worker = self._resting.pop()
            if worker.is_alive:
                return worker
            self._end(worker)
        return _Worker()

    async def _run(self, worker: "_Worker", task: bytes) -> Document | Failed:
        seconds = self._deadline.total_seconds()
        try:
            await worker.start(memory_limit=self._memory_limit, seconds=seconds)
            async with asyncio.timeout(seconds):
                result = wire.read_result(await worker.ask(task))
        except TimeoutError:
            worker.kill()
            return Failed(PollReason.PARSE_TIMEOUT, f"not read within {seconds:g} s")
        except (OSError, EOFError, ValueError) as error:
            detail = await worker.explain_end(error)
            worker.kill()
            return Failed(PollReason.PARSER_DIED, detail)
        except BaseException:
            worker.kill()  # cancelled in the middle of a document
            raise
        if isinstance(result, Failed) and result.reason is PollReason.PARSER_DIED:
            worker.kill()  # it ran out of memory, and who knows what is left of it
        return result

    def _put_back(self, worker: "_Worker") -> None:
        if worker.is_alive and worker.tasks < _MOST_TASKS:
            loop = asyncio.get_running_loop()
            worker.retirement = loop.call_later(self._idle.total_seconds(), self._retire, worker)
            self._resting.append(worker)
        else:
            self._end(worker)

    def _retire(self, worker: "_Worker") -> None:
        """End a worker unless it was given work meanwhile."""
        if worker in self._resting:
            self._resting.remove(worker)
            self._end(worker)

    def _end(self, worker: "_Worker") -> None:
        ending = asyncio.get_running_loop().create_task(worker.end())
        self._closing.add(ending)
        ending.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End all workers and wait for their ends. Documents must not be under way."""
        while self._resting:
            self._end(self._resting.pop())
        await asyncio.gather(*self._closing)


class _Worker:
    """One child process, started by `start`."""

    def __init__(self) -> None:
        self.tasks = 0
        self.retirement: asyncio.TimerHandle | None = None
        self._process: Process | None = None
        self._condemned = False  # killed, though the news of its end may not be in yet

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None and not self._condemned

    async def start(self, *, memory_limit: int, seconds: float) -> None:
        """Have the process running and ready. Raises OSError, EOFError or TimeoutError."""
        if self.retirement is not None:
            self.retirement.cancel()
            self.retirement = None
        if self._process is not None:
            return
        # The alarm is the last resort, for a worker whose parent is gone.
        alarm = str(math.ceil(seconds) + 5)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-c", _PROGRAM, str(memory_limit), alarm,
            stdin=PIPE, stdout=PIPE, env=_environment(),
        )  # fmt: skip
        try:
            async with asyncio.timeout(_BOOT_DEADLINE):
                await self._receive()
        except TimeoutError:
            raise OSError(f"the parser process did not start within {_BOOT_DEADLINE:g} s") from None

    async def ask(self, task: bytes) -> bytes:
        """Send a task and wait for its result. Raises OSError or EOFError when the process ends."""
        self.tasks += 1
        self._stdin.write(task)
        await self._stdin.drain()
        return await self._receive()

    async def _receive(self) -> bytes:
        (size,) = wire.HEADER.unpack(await self._stdout.readexactly(wire.HEADER.size))
        if size > wire.LARGEST_FRAME:
            raise ValueError(f"the parser process answered with {size:,} bytes")
        return await self._stdout.readexactly(size)

    @property
    def _stdin(self) -> asyncio.StreamWriter:
        if self._process is None or self._process.stdin is None:
            raise EOFError
        return self._process.stdin

    @property
    def _stdout(self) -> asyncio.StreamReader:
        if self._process is None or self._process.stdout is None:
            raise EOFError
        return self._process.stdout

    def kill(self) -> None:
        """End the process at once."""
        self._condemned = True
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def explain_end(self, error: Exception) -> str:
        """What became of the process, in words."""
        if self._process is None:
            return f"the parser process did not start: {error}"
        if not isinstance(error, EOFError | ConnectionError):
            return str(error)
        try:
            async with asyncio.timeout(_FAREWELL):
                status = await self._process.wait()
        except TimeoutError:
            return "the parser process stopped answering"
        if status >= 0:
            return f"the parser process ended with status {status} while reading it"
        return f"the parser process was ended by {signal.Signals(-status).name} while reading it"

    async def end(self) -> None:
        """Let the process end by itself, or kill it; wait for it in either case."""
        if self.retirement is not None:
            self.retirement.cancel()
        if self._process is None:
            return
        self._stdin.close()
        try:
            async with asyncio.timeout(_FAREWELL):
                await self._stdout.read()  # to its end: an unread pipe would never be closed
        except TimeoutError:
            self.kill()
            await self._stdout.read()
        await self._process.wait()
        with contextlib.suppress(OSError):
            await self._stdin.wait_closed()


def _environment() -> dict[str, str]:
    """Where to find Python's and the program's modules, and nothing else."""
    found = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    return {**found, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"}
