"""`newsmonitor run` as a subprocess whose log lines can be waited for."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Line = dict[str, Any]


class Daemon:
    """Starts on entering, is killed on leaving when it still runs. Lines are the JSON log events."""

    def __init__(
        self,
        config: Path,
        *,
        cwd: Path,
        environ: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self._arguments = [*prefix, sys.executable, "-m", "monitor", "--config", str(config), "run"]
        self._cwd = cwd
        self._environ = {**os.environ, **(environ or {})}
        self._grown = threading.Condition()
        self.lines: list[Line] = []
        self.raw: list[str] = []
        self.stdout = ""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._arguments,
            cwd=self._cwd,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._readers = [
            threading.Thread(target=self._read_log, daemon=True),
            threading.Thread(target=self._read_stdout, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        for reader in self._readers:
            reader.join(10)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()

    def wait_for(
        self, event: str, *, timeout: float = 30, count: int = 1, after: int = 0, **fields: Any
    ) -> Line:
        """The `count`-th line of this event with these fields, from line number `after` on."""

        def matches(line: Line) -> bool:
            return line.get("event") == event and all(line.get(k) == v for k, v in fields.items())

        found = self.wait_until(
            lambda: [line for line in self.lines[after:] if matches(line)][count - 1 :],
            timeout=timeout,
            what=f"log event {event!r} {fields}",
        )
        line: Line = found[0]
        return line

    def wait_until(self, found: Callable[[], Any], *, timeout: float = 30, what: str = "condition") -> Any:
        """The first true value of `found`, looked at after each log line; AssertionError at the deadline."""
        deadline = time.monotonic() + timeout
        with self._grown:
            while not (value := found()):
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._readers[0].is_alive()):
                    value = found()
                    if value:
                        break
                    log = "".join(self.raw[-60:])
                    raise AssertionError(
                        f"no {what} (exit status {self.process.poll()}); the log ends:\n{log}"
                    )
                self._grown.wait(min(left, 0.2))
        return value

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def stop(self, timeout: float = 40) -> int:
        """SIGTERM, then the exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def wait(self, timeout: float = 40) -> int:
        """The exit status, once the process has ended by itself and its output was read."""
        status = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(10)
        return status

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for text in self.process.stderr:
            with self._grown:
                self.raw.append(text)
                try:
                    line = json.loads(text)
                except ValueError:
                    line = {"event": "text", "text": text.rstrip("\n")}
                if isinstance(line, dict):
                    self.lines.append(line)
                self._grown.notify_all()

    def _read_stdout(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            self.stdout += text
